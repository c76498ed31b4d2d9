package gateway_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/openchatops/oco/internal/chat"
)

// Who writes JSON by hand is told which part of it is wrong, where that stands, and
// what would be right (OCO-LIF-50).
func TestWhatIsWrongInJSONIsNamed(t *testing.T) {
	w := newWorld(t)
	key := w.key(chat.RoleHandler)
	if code, out := w.post("BotService/Register", key, `{"replica":"r","manifest":{}}`); code != 200 {
		t.Fatal(code, out)
	}
	const pull, register, complete = "DeliveryService/Pull", "BotService/Register", "DeliveryService/Complete"
	for _, c := range []struct{ method, body, field, says string }{
		{pull, `{"replica":"r","maxDelivery":1}`, "maxDelivery", "there is no such field in PullRequest; did you mean `maxDeliveries`?"},
		{register, `{"manifest":{"routes":[{},{"comand":{"pattern":"a"}}]}}`, "manifest.routes[1].comand", "no such field in Route; did you mean `command`?"},
		{register, `{"manifest":{"routes":[{"command":{"pattern":"a","alow":["ops"]}}]}}`, "manifest.routes[0].command.alow", "no such field"},
		{register, `{"manifest":{"routes":[{"order":"ROOM"}]}}`, "manifest.routes[0].order", "one of ORDER_USER, ORDER_ROOM, ORDER_ROUTE, ORDER_NONE"},
		{register, `{"manifest":{"routes":[{"danger":"true"}]}}`, "manifest.routes[0].danger", "true or false, without quotation marks"},
		{register, `{"manifest":{"routes":{"command":{}}}}`, "manifest.routes", "it must be a list, in []"},
		{register, `{"manifest":{"routes":["ping"]}}`, "manifest.routes[0]", "it must be an object, in {}, with the fields of Route: name, "},
		{register, `{"manifest":{"scopes":["store",7]}}`, "manifest.scopes[1]", "a text in UTF-8"},
		{register, `{"manifest":{"routes":[{"priority":1.5}]}}`, "manifest.routes[0].priority", "a number of type int32"},
		{register, `{"manifest":{"routes":[{"max_run":30}]}}`, "manifest.routes[0].max_run", `a text of seconds with an s behind it, such as "30s"`},
		{pull, `{"wait":"30"}`, "wait", `such as "30s"`},
		{pull, `{"wait":"1m"}`, "wait", `such as "30s"`},
		{"ChatService/SendMessage", `{"message":{"content":"hi"}}`, "message.content", "in {}, with the fields of Content: text"},
		{complete, `{"completions":[{"done":{"transact":{"writes":[{"put":{"key":"a","value":"not base64!"}}]}}}]}`, "completions[0].done.transact.writes[0].put.value", "a text in base64"},
		{complete, `{"completions":[{"done":true}]}`, "completions[0].done", "with the fields of Done"},
		{complete, `{"completions":[{"done":{},"fail":{}}]}`, "completions[0]", "done and fail exclude each other: say one of them"},
		{register, `{"replica":"r","replica":"s"}`, "the body", `it is no RegisterRequest (line 1:16): duplicate field "replica"`},
		{pull, `[]`, "the body", "in {}, with the fields of PullRequest"},
		{pull, `{"replica":"r",}`, "the body", "it is no JSON: invalid character '}' looking for beginning of object key string behind 16 bytes"},
		{pull, `{"replica":"a` + "\xff" + `"}`, "replica", "a text in UTF-8"},
		{pull, ``, "the body", "it is empty: a PullRequest without fields is {}"},
		{pull, `{"` + strings.Repeat("x", 1000) + "\x7f" + `":1}`, strings.Repeat("x", 64), "no such field"},
	} {
		code, out := w.post(c.method, key, c.body)
		text := strings.ReplaceAll(fmt.Sprint(out["message"]), "\u00a0", " ")
		if code != 400 || reasonOf(out) != "FIELD_INVALID" || !strings.HasPrefix(text, c.field) || !strings.Contains(text, c.says) {
			t.Errorf("%s %.80s is answered %d %s", c.method, c.body, code, text)
		}
		if !strings.Contains(fmt.Sprint(out["details"]), "field:"+c.field) {
			t.Errorf("%s %.80s: the field is not in the metadata: %v", c.method, c.body, out["details"])
		}
	}
	if w.log.Len() > 0 {
		t.Errorf("the log tells of what callers do wrong:\n%s", w.log)
	}
}

// Names of fields may be written as in the protocol, null is nothing, and a large number
// may stand in quotation marks or not.
func TestWhatJSONMayBeLike(t *testing.T) {
	w := newWorld(t)
	key := w.key(chat.RoleHandler)
	for _, body := range []string{
		`{"replica":"r","manifest":{"routes":[{"name":"a","run_policy":"RUN_POLICY_ONCE","maxRun":"0.2s","command":{"pattern":"a"}}]}}`,
		`{"replica":"r","manifest":{"routes":null,"settings":[]},"settingsProblems":null}`,
		`{"replica":"r","manifest":{"routes":[{"priority":"7","order":1,"hear":{"regex":"a"},"name":"h"}]}}`,
		" {\n\"replica\": \"r\", \"manifest\": {}}\n",
	} {
		if code, out, _ := w.curl("POST", "/openchatops.v1.BotService/Register", key, "application/json; charset=utf-8", body); code != 200 {
			t.Errorf("%s is answered %d %v", body, code, out)
		}
	}
	// What programs send, who may be newer than the bot, is not held against them
	// (OCO-LIF-19).
	if code, _, _ := w.curl("POST", "/openchatops.v1.BotService/GetBotInfo", key, "application/proto", "\xf8\x07\x01"); code != 200 {
		t.Errorf("an unknown field in protobuf is answered %d", code)
	}
	code, out, _ := w.curl("GET", "/openchatops.v1.BotService/GetBotInfo?encoding=json&message=%7B%22x%22%3A1%7D", key, "", "")
	if code != 400 || !strings.Contains(fmt.Sprint(out["message"]), "no such field in GetBotInfoRequest, which has no fields") {
		t.Errorf("a GET with a wrong field is answered %d %v", code, out)
	}
}

// Two processes that pull by one name are told so (OCO-LIF-7).
func TestTwoThatPullByOneName(t *testing.T) {
	w := newWorld(t)
	key := w.key(chat.RoleHandler)
	if code, out := w.post("BotService/Register", key, `{"replica":"r","manifest":{}}`); code != 200 {
		t.Fatal(code, out)
	}
	type answer struct {
		code int
		out  map[string]any
	}
	answers := make(chan answer, 2)
	for range 2 {
		go func() {
			code, out := w.post("DeliveryService/Pull", key, `{"replica":"r","wait":"60s"}`)
			answers <- answer{code, out}
		}()
	}
	first := <-answers // whichever came first is told when the other one comes
	if first.code != 400 || reasonOf(first.out) != "EPOCH_FENCED" || !strings.Contains(fmt.Sprint(first.out["message"]), `"r": give each process a name of its own`) {
		t.Errorf("the first is answered %v", first)
	}
	if code, out := w.post("DeliveryService/Leave", key, `{"replica":"r"}`); code != 200 {
		t.Error(code, out)
	}
	if second := <-answers; second.code != 200 || len(second.out) != 0 {
		t.Errorf("the second is answered %v behind Leave", second)
	}
}

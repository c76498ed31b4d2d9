package e2e

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"
)

// shell runs curl.sh with a key on the HTTP port of a bot.
func (b *bot) shell(key string, args ...string) *exec.Cmd {
	cmd := exec.Command("./curl.sh", args...)
	cmd.Env = environment("OCO_URL=http://"+b.http, "OCO_KEY="+key)
	cmd.SysProcAttr = attributes()
	return cmd
}

func TestCurlHandler(t *testing.T) {
	need(t, "curl", "the shell client is made of it")
	t.Parallel()
	s, b, env := remoteBot(t)
	cmd := b.shell(strings.TrimPrefix(env[1], "OCO_KEY="), "handler")
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	b.awaitPlugins("guest")
	s.say("m1", "shell works")
	if err := cmd.Wait(); err != nil || !strings.Contains(out.String(), "VERDICT_COMMITTED") {
		t.Errorf("curl.sh said %q and ended with %v\n%s", out.String(), err, errs.String())
	}
	s.expect(func(p post) bool { return p.Text == "from a shell: works" }, "the reply")
}

func TestCurlSend(t *testing.T) {
	need(t, "curl", "the shell client is made of it")
	t.Parallel()
	s, b, _ := remoteBot(t)
	key := b.newKey("ci", "--role", "client", "--scope", "messages.write")
	if key.Endpoint != b.grpc {
		t.Errorf("oco key new says the endpoint is %q, want %q", key.Endpoint, b.grpc)
	}
	if out, err := b.shell(key.Key, "send", "lobby", "build 7 is out").CombinedOutput(); err != nil || !strings.Contains(string(out), "SEND_STATE_SENT") {
		t.Errorf("curl.sh send: %v\n%s", err, out)
	}
	s.expect(func(p post) bool { return p.Text == "build 7 is out" && p.Room == "lobby" }, "the message of curl")
	b.must("send", "-c", b.path("oco.yaml"), "--wait", "lobby", "and from the command line")
	s.expect(func(p post) bool { return p.Text == "and from the command line" }, "the message of oco send")
}

// TestCurlErrors looks at the bodies of refusals (OCO-ERR-1, OCO-ERR-4).
func TestCurlErrors(t *testing.T) {
	need(t, "curl", "the shell client is made of it")
	t.Parallel()
	_, b, env := remoteBot(t)
	handler := strings.TrimPrefix(env[1], "OCO_KEY=")
	client := b.newKey("ci", "--role", "client").Key
	writer := b.newKey("writer", "--role", "client", "--scope", "messages.write").Key
	for name, c := range map[string]struct {
		key, method, body string
		code, reason      string
	}{
		"no key":        {"", "BotService/GetBotInfo", "{}", "unauthenticated", "KEY_MISSING"},
		"wrong key":     {"oco_guest_x_y", "BotService/GetBotInfo", "{}", "unauthenticated", "KEY_INVALID"},
		"wrong role":    {handler, "AdapterService/PublishEvents", "{}", "permission_denied", "ROLE_FORBIDDEN"},
		"no operator":   {client, "AdminService/CreateKey", `{"name": "me", "role": "ROLE_OPERATOR"}`, "permission_denied", "ROLE_FORBIDDEN"},
		"no scope":      {client, "ChatService/SendMessage", `{"requestId": "1", "message": {"to": {"room": {"name": "lobby"}}, "content": {"text": "x"}}}`, "permission_denied", "SCOPE_MISSING"},
		"no replica":    {handler, "DeliveryService/Pull", `{"replica": "stranger"}`, "not_found", "REPLICA_NOT_FOUND"},
		"broken JSON":   {handler, "BotService/GetBotInfo", "{", "invalid_argument", "FIELD_INVALID"},
		"not UTF-8":     {client, "ChatService/SendMessage", "{\"requestId\": \"\xff\"}", "invalid_argument", "FIELD_INVALID"},
		"too long":      {writer, "ChatService/SendMessage", `{"requestId": "2", "message": {"to": {"room": {"name": "lobby"}}, "content": {"text": "` + strings.Repeat("x", 64<<10+1) + `"}}}`, "resource_exhausted", "TOO_LARGE"},
		"unknown field": {handler, "BotService/GetBotInfo", `{"later": 1}`, "invalid_argument", "FIELD_INVALID"}, // OCO-LIF-50
	} {
		t.Run(name, func(t *testing.T) {
			out, err := b.shell(c.key, "call", c.method, c.body).Output()
			var refusal struct {
				Code, Message string
				Details       []struct {
					Type  string
					Debug struct{ Reason, Domain string }
				}
			}
			if err == nil {
				t.Fatalf("it is not refused: %s", out)
			}
			if err := json.Unmarshal(out, &refusal); err != nil {
				t.Fatalf("the body is no JSON: %v: %s", err, out)
			}
			if refusal.Code != c.code || refusal.Message == "" || len(refusal.Details) == 0 ||
				refusal.Details[0].Debug.Reason != c.reason || refusal.Details[0].Debug.Domain != "openchatops.org" {
				t.Errorf("the body is %s", out)
			}
		})
	}
}

// TestCurlPaths asks for paths that are none of the protocol's (OCO-SEC-21).
func TestCurlPaths(t *testing.T) {
	curl := need(t, "curl", "the shell client is made of it")
	t.Parallel()
	_, b, env := remoteBot(t)
	ask := func(path string) string {
		t.Helper()
		out, errs, _ := command(t, ".", "", curl, "-sS", "--path-as-is", "-o", "/dev/null", "-w", "%{http_code}", "-H", "Content-Type: application/json",
			"-H", "Authorization: Bearer "+strings.TrimPrefix(env[1], "OCO_KEY="), "-d", "{}", "http://"+b.http+path)
		return out + errs
	}
	const method = "/openchatops.v1.BotService/GetBotInfo"
	if got := ask(method); got != "200" {
		t.Errorf("%s answers %s", method, got)
	}
	for _, path := range []string{"/" + method, method + "/", "/x/.." + method, "/openchatops.v1.AdminService/.." + method, "/openchatops.v1.BotService/%47etBotInfo/", "/OPENCHATOPS.v1.BotService/GetBotInfo"} {
		if got := ask(path); got == "200" {
			t.Errorf("%s reached a service", path)
		}
	}
}

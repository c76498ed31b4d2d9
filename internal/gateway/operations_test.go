package gateway_test

import (
	"strings"
	"testing"

	"github.com/openchatops/oco/internal/chat"
)

// A shell script changes what it sent, and is told at which level and why not, as
// over gRPC (OCO-ERR-4, OCO-OPS-1).
func TestAShellChangesWhatItSent(t *testing.T) {
	w := newWorld(t)
	key := w.key(chat.RoleOperator)
	code, body := w.post("ChatService/SendMessage", key, `{"requestId": "1", "message": {"to": {"room": {"roomId": "room:1:ops"}}, "content": {"text": "deploying"}}}`)
	message, _ := body["messageId"].(string)
	if code != 200 || message == "" {
		t.Fatal(code, body)
	}
	operation := func(method, request string) map[string]any {
		t.Helper()
		code, body := w.post("ChatService/"+method, key, strings.ReplaceAll(request, "MESSAGE", message))
		status, ok := body["operation"].(map[string]any)
		if code != 200 || !ok {
			t.Fatal(code, body)
		}
		return status
	}
	for range 2 { // the same request twice is one
		s := operation("UpdateMessage", `{"requestId": "2", "messageId": "MESSAGE", "content": {"text": "deployed"}}`)
		if s["level"] != "CAPABILITY_LEVEL_FALLBACK" || s["state"] != "SEND_STATE_QUEUED" || s["operationId"] == message {
			t.Fatal(s)
		}
	}
	if s := operation("SetReaction", `{"requestId": "3", "messageId": "MESSAGE", "emoji": "👍"}`); s["level"] != "CAPABILITY_LEVEL_DROPPED" || s["state"] != "SEND_STATE_SENT" || s["operationId"] != nil {
		t.Fatal(s)
	}
	if code, body := w.post("ChatService/SetTyping", key, `{"to": {"room": {"roomId": "room:1:ops"}}, "duration": "5s"}`); code != 200 {
		t.Error(code, body)
	}
	code, body = w.post("ChatService/GetRoom", key, `{"room": {"roomId": "room:1:ops"}}`)
	room, _ := body["room"].(map[string]any)
	if code != 200 || room["roomId"] != "room:1:ops" || room["capabilities"] == nil {
		t.Error(code, body)
	}
	for method, c := range map[string]struct {
		request string
		code    int
		reason  string
	}{
		"DeleteMessage": {`{"requestId": "4", "messageId": "` + message + `"}`, 400, "CAPABILITY_MISSING"},
		"UpdateMessage": {`{"requestId": "2", "messageId": "` + message + `", "content": {"text": "other"}}`, 409, "REQUEST_ID_REUSED"},
		"UpdateRoom":    {`{"requestId": "5", "room": {"roomId": "room:1:ops"}}`, 400, "FIELD_INVALID"},
		"SetMembership": {`{"requestId": "6", "room": {"roomId": "room:2:ops"}}`, 404, "ROOM_NOT_FOUND"},
		"ListMembers":   {`{"room": {"roomId": "room:1:ops"}}`, 503, "ADAPTER_DISCONNECTED"},
	} {
		if code, body := w.post("ChatService/"+method, key, c.request); code != c.code || reasonOf(body) != c.reason {
			t.Errorf("%s: %d %v", method, code, body)
		}
	}
}

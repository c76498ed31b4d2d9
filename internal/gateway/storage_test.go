package gateway_test

import (
	"encoding/base64"
	"fmt"
	"testing"

	"github.com/openchatops/oco/internal/chat"
)

// A shell script keeps a counter and a value, and is told why not, as over gRPC
// (OCO-ERR-4).
func TestAShellUsesTheStore(t *testing.T) {
	w := newWorld(t)
	key := w.key(chat.RoleHandler, "store")
	for want := 5; want <= 10; want += 5 {
		code, body := w.post("StorageService/Transact", key, `{"transaction": {"writes": [
			{"add": {"key": "n", "delta": "5"}}, {"put": {"key": "v", "value": "aGk=", "ttl": "60s"}}]}}`)
		results, _ := body["results"].([]any)
		if code != 200 || body["committed"] != true || len(results) != 2 {
			t.Fatal(code, body)
		}
		value, err := base64.StdEncoding.DecodeString(fmt.Sprint(results[0].(map[string]any)["value"]))
		if err != nil || string(value) != fmt.Sprint(want) {
			t.Fatalf("the counter is %q, want %d: %v", value, want, err)
		}
	}
	if code, body := w.post("StorageService/Get", key, `{"keys": ["v", "none"]}`); code != 200 || len(body["entries"].([]any)) != 1 || body["revision"] != "2" {
		t.Error(code, body)
	}
	if code, body := w.post("StorageService/List", key, `{"keysOnly": true, "pageSize": 1}`); code != 200 || len(body["entries"].([]any)) != 1 || body["nextPageToken"] == nil {
		t.Error(code, body)
	}
	if code, body := w.post("StorageService/Transact", key, `{"transaction": {"guards": [{"key": "n", "revision": "1"}], "writes": [{"deleteKey": "n"}]}}`); code != 200 || body["committed"] != nil || len(body["conflicts"].([]any)) != 1 {
		t.Error(code, body)
	}
	if code, body := w.post("StorageService/Get", key, `{"namespace": "other", "keys": ["v"]}`); code != 403 || reasonOf(body) != "SCOPE_MISSING" {
		t.Error(code, body)
	}
	if code, body := w.post("StorageService/List", key, `{"pageToken": "gone.QQ"}`); code != 400 || reasonOf(body) != "COMPACTED" {
		t.Error(code, body)
	}
}

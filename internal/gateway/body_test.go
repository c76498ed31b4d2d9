package gateway_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/openchatops/oco/internal/chat"
)

// postBody posts a body to a method that takes an empty message.
func (w *world) postBody(key string, body io.Reader, encoding string) (status int, answer string) {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.url+"/openchatops.v1.BotService/GetBotInfo", body)
	fatal(w.t, err)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+key)
	if encoding != "" {
		req.Header.Set("Content-Encoding", encoding)
	}
	res, err := http.DefaultClient.Do(req)
	fatal(w.t, err)
	text, err := io.ReadAll(res.Body)
	fatal(w.t, err)
	fatal(w.t, res.Body.Close())
	return res.StatusCode, string(text)
}

// unsized hides from net/http how long a body is.
type unsized struct{ io.Reader }

// Bodies of every length are read, one after the other; one that says to be too
// long is refused before it is, and whatever a caller does wrong is no failure of
// the bot's that its log tells.
func TestBodiesWaitForTheirTurn(t *testing.T) {
	w := newWorld(t)
	key := w.key(chat.RoleHandler)
	for range 20 { // far more than are read at once, so none keeps its turn
		for _, size := range []int{2, 64 << 10, 64<<10 + 1, 1 << 20} {
			whole := "{" + strings.Repeat(" ", size-2) + "}"
			if status, answer := w.postBody(key, strings.NewReader(whole), ""); status != http.StatusOK {
				t.Fatalf("%d bytes: %d %s", size, status, answer)
			}
			if status, answer := w.postBody(key, unsized{strings.NewReader(whole)}, ""); status != http.StatusOK {
				t.Fatalf("%d bytes of unsaid length: %d %s", size, status, answer)
			}
		}
	}
	if status, answer := w.postBody(key, strings.NewReader(strings.Repeat(" ", 5<<20)), ""); status != http.StatusTooManyRequests || !strings.Contains(answer, "5242880 bytes, but at most 4194304") {
		t.Errorf("5 MiB: %d %s", status, answer)
	}
	if status, answer := w.postBody(key, unsized{strings.NewReader(strings.Repeat(" ", 4<<20+1))}, ""); status != http.StatusTooManyRequests || !strings.Contains(answer, string(chat.TooLarge)) {
		t.Errorf("one byte too many of unsaid length: %d %s", status, answer)
	}
	for range 3 {
		if status, answer := w.postBody(key, strings.NewReader("no gzip"), "gzip"); status != http.StatusBadRequest {
			t.Errorf("what cannot be unpacked: %d %s", status, answer)
		}
	}
	if w.log.Len() > 0 {
		t.Errorf("the log tells of what callers do wrong:\n%s", w.log)
	}
}

package conformance_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// refusals are what a bot that is full or cannot write answers to a completion, before
// it takes it.
var refusals = []struct {
	status int
	body   string
}{
	{200, `{"results":[{"deliveryId":"d","verdict":"VERDICT_REFUSED","error":{"code":8,"message":"the outbox is full","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"QUEUE_FULL"}]}}]}`},
	{429, `{"code":"resource_exhausted","message":"too much waits","details":[{"type":"google.rpc.ErrorInfo","debug":{"reason":"QUEUE_FULL"}}]}`},
	{500, `{"code":"internal","message":"the disk is full","details":[{"type":"google.rpc.ErrorInfo","debug":{"reason":"STORAGE_FAILED"}}]}`},
	{503, `{"code":"unavailable","message":"the bot stops","details":[{"type":"google.rpc.ErrorInfo","debug":{"reason":"DRAINING"}}]}`},
}

// fullBot is a bot with one delivery. It takes no completion at first.
type fullBot struct {
	calls chan string // the completions
	leave chan struct{}

	mu        sync.Mutex
	pulled    bool
	completed int
}

func (b *fullBot) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, method, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/openchatops.v1."), "/")
	request, err := io.ReadAll(r.Body)
	status, body := http.StatusOK, "{}"
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case err != nil:
		status, body = http.StatusBadRequest, `{"message":"it is cut short"}`
	case method == "Pull" && !b.pulled:
		b.pulled = true
		body = `{"frames":[{"delivery":{"deliveryId":"d","leaseId":"l","attempt":1,"route":"two","runPolicy":"RUN_POLICY_ONCE","match":{},"event":{"actor":{"userId":"u"},"address":{"room":{"roomId":"r"}}}}}]}`
	case method == "Pull":
		b.mu.Unlock()
		select {
		case <-b.leave:
		case <-r.Context().Done():
		}
		b.mu.Lock()
	case method == "Leave":
		close(b.leave)
	case method == "Complete":
		b.calls <- string(request)
		body = `{"results":[{"deliveryId":"d","verdict":"VERDICT_COMMITTED"}]}`
		if b.completed < len(refusals) {
			status, body = refusals[b.completed].status, refusals[b.completed].body
		}
		b.completed++
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body) // who went away asks again
}

// A completion that the bot cannot take yet is said again, the same, until it can: the
// callback did what it had to do.
func TestRawHandlersGoOnSayingHowItEnded(t *testing.T) {
	for name, c := range map[string]struct{ needs, command []string }{
		"shell":  {[]string{"bash", "curl", "jq"}, []string{"bash", "everything/shell/everything.sh"}},
		"python": {[]string{"python3"}, []string{"python3", "everything/rawpython/everything.py"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			needs(t, c.needs...)
			bot := &fullBot{calls: make(chan string, 100), leave: make(chan struct{})}
			server := httptest.NewServer(bot)
			t.Cleanup(server.Close)
			cmd := exec.CommandContext(t.Context(), c.command[0], c.command[1:]...)
			cmd.Env = append(os.Environ(), "OCO_URL="+server.URL, "OCO_KEY=k")
			cmd.WaitDelay = time.Minute
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			var first any
			for i := range len(refusals) + 1 {
				var said any
				select {
				case call := <-bot.calls:
					if err := json.Unmarshal([]byte(call), &said); err != nil || !strings.Contains(call, `"done"`) {
						t.Fatalf("%s: %v", call, err)
					}
				case <-time.After(2 * time.Minute):
					t.Fatalf("%d completions came, and no more", i)
				}
				if first == nil {
					first = said
				} else if got, want := text(t, said), text(t, first); got != want {
					t.Errorf("after a refusal it says %s, before %s", got, want)
				}
			}
			if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
				t.Error(err)
			}
			if err := cmd.Wait(); err != nil || len(bot.calls) > 0 {
				t.Errorf("it ended with %v, %d completions too many", err, len(bot.calls))
			}
		})
	}
}

func text(t *testing.T, value any) string {
	t.Helper()
	written, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(written)
}

// bash may lose the end of a job that comes when a signal does, and list the job as one
// that runs. The handler forgets such a callback, or it would wait for it when it stops.
func TestShellForgetsACallbackWhoseEndIsLost(t *testing.T) {
	needs(t, "bash")
	script := `set -eum
. everything/shell/protocol.sh
sleep 600 & runs=$!
sleep 600 & lost=$!
kill -KILL -- "-$lost"
wait "$lost" || :
jobs() { printf '%s\n' "$runs" "$lost"; }
for pid in "$runs" "$lost"; do lease_of[$pid]=l delivery_of[$pid]=d; done
reap
[ "${!lease_of[*]} ${!delivery_of[*]}" = "$runs $runs" ] && echo good || echo "$runs of ${!lease_of[*]} and ${!delivery_of[*]}"
kill -KILL -- "-$runs"`
	out, err := exec.CommandContext(t.Context(), "bash", "-c", script).Output()
	if err != nil || string(out) != "good\n" {
		t.Errorf("%q, %v", out, err)
	}
}

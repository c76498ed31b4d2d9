package e2e

import (
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
)

// page gets a page of the HTTP port.
func (b *bot) page(path, key string) (code int, body string) {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, "http://"+b.http+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err.Error()
	}
	defer res.Body.Close() //nolint:errcheck // it was only read
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, err.Error()
	}
	return res.StatusCode, strings.TrimSpace(string(text))
}

// A probe of the HTTP port learns whether the bot takes part: not before its
// adapter is connected, and not while it stops (OCO-LIF-31).
func TestReadyz(t *testing.T) {
	t.Parallel()
	s := newService(t)
	b := newBot(t, "")
	b.configure("listen: {http: \"HTTP_PORT\"}\n" + config(s, "adapter", "handler", b.path("runs")))
	b.start()
	b.await("it is ready", func() bool {
		code, body := b.page("/readyz", "")
		if code == 503 && body != `{"status":"not ready","why":"no adapter serves the account"}` && !strings.Contains(body, "the adapter is not connected") {
			t.Errorf("not ready: %s", body)
		}
		return code == 200 && body == `{"status":"ready"}`
	})
	if code, body := b.page("/metrics", ""); code != 401 {
		t.Errorf("metrics without a key: %d %s", code, body)
	}
	if _, body := b.page("/metrics", strings.TrimSpace(read(t, b.path("data/operator.key")))); !strings.Contains(body, "\noco_ready 1\n") || !strings.Contains(body, `oco_process_up{process="chat"} 1`) {
		t.Errorf("metrics:\n%s", body)
	}
	b.awaitPlugins("worker")
	ran := make(chan struct{})
	s.trap = func(step string) {
		if step != "running" {
			return
		}
		if err := b.current().cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		b.await("it is not ready because it stops", func() bool {
			code, body := b.page("/readyz", "")
			healthy, _ := b.page("/healthz", "")
			return code == 503 && strings.Contains(body, "the bot stops") && healthy == 200
		})
		close(ran)
	}
	s.say("m1", "once 1")
	<-ran
	if code := b.end(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// A bot whose adapter does not come up answers, and is not ready.
func TestNotReadyWithoutAnAdapter(t *testing.T) {
	t.Parallel()
	b := newBot(t, "listen: {http: \"HTTP_PORT\"}\nadapter: {name: chat, command: [sleep, '600']}\nhandlers: []\n")
	b.start()
	b.await("it answers", func() bool { code, _ := b.page("/healthz", ""); return code == 200 })
	if code, body := b.page("/readyz", ""); code != 503 || !strings.Contains(body, "no adapter serves the account") {
		t.Errorf("%d %s", code, body)
	}
	b.await("the status can be asked", func() bool { _, err := b.status(); return err == nil })
	if out, _, code := b.oco("status", "-c", b.path("oco.yaml")); code != 1 || !strings.Contains(out, "NOT READY") {
		t.Errorf("exit code %d:\n%s", code, out)
	}
}

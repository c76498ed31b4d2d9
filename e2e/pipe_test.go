package e2e

import (
	"strings"
	"testing"
	"time"
)

// TestPipe talks to the bot through a pipe, as scripts do.
func TestPipe(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		input, out string
		code       int
		says       string // on standard error
	}{
		"ping":              {"ping\n", "pong\n", 0, ""},
		"two lines":         {"ping\necho two words\n", "pong\ntwo words\n", 0, ""},
		"without a newline": {"ping", "pong\n", 0, ""},
		"nothing":           {"", "", 0, ""},
		"unknown":           {"frobnicate\n", "", 1, "frobnicate"},
		"one of two":        {"frobnicate\nping\n", "pong\n", 1, "frobnicate"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			begin := time.Now()
			out, errs, code := command(t, dir, c.input, ocoBinary)
			t.Logf("cold: %v", time.Since(begin).Round(time.Millisecond))
			if out != c.out || code != c.code || !strings.Contains(errs, c.says) {
				t.Errorf("oco said %q and %q with exit code %d\nlog:\n%s", out, errs, code, read(t, dir+"/oco-data/oco.log"))
			}
		})
	}
}

// TestTry tries a plugin of one's own in the terminal: one that takes long to come
// up, as when it is compiled first, and that is called something else than what it
// was started by.
func TestTry(t *testing.T) {
	t.Parallel()
	s := newService(t)
	out, errs, code := command(t, t.TempDir(), "good morning\n", ocoBinary, "try", "--", "sh", "-c", `sleep 6; exec "$0" "$@"`, self, "plugin", "bad", s.url)
	if out != "good morning\n" || code != 0 {
		t.Errorf("oco try said %q and %q with exit code %d", out, errs, code)
	}
}

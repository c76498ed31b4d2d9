package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// refused runs a bot that must not start: it ends with exit code 1 and says all
// of the words on standard error.
func refused(t *testing.T, b *bot, words ...string) {
	t.Helper()
	out, errs, code := b.oco("run", "-c", b.path("oco.yaml"))
	if code != 1 || out != "" {
		t.Errorf("exit code %d, standard output %q", code, out)
	}
	last := tail(errs, 1)
	for _, word := range words {
		if !strings.Contains(errs, word) {
			t.Errorf("it does not say %q: %s", word, errs)
		}
	}
	t.Logf("it says: %s", last)
}

// A second bot on a data directory is refused and says which process has it
// (OCO-STO-2).
func TestASecondBotIsRefused(t *testing.T) {
	t.Parallel()
	s := newService(t)
	b := newBot(t, "")
	b.configure(config(s, "adapter", "handler", b.path("runs")))
	b.start()
	b.awaitPlugins("chat", "worker")
	refused(t, b, "data", "is in use by another bot", fmt.Sprintf("process %d", b.pid()))
	// The first one is none the worse for it.
	s.say("m1", "once 1")
	s.expect(func(p post) bool { return p.Text == "once 1 ran" }, "the reply")
	b.must("status", "-c", b.path("oco.yaml"))
}

func TestBadDataDirectories(t *testing.T) {
	t.Parallel()
	s := newService(t)
	for name, c := range map[string]struct {
		spoil func(t *testing.T, b *bot)
		words []string
	}{
		"a file": {func(t *testing.T, b *bot) { write(t, b.path("data"), "") }, []string{"data", "director"}},
		"a newer format": {func(t *testing.T, b *bot) {
			b.start()
			b.awaitPlugins("chat", "worker")
			b.kill()
			format := read(t, b.path("data/store/FORMAT"))
			newer := strings.Replace(format, "1", "99", 1)
			if newer == format {
				t.Fatalf("the format file says %q", format)
			}
			write(t, b.path("data/store/FORMAT"), newer)
		}, []string{"format 99", "newer version"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBot(t, "")
			b.configure(config(s, "adapter", "handler", b.path("runs")))
			c.spoil(t, b)
			refused(t, b, c.words...)
		})
	}
}

// TestADataDirectoryThatIsNotWritable runs the bot as a user who may not write.
func TestADataDirectoryThatIsNotWritable(t *testing.T) {
	t.Parallel()
	s := newService(t)
	b := newBot(t, "")
	b.configure(config(s, "adapter", "handler", b.path("runs")))
	if err := os.Mkdir(b.path("data"), 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(ocoBinary, "run", "-c", b.path("oco.yaml"))
	cmd.Env = environment()
	if os.Getuid() == 0 {
		// Nobody may read here and may not write.
		cmd = exec.Command(b.path("oco"), "run", "-c", b.path("oco.yaml"))
		cmd.Env = environment()
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		if err := os.Link(ocoBinary, b.path("oco")); err != nil {
			t.Fatal(err)
		}
		for path, mode := range map[string]os.FileMode{b.dir: 0o755, b.path("oco.yaml"): 0o644} {
			if err := os.Chmod(path, mode); err != nil {
				t.Fatal(err)
			}
		}
	} else if err := os.Chmod(b.path("data"), 0o500); err != nil {
		t.Fatal(err)
	}
	out, err := cmd.CombinedOutput()
	if code := cmd.ProcessState.ExitCode(); err == nil || code != 1 {
		t.Errorf("exit code %d, %v", code, err)
	}
	if last := tail(string(out), 1); !strings.Contains(last, "not writable") && !strings.Contains(last, "permission denied") || !strings.Contains(last, "data") {
		t.Errorf("it says: %s", out)
	} else {
		t.Logf("it says: %s", last)
	}
}

// TestNotExactlyOneAdapter is refused by run and by check, with the place
// (OCO-LIF-8).
func TestNotExactlyOneAdapter(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		config string
		words  []string
	}{
		"none":            {"handlers: []\n", []string{"no adapter is selected"}},
		"empty":           {"adapter:\n", []string{"no adapter is selected", "oco.yaml:"}},
		"two":             {"adapter:\n  - {name: terminal}\n  - {name: irc}\n", []string{"2 adapters", "exactly one", "oco.yaml:"}},
		"unknown bundled": {"adapter: {name: terminals}\n", []string{"terminals", "terminal", "oco.yaml:"}},
		"unknown key":     {"adapter: {name: terminal}\nhandlerz: []\n", []string{"handlerz", "handlers", "oco.yaml:5"}},
		"wrong type":      {"adapter: {name: terminal}\nlimits: {max_in_flight: many}\n", []string{"max_in_flight", "oco.yaml:5"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBot(t, c.config)
			refused(t, b, c.words...)
			if out, errs, code := b.oco("check", "-c", b.path("oco.yaml")); code != 1 || !strings.Contains(errs+out, c.words[0]) {
				t.Errorf("oco check: exit code %d, %q %q", code, out, errs)
			}
		})
	}
}

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestAShellThatOnlyPulls runs a shell script as a handler that knows nothing of
// registering: the operator's file has its manifest. When the file changes, a reload
// gives it other commands while it runs (OCO-LIF-29, OCO-LIF-30).
func TestAShellThatOnlyPulls(t *testing.T) {
	need(t, "curl", "the handler is made of it")
	t.Parallel()
	s, b := newService(t), newBot(t, "")
	script, err := filepath.Abs("pull.sh")
	if err != nil {
		t.Fatal(err)
	}
	manifest := func(pattern string) {
		write(t, b.path("disk.json"), `{"routes": [{"help": "From a shell.", "command": {"pattern": "`+pattern+`"}}]}`)
	}
	manifest("disk {name}")
	b.http = freePort(t)
	config := fmt.Sprintf("listen: {http: %q}\nadapter: {name: chat, command: [%q, plugin, adapter, %q]}\n", b.http, self, s.url) +
		"handlers:\n  - {name: disk, command: [" + script + ", \"http://" + b.http + "\"], manifest: disk.json}\n"
	write(t, b.path("oco.yaml"), "data: ./data\n"+config)
	b.start()
	b.awaitPlugins("chat", "disk")
	s.say("m1", "disk root")
	s.expect(func(p post) bool { return p.Text == "from a shell: root" }, "the reply of the shell")
	pid := b.plugin("disk").GetProcessId()

	manifest("space {name}")
	if got := b.must("reload", "--data", b.path("data")); got != "changed: handlers.disk.manifest\n" {
		t.Errorf("oco reload says:\n%s", got)
	}
	s.say("m2", "space home")
	s.expect(func(p post) bool { return p.Text == "from a shell: home" }, "the reply to the other command")
	if now := b.plugin("disk").GetProcessId(); now != pid {
		t.Errorf("the process was %d and is %d", pid, now)
	}

	manifest("space {name")
	if _, errs, code := b.oco("reload", "--data", b.path("data")); code != 1 || !strings.Contains(errs, "oco.yaml:") || !strings.Contains(errs, "disk.json") || !strings.Contains(errs, "space {name") {
		t.Errorf("a bad manifest: oco reload ends with %d:\n%s", code, errs)
	}
	s.say("m3", "space tmp")
	s.expect(func(p post) bool { return p.Text == "from a shell: tmp" }, "the reply as before")
	manifest("space {name}")

	// A start of the bot registers it as well.
	b.kill()
	b.start()
	b.awaitPlugins("chat", "disk")
	s.say("m4", "space var")
	s.expect(func(p post) bool { return p.Text == "from a shell: var" }, "the reply after a start")

	// Without the key its replicas are strangers again.
	write(t, b.path("oco.yaml"), "data: ./data\n"+strings.Replace(config, ", manifest: disk.json", "", 1))
	b.must("reload", "--data", b.path("data"))
	b.await("the shell is told to register", func() bool {
		return strings.Contains(b.plugin("disk").GetLastExit(), "REPLICA_NOT_FOUND") || b.plugin("disk").GetRestarts() > 0
	})
}

// TestOcoCheckReadsManifests finds what is wrong with the file of a manifest.
func TestOcoCheckReadsManifests(t *testing.T) {
	t.Parallel()
	b := newBot(t, "")
	write(t, b.path("oco.yaml"), "adapter: {name: terminal}\nhandlers:\n  - {name: disk, command: [sh, -c, \"echo ran >ran\"], manifest: disk.json}\n")
	for manifest, want := range map[string]string{
		`{"routes": [{"command": {"pattern": "disk {name"}}]}`: "disk {name",
		`{"routes": [`: "not JSON",
		`{"settings": [{"name": "token", "type": "ARGUMENT_TYPE_TEXT"}]}`: "token",
		`{"requiredFeatures": ["oco.telepathy"]}`:                         "oco.telepathy",
	} {
		write(t, b.path("disk.json"), manifest)
		if out, errs, code := b.oco("check"); code != 1 || !strings.Contains(errs, want) || !strings.Contains(errs, "oco.yaml:3:") {
			t.Errorf("%s: oco check ends with %d:\n%s%s", manifest, code, out, errs)
		}
	}
	write(t, b.path("disk.json"), `{"routes": [{"help": "h", "command": {"pattern": "disk {name}"}}]}`)
	if out, errs, code := b.oco("check"); code != 0 || strings.Contains(errs, "no manifest") {
		t.Errorf("oco check ends with %d:\n%s%s", code, out, errs)
	}
	if _, err := os.Stat(b.path("ran")); err == nil {
		t.Error("the program was run to ask for a manifest that the file has")
	}
}

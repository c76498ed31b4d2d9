package e2e

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// finding is a line of oco doctor.
type finding struct{ Level, Subject, Text, Advice string }

// examine runs oco doctor on a bot and gives what it found, by subject.
func (b *bot) examine(wantCode int) map[string]finding {
	b.t.Helper()
	out, errs, code := b.oco("doctor", "--json", "-c", b.path("oco.yaml"))
	var all []finding
	if err := json.Unmarshal([]byte(out), &all); err != nil || code != wantCode {
		b.t.Fatalf("exit code %d, want %d; %v\n%s%s", code, wantCode, err, out, errs)
	}
	found := map[string]finding{}
	for _, f := range all {
		if old, twice := found[f.Subject]; !twice || old.Level == "ok" || f.Level == "fail" {
			found[f.Subject] = f
		}
	}
	return found
}

// holds checks the level of a finding and a part of what it says.
func holds(t *testing.T, found map[string]finding, subject, level, says string) {
	t.Helper()
	if f, there := found[subject]; !there || f.Level != level || !strings.Contains(f.Text, says) {
		t.Errorf("%s: found %+v, want %s and %q", subject, f, level, says)
	}
}

// TestDoctor takes a bot through its life: new, healthy, stopped, and ill in
// several ways.
func TestDoctor(t *testing.T) {
	t.Parallel()
	s := newService(t)
	b := newBot(t, "")
	b.configure(fmt.Sprintf("listen: {http: \"HTTP_PORT\", grpc: \"GRPC_PORT\"}\n"+
		"adapter: {name: chat, command: [%q, plugin, adapter, %q]}\nhandlers:\n  - name: core\n  - {name: far, remote: true}\n", self, s.url))
	found := b.examine(0)
	holds(t, found, "data directory", "ok", "the first start makes it")
	holds(t, found, "listen.grpc", "ok", "is free")
	holds(t, found, "bot", "warn", "none runs")

	b.start()
	b.awaitPlugins("chat", "core")
	found = b.examine(0)
	for _, subject := range []string{"data directory", "operator's key", "bot", "adapter", "plugin core", "plugin chat", "listen.http", "remote plugins", "outcomes"} {
		holds(t, found, subject, "ok", "")
	}
	holds(t, found, "plugin core", "ok", "1 connected, version ") // that of the program it is part of
	holds(t, found, "plugin far", "warn", "no replica of it is connected")
	holds(t, found, "remote plugins", "ok", "shows the bot's certificate")
	text, _, code := b.oco("doctor", "-c", b.path("oco.yaml"))
	if code != 0 || !strings.Contains(text, "warn  plugin far: no replica of it is connected; 0 deliveries wait\n      -> start it where it runs") {
		t.Errorf("exit code %d:\n%s", code, text)
	}

	// A handler is paused.
	b.must("pause", "-c", b.path("oco.yaml"), "core")
	holds(t, b.examine(0), "plugin core", "warn", "it is paused")
	b.must("resume", "-c", b.path("oco.yaml"), "core")

	// What is on disk is not what the bot shows.
	cert, err := os.ReadFile(b.path("data/tls/cert.pem"))
	if err != nil {
		t.Fatal(err)
	}
	other := newBot(t, "listen: {http: \"\", grpc: \"GRPC_PORT\"}\nadapter: {name: chat, command: [sleep, '600']}\nhandlers: []\n")
	other.start()
	other.await("it is up", func() bool { _, err := other.status(); return err == nil })
	found = other.examine(1)
	holds(t, found, "bot", "fail", "not ready")
	for _, name := range []string{"cert.pem", "key.pem"} {
		text, err := os.ReadFile(other.path("data/tls/" + name))
		if err != nil {
			t.Fatal(err)
		}
		write(t, b.path("data/tls/"+name), string(text))
	}
	holds(t, b.examine(1), "remote plugins", "fail", "another certificate")
	write(t, b.path("data/tls/cert.pem"), string(cert))
	holds(t, b.examine(1), "remote plugins", "fail", "cannot be used")

	// The operator's key is open to others.
	if err := os.Chmod(b.path("data/operator.key"), 0o644); err != nil {
		t.Fatal(err)
	}
	holds(t, b.examine(1), "operator's key", "fail", "others may read")

	// Killed: what is left behind is no bot.
	b.kill()
	found = b.examine(1)
	holds(t, found, "store", "ok", "it opens")
	holds(t, found, "bot", "warn", "none runs")
	taken, err := net.Listen("tcp", b.http)
	if err != nil {
		t.Fatal(err)
	}
	holds(t, b.examine(1), "listen.http", "fail", fmt.Sprintf("is taken by process %d", os.Getpid()))
	if err := taken.Close(); err != nil {
		t.Fatal(err)
	}

	// The store is damaged, the configuration is wrong.
	manifests, err := filepath.Glob(b.path("data/store/MANIFEST-*"))
	if err != nil || len(manifests) == 0 {
		t.Fatal(manifests, err)
	}
	for _, m := range manifests {
		if err := os.Truncate(m, 3); err != nil {
			t.Fatal(err)
		}
	}
	holds(t, b.examine(1), "store", "fail", "")
	write(t, b.path("oco.yaml"), "adapter: [\n")
	found = b.examine(1)
	holds(t, found, "configuration", "fail", "oco.yaml:")
	if slices.ContainsFunc([]string{"bot", "store"}, func(s string) bool { _, there := found[s]; return there }) {
		t.Errorf("without a configuration it looked at %v", found)
	}
}

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A bot in a terminal whose configuration a plugin refuses says so, and runs on.
func TestTheTerminalTellsOfAPluginThatIsRefused(t *testing.T) {
	t.Parallel()
	p := program(t, "run", "-c", "oco.yaml")
	text := "adapter: {name: terminal}\nlisten: {http: \"\"}\nhandlers:\n  - name: core\n  - name: exec\n" +
		"    settings: {commands: [{command: go there, run: [./no-such-program]}]}\n"
	if err := os.WriteFile(filepath.Join(p.Dir, "oco.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	out, errs, code := run(t, p, "ping\n")
	if out != "pong\n" || code != 0 || !strings.Contains(errs, "exec | a plugin is refused for its settings: ") || !strings.Contains(errs, "no-such-program") {
		t.Errorf("printed %q and %q and exited %d", out, errs, code)
	}
}

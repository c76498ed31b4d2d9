package main

import (
	"os"
	"strings"
	"testing"

	"github.com/openchatops/oco/internal/config"
)

// A program that is asked for its manifest leaves nothing behind, wherever it put
// what it started.
func TestNothingIsLeftOfAQuestion(t *testing.T) {
	dir := t.TempDir()
	d := declared{plugin: config.Plugin{Dir: dir, Command: []string{"sh", "-c",
		`setsid sh -c 'echo $$ >made; mv made pid; exec sleep 300' >/dev/null 2>&1 & while [ ! -e pid ]; do :; done; echo '{"version": "1"}'`}}}
	d.ask(t.Context(), &config.Config{})
	if d.manifest.GetVersion() != "1" {
		t.Errorf("%+v", d)
	}
	pid, err := os.ReadFile(dir + "/pid")
	if err != nil {
		t.Fatal(err)
	}
	// What is dead and not yet reaped has no command line.
	if line, err := os.ReadFile("/proc/" + strings.TrimSpace(string(pid)) + "/cmdline"); err == nil && len(line) > 0 {
		t.Errorf("%q still runs", line)
	}
}

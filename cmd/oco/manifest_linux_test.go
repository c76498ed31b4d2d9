package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
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
	if line := commandLine(pid); line != "" {
		t.Errorf("%q still runs", line)
	}
}

// commandLine is that of a process that lives: what is dead and not yet reaped has none.
func commandLine(pid []byte) string {
	line, err := os.ReadFile("/proc/" + strings.TrimSpace(string(pid)) + "/cmdline")
	if err != nil {
		return ""
	}
	return string(line)
}

// What a program leaves behind may keep its output open for ever. Nobody waits for it:
// what is found is ended, and it is said why there is no manifest.
func TestCheckDoesNotWaitForWhatKeepsTheOutputOpen(t *testing.T) {
	const daemon = `setsid %s /bin/sh -c 'echo $$ >made; mv made pid; exec /bin/sleep 30' & while [ ! -e pid ]; do :; done; echo '{"version": "1"}'`
	for name, c := range map[string]struct {
		with  string
		found bool
	}{"found by its mark": {"", true}, "without its mark": {"env -i", false}} {
		t.Run(name, func(t *testing.T) {
			p := program(t, "check")
			write(t, p.Dir+"/daemon.sh", fmt.Sprintf(daemon, c.with))
			write(t, p.Dir+"/oco.yaml", "adapter: {name: terminal}\nhandlers: [{name: x, command: [sh, daemon.sh]}]\n")
			out, errs, code := run(t, p, "")
			pid, err := os.ReadFile(p.Dir + "/pid")
			if err != nil {
				t.Fatal(err)
			}
			lives := commandLine(pid) != ""
			if lives {
				number, err := strconv.Atoi(strings.TrimSpace(string(pid)))
				if err == nil {
					err = syscall.Kill(number, syscall.SIGKILL)
				}
				if err != nil {
					t.Error(err)
				}
			}
			if lives == c.found {
				t.Errorf("what it left behind lives when the check is over: %v", lives)
			}
			const want = "oco.yaml:2:12: handler x: left something behind that kept its output open, so nobody knows where its manifest ends; "
			if code != 0 || !strings.Contains(out, "is fine") || !strings.Contains(errs, want) {
				t.Errorf("exit %d, it says %q and %q", code, out, errs)
			}
		})
	}
}

// A program that is asked for its manifest has nothing open that this process had
// inherited, the first descriptor that anybody hands on included.
func TestAQuestionHandsOnNothing(t *testing.T) {
	p := program(t, "check")
	file, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close() //nolint:errcheck // nothing was written
	p.ExtraFiles = []*os.File{file, file}
	write(t, p.Dir+"/oco.yaml", `adapter: {name: terminal}
handlers: [{name: x, command: [sh, -c, 'for n in 3 4; do if [ -e /dev/fd/$n ]; then echo $n; fi; done >open; echo "{}"']}]
`)
	out, errs, code := run(t, p, "")
	if code != 0 || !strings.Contains(out, "is fine") || errs != "" {
		t.Errorf("exit %d, it says %q and %q", code, out, errs)
	}
	if open, err := os.ReadFile(p.Dir + "/open"); err != nil || len(open) > 0 {
		t.Errorf("it has open %q, %v", open, err)
	}
}

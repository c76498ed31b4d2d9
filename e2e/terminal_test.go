package e2e

import (
	"flag"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/openchatops/oco/internal/ptytest"
)

var update = flag.Bool("update", false, "write the golden screens anew")

// A desk is a person at a terminal in which the bot runs.
type desk struct {
	*ptytest.Seat
	home string
	cmd  *exec.Cmd
}

// sitDown starts the bot in a terminal, with the first example as its handler.
func sitDown(t *testing.T) *desk {
	t.Helper()
	hello := filepath.Join(t.TempDir(), "hello")
	build := exec.Command("go", "build", "-o", hello, "./examples/01-hello")
	build.Dir = ".."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build ./examples/01-hello: %v\n%s", err, out)
	}
	return sitDownTo(t, ocoBinary, "[{name: core}, {name: hello, command: ["+hello+"]}]")
}

// sitDownTo starts this binary of the bot in a terminal with these handlers.
func sitDownTo(t *testing.T, binary, handlers string) *desk {
	t.Helper()
	b := newBot(t, "") // for its directory: it is started here
	b.configure("adapter: {name: terminal}\nhandlers: " + handlers + "\n")
	d := &desk{Seat: ptytest.Sit(t), home: t.TempDir()}
	d.cmd = exec.Command(binary, "run", "-c", b.path("oco.yaml"))
	d.cmd.Dir, d.cmd.SysProcAttr = b.dir, attributes()
	d.cmd.Env = environment("TERM=xterm", "NO_COLOR=", "HOME="+d.home, "XDG_STATE_HOME=")
	d.cmd.Stdin, d.cmd.Stdout, d.cmd.Stderr = d.Program, d.Program, d.Program
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if d.cmd.ProcessState == nil {
			if err := d.cmd.Process.Kill(); err != nil {
				t.Error(err)
			}
			d.cmd.Wait() //nolint:errcheck // it was killed
		}
	})
	d.Await("@oco> █")
	return d
}

// leave ends the bot with Ctrl-D and looks whether the terminal is as it was.
func (d *desk) leave(t *testing.T) {
	t.Helper()
	d.Type("\x04")
	if err := d.cmd.Wait(); err != nil {
		t.Errorf("the bot ended with %v", err)
	}
	d.AwaitMode("?2004", false)
	d.Type("the system's echo")
	d.Await("\nthe system's echo█")
}

// deliveryID is another one at each run.
var deliveryID = regexp.MustCompile(`(oco retry )\w+`)

// TestTheBotInATerminal is what a person sees who runs the bot. Its screen is the
// picture in the README.
func TestTheBotInATerminal(t *testing.T) {
	t.Parallel()
	d := sitDown(t)
	d.Resize(96, 32) // nothing that is another at each run reaches the end of a row
	d.Type("/as alice\r")
	d.Await("alice @oco> █")
	d.Type("\x0c")
	d.Await("alice @oco> █")
	for _, step := range []struct{ keys, shows string }{
		{"pi\t", "> ping █"},
		{"\r", "\npong\nalice @oco> █"},
		{"/room ops\r", "\nalice #ops> █"},
		{"oco: dep\t", "> oco: deploy █"},
		{"web to prod\r", "\nweb is deployed.\nalice #ops> █"},
		{"oco: deploy web to moon\r", "\nalice #ops> █"},
		{"/as bob\r", "\nbob #ops> █"},
		{"oco: dploy web\r", "[to {env}]\nbob #ops> █"},
		{"/dm\r", "\nbob @oco> █"},
		{"hello\r", "\nNow I have time for you.\nbob @oco> █"},
		{"rooms\r", "private.\nbob @oco> █"},
	} {
		d.Type(step.keys)
		d.Await(step.shows)
		if strings.Contains(step.keys, "moon") {
			d.AwaitPart("! deploy failed: There is no rocket today.")
			d.Await("\nalice #ops> █")
		}
	}
	got := deliveryID.ReplaceAllString(d.Styled(), "${1}d1")
	file := filepath.Join("testdata", "terminal.screen")
	if *update {
		write(t, file, got)
	}
	if want := read(t, file); got != want {
		t.Errorf("the screen shows\n%s\nwant (make picture writes it anew)\n%s", got, want)
	}
	if strange := d.Strange(); len(strange) > 0 {
		t.Errorf("the terminal got %q", strange)
	}
	d.leave(t)
	kept := read(t, filepath.Join(d.home, ".local", "state", "oco", "terminal-history"))
	if !strings.HasPrefix(kept, "/as alice\nping \n/room ops\noco: deploy web to prod\n") {
		t.Errorf("the history holds\n%s", kept)
	}
}

// TestATerminalOutlivesItsAdapter kills the adapter, which has the terminal in
// its hands.
func TestATerminalOutlivesItsAdapter(t *testing.T) {
	t.Parallel()
	d := sitDown(t)
	d.Type("ping\r")
	d.Await("\npong\n" + named(t, d) + " @oco> █")
	killed := 0
	for _, p := range family(ps(t), d.cmd.Process.Pid) {
		if strings.Contains(p.what, "oco adapter terminal") {
			killed++
			if err := syscall.Kill(p.pid, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
		}
	}
	if killed != 1 {
		t.Fatalf("%d adapters were killed", killed)
	}
	d.AwaitTimes("Ctrl-D ends.", 2)
	d.Type("echo again\r")
	d.AwaitPart("\nagain\n")
	d.leave(t)
}

// named returns the name in the prompt.
func named(t *testing.T, d *desk) string {
	t.Helper()
	found := regexp.MustCompile(`(\S+) @oco>`).FindStringSubmatch(d.Text())
	if found == nil {
		t.Fatalf("no prompt in\n%s", d.Text())
	}
	return found[1]
}

// TestADumbTerminalGetsNoCodes runs the bot where nothing can be edited.
func TestADumbTerminalGetsNoCodes(t *testing.T) {
	t.Parallel()
	s := ptytest.Sit(t)
	cmd := exec.Command(ocoBinary, "--data", t.TempDir())
	cmd.Env, cmd.SysProcAttr = environment("TERM=dumb"), attributes()
	cmd.Stdin, cmd.Stdout, cmd.Stderr = s.Program, s.Program, s.Program
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s.Await("@oco> █")
	s.Type("ping\n")
	s.AwaitPart("> ping\npong\n")
	s.AwaitTimes("@oco> ", 2)
	s.Type("/as alice\n")
	s.Await("alice @oco> █")
	s.Type("\x04")
	if err := cmd.Wait(); err != nil {
		t.Errorf("the bot ended with %v", err)
	}
	s.AwaitMode("?2004", false)
	if text := s.Styled(); strings.Contains(text, `\e`) || len(s.Strange()) > 0 {
		t.Errorf("codes in\n%s", text)
	}
}

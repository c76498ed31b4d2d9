//go:build unix

package supervise

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

func errand(t *testing.T, s *Errands, script string, change ...func(*Errand)) (*Started, *bytes.Buffer, *bytes.Buffer) {
	t.Helper()
	var out, errs bytes.Buffer
	e := Errand{Path: "/bin/sh", Args: []string{"sh", "-c", script}, Dir: t.TempDir(), Env: []string{"PATH=/usr/bin:/bin"}, Stdout: &out, Stderr: &errs}
	for _, c := range change {
		c(&e)
	}
	r, err := s.Start(e)
	if err != nil {
		t.Fatal(err)
	}
	return r, &out, &errs
}

func newErrands(t *testing.T) *Errands {
	t.Helper()
	s := NewErrands()
	t.Cleanup(s.forker.close)
	return s
}

func TestAnErrand(t *testing.T) {
	s := newErrands(t)
	r, out, errs := errand(t, s, `cat; echo oops >&2; env | grep -v -e ^PWD= -e ^SHLVL= -e ^_= -e ^OLDPWD= | sed 's/=.*//' | sort; exit 3`,
		func(e *Errand) { e.Stdin = []byte("given\n"); e.Env = append(e.Env, "X=1") })
	code, signal, err := r.Result()
	if code != 3 || signal != "" || err != nil {
		t.Errorf("exit code %d, signal %q, %v", code, signal, err)
	}
	lines := strings.Fields(out.String())
	if lines[0] != "given" || errs.String() != "oops\n" || strings.Join(lines[1:], " ") != "OCO_LAUNCH PATH X" {
		t.Errorf("it printed %q and %q", out, errs)
	}
	// One that does not read what it could, and has nothing to read.
	r, _, _ = errand(t, s, "exit 0", func(e *Errand) { e.Stdin = bytes.Repeat([]byte("x"), 1<<20) })
	if code, _, err := r.Result(); code != 0 || err != nil {
		t.Errorf("exit code %d, %v", code, err)
	}
	r, out, _ = errand(t, s, "cat; echo end")
	if code, _, _ := r.Result(); code != 0 || out.String() != "end\n" {
		t.Errorf("exit code %d, it printed %q", code, out)
	}
	if _, err := s.Start(Errand{Path: "/no/such", Args: []string{"such"}}); err == nil || !strings.Contains(err.Error(), "start /no/such: no such file") {
		t.Error(err)
	}
}

// The system says of a directory and of an interpreter that are gone what it says of the
// program.
func TestWhatKeepsAProgramFromStarting(t *testing.T) {
	dir := t.TempDir()
	script := func(name, text string) string {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
		return filepath.Join(dir, name)
	}
	plugins := New(Options{Log: slog.New(slog.DiscardHandler)})
	t.Cleanup(plugins.forker.close)
	for want, e := range map[string]Errand{
		"no such file or directory": {Path: filepath.Join(dir, "gone")},
		"no such file or directory: the directory in which it runs is not there any more: stat /no/such: no such file or directory": {Path: "/bin/sh", Dir: "/no/such"},
		"no such file or directory: the program is there, so what its first line names behind #! is not on this machine":            {Path: script("unread", "#!/no/such/shell\n"), Dir: dir},
		"exec format error: it is no program of this machine; a script needs a first line such as #!/bin/sh":                        {Path: script("headless", "echo hello\n"), Dir: dir},
	} {
		e.Args = []string{"program"}
		_, err := newErrands(t).Start(e)
		if want = "start " + e.Path + ": " + want; err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
		_, err = plugins.start(Process{Name: "p", Command: []string{e.Path}, Dir: dir}, "mark")
		if e.Dir == dir && (err == nil || !strings.HasSuffix(err.Error(), strings.TrimPrefix(want, "start "+e.Path))) {
			t.Errorf("a plugin: %v, want %s", err, want)
		}
	}
}

// A program has nothing open that this process had inherited.
func TestAnErrandInheritsNothing(t *testing.T) {
	file, err := os.Open("errand.go")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()                            //nolint:errcheck // nothing was written
	inherited, err := syscall.Dup(int(file.Fd())) // as it comes from a parent
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(inherited) //nolint:errcheck // nothing was written
	r, out, _ := errand(t, newErrands(t), "ls /dev/fd/")
	if code, _, _ := r.Result(); code != 0 || strings.Contains("\n"+out.String(), "\n"+strconv.Itoa(inherited)+"\n") {
		t.Errorf("exit code %d, it has open %q, among them %d", code, strings.Fields(out.String()), inherited)
	}
}

func TestAnErrandThatIsEnded(t *testing.T) {
	s := newErrands(t)
	r, _, _ := errand(t, s, "exec sleep 600")
	if err := r.Terminate(); err != nil {
		t.Fatal(err)
	}
	if code, signal, _ := r.Result(); code != -1 || signal != "terminated" {
		t.Errorf("exit code %d, signal %q", code, signal)
	}
	if err := r.Kill(); err != nil {
		t.Errorf("killing what has ended: %v", err)
	}
	ready := make(chan struct{}, 100)
	r, _, _ = errand(t, s, "trap '' TERM; echo ready; while :; do sleep 600 & wait $!; done", func(e *Errand) { e.Stdout = notify(ready) })
	<-ready
	if err := r.Terminate(); err != nil {
		t.Fatal(err)
	}
	if err := r.Kill(); err != nil {
		t.Fatal(err)
	}
	if code, signal, _ := r.Result(); code != -1 || signal != "killed" {
		t.Errorf("exit code %d, signal %q", code, signal)
	}
}

type notify chan struct{}

func (n notify) Write(p []byte) (int, error) {
	n <- struct{}{}
	return len(p), nil
}

// Nothing that a program started is left: not what stays in its group, and on Linux
// not a daemon with a session of its own either.
func TestAnErrandLeavesNothingBehind(t *testing.T) {
	s := newErrands(t)
	scripts := map[string]string{"its group": "sleep 601 & echo $! > pid"}
	if runtime.GOOS == "linux" {
		scripts["its session, in a group of its own and without its mark"] = "exec bash -c 'set -m; env -i /bin/sh -c \"echo \\$\\$ >pid; exec /bin/sleep 605\" & while ! [ -s pid ]; do sleep 0.01; done'"
		scripts["a daemon"] = "setsid sh -c 'echo $$ > pid; exec sleep 602' >/dev/null 2>&1 & while ! [ -s pid ]; do sleep 0.01; done"
		scripts["a daemon that holds the pipe"] = "setsid sh -c 'echo $$ > pid; exec sleep 603' & while ! [ -s pid ]; do sleep 0.01; done"
	}
	for name, script := range scripts {
		t.Run(name, func(t *testing.T) {
			dir := ""
			r, _, _ := errand(t, s, script, func(e *Errand) { dir = e.Dir })
			if code, _, err := r.Result(); code != 0 || err != nil {
				t.Fatalf("exit code %d, %v", code, err)
			}
			text, err := os.ReadFile(filepath.Join(dir, "pid"))
			if err != nil {
				t.Fatal(err)
			}
			pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
			if err != nil {
				t.Fatal(err)
			}
			if alive(pid) {
				t.Errorf("process %d is alive", pid)
			}
		})
	}
}

// alive says whether a process runs; one that is dead and not yet reaped does not.
func alive(pid int) bool {
	if runtime.GOOS == "linux" {
		_, is := readStatOf(pid)
		return is
	}
	for range 100 { // its new parent reaps it
		if syscall.Kill(pid, 0) != nil {
			return false
		}
		time.Sleep(10 * time.Millisecond)
	}
	return true
}

// The mark of an errand is below that of the process that it is of, so that the bot
// finds it when that process has ended.
func TestAnErrandBearsTheMarkOfItsPlugin(t *testing.T) {
	t.Setenv(EnvLaunch, "instance/life/tools/1")
	s := newErrands(t)
	r, out, _ := errand(t, s, "echo $OCO_LAUNCH")
	if r.Result(); !strings.HasPrefix(out.String(), "instance/life/tools/1/") {
		t.Errorf("it bears %q", out)
	}
}

// A daemon that bears no mark is not found, and holds all pipes open. The errand ends
// all the same, while the daemon lives.
func TestAnErrandDoesNotWaitForWhatItCannotFind(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("setsid is a program of Linux")
	}
	dir := ""
	r, out, _ := errand(t, newErrands(t), "exec 3<&0; setsid env -i /bin/sh -c 'echo $$ > pid; exec /bin/sleep 30' <&3 & while ! [ -s pid ]; do sleep 0.01; done; echo said", func(e *Errand) {
		dir = e.Dir
		e.Stdin = bytes.Repeat([]byte("x"), 4<<20) // more than a pipe holds, and nobody reads it
	})
	code, _, err := r.Result()
	text, missing := os.ReadFile(filepath.Join(dir, "pid"))
	if missing != nil {
		t.Fatal(missing)
	}
	pid, wrong := strconv.Atoi(strings.TrimSpace(string(text)))
	if wrong != nil {
		t.Fatal(wrong)
	}
	if !alive(pid) {
		t.Error("the errand waited for the daemon")
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Error(err)
	}
	if code != 0 || err != nil || out.String() != "said\n" {
		t.Errorf("exit code %d, %v, it printed %q", code, err, out)
	}
}

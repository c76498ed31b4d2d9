package supervise

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// The roles below take of the machine until they get no more.

func eat() error {
	var all [][]byte
	for {
		all = append(all, bytes.Repeat([]byte{1}, 1<<20))
		if len(all) > 4096 {
			return errors.New("4 GiB and no end")
		}
	}
}

func openAll() error {
	var all []*os.File
	for range 1000 {
		f, err := os.Open("/dev/null")
		if err != nil {
			return err
		}
		all = append(all, f)
	}
	return fmt.Errorf("%d files and no end", len(all))
}

func spin() error {
	for began := time.Now(); time.Since(began) < time.Minute; {
	}
	return errors.New("a minute and no end")
}

func forkAll() error {
	for range 1000 {
		cmd := exec.Command("/bin/sleep", "1000")
		if err := cmd.Start(); err != nil {
			return err
		}
	}
	return errors.New("1000 processes and no end")
}

func tellNice() error {
	n, err := unix.Getpriority(unix.PRIO_PROCESS, 0)
	if err != nil {
		return err
	}
	fmt.Println("nice", 20-n)
	return waitForTerm()
}

// nobody supervises what forks without end, as a user that is not root.
func nobody() error {
	exits := make(chan Exit, 1)
	p := playing("fork")
	p.Limits.Processes = 60
	s := New(Options{Launcher: []string{"/proc/self/exe", "launch"}, OnExit: func(e Exit) { exits <- e }})
	if err := s.Start(p); err != nil {
		return err
	}
	fmt.Println((<-exits).Text)
	return nil
}

func launcher(exits chan Exit) Options {
	return Options{Launcher: []string{"/proc/self/exe", "launch"}, OnExit: func(e Exit) {
		select {
		case exits <- e:
		default: // the tests look at the first
		}
	}}
}

// A process that takes more than it may ends, and its status says of what.
func TestLimitsHold(t *testing.T) {
	for role, c := range map[string]struct {
		limits Limits
		want   []string
	}{
		"eat":      {Limits{Memory: 64 << 20}, []string{"memory", "memory 64 MiB"}},
		"open all": {Limits{OpenFiles: 32}, []string{"too many open files", "its limits: open_files 32"}},
		"spin":     {Limits{CPUTime: time.Second}, []string{"it has used up its cpu_time of 1s"}},
	} {
		t.Run(role, func(t *testing.T) {
			exits := make(chan Exit, 1)
			p := playing(role)
			p.Limits = c.limits
			s, _ := supervised(t, launcher(exits), p)
			e := <-exits
			for _, want := range c.want {
				if !strings.Contains(e.Text, want) || strings.Contains(e.Text, "no end") {
					t.Errorf("it ended: %s\nwant %q", e.Text, want)
				}
			}
			if st, err := s.StatusOf(role); err != nil || !strings.Contains(st.LastExit, c.want[0]) {
				t.Errorf("its status: %+v, %v", st, err)
			}
		})
	}
}

// Of a process that the kernel ended for its time of a processor that is said, though
// the time that is told may be a little less.
func TestATimeThatIsUsedUp(t *testing.T) {
	for script, want := range map[string]string{"kill -XCPU $$": "; it has used up its cpu_time of 1h0m0s", "exit 3": "; its limits: cpu_time 1h0m0s", "exit 0": ""} {
		cmd := exec.Command("/bin/sh", "-c", script)
		if err := cmd.Run(); (err == nil) != (want == "") {
			t.Fatal(err)
		}
		if got := (Limits{CPUTime: time.Hour}).after(cmd.ProcessState); got != want {
			t.Errorf("%s: %q, want %q", script, got, want)
		}
	}
}

func TestNice(t *testing.T) {
	p := playing("nice")
	p.Limits.Nice = 7
	_, lines := supervised(t, launcher(make(chan Exit, 1)), p)
	before, err := unix.Getpriority(unix.PRIO_PROCESS, 0)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := lines.until("nice "), fmt.Sprint(min(19, 20-before+7)); got != want {
		t.Errorf("it is %s nice, want %s", got, want)
	}
}

// The number of processes binds every user but root, so the bot of this test is one.
func TestProcessesAreLimited(t *testing.T) {
	dir := t.TempDir()
	for d := dir; d != os.TempDir() && d != "/"; d = filepath.Dir(d) {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	program := filepath.Join(dir, "bot")
	to, err := os.OpenFile(program, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	from, err := os.Open("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(to, from); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(from.Close(), to.Close()); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program)
	cmd.Dir, cmd.Env = "/", []string{roleVariable + "=nobody"}
	if os.Geteuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 64_123, Gid: 64_123}}
	}
	out, err := cmd.CombinedOutput()
	if err != nil || strings.Contains(string(out), "no end") || !strings.Contains(string(out), "resource temporarily unavailable") || !strings.Contains(string(out), "its limits: processes 60") {
		t.Errorf("%v: %s", err, out)
	}
}

// A limit that cannot be applied stops the process, and is not passed over.
func TestALimitThatCannotBeSet(t *testing.T) {
	if err := (Limits{CPUTime: 1500 * time.Millisecond}).Check(""); err == nil {
		t.Error("half a second is no limit")
	}
	if err := (Limits{Memory: 1 << 30, OpenFiles: 64, CPUTime: time.Hour, Nice: 1}).Check(""); err != nil {
		t.Error(err)
	}
	if os.Geteuid() == 0 {
		if err := (Limits{Processes: 10}).Check(""); err == nil || !strings.Contains(err.Error(), "root") {
			t.Errorf("processes of root: %v", err)
		}
		if err := (Limits{Processes: 10}).Check("nobody"); err != nil {
			t.Errorf("processes of somebody else: %v", err)
		}
		if err := (Limits{OpenFiles: 1 << 30}).Check("root"); err != nil {
			t.Errorf("what root may raise: %v", err)
		}
	}
	if err := (Limits{OpenFiles: 1 << 30}).Check("nobody"); err == nil || !strings.Contains(err.Error(), "more than the") {
		t.Errorf("somebody else cannot have more than the bot: %v", err)
	}
	s := New(Options{})
	defer s.Stop(t.Context()) //nolint:errcheck // nothing was started
	if _, err := s.start(Process{Name: "p", Command: []string{"/bin/true"}, Limits: Limits{Nice: 1}}, "m"); err == nil || !strings.Contains(err.Error(), "no program that sets them") {
		t.Errorf("without a launcher: %v", err)
	}
	for _, args := range [][]string{nil, {"memory=1"}, {"x=1", "/bin/true", "true"}, {"memory=-1", "/bin/true", "true"}, {"memory", "/bin/true", "true"}} {
		if err := Launch(args); err == nil {
			t.Errorf("%q was launched", args)
		}
	}
	if got := (Limits{Memory: 1 << 20, Nice: 3}).String(); got != "nice 3, memory 1 MiB" {
		t.Errorf("they read %q", got)
	}
	for n, want := range map[int64]string{3 << 30: "3 GiB", 5 << 10: "5 KiB", 1000: "1000 bytes"} {
		if got := sizeText(n); got != want {
			t.Errorf("%d reads %q", n, got)
		}
	}
}

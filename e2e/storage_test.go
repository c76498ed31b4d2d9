package e2e

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// straced says how to change what the system answers, and skips where that is
// not possible: these tests are a second line behind those of the store itself,
// which need no such rights.
func straced(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("strace is not installed: it injects errors into the real binary")
	}
	if os.Getuid() != 0 {
		t.Skip("only root may trace the bot, which protects its memory: the errors are not injected")
	}
	return path
}

// inject attaches to the running bot and changes its system calls from now on.
func (b *bot) inject(strace, call, what string, files ...string) {
	b.t.Helper()
	line := []string{"-f", "-qq", "-o", b.path("trace"), "-e", "trace=" + call, "-e", "inject=" + call + ":" + what}
	for _, f := range files {
		line = append(line, "-P", f)
	}
	cmd := exec.Command(strace, append(line, "-p", fmt.Sprint(b.pid()))...)
	var said notes
	cmd.Stderr, cmd.SysProcAttr = &said, attributes()
	if err := cmd.Start(); err != nil {
		b.t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait() // it ends with the bot
	}()
	b.t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended
		<-ended
	})
	status := fmt.Sprintf("/proc/%d/task", b.pid())
	b.await("every thread of the bot is traced: "+said.String(), func() bool {
		tasks, err := filepath.Glob(status + "/*/status")
		if err != nil || len(tasks) == 0 {
			return false
		}
		for _, task := range tasks {
			text, err := os.ReadFile(task)
			if err != nil || bytes.Contains(text, []byte("TracerPid:\t0\n")) {
				return false
			}
		}
		return true
	})
}

// notes collect what a program says while it runs.
type notes struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (n *notes) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.Write(p)
}

func (n *notes) String() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.String()
}

// TestStorageFaults lets the disk fail under the real bot when a message comes
// in: it is not acknowledged, nothing runs, the bot ends and says why; started
// again on a disk that works, it takes the message once (OCO-STO-1).
func TestStorageFaults(t *testing.T) {
	strace := straced(t)
	for name, c := range map[string]struct{ call, what string }{
		"sync fails":   {"fdatasync", "error=EIO"},
		"disk is full": {"write,pwrite64", "error=ENOSPC"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newService(t)
			b := newBot(t, "")
			runs := b.path("runs")
			b.configure(config(s, "adapter", "handler", runs))
			b.start()
			b.awaitPlugins("chat", "worker")
			logs, err := filepath.Glob(b.path("data/store/*.log"))
			if err != nil || len(logs) == 0 {
				t.Fatalf("the store has the logs %v, %v", logs, err)
			}
			if c.call == "fdatasync" {
				logs = nil
			}
			b.inject(strace, c.call, c.what, logs...)
			s.say("m1", "once 1")
			if code := b.end(); code != 1 {
				t.Errorf("exit code %d, want 1", code)
			}
			if trace := read(t, b.path("trace")); !strings.Contains(trace, "INJECTED") {
				t.Fatalf("no error was injected:\n%s", tail(trace, 20))
			}
			if n := s.reached("published"); n != 0 || s.acked() {
				t.Error("the message was acknowledged")
			}
			if got := read(t, runs); got != "" {
				t.Errorf("it ran: %q", got)
			}
			if last := tail(b.log(), 2); !strings.Contains(last, "the store failed") {
				t.Errorf("the bot's last words: %s", last)
			}
			b.start()
			b.await("everything is settled", func() bool { return s.acked() && settled(b) })
			p := point{route: "once", adapter: "adapter", handler: "handler"}
			v, problems := p.judge(s.posted(), b.deliveries(), strings.Count(read(t, runs), "once 1\n"))
			if len(problems) > 0 || v.outcome != ocov1.Outcome_OUTCOME_DONE && v.outcome != ocov1.Outcome_OUTCOME_UNKNOWN {
				t.Errorf("%v: %v, posted %+v", problems, v, s.posted())
			}
		})
	}
}

// TestKillAtWrites kills the bot as it enters each sync, and each write to the log or
// to the mark of what is durable, after a message came in.
func TestKillAtWrites(t *testing.T) {
	strace := straced(t)
	n := 2
	if torture {
		n = 12
	}
	var mu sync.Mutex
	killed, outcomes := map[string]int{}, map[ocov1.Outcome]int{}
	t.Run("call", func(t *testing.T) {
		for _, call := range []string{"fdatasync", "pwrite64", "write"} {
			for i := 1; i <= n; i++ {
				t.Run(fmt.Sprintf("%s/%d", call, i), func(t *testing.T) {
					t.Parallel()
					dead, outcome := killAt(t, strace, call, i)
					mu.Lock()
					defer mu.Unlock()
					outcomes[outcome]++
					if dead {
						killed[call]++
					}
				})
			}
		}
	})
	t.Logf("of %d bots for each call were killed there: %v; outcomes %v", n, killed, outcomes)
	for _, call := range []string{"fdatasync", "pwrite64", "write"} {
		if killed[call] == 0 {
			t.Errorf("no bot was killed at a %s", call)
		}
	}
}

func killAt(t *testing.T, strace, call string, n int) (dead bool, _ ocov1.Outcome) {
	s := newService(t)
	b := newBot(t, "")
	runs := b.path("runs")
	b.configure(config(s, "adapter", "handler", runs))
	b.start()
	b.awaitPlugins("chat", "worker")
	var files []string
	if call == "write" { // everything writes
		var err error
		if files, err = filepath.Glob(b.path("data/store/*.log")); err != nil || len(files) == 0 {
			t.Fatalf("the store has the logs %v, %v", files, err)
		}
	}
	b.inject(strace, call, fmt.Sprintf("signal=KILL:when=%d", n), files...)
	s.say("m1", "once 1")
	// Counted by thread, so a high number may never come.
	b.await("the bot is killed, or all is settled", func() bool { return !alive(b.pid()) || s.acked() && settled(b) })
	dead = !alive(b.pid())
	b.kill()
	b.start()
	b.await("everything is settled", func() bool { return s.acked() && settled(b) })
	ran := strings.Count(read(t, runs), "once 1\n")
	v, problems := point{route: "once", adapter: "adapter", handler: "handler"}.judge(s.posted(), b.deliveries(), ran)
	if len(problems) > 0 {
		t.Errorf("%v: %v, posted %+v", problems, v, s.posted())
	}
	return dead, v.outcome
}

// TestDamageIsNamed flips a bit in the last records of the log of a bot that was
// killed: it does not start, doctor says the same, and a bit that flips back is
// forgiven (OCO-STO-20, OCO-STO-21).
func TestDamageIsNamed(t *testing.T) {
	t.Parallel()
	s := newService(t)
	b := newBot(t, "")
	b.configure(config(s, "adapter", "handler", b.path("runs")))
	b.start()
	b.awaitPlugins("chat", "worker")
	s.say("m1", "once 1")
	s.expect(func(p post) bool { return p.Text == "once 1 ran" }, "the reply")
	b.await("it has ended", func() bool { return settled(b) })
	b.kill()
	logs, err := filepath.Glob(b.path("data/store/*.log"))
	if err != nil || len(logs) == 0 {
		t.Fatalf("the store has the logs %v, %v", logs, err)
	}
	newest := logs[len(logs)-1]
	flip := func() {
		data := []byte(read(t, newest))
		data[len(bytes.TrimRight(data, "\x00"))-20] ^= 16
		write(t, newest, string(data))
	}
	flip()
	b.start()
	if code := b.end(); code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
	out, _, code := b.oco("doctor", "--data", b.path("data"))
	want := "the file " + filepath.Base(newest) + " in the data directory "
	for what, text := range map[string]string{"oco run": tail(b.log(), 2), "oco doctor": out} {
		if !strings.Contains(text, want) || !strings.Contains(text, " is damaged at byte ") || !strings.Contains(text, "restore a backup") {
			t.Errorf("%s says: %s", what, text)
		}
	}
	if code != 1 {
		t.Errorf("oco doctor: exit code %d", code)
	}
	flip()
	if out, _, _ := b.oco("doctor", "--data", b.path("data")); !strings.Contains(out, "rows are sound") {
		t.Errorf("oco doctor says: %s", out)
	}
	b.start()
	b.awaitPlugins("chat", "worker")
}

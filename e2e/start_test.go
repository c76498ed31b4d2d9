package e2e

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestFaultsAtStart lets each sync of the start fail, one after the other: the
// bot does not run and says why, and starts well on a disk that works.
func TestFaultsAtStart(t *testing.T) {
	strace := straced(t)
	from, to := 1, 4
	if torture {
		to = 30
	}
	t.Run("sync", func(t *testing.T) {
		for n := from; n <= to; n++ {
			for _, call := range []string{"fsync", "fdatasync"} {
				t.Run(fmt.Sprintf("%s/%d", call, n), func(t *testing.T) {
					t.Parallel()
					faultAtStart(t, strace, call, n)
				})
			}
		}
	})
}

func faultAtStart(t *testing.T, strace, call string, n int) {
	s := newService(t)
	b := newBot(t, "")
	runs := b.path("runs")
	b.configure(config(s, "adapter", "handler", runs))
	b.startBy(strace, "-f", "-qq", "-o", b.path("trace"), "-e", "trace="+call, "-e", fmt.Sprintf("inject=%s:error=EIO:when=%d", call, n),
		ocoBinary, "run", "-c", b.path("oco.yaml"))
	tracer := b.current()
	up := false
	b.await("the bot ends or comes up", func() bool {
		select {
		case <-tracer.done:
			return true
		default:
		}
		status, err := b.status()
		up = err == nil && connected(status, []string{"chat", "worker"})
		return up
	})
	if up {
		// So many syncs are not made before the first message.
		status, err := b.status()
		if err != nil {
			t.Fatal(err)
		}
		if err := syscall.Kill(int(status.GetProcessId()), syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		<-tracer.done
	}
	injected := strings.Contains(read(t, b.path("trace")), "INJECTED")
	log := b.log()
	if injected && up {
		t.Errorf("a %s failed and the bot went on", call)
	}
	if !up {
		if code := tracer.cmd.ProcessState.ExitCode(); code != 1 || !injected {
			t.Errorf("exit code %d, injected %v", code, injected)
		}
		if strings.Contains(log, "panic:") || strings.Contains(log, "goroutine ") || !strings.Contains(log, "oco: ") {
			t.Errorf("its last words: %s", tail(log, 5))
		}
	}
	b.start()
	b.awaitPlugins("chat", "worker")
	s.say("m1", "once 1")
	s.expect(func(p post) bool { return p.Text == "once 1 ran" }, "the reply")
}

// TestColdStart measures from the start of the program to the first reply; how
// long it takes is for a person to judge.
func TestColdStart(t *testing.T) {
	var took []time.Duration
	for range 3 {
		begin := time.Now()
		out, errs, code := command(t, t.TempDir(), "ping\n", ocoBinary)
		if out != "pong\n" || code != 0 {
			t.Fatalf("oco said %q and %q with exit code %d", out, errs, code)
		}
		took = append(took, time.Since(begin).Round(time.Millisecond))
	}
	t.Logf("echo ping | oco: %v", took)
}

package e2e

import (
	"fmt"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// changes are the calls by which a bot changes its disk.
var changes = []string{"fsync", "fdatasync", "pwrite64", "write", "renameat", "ftruncate"}

// TestFaultsAtStart lets each change of the disk fail at the start, one after the
// other, or kills the bot there: it does not run and says why, and starts well on a
// disk that works.
func TestFaultsAtStart(t *testing.T) {
	strace := straced(t)
	var mu sync.Mutex
	reached := map[string]int{}
	try := func(t *testing.T, call, what string, n int) {
		t.Run(fmt.Sprintf("%s/%s/%d", call, what, n), func(t *testing.T) {
			t.Parallel()
			if faultAtStart(t, strace, call, what, n) {
				mu.Lock()
				defer mu.Unlock()
				reached[call+" "+what]++
			}
		})
	}
	t.Run("change", func(t *testing.T) {
		for n := 1; n <= 3; n++ {
			try(t, "fsync", "error=EIO", n)
			try(t, "fdatasync", "error=EIO", n)
		}
		try(t, "pwrite64", "error=ENOSPC", 2)
		try(t, "write", "error=ENOSPC", 1)
		try(t, "renameat", "error=EIO", 1)
		try(t, "fdatasync", "signal=KILL", 1)
		if !torture {
			return
		}
		for _, call := range changes {
			for _, what := range []string{"error=EIO", "error=ENOSPC", "signal=KILL"} {
				for n := 1; n <= 10; n++ { // the first few more than once
					try(t, call, what, n)
				}
			}
		}
	})
	t.Logf("reached: %v", reached)
	for _, want := range []string{"fsync error=EIO", "fdatasync error=EIO", "pwrite64 error=ENOSPC", "write error=ENOSPC", "renameat error=EIO", "fdatasync signal=KILL"} {
		if reached[want] == 0 {
			t.Errorf("no bot met %s", want)
		}
	}
}

// storeFiles are those in which a store that starts is written, for calls that other
// files meet as well.
func storeFiles(b *bot) (paths []string) {
	for n := range 20 {
		for _, name := range []string{"%06d.log", "MANIFEST-%06d", "%06d.sst", "OPTIONS-%06d", "temporary.%06d.dbtmp"} {
			paths = append(paths, "-P", b.path("data/store/"+fmt.Sprintf(name, n+1)))
		}
	}
	return append(paths, "-P", b.path("data/store/FORMAT.new"), "-P", b.path("data/store/DURABLE"))
}

// faultAtStart says whether the fault was met.
func faultAtStart(t *testing.T, strace, call, what string, n int) bool {
	s := newService(t)
	b := newBot(t, "")
	runs := b.path("runs")
	b.configure(config(s, "adapter", "handler", runs))
	line := []string{strace, "-f", "-qq", "-o", b.path("trace"), "-e", "trace=" + call, "-e", fmt.Sprintf("inject=%s:%s:when=%d", call, what, n)}
	if call == "write" {
		line = append(line, storeFiles(b)...)
	}
	b.startBy(append(line, ocoBinary, "run", "-c", b.path("oco.yaml"))...)
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
	trace := read(t, b.path("trace"))
	killed := strings.Contains(trace, "killed by SIGKILL") && !up
	injected := strings.Contains(trace, "INJECTED") || what == "signal=KILL" && killed
	log := b.log()
	if injected && up {
		t.Errorf("a %s failed and the bot went on", call)
	}
	if !up && !killed {
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
	return injected
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

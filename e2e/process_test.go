package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// psLine is a process as ps shows it.
type psLine struct {
	pid, parent int
	what        string
}

// ps lists every process of this machine that is not dead.
func ps(t *testing.T) []psLine {
	t.Helper()
	dirs, err := filepath.Glob("/proc/[0-9]*")
	if err != nil || len(dirs) == 0 {
		t.Skip("there is no /proc: what is left of a killed bot is looked up there")
	}
	var all []psLine
	for _, dir := range dirs {
		stat, err := os.ReadFile(dir + "/stat")
		if err != nil {
			continue // it has just ended
		}
		line, err := os.ReadFile(dir + "/cmdline")
		if err != nil {
			continue
		}
		// PID (NAME) STATE PARENT …, where the name may hold anything.
		words := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
		pid, err1 := strconv.Atoi(filepath.Base(dir))
		parent, err2 := strconv.Atoi(words[1])
		if err1 != nil || err2 != nil {
			t.Fatalf("%s/stat says %q", dir, stat)
		}
		if words[0] != "Z" {
			all = append(all, psLine{pid, parent, strings.ReplaceAll(string(line), "\x00", " ")})
		}
	}
	return all
}

// family lists a process and everything below it.
func family(all []psLine, pid int) []psLine {
	var found []psLine
	for _, p := range all {
		if p.pid == pid {
			found = append([]psLine{p}, found...)
		}
		if p.parent == pid {
			found = append(found, family(all, p.pid)...)
		}
	}
	return found
}

// TestNoProcessOutlivesTheBot looks at the processes as ps shows them: bot,
// adapter and handlers are separate ones, and when the bot ends, by -9 or in
// order, nothing of them is left, not even what a plugin started in a session of
// its own (OCO-LIF-18).
func TestNoProcessOutlivesTheBot(t *testing.T) {
	need(t, "setsid", "it starts a process in a session of its own")
	for _, how := range []string{"kill -9", "SIGTERM"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			s := newService(t)
			b := newBot(t, "")
			mark := b.path("marked")
			b.configure("adapter: {name: chat, command: [" + self + ", plugin, adapter, " + s.url + "]}\n" +
				"handlers:\n  - name: core\n  - {name: worker, command: [" + self + ", plugin, breeds, " + s.url + ", " + mark + "]}\n")
			b.start()
			b.awaitPlugins("chat", "core", "worker")
			var pids []int
			b.await("every plugin has a process", func() bool {
				status, err := b.status()
				if err != nil {
					return false
				}
				pids = []int{int(status.GetProcessId())}
				for _, p := range status.GetPlugins() {
					pids = append(pids, int(p.GetProcessId()))
				}
				return !slices.Contains(pids, 0) && len(pids) == 4
			})
			before := ps(t)
			all := family(before, b.pid())
			for i, pid := range pids {
				if slices.Index(pids, pid) != i || !slices.ContainsFunc(all, func(p psLine) bool { return p.pid == pid }) {
					t.Errorf("%v are not separate processes of the bot: %v", pids, all)
				}
			}
			// What has left its parents is found by its command line.
			ours := func(p psLine) bool {
				return strings.Contains(p.what, mark) || slices.ContainsFunc(all, func(q psLine) bool { return q == p })
			}
			if n := len(slices.DeleteFunc(slices.Clone(before), func(p psLine) bool { return !ours(p) })); n < 6 {
				t.Errorf("there are %d processes, want bot, guard, adapter, two handlers and two that a handler started", n)
			}
			if how == "SIGTERM" {
				if code := b.terminate(); code != 0 {
					t.Errorf("exit code %d", code)
				}
			} else {
				b.kill()
			}
			ended := time.Now()
			b.await("no process of the bot is left", func() bool { return !slices.ContainsFunc(ps(t), ours) })
			took := time.Since(ended)
			t.Logf("after the end of the bot its last process lived for %v", took.Round(time.Millisecond))
			if torture && took > time.Second {
				t.Errorf("a process outlives the bot for %v", took)
			}
		})
	}
}

// TestSIGTERMLetsACallbackFinish stops the bot while a callback runs: it may
// finish, its reply is posted, the bot ends well (OCO-LIF-15).
func TestSIGTERMLetsACallbackFinish(t *testing.T) {
	t.Parallel()
	s := newService(t)
	b := newBot(t, "")
	runs := b.path("runs")
	b.configure(config(s, "adapter", "handler", runs))
	b.start()
	b.awaitPlugins("chat", "worker")
	running := make(chan struct{})
	s.trap = func(step string) {
		if step == "running" {
			if err := b.current().cmd.Process.Signal(syscall.SIGTERM); err != nil {
				t.Error(err)
			}
			close(running)
		}
	}
	s.say("m1", "slow 1")
	<-running
	if code := b.end(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if posts := s.posted(); len(posts) != 2 || posts[0].Text != "slow 1 begins" || posts[1].Text != "slow 1 ran" {
		t.Errorf("posted: %+v", posts)
	}
	b.start()
	b.awaitPlugins("chat", "worker")
	records := b.deliveries()
	if len(records) != 1 || records[0].GetOutcome() != ocov1.Outcome_OUTCOME_DONE {
		t.Errorf("deliveries: %v", records)
	}
	if got := read(t, runs); got != "slow 1\n" {
		t.Errorf("runs: %q", got)
	}
}

// TestTheTerminalIsAProcessOfItsOwn runs the bot as `oco` alone does: bot, adapter
// and handler are three processes, and all end with the input.
func TestTheTerminalIsAProcessOfItsOwn(t *testing.T) {
	t.Parallel()
	b := newBot(t, "")
	in, hold, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	b.startOn(in, ocoBinary, "--data", b.path("data"))
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	b.awaitPlugins("terminal", "core")
	all := family(ps(t), b.pid())
	lines := ""
	for _, p := range all {
		lines += p.what + "\n"
	}
	for _, part := range []string{"oco --data", "oco adapter terminal", "oco handler core"} {
		if strings.Count(lines, part) != 1 {
			t.Errorf("ps does not show %q once:\n%s", part, lines)
		}
	}
	if err := hold.Close(); err != nil {
		t.Fatal(err)
	}
	if code := b.end(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	b.await("no process of the bot is left", func() bool {
		return !slices.ContainsFunc(ps(t), func(p psLine) bool { return slices.Contains(all, p) })
	})
}

package e2e

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// TestRestartOfAPlugin restarts one process while its handler works: what it works on
// ends, what waits goes on in the next, and nobody else notices (OCO-RPC-31,
// OCO-LIF-33).
func TestRestartOfAPlugin(t *testing.T) {
	t.Parallel()
	s, b, _ := withWords(t, "stays", "moves")
	stays, moves := b.plugin("stays").GetProcessId(), b.plugin("moves").GetProcessId()
	for i := range 40 {
		s.say(fmt.Sprintf("m%d", i), fmt.Sprintf("moves %d", i))
	}
	s.expect(func(p post) bool { return strings.HasPrefix(p.Text, "moves") }, "the first reply")
	if got := b.must("plugins", "restart", "--data", b.path("data"), "moves"); got != "restarted: moves\n" {
		t.Errorf("oco plugins restart says %q", got)
	}
	b.awaitPlugins("moves")
	b.await("everything has ended", func() bool { return s.acked() && settled(b) })
	for _, d := range b.deliveries() {
		if d.GetOutcome() != ocov1.Outcome_OUTCOME_DONE || len(d.GetAttempts()) != 1 {
			t.Errorf("%s ended %v after %d attempts: %s", d.GetDeliveryId(), d.GetOutcome(), len(d.GetAttempts()), d.GetDetail())
		}
	}
	if now := b.plugin("moves"); now.GetProcessId() == moves || now.GetRestarts() != 1 || !strings.Contains(now.GetLastExit(), "a restart was asked for") {
		t.Errorf("the process was %d; it is %v", moves, now)
	}
	if now := b.plugin("stays").GetProcessId(); now != stays {
		t.Errorf("the other process was %d and is %d", stays, now)
	}
	if _, errs, code := b.oco("plugins", "restart", "--data", b.path("data"), "nobody"); code != 1 || !strings.Contains(errs, "no plugin is called") {
		t.Errorf("of nobody: %d, %s", code, errs)
	}
}

// TestRestartOfADownPlugin restarts one that waits for its next start, and one that the
// bot does not run (OCO-RPC-31).
func TestRestartOfADownPlugin(t *testing.T) {
	t.Parallel()
	_, b := withOdd(t, "exits", "  - {name: far, remote: true}\n")
	b.await("it waits for its next start, and status says until when", func() bool {
		p := b.plugin("exits")
		return p.GetState() == "backoff" && p.GetRestarts() >= 2 && p.GetNextStart().AsDuration() > 0 && p.GetLastExitAgo() != nil && strings.Contains(p.GetLastExit(), "exit status 3")
	})
	before := b.plugin("exits").GetRestarts()
	began := time.Now()
	b.must("plugins", "restart", "--data", b.path("data"), "exits")
	b.await("it was started", func() bool { return b.plugin("exits").GetRestarts() > before })
	t.Logf("started %v after the question", time.Since(began))
	if _, errs, code := b.oco("plugins", "restart", "--data", b.path("data"), "far"); code != 1 || !strings.Contains(errs, "far runs elsewhere") {
		t.Errorf("of a remote one: %d, %s", code, errs)
	}
	var listed struct {
		Plugins []struct{ PluginID, State, LastExit, NextStart string }
	}
	if err := json.Unmarshal([]byte(b.must("plugins", "--json", "--data", b.path("data"))), &listed); err != nil {
		t.Fatal(err)
	}
	states := map[string]string{}
	for _, p := range listed.Plugins {
		states[p.PluginID] = p.State
		if p.PluginID == "exits" && !strings.Contains(p.LastExit, "I cannot find my configuration") {
			t.Errorf("its last exit is %q", p.LastExit)
		}
	}
	if states["far"] != "remote" || states["worker"] != "running" {
		t.Errorf("the states are %v", states)
	}
}

// TestLimitsOfAProcess gives a plugin less than it needs: it is ended and status says of
// what.
func TestLimitsOfAProcess(t *testing.T) {
	need(t, "sh", "the plugins are made of it")
	t.Parallel()
	s := newService(t)
	b := newBot(t, "")
	b.configure(fmt.Sprintf("adapter: {name: chat, command: [%q, plugin, adapter, %q]}\nhandlers:\n", self, s.url) +
		"  - {name: files, command: [sh, -c, \"echo the limit is $(ulimit -n); exit 3\"], limits: {open_files: 77}}\n" +
		"  - {name: spins, command: [sh, -c, \"while :; do :; done\"], limits: {cpu_time: 1s}}\n" +
		fmt.Sprintf("  - {name: worker, command: [%q, plugin, handler, %q, %q], limits: {memory: 512 MiB, open_files: 256, nice: 5}}\n", self, s.url, b.path("runs")))
	b.start()
	b.awaitPlugins("chat", "worker")
	s.others("m1") // a program of Go lives within limits
	for name, want := range map[string]string{"files": "the limit is 77; its limits: open_files 77", "spins": "it has used up its cpu_time of 1s"} {
		b.await(name+" is ended, and status says by what", func() bool { return strings.Contains(b.plugin(name).GetLastExit(), want) })
	}
}

// TestLimitsThatCannotBe are refused, not passed over.
func TestLimitsThatCannotBe(t *testing.T) {
	t.Parallel()
	b := newBot(t, "")
	write(t, b.path("oco.yaml"), "adapter: {name: terminal, command: [cat], limits: {cpu_time: 1500ms}}\n")
	if out, errs, code := b.oco("check"); code != 1 || !strings.Contains(errs, "whole seconds") || !strings.Contains(errs, "oco.yaml:1:") {
		t.Errorf("oco check ends with %d:\n%s%s", code, out, errs)
	}
}

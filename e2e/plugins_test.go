package e2e

import (
	"fmt"
	"strings"
	"testing"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// withOdd runs a bot with a good handler and one that is odd.
func withOdd(t *testing.T, role, more string) (*service, *bot) {
	t.Helper()
	s := newService(t)
	b := newBot(t, "")
	b.configure(fmt.Sprintf("adapter: {name: chat, command: [%q, plugin, adapter, %q]}\nhandlers:\n"+
		"  - {name: worker, command: [%q, plugin, handler, %q, %q]}\n"+
		"  - {name: %s, command: [%q, plugin, %s, %q]}\n%s", self, s.url, self, s.url, b.path("runs"), role, self, role, s.url, more))
	b.start()
	b.awaitPlugins("chat", "worker")
	return s, b
}

// others shows that the good handler works beside the odd one.
func (s *service) others(id string) {
	s.t.Helper()
	s.say(id, "once "+id)
	s.expect(func(p post) bool { return p.Text == "once "+id+" ran" }, "the reply of another handler")
}

func (b *bot) plugin(name string) *ocov1.Plugin {
	s, err := b.status()
	if err != nil {
		return nil
	}
	for _, p := range s.GetPlugins() {
		if p.GetPluginId() == name {
			return p
		}
	}
	return nil
}

func TestAPluginThatEndsAtOnce(t *testing.T) {
	t.Parallel()
	s, b := withOdd(t, "exits", "")
	b.await("status tells that the plugin ends, and its last words", func() bool {
		p := b.plugin("exits")
		return (p.GetState() == "backoff" || p.GetState() == "broken") && strings.Contains(p.GetDetail(), "exit status 3") &&
			strings.Contains(p.GetDetail(), "I cannot find my configuration")
	})
	b.await("it is started again", func() bool { return b.plugin("exits").GetRestarts() > 0 })
	s.others("m1")
	if out := b.must("plugins", "-c", b.path("oco.yaml")); !strings.Contains(out, "I cannot find my configuration") {
		t.Errorf("oco plugins says:\n%s", out)
	}
}

func TestAPluginThatNeverRegisters(t *testing.T) {
	t.Parallel()
	s, b := withOdd(t, "never", "limits: {ready_timeout: 1s}\n")
	b.await("status tells that the plugin does not come up", func() bool {
		status, err := b.status()
		return err == nil && strings.Contains(strings.Join(status.GetWarnings(), "\n"), "never does not come up")
	})
	s.others("m1")
}

// administer shows that operators are answered, whatever a plugin does.
func (b *bot) administer() {
	b.t.Helper()
	for _, command := range [][]string{{"status"}, {"outcomes", "list"}, {"pause", "worker"}, {"resume", "worker"}} {
		b.must(append(command, "-c", b.path("oco.yaml"))...)
	}
}

// TestAPluginThatHangs has a callback that never returns: when max_run ends the
// person is told, the others go on, and as all its slots hang it is started
// again (OCO-DLV-11, OCO-DLV-42).
func TestAPluginThatHangs(t *testing.T) {
	t.Parallel()
	s, b := withOdd(t, "hangs", "")
	b.awaitPlugins("hangs")
	s.say("m1", "hang")
	await(t, "the callback hangs", func() bool { return s.reached("hanging") == 1 })
	first := s.pid("hangs")
	s.others("m2")
	b.administer()
	s.expect(func(p post) bool { return strings.HasPrefix(p.Text, "hang: outcome unknown, it timed out after 1 s") }, "the notice")
	await(t, "the process that hangs is ended and started again", func() bool { return s.pid("hangs") != first && !alive(first) })
	s.others("m3")
	if n := s.reached("hanging"); n != 1 {
		t.Errorf("the callback was called %d times", n)
	}
}

// TestAPluginThatStopsReading opens its stream and reads nothing of it, while
// more is said to it than any buffer holds (OCO-DLV-42).
func TestAPluginThatStopsReading(t *testing.T) {
	t.Parallel()
	s, b := withOdd(t, "deaf", "")
	await(t, "the plugin has stopped reading", func() bool { return s.reached("deaf") == 1 })
	long := strings.Repeat("x", 60<<10)
	for i := range 40 {
		s.say(fmt.Sprintf("m%d", i), "deaf "+long)
	}
	s.others("last")
	b.administer()
	if p := b.plugin("deaf"); p.GetWaiting() == 0 && p.GetReplicas()[0].GetInFlight() == 0 {
		t.Errorf("nothing waits for it: %v", p)
	}
}

// TestABadPattern registers good routes and bad ones: the good ones live, the
// author and the operator read what is wrong (OCO-LIF-3).
func TestABadPattern(t *testing.T) {
	t.Parallel()
	s, b := withOdd(t, "bad", "")
	b.awaitPlugins("bad")
	s.say("m1", "good morning")
	s.expect(func(p post) bool { return p.Text == "good morning" }, "the reply of the good route")
	b.await("the log tells the author of both bad routes", func() bool {
		return strings.Count(b.log(), "the bot does not take a route") >= 2 && strings.Contains(b.log(), "broken {n") && strings.Contains(b.log(), "(unclosed")
	})
	if out := b.must("routes", "-c", b.path("oco.yaml")); !strings.Contains(out, "good {n}") || strings.Contains(out, "unclosed") {
		t.Errorf("oco routes says:\n%s", out)
	}
}

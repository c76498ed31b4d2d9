package e2e

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// TestSIGTERMUnderLoad stops the bot in order while many people talk to it: it ends
// well, all that had begun is done, and what it had acknowledged is there at the
// next start and is done then (OCO-LIF-15, OCO-DLV-1).
func TestSIGTERMUnderLoad(t *testing.T) {
	t.Parallel()
	rounds := 2
	if torture {
		rounds = 20
	}
	s := newService(t)
	b := newBot(t, "")
	runs := b.path("runs")
	b.configure(config(s, "crowd", "handler", runs))
	routes, said := []string{"once", "safe", "slow"}, 0
	for range rounds {
		b.start()
		b.awaitPlugins("chat", "worker")
		b.await("what was said before fits the queue with more", func() bool { return said-s.reached("running") < 500 })
		before := s.reached("running")
		for range 150 {
			s.say(fmt.Sprintf("m%d", said), fmt.Sprintf("%s %d", routes[said%3], said))
			said++
		}
		b.await("much is under way", func() bool { return s.reached("running") >= before+20 })
		if code := b.terminate(); code != 0 {
			t.Errorf("exit code %d", code)
		}
	}
	b.start()
	b.await("everything is settled", func() bool { return s.acked() && settled(b) })
	c := churn{posts: s.posted(), runs: strings.Split(read(t, runs), "\n"), records: map[string]*ocov1.DeliveryRecord{}}
	for _, d := range b.deliveries() {
		c.records[d.GetEventId()] = d
	}
	for i := range said {
		for _, problem := range c.judge(i, routes[i%3]) {
			t.Errorf("message %d (%s): %s", i, routes[i%3], problem)
		}
	}
	if done := c.outcomes[ocov1.Outcome_OUTCOME_DONE]; done != said {
		t.Errorf("of %d messages %d are done: %v", said, done, c.outcomes)
	}
	b.awaitPlugins("chat", "worker")
	began := time.Now()
	if code := b.terminate(); code != 0 {
		t.Errorf("exit code %d of an idle bot", code)
	}
	t.Logf("%d messages, %d stops; outcomes %v; an idle bot stops in %v", said, rounds, c.outcomes, time.Since(began).Round(time.Millisecond))
}

// TestASecondSIGTERMEndsTheBotAtOnce stops the bot while a callback goes on for
// longer than anybody wants to wait: whoever asks twice is obeyed, long before the
// grace ends, and the person is told after the next start.
func TestASecondSIGTERMEndsTheBotAtOnce(t *testing.T) {
	t.Parallel()
	s := newService(t)
	b := newBot(t, "")
	b.configure(strings.Replace(config(s, "adapter", "handler", b.path("runs")), "stop_grace: 5s", "stop_grace: 5m", 1))
	b.start()
	b.awaitPlugins("chat", "worker")
	running := make(chan struct{})
	s.trap = func(step string) {
		if step == "running" {
			close(running)
			<-s.closed
		}
	}
	s.say("m1", "once 1")
	<-running
	for _, what := range []string{"the bot stops", ""} {
		if err := b.current().cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		b.await("the bot begins to stop", func() bool { return strings.Contains(b.log(), what) })
	}
	if code := b.end(); code == 0 {
		t.Error("exit code 0, though a callback was cut off")
	}
	b.start()
	s.expect(func(p post) bool { return strings.HasPrefix(p.Text, "once: outcome unknown") }, "the notice")
}

package e2e

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// A point is one place in the life of a message at which one process is killed.
type point struct {
	victim  string        // bot, adapter or handler
	step    string        // the step at which it is killed; empty: after delay
	delay   time.Duration // counted from when the message was said
	again   time.Duration // if not 0, the bot is killed once more, so long after its start
	route   string        // the command that is said
	adapter string        // the role of the adapter: adapter or collapsing
	handler string        // the role of the handler: handler or raw
	plain   bool          // the bot has not Attach
}

func (p point) String() string {
	at := p.step
	if at == "" {
		at = p.delay.String()
	}
	if p.again > 0 {
		at += "+" + p.again.String()
	}
	binding := "attach"
	if p.plain {
		binding = "subscribe"
	}
	return strings.Join([]string{p.victim, at, p.route, p.handler, p.adapter, binding}, "/")
}

// A verdict is what became of the message of a point.
type verdict struct {
	outcome ocov1.Outcome
	runs    int // of the callback
	replies int // how often the last reply was posted
	marked  int // posts that are marked as possible repeats
}

// plugins are the configuration of a bot with the test's own plugins.
func config(s *service, adapter, handler, runs string) string {
	return fmt.Sprintf("adapter: {name: chat, command: [%q, plugin, %s, %q]}\n"+
		"handlers: [{name: worker, command: [%q, plugin, %s, %q, %q]}]\n"+
		"limits: {stop_grace: 5s}\n", self, adapter, s.url, self, handler, s.url, runs)
}

// kill goes through a point: it says a command, kills the victim, starts the
// bot again if it was that one, waits until all is settled, and judges.
func (p point) kill(t *testing.T) verdict {
	s := newService(t)
	s.idempotent = p.adapter == "collapsing"
	b := newBot(t, "")
	if p.plain {
		b.binary = plainBinary
	}
	runs := b.path("runs")
	b.configure(config(s, p.adapter, p.handler, runs))
	b.start()
	b.awaitPlugins("chat", "worker")

	killed := make(chan struct{})
	var once sync.Once
	strike := func() {
		once.Do(func() {
			if p.victim == "bot" {
				b.kill()
			} else {
				killProcess(t, s.pid(p.role()))
			}
			close(killed)
		})
	}
	if p.step != "" {
		s.trap = func(step string) {
			if step == p.step {
				strike()
			}
		}
	}
	s.say("m1", p.route+" 1")
	if p.step == "" {
		time.AfterFunc(p.delay, strike)
	}
	select {
	case <-killed:
	case <-time.After(patience):
		t.Fatalf("the step %q was never reached; posted: %+v", p.step, s.posted())
	}
	if p.victim == "bot" {
		b.start()
	}
	if p.again > 0 {
		time.Sleep(p.again)
		b.kill()
		b.start()
	}
	b.await("everything is settled", func() bool { return s.acked() && settled(b) })
	posts, records, ran := s.posted(), b.deliveries(), strings.Count(read(t, runs), p.route+" 1\n")
	v, problems := p.judge(posts, records, ran)
	for _, problem := range problems {
		t.Errorf("%s: %d runs, posted %+v, records %v", problem, ran, posts, records)
	}
	return v
}

// role is what the victim calls itself.
func (p point) role() string {
	if p.victim == "adapter" {
		return p.adapter
	}
	return p.handler
}

// settled says that no delivery is open and nothing waits to be posted.
func settled(b *bot) bool {
	s, err := b.status()
	return err == nil && s.GetCounts()["open"] == 0 && s.GetCounts()["outbox"] == 0
}

// killProcess kills a process and waits until it is gone.
func killProcess(t *testing.T, pid int) {
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Errorf("kill %d: %v", pid, err)
		return
	}
	for end := time.Now().Add(patience); alive(pid); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Errorf("the process %d does not die", pid)
			return
		}
	}
}

func alive(pid int) bool { return !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) }

// judge holds what happened to the contract and returns what breaks it.
func (p point) judge(posts []post, records []*ocov1.DeliveryRecord, runs int) (v verdict, problems []string) {
	wrong := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	if len(records) != 1 {
		wrong("the message was acknowledged and has %d deliveries, want 1", len(records))
		return v, problems
	}
	id := records[0].GetDeliveryId()
	v = verdict{outcome: records[0].GetOutcome(), runs: runs}
	times := map[string]int{}
	for _, m := range posts {
		times[m.Text]++
		if m.Repeat {
			v.marked++
		}
		switch {
		case times[m.Text] > 2 && p.again == 0:
			wrong("%q was posted %d times", m.Text, times[m.Text])
		case times[m.Text] > 1 && !m.Repeat:
			wrong("a second post of %q is not marked", m.Text)
		case p.adapter == "collapsing" && (m.Repeat || times[m.Text] > 1):
			wrong("the service knows repeats, and %q was posted again or marked", m.Text)
		}
	}
	v.replies = times[p.route+" 1 ran"]
	if len(posts) == 0 {
		wrong("silent: nothing was posted")
	}
	if runs > 1 && p.route != "safe" {
		wrong("a once route ran %d times", runs)
	}
	switch v.outcome {
	case ocov1.Outcome_OUTCOME_DONE:
		if runs == 0 {
			wrong("done, and it never ran")
		}
		if p.route == "quiet" && times["quiet: done."] == 0 || p.route != "quiet" && v.replies == 0 {
			wrong("done, and the person does not see it")
		}
	case ocov1.Outcome_OUTCOME_UNKNOWN:
		if p.route == "safe" {
			wrong("a repeatable route was not run again")
		}
		if !contains(posts, id) {
			wrong("unknown, and no notice names %s", id)
		}
	default:
		wrong("the outcome is %v", v.outcome)
	}
	return v, problems
}

func contains(posts []post, text string) bool {
	for _, p := range posts {
		if strings.Contains(p.Text, text) {
			return true
		}
	}
	return false
}

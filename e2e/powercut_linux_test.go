package e2e

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

const (
	// atOnce is how many messages of the crowd wait to be taken. After atMost
	// between two cuts there is one at a time, so that the bot has something to do
	// at each.
	atOnce, atMost = 2 * crowdSize, 400
	// grace is how long after a cut an acknowledgement may still be on its way to
	// who gives it.
	grace = 100 * time.Millisecond
)

// A blackout is a bot under load whose power is cut again and again, on one file
// system: what one cut left is what the next one finds.
type blackout struct {
	t    *testing.T
	s    *service
	b    *bot
	d    *disk
	r    *rand.Rand
	said []string // routes of what was said, by number

	// of the round: the first message, and what was posted and run before it
	from, posts, runs int
	began, done       int64 // of the cut, by monotonic

	tally
}

// tally is what all cuts came to.
type tally struct {
	acked     int // before a cut
	lost      int // of those
	during    int // acknowledged while the power was being cut, and gone
	falseAcks int // longer than the grace after a cut
	idle      int // cuts before which nothing was acknowledged
	unended   int // bots that did not end by themselves with exit code 1
	outcomes  map[ocov1.Outcome]int
}

func newBlackout(t *testing.T, d *disk, seed uint64, more string) *blackout {
	t.Helper()
	c := &blackout{t: t, s: newService(t), b: newBot(t, ""), d: d, r: rand.New(rand.NewPCG(seed, 0)), tally: tally{outcomes: map[ocov1.Outcome]int{}}}
	c.b.configure(config(c.s, "crowd", "handler", c.b.path("runs")) + more)
	if err := os.Symlink(d.directory("data"), c.b.path("data")); err != nil {
		t.Fatal(err)
	}
	return c
}

// darken lets the crowd talk to the bot and cuts the power in the middle of it.
func (c *blackout) darken() {
	c.t.Helper()
	c.from, c.posts, c.runs = len(c.said), len(c.s.posted()), len(read(c.t, c.b.path("runs")))
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		c.talk(stop)
	}()
	time.Sleep(200*time.Millisecond + time.Duration(c.r.IntN(400_000))*time.Microsecond) // the drawn moment
	c.began, c.done = c.d.cut()
	process := c.b.current()
	select {
	case <-process.done:
		if code := process.cmd.ProcessState.ExitCode(); code != 1 {
			c.unended++
			c.t.Errorf("the bot ended with exit code %d, want 1", code)
		}
	case <-time.After(patience):
		c.unended++
		c.t.Errorf("the bot goes on without its disk")
		c.b.kill()
	}
	close(stop)
	<-stopped
	c.d.unmount()
	c.d.mount()
}

// talk says one thing after the other until it is stopped.
func (c *blackout) talk(stop <-chan struct{}) {
	for wanted := atOnce; ; {
		if len(c.said)-c.from > atMost {
			wanted = 1
		}
		for open := c.s.open(); open < wanted; open++ {
			route := []string{"once", "once", "safe", "quiet"}[c.r.IntN(4)]
			c.s.say(fmt.Sprintf("m%d", len(c.said)), fmt.Sprintf("%s %d", route, len(c.said)))
			c.said = append(c.said, route)
		}
		select {
		case <-stop:
			return
		case <-time.After(time.Millisecond):
		}
	}
}

// open is how many messages nobody has acknowledged.
func (s *service) open() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := len(s.inbox) - 1; i >= 0 && len(s.inbox)-i <= 2*atMost; i-- {
		if !s.inbox[i].acked {
			n++
		}
	}
	return n
}

// acknowledged is when the bot had each message from number from on, for those
// that it has.
func (s *service) acknowledged(from int) map[int]int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := map[int]int64{}
	for i, m := range s.inbox[from:] {
		if m.acked {
			all[from+i] = m.at
		}
	}
	return all
}

// judge holds what the bot knows after a cut to what it had said before it.
func (c *blackout) judge() {
	c.t.Helper()
	acked := c.s.acknowledged(c.from) // before the bot takes what it had not acknowledged
	c.b.start()
	c.b.awaitPlugins("chat", "worker")
	c.b.await("everything is settled", func() bool { return c.s.acked() && settled(c.b) })
	round := churn{
		posts: c.s.posted()[c.posts:], runs: strings.Split(read(c.t, c.b.path("runs"))[c.runs:], "\n"), records: map[string]*ocov1.DeliveryRecord{},
	}
	for _, d := range c.b.deliveries() {
		if round.records[d.GetEventId()] != nil {
			c.t.Errorf("the event %s has two deliveries", d.GetEventId())
		}
		round.records[d.GetEventId()] = d
	}
	before := 0
	for i := c.from; i < len(c.said); i++ {
		at, ok := acked[i]
		gone := round.records[fmt.Sprintf("event:1:m%d", i)] == nil
		switch {
		case ok && at < c.began:
			before++
			if gone {
				c.lost++
				continue
			}
		case ok && at > c.done+int64(grace):
			c.falseAcks++
		case ok && gone:
			c.during++
			continue
		}
		for _, problem := range round.judge(i, c.said[i]) {
			c.t.Errorf("message %d (%s), acknowledged %v: %s", i, c.said[i], ok, problem)
		}
	}
	c.acked += before
	if before == 0 {
		c.idle++
	}
	if acks := round.count("quiet: done."); acks < round.quiet {
		c.t.Errorf("%d quiet commands are done, and only %d were acknowledged", round.quiet, acks)
	}
	for outcome, n := range round.outcomes {
		c.outcomes[outcome] += n
	}
}

// TestTorturePowerCut cuts the power under a bot that has much to do, again and
// again, on one file system: it ends by itself and acknowledges nothing from then
// on; all that it had acknowledged is there afterwards, has one outcome that its
// person sees, and nothing that runs once runs twice (OCO-STO-1, OCO-DLV-1,
// OCO-DLV-13, OCO-DLV-34).
func TestTorturePowerCut(t *testing.T) {
	t.Parallel()
	cuts, size := 3, int64(256)
	if torture {
		cuts, size = 200, 2048
	}
	seed := uint64(time.Now().UnixNano())
	c := newBlackout(t, newDisk(t, size), seed, "")
	start := time.Now()
	c.b.start()
	c.b.awaitPlugins("chat", "worker")
	for range cuts {
		c.darken()
		c.judge()
		if t.Failed() {
			break
		}
	}
	t.Logf("seed %d: %d cuts in %.0f s; acknowledged before them %d, lost %d; acknowledged after them %d; during them and gone %d; cuts of an idle bot %d; outcomes %v",
		seed, cuts, time.Since(start).Seconds(), c.acked, c.lost, c.falseAcks, c.during, c.idle, maps.Clone(c.outcomes))
	if c.lost > 0 {
		t.Errorf("%d acknowledged messages are lost", c.lost)
	}
	if torture && c.falseAcks > 0 {
		t.Errorf("%d messages were acknowledged longer than %v after a cut", c.falseAcks, grace)
	}
	if c.acked == 0 || torture && c.idle > cuts/10 {
		t.Errorf("%d of %d cuts came before anything was acknowledged: they prove nothing", c.idle, cuts)
	}
}

// TestTorturePowerCutControl shows that the cuts can lose something: from a bot that
// does not sync they do.
func TestTorturePowerCutControl(t *testing.T) {
	t.Parallel()
	const size = 256
	d := newDisk(t, size)
	c := newBlackout(t, d, uint64(time.Now().UnixNano()), "store: {sync: false}\n")
	for range 5 {
		c.b.start()
		c.b.awaitPlugins("chat", "worker")
		c.darken()
		acked := c.s.acknowledged(c.from)
		kept := map[string]bool{}
		c.b.start()
		c.b.await("the bot can be asked", func() bool { _, err := c.b.status(); return err == nil })
		for _, d := range c.b.deliveries() {
			kept[d.GetEventId()] = true
		}
		for i, at := range acked {
			if at < c.began && !kept[fmt.Sprintf("event:1:m%d", i)] {
				c.lost++
			}
		}
		c.b.kill()
		if c.lost > 0 {
			t.Logf("without syncs a cut lost %d of %d acknowledged messages", c.lost, len(acked))
			return
		}
	}
	t.Error("five cuts without a sync lost nothing: the test above proves nothing")
}

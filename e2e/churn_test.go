package e2e

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// TestKillChurn lets a person say many things while one process after the other
// is killed at a drawn moment, on one data directory, and then holds every
// message to the contract.
func TestKillChurn(t *testing.T) {
	t.Parallel()
	messages, kills := 40, 8
	if torture {
		messages, kills = 600, 120
	}
	seed := uint64(time.Now().UnixNano())
	r := rand.New(rand.NewPCG(seed, 1))
	s := newService(t)
	b := newBot(t, "")
	runs := b.path("runs")
	b.configure(config(s, "adapter", "handler", runs))
	b.start()
	b.awaitPlugins("chat", "worker")

	routes := []string{"once", "safe", "quiet", "slow"}
	said := make([]string, messages)
	for i := range said {
		said[i] = routes[r.IntN(len(routes))]
	}
	next, children := 0, 0
	say := func(upTo int) {
		for ; next < upTo; next++ {
			s.say(fmt.Sprintf("m%d", next), fmt.Sprintf("%s %d", said[next], next))
		}
	}
	for i := range kills {
		say(messages * (i + 1) / kills)
		time.Sleep(time.Duration(r.IntN(150)) * time.Millisecond) // the drawn moment
		role := []string{"", "", "adapter", "handler"}[r.IntN(4)]
		// A plugin that ends five times a minute is broken, for minutes.
		if role == "" || children == 3 {
			b.kill()
			b.start()
			b.awaitPlugins("chat", "worker")
			children = 0
			continue
		}
		children++
		old := s.pid(role)
		killProcess(t, old)
		await(t, "the "+role+" is started again", func() bool { return s.pid(role) != old })
	}
	b.await("everything is settled", func() bool { return s.acked() && settled(b) })
	c := churn{posts: s.posted(), runs: strings.Split(read(t, runs), "\n"), records: map[string]*ocov1.DeliveryRecord{}}
	records := b.deliveries()
	for _, d := range records {
		c.records[d.GetEventId()] = d
	}
	if len(records) != messages || len(c.records) != messages {
		t.Errorf("%d messages have %d deliveries of %d events", messages, len(records), len(c.records))
	}
	for i, route := range said {
		for _, problem := range c.judge(i, route) {
			t.Errorf("message %d (%s): %s", i, route, problem)
		}
	}
	if acks := c.count("quiet: done."); acks < c.quiet {
		t.Errorf("%d quiet commands are done, and only %d were acknowledged", c.quiet, acks)
	}
	t.Logf("seed %d: %d messages, %d kills; outcomes %v; runs %d; posts %d, marked %d", seed, messages, kills, c.outcomes, len(c.runs)-1, len(c.posts), c.marked)
}

// churn is what is known after a churn.
type churn struct {
	posts    []post
	runs     []string
	records  map[string]*ocov1.DeliveryRecord
	outcomes map[ocov1.Outcome]int
	marked   int
	quiet    int // commands that are done and said nothing
}

func (c *churn) count(text string) (n int) {
	for _, p := range c.posts {
		if p.Text == text {
			n++
		}
	}
	return n
}

func (c *churn) judge(i int, route string) (problems []string) {
	wrong := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	record := c.records[fmt.Sprintf("event:1:m%d", i)]
	if record == nil {
		return []string{"it was acknowledged and is lost"}
	}
	if c.outcomes == nil {
		c.outcomes = map[ocov1.Outcome]int{}
	}
	c.outcomes[record.GetOutcome()]++
	runs := 0
	for _, line := range c.runs {
		if line == fmt.Sprintf("%s %d", route, i) {
			runs++
		}
	}
	if runs > 1 && route != "safe" {
		wrong("it ran %d times", runs)
	}
	reply := fmt.Sprintf("%s %d ran", route, i)
	replied := 0
	for _, p := range c.posts {
		if p.Text != reply {
			continue
		}
		if replied++; replied > 1 && !p.Repeat {
			wrong("a repeat of its reply is not marked")
		}
		if p.Repeat {
			c.marked++
		}
	}
	switch record.GetOutcome() {
	case ocov1.Outcome_OUTCOME_DONE:
		if route == "quiet" {
			c.quiet++
		}
		// A reply that two adapters took with them is not posted a third time, and
		// the person is told (OCO-DLV-21).
		told := slices.ContainsFunc(c.posts, func(p post) bool {
			return strings.Contains(p.Text, "may not have been posted") && strings.Contains(p.Text, record.GetDeliveryId())
		})
		if route != "quiet" && replied == 0 && !told || runs == 0 {
			wrong("it is done, ran %d times and was replied to %d times", runs, replied)
		}
	case ocov1.Outcome_OUTCOME_UNKNOWN:
		// Also a repeatable one, which was lost at each of its attempts.
		if route == "safe" && len(record.GetAttempts()) < 5 {
			wrong("it is repeatable and was given up after %d attempts", len(record.GetAttempts()))
		}
		if !slices.ContainsFunc(c.posts, func(p post) bool {
			return strings.Contains(p.Text, record.GetDeliveryId()) && strings.Contains(p.Text, "unknown")
		}) {
			wrong("it is unknown and no notice names %s", record.GetDeliveryId())
		}
	default:
		wrong("its outcome is %v", record.GetOutcome())
	}
	return problems
}

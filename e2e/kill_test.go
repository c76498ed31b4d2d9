package e2e

import (
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// The steps of a message, in their order: those at which the adapter stands, the
// handler, and the adapter again.
var steps = []string{"received", "published", "running", "replied", "send", "recorded", "sent"}

var victims = []string{"bot", "adapter", "handler"}

// enumerated are the points at every step, for every victim.
func enumerated() []point {
	var all []point
	add := func(adapter, handler string, routes, at []string) {
		for _, route := range routes {
			for _, step := range at {
				for _, victim := range victims {
					all = append(all, point{victim: victim, step: step, route: route, adapter: adapter, handler: handler})
				}
			}
		}
	}
	add("adapter", "handler", []string{"once", "safe", "quiet"}, append([]string{"acknowledged"}, steps...))
	add("adapter", "handler", []string{"slow"}, append([]string{"progressed"}, steps...))
	add("adapter", "raw", []string{"once"}, steps)
	add("collapsing", "handler", []string{"once"}, []string{"send", "recorded", "sent"})
	return all
}

// bothWays are the same points with a bot that has Attach and with one that has
// not.
func bothWays(points []point) []point {
	all := make([]point, 0, 2*len(points))
	for _, p := range points {
		all = append(all, p)
		p.plain = true
		all = append(all, p)
	}
	return all
}

// timed are points at drawn delays.
func timed(n int, r *rand.Rand) []point {
	all := make([]point, n)
	for i := range all {
		all[i] = point{
			plain: r.IntN(2) == 0, victim: victims[r.IntN(len(victims))], delay: time.Duration(r.IntN(40_000)) * time.Microsecond,
			route: []string{"once", "safe", "quiet", "slow"}[r.IntN(4)], adapter: "adapter", handler: "handler",
		}
	}
	return all
}

// twice are points at which the bot is killed again while it starts, takes up
// what the first one left, and goes on with it.
func twice(n int, r *rand.Rand) []point {
	all := timed(n, r)
	for i := range all {
		all[i].victim, all[i].again = "bot", time.Duration(1+r.IntN(300_000))*time.Microsecond
	}
	return all
}

// TestKillPoints kills the bot, the adapter or the handler by -9 at each step
// between a message and its posted reply, and holds to it: no silent outcome, no
// second run of a once route, at most one repeat of a post and that marked, and
// no acknowledged message lost (OCO-DLV-1, OCO-DLV-8, OCO-DLV-13, OCO-DLV-32,
// OCO-DLV-34, OCO-DLV-44, OCO-DLV-45).
func TestKillPoints(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	r := rand.New(rand.NewPCG(seed, 0))
	points := enumerated()
	if torture {
		points = bothWays(points)
		points = append(append(points, timed(800, r)...), twice(100, r)...)
	} else {
		// Every victim at every step with one route, and some of the others.
		few := bothWays(points[:3*8])
		rest := points[3*8:]
		r.Shuffle(len(rest), func(i, j int) { rest[i], rest[j] = rest[j], rest[i] })
		points = append(append(few[:len(few):len(few)], rest[:4]...), append(timed(2, r), twice(2, r)...)...)
	}
	var mu sync.Mutex
	outcomes, runs, replies, marked, judged := map[ocov1.Outcome]int{}, map[int]int{}, map[int]int{}, 0, 0
	t.Run("point", func(t *testing.T) {
		for _, p := range points {
			t.Run(p.String(), func(t *testing.T) {
				t.Parallel()
				v := p.kill(t)
				mu.Lock()
				defer mu.Unlock()
				outcomes[v.outcome]++
				runs[v.runs]++
				replies[v.replies]++
				marked += v.marked
				judged++
			})
		}
	})
	t.Logf("seed %d: %d points judged; outcomes %v; runs %v; posts of a reply %v; marked repeats %d", seed, judged, outcomes, runs, replies, marked)
	if torture && len(points) < 1000 {
		t.Errorf("only %d points, want 1000", len(points))
	}
}

package delivery

import (
	"flag"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/openchatops/oco/internal/chat"
)

var (
	seed    = flag.Uint64("seed", 0, "replay the simulator's schedule of this seed")
	seeds   = flag.Uint64("seeds", 300, "how many schedules the simulator draws")
	verbose = flag.Bool("schedule", false, "keep the schedule and print its end when it fails")
)

// simulate runs one schedule.
func simulate(t *testing.T, seed uint64, actions int) {
	x := &sim{
		t: t, seed: seed, rng: rand.New(rand.NewPCG(seed, 7)), now: simStart,
		applied: rows{}, durable: rows{}, waits: map[Token]func(Reply){}, slow: map[Token]bool{},
	}
	x.opt = Options{
		QueueItems: 12, QueueBytes: 4000, TotalItems: 20, OutboxItems: 40, SendAge: 15 * time.Minute, DedupKeep: time.Hour, DedupLeast: 10,
		Operators: chat.Place{Room: "operators"}, ChildPlugins: map[string]bool{"kid": true, "chat": true}, React: simReact,
	}
	x.world = newWorld(x)
	x.world.inFlightMost = 20
	x.start(x.now)
	for range actions {
		x.world.act()
	}
	x.world.heal()
	x.allIsOver()
}

// TestSimulator draws schedules and holds the contract after every step
// (OCO-DLV-46). OCO_TORTURE=1 draws many, -short few.
func TestSimulator(t *testing.T) {
	if *seed != 0 {
		*verbose = true
		simulate(t, *seed, 120)
		return
	}
	if testing.Short() {
		*seeds = min(*seeds, 30)
	}
	for s := range *seeds {
		simulate(t, s+1, 120)
	}
}

// TestTortureSimulator runs for five minutes and says how fast.
func TestTortureSimulator(t *testing.T) {
	if os.Getenv("OCO_TORTURE") == "" {
		t.Skip("OCO_TORTURE=1 runs it: five minutes of schedules")
	}
	began, n := time.Now(), uint64(0)
	first := uint64(began.UnixNano())
	for time.Since(began) < 5*time.Minute {
		simulate(t, first+n, 120)
		n++
	}
	t.Logf("%d schedules, %.0f a minute", n, float64(n)/time.Since(began).Minutes())
}

// heal lets everybody be well until nothing is open.
func (w *world) heal() {
	w.end()
	w.sync(len(w.queue))
	w.do(Pause{}, nil)
	w.do(Pause{Plugin: "kid"}, nil)
	w.do(Pause{Plugin: "far"}, nil)
	for _, plugin := range []string{"kid", "far", "chat"} {
		w.do(Quiet{Plugin: plugin}, nil)
	}
	w.do(Declare{Plugin: "far"}, nil)
	for _, c := range w.clients {
		c.known = false // they registered some routes only
	}
	for range 400 {
		for _, c := range w.clients {
			if c == w.clients[len(w.clients)-1] {
				if !c.dead {
					w.end()
					c.died()
					w.do(Gone{c.Replica}, nil)
				}
				continue
			}
			w.beat(c)
			if c.dead || !c.known || c.sink == 0 || c.adapter && w.m.adapter() == nil {
				w.comeWell(c)
			}
			w.end()
			w.sync(len(w.queue))
			for len(c.held) > 0 {
				h := c.held[0]
				c.held = c.held[1:]
				done := Completion{Lease: h.Lease, Kind: DoneKind}
				if c.adapter {
					done.Operation = &OperationResult{State: chat.Sent, ServiceID: w.draw("x")}
				}
				w.do(Complete{From: c.Replica, Completions: []Completion{done}}, nil)
			}
		}
		w.end()
		w.sync(len(w.queue))
		if len(w.m.open) == 0 && len(w.m.outbox) == 0 && len(w.m.outlets) == 0 && len(w.m.leases) == 0 {
			return
		}
		if next, ok := w.m.Next(); ok && next.After(w.now) {
			w.now = next
		}
		w.do(Tick{}, nil)
	}
	for _, d := range w.m.open {
		w.failf("%s of %s is open for ever: leased %t, hold %d, aging %d, queued %t", d.id, d.route.Name, d.lease != nil, d.hold, d.aging, d.queued)
	}
	w.failf("%d sends, %d rooms, %d leases are left", len(w.m.outbox), len(w.m.outlets), len(w.m.leases))
}

// comeWell registers every route and opens a stream.
func (w *world) comeWell(c *client) {
	if c.dead {
		c.dead = false
		c.Name = w.draw(c.Name[:1] + "-")
	}
	definitions := map[string]struct{}{}
	role := chat.RoleAdapter
	if !c.adapter {
		role = chat.RoleHandler
		for _, r := range simRoutes() {
			definitions[r.Definition] = struct{}{}
		}
	}
	w.do(Hello{Replica: c.Replica, Role: role, Child: c.child, Definitions: definitions}, nil)
	c.known = true
	if c.adapter {
		w.do(w.activation(c, true), nil)
	}
	w.sinks++
	c.sink = w.sinks
	w.do(Connect{Replica: c.Replica, Sink: c.sink, Credit: 4}, nil)
}

// allIsOver: nothing leaks.
func (x *sim) allIsOver() {
	m := x.m
	if len(m.lanes)+len(m.routes)+len(m.outbox)+len(m.outlets)+len(m.leases)+len(m.open)+m.waiting+int(m.bytes) != 0 {
		x.failf("left over: %d lanes, %d routes, %d sends, %d rooms, %d leases, %d open", len(m.lanes), len(m.routes), len(m.outbox), len(m.outlets), len(m.leases), len(m.open))
	}
	for token := range x.waits {
		if !x.slow[token] {
			x.failf("the input %d was never answered", token)
		}
	}
	x.wholeStore()
	x.surelyNotSent()
	x.oneRunAnEvent()
}

// oneRunAnEvent: of an event that was published several times each delivery was
// admitted once (OCO-DLV-4).
func (x *sim) oneRunAnEvent() {
	for id := range x.world.deliveries {
		if _, open := x.applied[string(DeliveryKey(id))]; open {
			x.failf("%s is still open", id)
		}
	}
}

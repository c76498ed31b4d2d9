package delivery

import (
	"fmt"
	"testing"
	"time"

	"github.com/openchatops/oco/internal/chat"
)

// heartbeats lets time pass with signs of life of who holds the leases.
func (r *rig) heartbeats(id Replica, d time.Duration, held ...Lease) {
	r.t.Helper()
	for end := r.now.Add(d); r.now.Before(end); {
		r.pass(min(10*time.Second, end.Sub(r.now)))
		r.do(Heartbeat{id, held})
	}
}

// Who is told that a callback timed out is told after how long: max_run, or what the
// handler asked for instead, which may be more or less (OCO-DLV-24).
func TestTheTimeAfterWhichItTimedOut(t *testing.T) {
	for name, c := range map[string]struct {
		extends []time.Duration
		ran     time.Duration
		said    string
	}{
		"max_run": {nil, time.Minute, "after 1 min."},
		"more":    {[]time.Duration{90 * time.Second}, 100 * time.Second, "after 1 min 40 s."},
		"less":    {[]time.Duration{20 * time.Second}, 30 * time.Second, "after 30 s."},
		"twice":   {[]time.Duration{50 * time.Second, 60 * time.Second}, 80 * time.Second, "after 1 min 20 s."},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.come(far, 1)
			r.pass(time.Hour)
			r.do(Heartbeat{far, nil})
			id := r.ask(route("far"))
			lease := r.first(id)
			for _, by := range c.extends {
				r.heartbeats(far, 10*time.Second, lease)
				r.verdict(Committed, far, Completion{Lease: lease, Kind: Progress, Extend: by})
			}
			r.heartbeats(far, c.ran-time.Duration(len(c.extends))*10*time.Second-time.Second, lease)
			r.open(id)
			r.pass(time.Second)
			r.outcome(id, chat.Unknown)
			r.saidContains("it timed out " + c.said)
		})
	}
}

// A route without max_run runs for as long as its replica lives, also over a restart of
// the bot.
func TestARunWithoutEnd(t *testing.T) {
	r := newRig(t)
	r.come(far, 1)
	r.pass(time.Minute) // no moment is the zero of the bot's time
	r.do(Heartbeat{far, nil})
	id := r.ask(route("far", func(r *Route) { r.MaxRun = 0 }))
	r.heartbeats(far, 5*time.Hour, r.first(id))
	r.open(id)
	r.restart(time.Second)
	r.come(far, 1)
	r.heartbeats(far, 5*time.Hour, r.first(id))
	r.open(id)
	r.verdict(Committed, far, Completion{Lease: r.first(id), Kind: DoneKind})
	r.outcome(id, chat.Done)
}

// What is offered in the session that admits it carries all of it, also a match that
// is empty: none would have to be read.
func TestAnEmptyMatchIsAtHand(t *testing.T) {
	r := newRig(t)
	r.come(far, 1)
	r.ask(route("far"), func(n *NewDelivery) { n.Match = nil })
	if f := of[Offer](r); len(f) != 1 || f[0].Match == nil || len(f[0].Match) != 0 || string(f[0].Payload) != "payload" {
		t.Errorf("%+v", f)
	}
	waits := r.ask(route("far", unordered))
	r.do(Gone{far})
	r.come(far, 1)
	if f := of[Offer](r); len(f) != 1 || f[0].Lease.Delivery != waits || f[0].Match != nil || f[0].Payload != nil {
		t.Errorf("%+v", f)
	}
}

// What a handler put off is put off over a restart of the bot.
func TestAPauseSurvivesARestart(t *testing.T) {
	r := newRig(t)
	r.come(kid, 1)
	r.pass(time.Minute)
	id := r.ask(route("kid"))
	r.verdict(Committed, kid, Completion{Lease: r.first(id), Kind: Retried, Delay: time.Hour})
	r.pass(time.Minute)
	r.restart(time.Minute)
	r.come(kid, 1)
	r.pass(58*time.Minute - time.Second)
	if len(of[Offer](r)) != 0 {
		t.Fatal("it is offered before its time")
	}
	r.pass(time.Second)
	if f := of[Offer](r); len(f) != 1 || f[0].Attempt != 2 {
		t.Errorf("%+v", f)
	}
}

// Age is what adds up while no replica lives, over returns of the replica and
// restarts of the bot (OCO-DLV-31).
func TestAgeAddsUp(t *testing.T) {
	r := newRig(t)
	r.come(far, 1)
	long := route("far", func(r *Route) { r.MaxRun = 0 })
	running := r.ask(long)
	id := r.ask(long, unaddressed) // behind the first, in order
	r.heartbeats(far, 10*time.Minute, r.first(running))
	r.do(Gone{far})
	r.pass(2 * time.Minute)
	r.come(far, 0)
	r.heartbeats(far, 10*time.Minute)
	r.restart(time.Second)
	r.come(far, 0)
	r.heartbeats(far, 10*time.Minute)
	r.open(id)
	r.do(Gone{far})
	r.pass(3*time.Minute - 2*time.Second)
	r.open(id)
	r.pass(2 * time.Second)
	r.outcome(id, chat.Expired)
}

// What a person asks for in a room goes to the same replica each time, as long as it
// lives, and people are spread over all of them.
func TestALaneStaysWithItsReplica(t *testing.T) {
	r := newRig(t)
	replicas := []Replica{{"far", "f1"}, {"far", "f2"}, {"far", "f3"}}
	for _, id := range replicas {
		r.come(id, 100)
	}
	of := func(user string) string {
		id := r.ask(route("far"), by(user))
		to := r.m.open[id].lease.replica
		r.verdict(Committed, Replica{"far", to.name}, Completion{Lease: r.first(id), Kind: DoneKind})
		return to.name
	}
	people := map[string]int{}
	for n := range 60 {
		user := fmt.Sprint("user", n)
		first := of(user)
		people[first]++
		for range 5 {
			if now := of(user); now != first {
				t.Fatalf("%s went to %s and then to %s", user, first, now)
			}
		}
	}
	for _, id := range replicas {
		if people[id.Name] < 10 {
			t.Errorf("%s has %d of 60 people", id.Name, people[id.Name])
		}
	}
	// Who was with another one stays there when one goes.
	with := map[string]string{}
	for n := range 60 {
		with[fmt.Sprint("user", n)] = of(fmt.Sprint("user", n))
	}
	r.do(Gone{replicas[1]})
	for user, was := range with {
		if now := of(user); was != "f2" && now != was || now == "f2" {
			t.Errorf("%s was with %s and is with %s", user, was, now)
		}
	}
}

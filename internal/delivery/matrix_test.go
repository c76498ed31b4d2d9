package delivery

import (
	"maps"
	"testing"
	"time"

	"github.com/openchatops/oco/internal/chat"
)

const (
	unknownD1 = "deploy: outcome unknown, the handler was lost while it ran. It may have run or not: look first. To run it again: oco retry d1"
	againD1   = "deploy: the handler was lost while it ran. Trying again in 1 s. To cancel it: oco cancel d1"
	timedD1   = "deploy: outcome unknown, it timed out after 1 min. It may go on: if it ends, its result is said here. To run it again: oco retry d1"
	worksD1   = "deploy is still running. To cancel it: oco cancel d1"
)

// What people see when something dies, row by row: the service, the adapter, the
// bot, a handler, the link between them, the machine under all of them
// (OCO-DLV-13, OCO-DLV-45, OCO-DLV-64).
func TestWhatPeopleSeeWhenSomethingDies(t *testing.T) {
	here := chat.Place{Room: "room:1:ops", Thread: "t1"}
	inThread := func(n *NewDelivery) { n.Place = here }
	ask := func(x *theatre, change ...func(*Route)) string { return x.ask(route("far", change...), inThread) }
	event := func(n byte) Admit {
		return Admit{Events: []Event{{ID: "e", Dedup: [16]byte{n}, Deliveries: []NewDelivery{{ID: "d1", Route: route("far"), Addressed: true, User: "alice", Place: here}}}}}
	}
	for name, c := range map[string]struct {
		play func(x *theatre)
		want []string
	}{
		"the link to the service": {func(x *theatre) {
			x.connected(false)
			x.pass(3*time.Minute + 7*time.Second)
			x.connected(true)
		}, []string{"operators> I was away from 08:00:00 to 08:03:07 UTC (3 min 7 s): messages in that time were not seen."}},
		"the adapter, before its event is taken": {func(x *theatre) {
			x.hand(far, 1)
			x.do(Gone{irc})
			x.pass(time.Second)
			x.enter()
			x.do(event(1))
			x.verdict(Committed, far, reply(x.lease("d1", 1), "deployed"))
		}, []string{"room:1:ops/t1> deployed"}},
		"the adapter, before it tells the service that its event is taken": {func(x *theatre) {
			x.hand(far, 1)
			x.do(event(1))
			x.do(Gone{irc})
			x.enter()
			x.do(event(1))
			x.verdict(Committed, far, reply(x.lease("d1", 1), "deployed"))
		}, []string{"room:1:ops/t1> deployed"}},
		"the adapter, before it posts": {func(x *theatre) {
			x.hand(far, 1)
			id := ask(x)
			x.verdict(Committed, far, reply(x.first(id), "deployed"))
			x.asked = nil
			x.do(Disconnect{Replica: irc, Sink: x.m.plugins["irc"].replicas["a1"].sink, Unsent: []Lease{{chat.MessageID(id, "a"), chat.MessageID(id, "a") + ".1"}}})
			x.enter()
		}, []string{"room:1:ops/t1> deployed"}},
		"the adapter, when it has posted": {func(x *theatre) {
			x.hand(far, 1)
			x.verdict(Committed, far, reply(x.first(ask(x)), "deployed"))
			x.post(x.asked[0])
			x.asked = nil
			x.do(Gone{irc})
			x.enter()
		}, []string{"room:1:ops/t1> deployed", "room:1:ops/t1> (perhaps said before) deployed"}},
		"the bot, before an event is on disk": {func(x *theatre) {
			x.hand(far, 1)
			before := maps.Clone(x.rows)
			x.do(event(1))
			x.rows = before
			x.late(time.Second)
			x.enter()
			x.hand(far, 1)
			x.do(event(1))
			x.verdict(Committed, far, reply(x.lease("d1", 1), "deployed"))
		}, []string{"room:1:ops/t1> deployed"}},
		"the bot, before it answers that an event is on disk": {func(x *theatre) {
			x.do(event(1))
			x.late(time.Second)
			x.enter()
			x.hand(far, 1)
			x.do(event(1))
			x.beat(15*time.Second, far)
			x.verdict(Committed, far, reply(x.lease("d1", 1), "deployed"))
		}, []string{
			"room:1:ops/t1> deploy waits: the bot was started again, and goes on in a moment. To cancel it: oco cancel d1",
			"room:1:ops/t1> deployed",
		}},
		"the bot, before a frame left": {func(x *theatre) {
			x.hand(far, 1)
			ask(x)
			x.late(time.Second)
			x.enter()
			x.hand(far, 1)
			x.beat(31*time.Second, far) // names nothing
		}, []string{"room:1:ops/t1> " + unknownD1}},
		"the bot, before the frame of a repeatable route left": {func(x *theatre) {
			x.hand(far, 1)
			ask(x, repeatable)
			x.late(time.Second)
			x.enter()
			x.hand(far, 1)
			x.beat(32*time.Second, far)
			x.verdict(Committed, far, reply(x.lease("d1", 2), "deployed"))
		}, []string{"room:1:ops/t1> " + againD1, "room:1:ops/t1> deployed"}},
		"the bot, with a child of its own": {func(x *theatre) {
			x.hand(kid, 1)
			x.ask(route("kid"), inThread)
			x.late(time.Second)
			x.enter()
		}, []string{"room:1:ops/t1> " + unknownD1}},
		"the bot, with a remote handler that runs": {func(x *theatre) {
			x.hand(far, 1)
			id := ask(x)
			x.late(10 * time.Second)
			x.enter()
			x.hand(far, 1)
			x.do(Heartbeat{far, []Lease{x.first(id)}})
			x.verdict(Committed, far, reply(x.first(id), "deployed"))
		}, []string{
			"operators> I was away from 08:00:00 to 08:00:10 UTC (10 s): messages in that time were not seen.",
			"room:1:ops/t1> deployed",
		}},
		"the bot, before it posts a reply": {func(x *theatre) {
			x.hand(far, 1)
			x.dark = true
			x.do(Gone{irc})
			x.verdict(Committed, far, reply(x.first(ask(x)), "deployed"))
			x.late(time.Second)
			x.enter()
		}, []string{"room:1:ops/t1> deployed"}},
		"a handler that runs": {func(x *theatre) {
			x.hand(far, 1)
			ask(x)
			x.do(Gone{far})
		}, []string{"room:1:ops/t1> " + unknownD1}},
		"a handler that runs what is repeatable": {func(x *theatre) {
			x.hand(far, 1)
			ask(x, repeatable)
			x.do(Gone{far})
			x.hand(far2, 1)
			x.pass(time.Second)
			x.verdict(Committed, far2, reply(x.lease("d1", 2), "deployed"))
		}, []string{"room:1:ops/t1> " + againD1, "room:1:ops/t1> deployed"}},
		"a handler that ends in order": {func(x *theatre) {
			x.hand(far, 2)
			first := ask(x, unordered)
			second := ask(x, unordered)
			x.verdict(Committed, far, Completion{Lease: x.first(second), Kind: Release})
			x.verdict(Committed, far, reply(x.first(first), "first"))
			x.do(Gone{far})
			x.hand(far2, 2)
			x.pass(time.Second)
			x.verdict(Committed, far2, reply(x.lease(second, 2), "second"))
		}, []string{"room:1:ops/t1> first", "room:1:ops/t1> second"}},
		"the link to a handler": {func(x *theatre) {
			x.hand(far, 1)
			id := ask(x)
			x.beat(31*time.Second, kid2(x))
			x.play()
			x.hand(far, 1)
			x.verdict(Resolved, far, reply(x.first(id), "deployed"))
		}, []string{"room:1:ops/t1> " + unknownD1, "room:1:ops/t1> deployed"}},
		"a handler hangs in one callback": {func(x *theatre) {
			x.hand(far, 2)
			id := ask(x, unordered)
			x.beat(time.Minute, far, x.first(id))
			x.verdict(Committed, far, reply(x.first(ask(x, unordered)), "another"))
			x.beat(time.Second, far, x.first(id))
			x.play()
			x.verdict(Resolved, far, Completion{Lease: x.first(id), Kind: DoneKind})
		}, []string{"room:1:ops/t1> " + worksD1, "room:1:ops/t1> " + timedD1, "room:1:ops/t1> another", "room:1:ops/t1> deploy: done."}},
		"a handler hangs in all its slots": {func(x *theatre) {
			x.hand(kid, 2)
			hangs := x.ask(route("kid", unordered), inThread)
			x.beat(10*time.Second, kid, x.first(hangs))
			second := x.ask(route("kid", unordered, named("build")), inThread)
			x.beat(time.Minute, kid, x.first(hangs), x.first(second))
			x.do(Gone{kid})
		}, []string{
			"room:1:ops/t1> " + worksD1,
			"room:1:ops/t1> build is still running. To cancel it: oco cancel d2",
			"room:1:ops/t1> " + timedD1,
			"room:1:ops/t1> build: outcome unknown, it timed out after 1 min. It may go on: if it ends, its result is said here. To run it again: oco retry d2",
		}},
		"a handler hangs in all its slots, and its process ends with a neighbour in it": {func(x *theatre) {
			x.hand(kid, 1)
			x.hand(Replica{"near", "n1"}, 1)
			hangs := x.ask(route("kid"), inThread)
			x.beat(50*time.Second, kid, x.first(hangs))
			near := x.ask(route("near", named("build")), inThread)
			for range 2 {
				x.beat(5*time.Second, kid, x.first(hangs))
				x.lives(Replica{"near", "n1"}, x.first(near))
			}
			x.do(Gone{kid})
			x.do(Gone{Replica{"near", "n1"}})
		}, []string{
			"room:1:ops/t1> " + worksD1,
			"room:1:ops/t1> " + timedD1,
			"room:1:ops/t1> build: outcome unknown, the handler was lost while it ran. It may have run or not: look first. To run it again: oco retry d2",
		}},
		"a handler ends again and again": {func(x *theatre) {
			x.do(Broken{Plugins: []string{"far"}, Why: "exit status 1"})
			ask(x)
			x.pass(3 * time.Second)
			x.play()
			x.pass(5 * time.Minute)
		}, []string{
			"operators> far is down: it ends again and again, at last with: exit status 1. It is tried every few minutes. To try at once: oco plugins restart far",
			"room:1:ops/t1> deploy waits: far is down, because it ends again and again. It runs if far is back within 5 min. To cancel it: oco cancel d1",
			"room:1:ops/t1> deploy did not run: far is down. To run it again: oco retry d1",
		}},
		"no handler": {func(x *theatre) {
			ask(x)
			x.pass(3 * time.Second)
			x.play()
			x.pass(5 * time.Minute)
		}, []string{
			"room:1:ops/t1> deploy waits: far is not running. It runs if far is back within 5 min. To cancel it: oco cancel d1",
			"room:1:ops/t1> deploy did not run: far is not running. To run it again: oco retry d1",
		}},
		"the clock is set back": {func(x *theatre) {
			x.hand(far, 1)
			id := ask(x)
			x.late(-time.Hour)
			x.enter()
			x.hand(far, 1)
			x.verdict(Committed, far, reply(x.first(id), "deployed"))
		}, []string{"room:1:ops/t1> deployed"}},
	} {
		t.Run(name, func(t *testing.T) {
			x := newTheatre(t)
			c.play(x)
			x.play()
			x.wants(c.want...)
		})
	}
}

// kid2 is somebody whose heartbeats say nothing of the handler that is cut off.
func kid2(x *theatre) Replica {
	x.hand(Replica{"kid", "k2"}, 1)
	return Replica{"kid", "k2"}
}

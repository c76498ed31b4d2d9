package delivery

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/openchatops/oco/internal/chat"
)

// Who asked for what takes long reads once that it still runs, unless it said
// something itself (OCO-DLV-65).
func TestStillRunning(t *testing.T) {
	for name, c := range map[string]struct {
		play func(x *theatre)
		want []string
	}{
		"once": {func(x *theatre) {
			id := x.ask(route("far", func(r *Route) { r.MaxRun = time.Hour }))
			x.beat(14*time.Second, far, x.first(id))
			x.wants()
			x.beat(5*time.Minute, far, x.first(id))
			x.verdict(Committed, far, reply(x.first(id), "deployed"))
		}, []string{"room:1:ops> " + worksD1, "room:1:ops> deployed"}},
		"over all attempts": {func(x *theatre) {
			id := x.ask(route("far"))
			x.beat(20*time.Second, far, x.first(id))
			x.verdict(Committed, far, Completion{Lease: x.first(id), Kind: Retried})
			x.beat(20*time.Second, far)
			x.late(time.Second)
			x.enter()
			x.hand(far, 1)
			x.beat(20*time.Second, far, x.lease(id, 2))
			x.verdict(Committed, far, reply(x.lease(id, 2), "deployed"))
		}, []string{
			"room:1:ops> " + worksD1,
			"room:1:ops> deploy: it could not be done yet. Trying again in 1 s. To cancel it: oco cancel d1",
			"room:1:ops> deployed",
		}},
		"not if it speaks": {func(x *theatre) {
			id := x.ask(route("far"))
			x.verdict(Committed, far, Completion{Lease: x.first(id), Kind: Progress, Sends: []KeyedSend{{Key: "a", Text: "building"}}})
			x.beat(30*time.Second, far, x.first(id))
			x.verdict(Committed, far, Completion{Lease: x.first(id), Kind: DoneKind})
		}, []string{"room:1:ops> building"}},
		"also if it speaks elsewhere": {func(x *theatre) {
			id := x.ask(route("far"))
			log := KeyedSend{Key: "a", Text: "building", Place: chat.Place{Room: "log"}, Elsewhere: true}
			x.verdict(Committed, far, Completion{Lease: x.first(id), Kind: Progress, Sends: []KeyedSend{log}})
			x.beat(30*time.Second, far, x.first(id))
			x.verdict(Committed, far, Completion{Lease: x.first(id), Kind: DoneKind})
		}, []string{"log> building", "room:1:ops> " + worksD1, "room:1:ops> deploy: done."}},
		"not while nobody knows": {func(x *theatre) {
			id := x.ask(route("far"))
			x.beat(20*time.Second, irc)
			x.wants()
			x.beat(10*time.Second, far, x.first(id))
			x.verdict(Committed, far, reply(x.first(id), "deployed"))
		}, []string{"room:1:ops> " + worksD1, "room:1:ops> deployed"}},
		"not to who did not ask": {func(x *theatre) {
			id := x.ask(route("far"), unaddressed)
			x.beat(30*time.Second, far, x.first(id))
			x.verdict(Committed, far, Completion{Lease: x.first(id), Kind: DoneKind})
		}, nil},
		"not of a bot that was away": {func(x *theatre) {
			id := x.ask(route("far"))
			x.beat(10*time.Second, far, x.first(id))
			x.late(20 * time.Second)
			x.enter()
			x.hand(far, 1)
			x.do(Heartbeat{far, []Lease{x.first(id)}})
			x.answer()
			x.verdict(Committed, far, reply(x.first(id), "deployed"))
		}, []string{"operators> I was away from 08:00:10 to 08:00:30 UTC (20 s): messages in that time were not seen.", "room:1:ops> deployed"}},
	} {
		t.Run(name, func(t *testing.T) {
			x := newTheatre(t)
			x.hand(far, 1)
			c.play(x)
			x.play()
			x.wants(c.want...)
		})
	}
}

// After a crash what was lost in a room is one message, a list (OCO-DLV-69).
func TestManyOutcomesAreOneMessage(t *testing.T) {
	x := newTheatre(t)
	x.hand(kid, 64)
	for range 40 {
		x.ask(route("kid", unordered))
	}
	x.late(time.Second)
	x.enter()
	x.play()
	if len(x.seen) != 1 || strings.Count(x.seen[0], "outcome unknown") != 40 || strings.Count(x.seen[0], "To run it again: oco retry d") != 40 {
		t.Fatalf("%d messages: %s", len(x.seen), strings.Join(x.seen, "\n"))
	}
}

// What happens within 2 s is one message for each thread, and what comes later
// another (OCO-DLV-64, OCO-DLV-69).
func TestNoticesStayInTheirThreads(t *testing.T) {
	x := newTheatre(t)
	x.hand(far, 64)
	var all []string
	for i := range 4 {
		all = append(all, x.ask(route("far", unordered), func(n *NewDelivery) { n.Place.Thread = fmt.Sprintf("t%d", i%2) }))
	}
	for _, id := range all {
		x.verdict(Committed, far, Completion{Lease: x.first(id), Kind: Fail, UserText: "no"})
	}
	x.play()
	failed := func(n int) string { return fmt.Sprintf("deploy failed: no. To run it again: oco retry d%d", n) }
	x.wants(
		"room:1:ops/t0> "+failed(1),
		"room:1:ops/t1> "+failed(2)+" | "+failed(4),
		"room:1:ops/t0> "+failed(3),
	)
}

// A handler that an operator paused: who asks is told once why nothing happens,
// and then reads the result (OCO-DLV-40).
func TestPausedIsTold(t *testing.T) {
	x := newTheatre(t)
	x.hand(far, 1)
	x.do(Pause{Plugin: "far", Paused: true, By: "alice", Reason: "release"})
	x.do(Pause{Plugin: "far", Paused: true, By: "bob"}) // is already
	x.do(Pause{Plugin: "far", Paused: true, By: "bob", Reason: "release"})
	id := x.ask(route("far"))
	x.beat(time.Minute, far)
	x.do(Pause{Plugin: "far", By: "bob"})
	x.verdict(Committed, far, reply(x.first(id), "deployed"))
	x.do(Pause{Paused: true, By: "alice"})
	second := x.ask(route("far", named("build")))
	x.ask(route("far", named("build")))
	x.beat(5*time.Second, far)
	x.do(Pause{By: "alice"})
	x.verdict(Committed, far, reply(x.first(second), "built"))
	x.verdict(Committed, far, reply(x.first("d3"), "built"))
	x.play()
	x.wants(
		"operators> far was paused by alice: release. Nothing waits.",
		"room:1:ops> deploy waits: far is paused by an operator: release. To cancel it: oco cancel d1",
		"operators> far was resumed by bob. 1 delivery waits.",
		"room:1:ops> deployed",
		"operators> All handlers were paused by alice. Nothing waits.",
		"room:1:ops> build waits: far is paused by an operator. To cancel it: oco cancel d2 | build waits: far is paused by an operator. To cancel it: oco cancel d3",
		"room:1:ops> built",
		"room:1:ops> built",
		"operators> All handlers were resumed by alice. 2 deliveries wait.",
	)
}

// Operators read what nobody typed, and what one of them settled (OCO-DLV-68).
func TestOperatorsAreTold(t *testing.T) {
	alert := func(r *Route) { r.Name, r.Notice = "alert", chat.NoticeOperators }
	here := func(n *NewDelivery) { n.Place = chat.Place{Room: "operators", Thread: "t"} }
	x := newTheatre(t)
	x.hand(far, 64)
	fail := func(id string) {
		x.verdict(Committed, far, Completion{Lease: x.first(id), Kind: Fail, UserText: "no disk"})
		x.beat(3*time.Second, far)
	}
	fail(x.ask(route("far", alert), unaddressed))
	fail(x.ask(route("far", alert), here)) // they read it there already
	x.do(Drop{Delivery: "d1", By: "bob", Reason: "old"})
	x.do(Broken{Plugins: []string{"far", "near"}, Why: "exit status 1"})
	x.play()
	x.wants(
		"operators> alert of far failed: no disk. To run it again: oco retry d1",
		"operators/t> alert failed: no disk. To run it again: oco retry d2",
		"operators> alert (d1), which ended failed, was dropped by bob: old.",
		"operators> far, near are down: their process ends again and again, at last with: exit status 1. It is tried every few minutes. To try at once: oco plugins restart far",
	)
}

// Without an operators' room it is counted what nobody reads (OCO-DLV-68).
func TestWithoutAnOperatorsRoom(t *testing.T) {
	x := newTheatre(t, func(o *Options) { o.Operators = chat.Place{} })
	x.hand(far, 1)
	if n := x.do(Inspect{}).(Snapshot).Unheard; n != 0 {
		t.Fatal(n)
	}
	id := x.ask(route("far", func(r *Route) { r.Notice = chat.NoticeOperators }), unaddressed)
	x.verdict(Committed, far, Completion{Lease: x.first(id), Kind: Fail})
	x.do(Pause{Plugin: "far", Paused: true, By: "alice"})
	x.play()
	x.wants()
	if n := x.do(Inspect{}).(Snapshot).Unheard; n != 2 {
		t.Fatal(n)
	}
}

// It is counted, too, what could not be posted in the operators' room, and why at
// last (OCO-DLV-68). What was posted, and what is for somebody else, is not.
func TestAnOperatorsRoomThatIsNone(t *testing.T) {
	x := newTheatre(t)
	x.hand(far, 1)
	unposted := func(want Unposted) {
		t.Helper()
		if got := x.do(Inspect{}).(Snapshot).Unposted; got != want {
			t.Fatalf("%+v, want %+v", got, want)
		}
	}
	refuse := func() {
		t.Helper()
		x.pass(5 * time.Second)
		x.lives(far)
		x.lives(x.adapter)
		if len(x.asked) != 1 {
			t.Fatalf("%d operations are asked for", len(x.asked))
		}
		op := x.asked[0]
		x.asked = nil
		x.say(x.adapter, sent(op.Lease, chat.SendFailed))
	}
	x.do(Pause{Plugin: "far", Paused: true, By: "alice"})
	x.play()
	unposted(Unposted{})
	x.do(Pause{Plugin: "far", By: "alice"})
	refuse()
	unposted(Unposted{Notices: 1, Why: "said so"})
	x.do(Pause{Plugin: "far", Paused: true, By: "alice"})
	refuse()
	unposted(Unposted{Notices: 2, Why: "said so"})
	x.ask(route("far"))
	refuse() // that it waits
	unposted(Unposted{Notices: 2, Why: "said so"})
	x.do(Tune{Operators: chat.Place{Room: "others"}, QueueItems: 10, QueueBytes: 1 << 20})
	unposted(Unposted{})
}

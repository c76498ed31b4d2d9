package delivery

import (
	"slices"
	"testing"
	"time"

	"github.com/openchatops/oco/internal/chat"
)

// OCO-DLV-8: a once route whose lease is lost is never offered again.
func TestOnceRunsOnce(t *testing.T) {
	r := newRig(t)
	sink := r.come(far, 1)
	id := r.ask(route("far"))
	l := r.offered()
	r.come(far2, 1)
	r.pass(29 * time.Second)
	r.do(Heartbeat{far2, nil})
	r.open(id)
	r.pass(2 * time.Second) // far says nothing for 30 s and holds something
	r.outcome(id, chat.Unknown)
	if c := of[CloseSink](r); len(c) != 1 || c[0].Sink != sink {
		t.Fatalf("the stream of who is gone stays open: %+v", c)
	}
	r.refused(Heartbeat{far, []Lease{l}}, chat.ReplicaNotFound)
	r.pass(time.Hour)
	if len(of[Offer](r)) > 0 {
		t.Fatal("offered again")
	}
}

// OCO-DLV-9: a repeatable route is offered again with pauses of 1, 2, 4 and 8 s,
// five times in all; the person reads it once.
func TestRepeatableRunsAgain(t *testing.T) {
	r := newRig(t)
	id := r.ask(route("far", repeatable))
	began := r.now
	for attempt := 1; attempt <= 5; attempt++ {
		name := Replica{"far", string(rune('a' + attempt))}
		r.come(name, 1)
		for len(of[Offer](r)) == 0 {
			r.pass(time.Second)
			if r.now.Sub(began) > time.Minute {
				t.Fatal("not offered again")
			}
		}
		f := of[Offer](r)[0]
		if f.Lease.Delivery != id || f.Attempt != attempt || f.Event != "e1" || f.Match != nil && attempt > 1 {
			t.Fatalf("attempt %d: %+v", attempt, f)
		}
		r.do(Gone{name})
		if attempt == 1 {
			r.saidContains("deploy: the handler was lost while it ran. Trying again in 1 s. To cancel it: oco cancel d1")
		}
	}
	if took := r.now.Sub(began); took != 15*time.Second {
		t.Fatalf("five attempts took %s, want 1+2+4+8 s", took)
	}
	r.outcome(id, chat.Unknown)
	if n := len(r.ended(id).Attempts); n != 5 {
		t.Fatalf("%d attempts are on record", n)
	}
	r.saidExactly("room:1:ops> deploy: outcome unknown, the handler was lost while it ran. It may have run or not: look first. It was tried 5 times. To run it again: oco retry d1") // OCO-DLV-62
}

// OCO-DLV-11: max_run ends the run and leaves process and slot alone; the slot
// is free when the callback returns, which is told why (OCO-DLV-71).
func TestHungCallbackKeepsItsSlot(t *testing.T) {
	r := newRig(t)
	r.come(far, 1)
	id := r.ask(route("far", unordered))
	l := r.offered()
	var told []CancelFrame
	for range 6 {
		r.pass(10 * time.Second)
		told = append(told, of[CancelFrame](r)...)
		hung := slices.ContainsFunc(of[Report](r), func(f Report) bool { return f.Kind == "hung" && f.Detail == "f1" })
		if lost := r.do(Heartbeat{far, []Lease{l}}).([]string); (len(lost) == 1) != hung {
			t.Fatalf("lost %v, hung %t", lost, hung)
		}
	}
	r.outcome(id, chat.Unknown)
	if len(told) != 1 || told[0].Reason != CancelMaxRun || told[0].Delivery != id || told[0].Text != "max_run is over" {
		t.Fatalf("it is told %+v", told)
	}
	next := r.ask(route("far", unordered))
	if len(of[Offer](r)) > 0 {
		t.Fatal("the slot of a callback that hangs was given away")
	}
	// OCO-DLV-18: the late completion resolves it, and the slot is free.
	r.verdict(Resolved, far, Completion{Lease: l, Kind: DoneKind, Sends: []KeyedSend{{Key: "a", Text: "took long"}}})
	if o := r.offered(); o.Delivery != next {
		t.Fatalf("%+v", o)
	}
	row := r.ended(id)
	if row.Outcome != uint32(chat.Unknown) || row.Resolved != uint32(chat.Done) || !row.Settled {
		t.Fatalf("the record keeps not both: %+v", row)
	}
	r.listed(id, false)
	r.verdict(Duplicate, far, Completion{Lease: l, Kind: Fail})
	r.saidContains("took long")
}

// OCO-DLV-18: only the last lease resolves, a failure stays on the open list,
// and who is done late without a word is acknowledged.
func TestLateCompletions(t *testing.T) {
	r := newRig(t)
	r.come(far, 1)
	id := r.ask(route("far"))
	r.do(Gone{far})
	for _, kind := range []CompletionKind{Progress, Retried, Release} {
		if v := r.say(far, Completion{Lease: r.first(id), Kind: kind}); v.Kind != NotTaken || v.Err.Reason != chat.LeaseLost {
			t.Fatalf("kind %d: %+v", kind, v) // OCO-DLV-19
		}
	}
	r.verdict(Duplicate, far, Completion{Lease: Lease{id, id + ".2"}, Kind: DoneKind})
	r.verdict(Duplicate, far, Completion{Lease: Lease{id, "nonsense"}, Kind: DoneKind})
	r.verdict(Resolved, far, Completion{Lease: r.first(id), Kind: Fail, UserText: "too late"})
	r.listed(id, true)
	r.saidContains("deploy failed: too late.")

	r.come(far2, 1)
	second := r.ask(route("far"))
	r.verdict(Committed, far2, Completion{Lease: r.first(second), Kind: Progress, Sends: []KeyedSend{{Key: "a", Text: "began"}}})
	r.do(Gone{far2})
	r.outcome(second, chat.Unknown)
	r.verdict(Resolved, far2, Completion{Lease: r.first(second), Kind: DoneKind})
	r.saidContains("deploy: done.")

	for _, from := range []Replica{kid, irc} { // another plugin's
		if v := r.say(from, Completion{Lease: r.first(id), Kind: DoneKind}); v.Kind != NotTaken || v.Err.Reason != chat.DeliveryNotFound {
			t.Fatalf("%+v", v)
		}
	}
	if v := r.say(far, Completion{Lease: Lease{string(make([]byte, 5000)), "x"}, Kind: DoneKind}); v.Err.Reason != chat.DeliveryNotFound {
		t.Fatalf("a long id: %+v", v)
	}
}

// OCO-DLV-17: the first final completion wins, whichever lease brings it, also
// within one batch; and the other callback is told that it is of no use
// (OCO-DLV-71).
func TestFirstFinalWins(t *testing.T) {
	r := newRig(t)
	r.come(far, 1)
	id := r.ask(route("far", repeatable))
	r.do(Gone{far})
	sink := r.come(far2, 1)
	r.pass(time.Second)
	r.offered()
	r.verdict(Committed, far, Completion{Lease: r.first(id), Kind: DoneKind})
	if c := of[CancelFrame](r); len(c) != 1 || c[0].Sink != sink || c[0].Reason != CancelSettled || c[0].Text == "" {
		t.Fatalf("the second callback is not told: %+v", r.frames)
	}
	r.outcome(id, chat.Done)
	r.verdict(Duplicate, far2, Completion{Lease: Lease{id, id + ".2"}, Kind: Fail})

	second := r.ask(route("far", unordered))
	done := Completion{Lease: r.first(second), Kind: DoneKind}
	all := r.do(Complete{From: far2, Completions: []Completion{done, done}}).([]Verdict)
	if len(all) != 2 || all[0].Kind != Committed || all[1].Kind != Duplicate { // OCO-DLV-25
		t.Fatalf("%+v", all)
	}
	// An unknown one is resolved once, also within one batch.
	third := r.ask(route("far", unordered))
	r.do(Gone{far2})
	done.Lease = r.first(third)
	all = r.do(Complete{From: far2, Completions: []Completion{done, done}}).([]Verdict)
	if all[0].Kind != Resolved || all[1].Kind != Duplicate || r.m.onList != 0 {
		t.Fatalf("%+v, %d on the open list", all, r.m.onList)
	}
}

// OCO-DLV-22: a retry is obeyed for any run policy, up to max_attempts.
func TestRetryIsObeyed(t *testing.T) {
	r := newRig(t)
	r.come(far, 1)
	id := r.ask(route("far", func(r *Route) { r.MaxAttempts = 2 }))
	r.verdict(Committed, far, Completion{Lease: r.first(id), Kind: Retried, Delay: 10 * time.Second})
	r.saidExactly("room:1:ops> deploy: it could not be done yet. Trying again in 10 s. To cancel it: oco cancel " + id)
	for range 9 {
		r.pass(time.Second)
		r.do(Heartbeat{far, nil})
		if len(of[Offer](r)) > 0 {
			t.Fatal("too soon")
		}
	}
	r.pass(time.Second)
	if f := of[Offer](r); len(f) != 1 || f[0].Attempt != 2 {
		t.Fatalf("%+v", f)
	}
	r.verdict(Committed, far, Completion{Lease: Lease{id, id + ".2"}, Kind: Retried, Delay: 1 << 62})
	r.outcome(id, chat.Failed)
}

// OCO-DLV-23: a release counts no attempt, prefers another replica, and comes
// back less and less often.
func TestRelease(t *testing.T) {
	r := newRig(t)
	r.come(far, 1)
	id := r.ask(route("far"))
	r.come(far2, 1)
	r.verdict(Committed, far, Completion{Lease: r.first(id), Kind: Release})
	r.pass(50 * time.Millisecond)
	f := of[Offer](r)
	if len(f) != 1 || f[0].Attempt != 1 || f[0].Lease.ID != id+".2" || f[0].Sink != r.m.plugins["far"].replicas["f2"].sink {
		t.Fatalf("%+v", f)
	}
	r.verdict(Committed, far2, Completion{Lease: f[0].Lease, Kind: Release})
	r.pass(99 * time.Millisecond)
	if len(of[Offer](r)) > 0 {
		t.Fatal("asked in a circle")
	}
	r.pass(time.Millisecond)
	r.offered()
}

// OCO-DLV-24: extend counts from the commit, and a completion renews its lease
// without a heartbeat (OCO-LIF-11).
func TestExtend(t *testing.T) {
	r := newRig(t)
	r.come(far, 1)
	id := r.ask(route("far"))
	for range 12 {
		r.pass(25 * time.Second)
		r.verdict(Committed, far, Completion{Lease: r.first(id), Kind: Progress, Extend: 50 * time.Second})
	}
	r.pass(25 * time.Second)
	r.do(Heartbeat{far, []Lease{r.first(id)}})
	r.open(id)
	r.pass(25 * time.Second)
	r.outcome(id, chat.Unknown)
}

// OCO-DLV-10, OCO-DLV-26, OCO-DLV-27, OCO-DLV-28: one at a time in each order,
// and who waits is told.
func TestOrders(t *testing.T) {
	place := func(room, thread string) func(*NewDelivery) {
		return func(n *NewDelivery) { n.Place = chat.Place{Room: room, Thread: thread} }
	}
	for _, c := range []struct {
		order chat.Order
		free  int // of: alice here, alice here, bob here, alice in a thread, alice elsewhere
	}{{chat.OrderUser, 3}, {chat.OrderRoom, 2}, {chat.OrderRoute, 1}, {chat.OrderNone, 5}} {
		r := newRig(t)
		r.come(far, 64)
		rt := route("far", func(r *Route) { r.Order = c.order })
		first := r.ask(rt)
		second := r.ask(rt)
		r.ask(rt, by("bob"))
		r.ask(rt, place("room:1:ops", "thread"))
		r.ask(rt, place("room:1:dev", ""))
		if got := len(r.m.leases); got != c.free {
			t.Errorf("order %d: %d at once, want %d", c.order, got, c.free)
			continue
		}
		if c.order == chat.OrderNone {
			continue
		}
		r.pass(3 * time.Second)
		r.saidContains("deploy waits: " + first + " runs first, because one " + map[chat.Order]string{
			chat.OrderUser: "of yours runs here at a time", chat.OrderRoom: "runs in this room at a time", chat.OrderRoute: "runs at a time",
		}[c.order] + ". To cancel it: oco cancel " + second)
		// What is offered again keeps its place.
		r.verdict(Committed, far, Completion{Lease: r.first(first), Kind: Retried})
		r.pass(time.Second)
		if l := r.offered(); l.ID != first+".2" {
			t.Fatalf("%+v", l)
		}
		r.verdict(Committed, far, Completion{Lease: Lease{first, first + ".2"}, Kind: DoneKind})
		if l := r.offered(); l.Delivery != second && c.order != chat.OrderRoute {
			t.Fatalf("%+v", l)
		}
	}
}

// Who waits is told why.
func TestWaitingIsTold(t *testing.T) {
	for _, c := range []struct {
		want string
		set  func(r *rig)
	}{
		{"deploy waits: far is not running. It runs if far is back within 5 min. To cancel it: oco cancel d9", func(r *rig) {}},
		{"deploy waits: far is paused by an operator. To cancel it: oco cancel d9", func(r *rig) {
			r.come(far, 1)
			r.do(Pause{Plugin: "far", Paused: true})
		}},
		{"deploy waits: far is busy. To cancel it: oco cancel d9", func(r *rig) { r.come(far, 0) }},
	} {
		r := newRig(t)
		c.set(r)
		r.n = 8
		r.ask(route("far"))
		r.pass(3*time.Second - 1)
		r.saidExactly("")
		r.pass(time.Hour / 60)
		r.saidExactly("room:1:ops> " + c.want)
	}
}

// A repeatable route whose callback hangs runs again in another slot; what the
// first says in the end wins, and each slot is free when its callback returns.
func TestHungRepeatable(t *testing.T) {
	for _, kind := range []CompletionKind{DoneKind, Retried, Release} {
		r := newRig(t)
		r.come(far, 2)
		id := r.ask(route("far", repeatable))
		for range 6 {
			r.pass(10 * time.Second)
			r.do(Heartbeat{far, []Lease{r.first(id)}})
		}
		r.pass(time.Second)
		if l := r.offered(); l.ID != id+".2" {
			t.Fatalf("%+v", l)
		}
		replica := r.m.plugins["far"].replicas["f1"]
		if len(replica.leases) != 2 {
			t.Fatalf("%d slots are taken", len(replica.leases))
		}
		v := r.say(far, Completion{Lease: r.first(id), Kind: kind})
		if len(replica.leases) != 1 {
			t.Fatalf("kind %d: the slot is kept", kind)
		}
		if kind != DoneKind {
			if v.Err == nil || v.Err.Reason != chat.LeaseLost {
				t.Fatalf("kind %d: %+v", kind, v)
			}
			r.open(id)
			continue
		}
		r.outcome(id, chat.Done)
		r.verdict(Duplicate, far, Completion{Lease: Lease{id, id + ".2"}, Kind: DoneKind})
		if len(replica.leases) != 0 {
			t.Fatal("the second slot is kept")
		}
	}
}

// A lease that its living replica does not name is lost alone (OCO-LIF-10).
func TestLeaseThatIsNotNamed(t *testing.T) {
	r := newRig(t)
	r.come(far, 2)
	lost, kept := r.ask(route("far", unordered)), r.ask(route("far", unordered))
	for range 4 {
		r.pass(9 * time.Second)
		r.do(Heartbeat{far, []Lease{r.first(kept)}})
	}
	r.outcome(lost, chat.Unknown)
	r.open(kept)
	if r.m.plugins["far"].replicas["f1"] == nil {
		t.Fatal("the replica lives")
	}
}

package delivery

import (
	"slices"
	"testing"
	"time"

	"github.com/openchatops/oco/internal/chat"
)

func (r *rig) again(old, id string) RetryOf {
	return RetryOf{Old: old, By: "alice", New: NewDelivery{ID: id, Route: route("far"), Match: []byte("m"), Addressed: true, User: "alice", Place: r.room}}
}

// OCO-DLV-37: a retry is a new delivery of the same event and settles the old
// (OCO-RPC-12).
func TestRetryOf(t *testing.T) {
	r := newRig(t)
	r.come(far, 1)
	id := r.ask(route("far"))
	r.refused(r.again(id, "x1"), chat.DeliveryState)
	r.refused(r.again("nothing", "x1"), chat.DeliveryNotFound)
	r.verdict(Committed, far, Completion{Lease: r.first(id), Kind: Fail})
	if got := r.do(r.again(id, "x1")); got != "x1" {
		t.Fatalf("%v", got)
	}
	if f := of[Offer](r); len(f) != 1 || f[0].Event != "e2" || string(f[0].Payload) != "payload" {
		t.Fatalf("%+v", f)
	}
	row := r.ended(id)
	if !row.Settled || row.RetriedAs != "x1" || row.Detail != "run again by alice" {
		t.Fatalf("%+v", row)
	}
	r.listed(id, false)
	r.refused(r.again(id, "x2"), chat.DeliveryState)
	r.verdict(Committed, far, Completion{Lease: Lease{"x1", "x1.1"}, Kind: DoneKind})
	if got := r.ended("x1").RetryOf; got != id {
		t.Fatalf("it is a retry of %q", got)
	}
	r.refused(r.again("x1", "x2"), chat.DeliveryState)
	delete(r.rows, string(EventKey("e2")))
	row.RetriedAs, row.Settled = "", true
	cancelled := r.ask(route("far"))
	r.do(CancelOf{Delivery: cancelled, By: "bob"})
	delete(r.rows, string(EventKey("e3")))
	r.refused(r.again(cancelled, "x3"), chat.DeliveryState)
}

// OCO-DLV-39: what has ended is not cancelled.
func TestCancel(t *testing.T) {
	r := newRig(t)
	r.come(far, 1)
	first, second, third := r.ask(route("far")), r.ask(route("far")), r.ask(route("far"))
	r.do(CancelOf{Delivery: second, By: "alice"}) // from the middle of its lane
	r.do(CancelOf{Delivery: third, By: "alice"})  // from its end
	r.refused(CancelOf{Delivery: third}, chat.DeliveryState)
	r.refused(CancelOf{Delivery: "nothing"}, chat.DeliveryNotFound)
	r.saidContains("deploy was cancelled by alice.")
	r.do(CancelOf{Delivery: first, By: "alice"})
	if len(r.m.lanes) != 0 {
		t.Fatal("its lane is kept")
	}
	next := r.ask(route("far")) // the slot is the callback's until it returns
	if len(of[Offer](r)) > 0 {
		t.Fatal("the slot was given away")
	}
	r.verdict(Duplicate, far, Completion{Lease: r.first(first), Kind: DoneKind})
	if l := r.offered(); l.Delivery != next {
		t.Fatalf("%+v", l)
	}
}

// A replica that pulls is told of what became useless between two Pulls when it pulls
// again, once, and not of what it has returned from by then (OCO-LIF-52).
func TestCancelBetweenTwoPulls(t *testing.T) {
	r := newRig(t)
	sink := r.come(far, 2)
	first, second := r.ask(route("far", unordered)), r.ask(route("far", unordered))
	r.do(Disconnect{Replica: far, Sink: sink})
	r.do(CancelOf{Delivery: first, By: "alice"})
	r.do(CancelOf{Delivery: second, By: "alice"})
	if c := of[CancelFrame](r); len(c) != 0 {
		t.Fatalf("nobody listens, and is told %+v", c)
	}
	r.verdict(Duplicate, far, Completion{Lease: r.first(second), Kind: Fail})
	r.do(Connect{Replica: far, Sink: 7, Credit: 2, Pull: 1})
	if c := of[CancelFrame](r); len(c) != 1 || c[0].Delivery != first || c[0].Sink != 7 || c[0].Reason != CancelPerson || c[0].Text != "cancelled by alice" {
		t.Fatalf("%+v", c)
	}
	r.do(Connect{Replica: far, Sink: 8, Credit: 9})
	if c := of[CancelFrame](r); len(c) != 0 {
		t.Fatalf("it is told twice: %+v", c)
	}
	var want, told []string
	for range 6 {
		want = append(want, r.ask(route("far", unordered)))
	}
	r.do(Disconnect{Replica: far, Sink: 8})
	for _, id := range want {
		r.do(CancelOf{Delivery: id, By: "alice"})
	}
	r.do(Connect{Replica: far, Sink: 9, Credit: 9})
	for _, c := range of[CancelFrame](r) {
		told = append(told, c.Delivery)
	}
	slices.Sort(want)
	if !slices.Equal(told, want) { // the same with each run of the same inputs
		t.Fatalf("it is told of %v, want %v", told, want)
	}
}

// A Cancel that was on its way when a Pull broke does not come again. The next heartbeat
// names its lease (OCO-LIF-10, OCO-LIF-52).
func TestCancelThatDidNotArrive(t *testing.T) {
	r := newRig(t)
	sink := r.come(far, 2)
	cancelled, runs := r.ask(route("far", unordered)), r.ask(route("far", unordered))
	r.do(Disconnect{Replica: far, Sink: sink})
	r.do(Connect{Replica: far, Sink: 7, Credit: 2, Pull: 1})
	r.do(CancelOf{Delivery: cancelled, By: "alice"})
	if c := of[CancelFrame](r); len(c) != 1 || c[0].Delivery != cancelled || c[0].Sink != 7 {
		t.Fatalf("%+v", c)
	}
	r.do(Disconnect{Replica: far, Sink: 7})
	r.do(Connect{Replica: far, Sink: 8, Credit: 2, Pull: 1})
	if c := of[CancelFrame](r); len(c) != 0 {
		t.Fatalf("it is told again: %+v", c)
	}
	lost := r.do(Heartbeat{Replica: far, Held: []Lease{r.first(cancelled), r.first(runs)}})
	if want := []string{r.first(cancelled).ID}; !slices.Equal(lost.([]string), want) {
		t.Fatalf("lost are %v, want %v", lost, want)
	}
}

// A drop settles what ended badly, and nothing else (OCO-RPC-13).
func TestDrop(t *testing.T) {
	r := newRig(t)
	r.come(far, 1)
	id := r.ask(route("far"))
	r.refused(Drop{Delivery: id}, chat.DeliveryState)
	r.refused(Drop{Delivery: "nothing"}, chat.DeliveryNotFound)
	r.verdict(Committed, far, Completion{Lease: r.first(id), Kind: Fail, Detail: "exit 1"})
	r.do(Drop{Delivery: id, By: "op", Reason: "known"})
	r.listed(id, false)
	if row := r.ended(id); row.Detail != "exit 1; dropped by op: known" || !row.Settled {
		t.Fatalf("%+v", row)
	}
	r.refused(Drop{Delivery: id}, chat.DeliveryState)
}

// OCO-DLV-29: the bot's own words are obeyed in the step that admits them, and
// how it went is told.
func TestWords(t *testing.T) {
	r := newRig(t)
	r.come(far, 1)
	id := r.ask(route("far"))
	r.n = 50
	word := func(w Input) {
		r.t.Helper()
		r.n++
		r.do(Admit{Events: []Event{{ID: "w", Dedup: [16]byte{byte(r.n)}, Word: w, Asker: chat.Place{Room: "asker"}}}})
	}
	word(CancelOf{Delivery: id, By: "alice"})
	word(CancelOf{Delivery: id, By: "alice"})
	word(r.again(id, "x1"))
	word(r.again("nothing", "x2"))
	word(Tick{}) // nothing that a person can say
	r.saidContains("asker> " + id + " is cancelled.")
	r.saidContains("asker> " + id + " has ended already: cancelled")
	r.saidContains("asker> " + id + " runs again, as x1.")
	r.saidContains("asker> I know of no nothing.")

	// A drop is obeyed as well, once.
	word(Drop{Delivery: id, By: "olga", Reason: "old"})
	r.saidContains("asker> " + id + " is not on the open list")

	// Twice in one batch it runs once.
	r.verdict(Duplicate, far, Completion{Lease: r.first(id), Kind: DoneKind})
	r.verdict(Committed, far, Completion{Lease: Lease{"x1", "x1.1"}, Kind: Fail})
	r.do(Admit{Events: []Event{
		{ID: "w1", Dedup: [16]byte{100}, Word: r.again("x1", "y1"), Asker: r.room},
		{ID: "w2", Dedup: [16]byte{101}, Word: r.again("x1", "y2"), Asker: r.room},
	}})
	r.saidContains("x1 was run again already, as y1")
	if r.m.open["y1"] == nil || r.m.open["y2"] != nil || r.m.onList != 0 {
		t.Fatalf("%d on the open list", r.m.onList)
	}
	r.verdict(Committed, far, Completion{Lease: Lease{"y1", "y1.1"}, Kind: Fail, Detail: "exit 1"})
	word(Drop{Delivery: "y1", By: "olga", Reason: "old"})
	r.saidContains("asker> y1 is settled: it will not run again.")
	if row := r.ended("y1"); row.Detail != "exit 1; dropped by olga: old" || !row.Settled {
		t.Fatalf("%+v", row)
	}
}

// Whether an event was seen can be asked, which changes nothing.
func TestWhetherAnEventWasSeen(t *testing.T) {
	r := newRig(t)
	for range 2 {
		if r.do(Seen{[16]byte{7}}).(bool) {
			t.Fatal("it was not seen yet")
		}
	}
	r.do(Admit{Events: []Event{{ID: "w", Dedup: [16]byte{7}}}})
	if !r.do(Seen{[16]byte{7}}).(bool) || r.do(Seen{[16]byte{8}}).(bool) {
		t.Fatal("what was admitted was seen, and nothing else")
	}
}

// What was never asked for has no effect and an answer.
func TestStrangeCompletions(t *testing.T) {
	r := newRig(t)
	r.come(far, 1)
	id := r.ask(route("far"))
	for c, want := range map[*Completion]chat.Reason{
		{Lease: Lease{id, id + ".2"}, Kind: DoneKind}:    chat.LeaseLost,
		{Lease: Lease{id, id + ".0"}, Kind: DoneKind}:    chat.LeaseLost,
		{Lease: Lease{id, "x"}, Kind: DoneKind}:          chat.LeaseLost,
		{Lease: Lease{id, id + ".1"}, Kind: 99}:          chat.FieldInvalid,
		{Lease: Lease{"none", "none.1"}, Kind: DoneKind}: chat.DeliveryNotFound,
	} {
		if v := r.say(far, *c); v.Kind != NotTaken || v.Err.Reason != want {
			t.Errorf("%+v: %+v, want %s", c, v, want)
		}
	}
	if v := r.say(kid, Completion{Lease: r.first(id), Kind: DoneKind}); v.Kind != NotTaken || v.Err.Reason != chat.DeliveryNotFound {
		t.Errorf("another plugin's: %+v", v)
	}
	r.verdict(Duplicate, far, sent(Lease{"none", "none.1"}, chat.Sent))
	r.do(Put{[]Write{{[]byte("z/1"), []byte("v")}}})
	if string(r.rows["z/1"]) != "v" {
		t.Error("not written")
	}
	r.pass(time.Second)
}

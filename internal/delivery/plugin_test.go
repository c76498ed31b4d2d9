package delivery

import (
	"fmt"
	"testing"
	"time"

	"github.com/openchatops/oco/internal/chat"
)

// The newer adapter wins by its epoch: the older one publishes nothing any more and
// its stream ends (OCO-LIF-21, OCO-LIF-22, OCO-RPC-10, OCO-SEC-14).
func TestEpochFences(t *testing.T) {
	r := newRig(t)
	old := r.come(irc, 4)
	r.tell("one")
	op := r.operated()
	publish := func(from Replica, epoch uint64) Admit {
		return Admit{Account: "account:1", Epoch: epoch, From: from, Checkpoint: "c1"}
	}
	if a := r.do(publish(irc, 1)).(Admitted); a.Checkpoint != "c1" {
		t.Fatalf("%+v", a)
	}
	newer := Replica{"irc", "a2"}
	r.do(Hello{Replica: newer, Role: chat.RoleAdapter})
	if a := r.do(Activate{Account: "account:1", From: newer}).(Activated); a.Epoch != 2 || a.Checkpoint != "c1" || !a.Active {
		t.Fatalf("%+v", a)
	}
	if c := of[CloseSink](r); len(c) != 1 || c[0].Sink != old || c[0].Err.Reason != chat.EpochFenced {
		t.Fatalf("%+v", r.frames)
	}
	for _, in := range []Admit{publish(irc, 1), publish(irc, 2), publish(newer, 1), publish(Replica{"far", "a2"}, 2), {Account: "account:2"}} {
		r.refused(in, chat.EpochFenced)
	}
	r.do(publish(newer, 2))
	if a := r.do(Activate{Account: "account:1", From: irc}).(Activated); a.Active || a.Epoch != 2 {
		t.Fatalf("who was fenced came back: %+v", a)
	}
	// What the old one did with its operation still counts.
	r.verdict(Committed, irc, sent(op.Lease, chat.Sent))
	// When nobody serves the account any more, anybody may.
	r.do(Gone{newer})
	if a := r.do(Activate{Account: "account:1", From: irc}).(Activated); !a.Active || a.Epoch != 3 {
		t.Fatalf("%+v", a)
	}
	for range 100 { // who was fenced is remembered, but not without end
		for _, name := range []Replica{newer, irc} {
			r.do(Hello{Replica: name, Role: chat.RoleAdapter})
		}
	}
	a := r.m.accounts["account:1"]
	for n := range 200 {
		a.fence(string(rune(n)))
	}
	if len(a.fenced) > 64 {
		t.Fatalf("%d are remembered", len(a.fenced))
	}
	r.refused(Activate{Account: "account:1", From: far}, chat.ReplicaNotFound)
}

// A long poll takes what it asked for and ends, and so does the older stream of its
// replica (OCO-LIF-7).
func TestPull(t *testing.T) {
	r := newRig(t)
	r.come(far, 1)
	r.do(Connect{Replica: far, Sink: 7, Credit: 9, Pull: 2})
	if c := of[CloseSink](r); len(c) != 1 || c[0].Err.Reason != chat.EpochFenced {
		t.Fatalf("the older stream of the same replica: %+v", r.frames)
	}
	a := r.ask(route("far", unordered))
	if c := of[CloseSink](r); len(of[Offer](r)) != 1 || len(c) != 1 || c[0].Sink != 7 || c[0].Err != nil {
		t.Fatalf("%+v", r.frames)
	}
	if o := of[Offer](r)[0]; o.Definition != "def" {
		t.Fatalf("it does not say which definition matched (OCO-LIF-60): %+v", o)
	}
	r.ask(route("far", unordered))
	r.ask(route("far", unordered))
	r.ask(route("far", unordered))
	r.do(Connect{Replica: far, Sink: 8, Credit: 9, Pull: 2})
	if len(of[Offer](r)) != 2 || len(of[CloseSink](r)) != 1 {
		t.Fatalf("%+v", r.frames)
	}
	r.do(CancelOf{Delivery: a, By: "alice"})
	if len(of[CancelFrame](r)) != 0 {
		t.Fatal("a frame for a poll that has ended")
	}
}

// Who leaves keeps what it has and is offered nothing until it asks again
// (OCO-LIF-55).
func TestLeave(t *testing.T) {
	r := newRig(t)
	sink := r.come(far, 2)
	held := r.ask(route("far", unordered))
	r.do(Leave{Replica: far})
	if c := of[CloseSink](r); len(c) != 1 || c[0].Sink != sink || c[0].Err != nil {
		t.Fatalf("%+v", r.frames)
	}
	r.do(Leave{Replica: far})
	r.do(Leave{Replica: Replica{Plugin: "far", Name: "stranger"}})
	r.ask(route("far", unordered))
	if len(of[Offer](r)) != 0 || len(of[CloseSink](r)) != 0 {
		t.Fatalf("%+v", r.frames)
	}
	if lost := r.do(Heartbeat{Replica: far, Held: []Lease{r.first(held)}}).([]string); len(lost) != 0 {
		t.Fatalf("what it has is lost: %v", lost)
	}
	r.do(Connect{Replica: far, Sink: 9, Credit: 2})
	if o := of[Offer](r); len(o) != 1 || o[0].Sink != 9 {
		t.Fatalf("it came back: %+v", r.frames)
	}

	r.do(Leave{Replica: far})
	r.do(Connect{Replica: far, Sink: 10, Credit: 9, Pull: 2})
	r.do(Leave{Replica: far})
	if c := of[CloseSink](r); len(c) != 1 || c[0].Sink != 10 || c[0].Err != nil {
		t.Fatalf("a long poll that waits: %+v", r.frames)
	}
	// Leaving is a sign of life: its term counts from there.
	for range 2 {
		r.pass(r.m.opt.LeaseTerm - time.Second)
		r.do(Leave{Replica: far})
	}
	if r.m.plugins["far"].replicas["f1"] == nil {
		t.Fatal("who leaves is forgotten while it still completes")
	}
}

// What surely never left the bot was not started.
func TestUnsent(t *testing.T) {
	r := newRig(t)
	sink := r.come(far, 1)
	id := r.ask(route("far"))
	r.come(irc, 1)
	r.tell("x")
	op := r.operated()
	r.do(Disconnect{Replica: far, Sink: sink, Unsent: []Lease{r.first(id), r.first("nothing"), {op.Lease.Delivery, op.Lease.ID}}})
	r.come(far, 1)
	if f := of[Offer](r); len(f) != 1 || f[0].Attempt != 1 || f[0].Lease.ID != id+".2" {
		t.Fatalf("%+v", f)
	}
	r.do(Disconnect{Replica: irc, Sink: op.Sink, Unsent: []Lease{op.Lease}})
	r.do(Connect{Replica: irc, Sink: 55, Credit: 1})
	if again := r.operated(); again.Attempt != 1 || again.Repeat {
		t.Fatalf("%+v", again)
	}
}

// OCO-DLV-40: who is paused is offered nothing, and does not age.
func TestPause(t *testing.T) {
	for _, plugin := range []string{"", "far"} {
		r := newRig(t)
		r.come(far, 1)
		r.do(Pause{Plugin: plugin, Paused: true, Writes: []Write{{[]byte("r/far"), []byte("paused")}}})
		id := r.ask(route("far"))
		for range 60 {
			r.pass(10 * time.Second)
			r.do(Heartbeat{far, nil})
		}
		r.open(id)
		if s := r.do(Inspect{}).(Snapshot); s.Waiting != 1 || s.PausedAll != (plugin == "") || s.Plugins[0].Paused != (plugin != "") || s.Plugins[0].Replicas[0].Credit != 1 {
			t.Fatalf("%+v", s)
		}
		r.do(Pause{Plugin: plugin, Writes: []Write{{Key: []byte("r/far")}}})
		r.offered()
		if _, ok := r.rows["r/far"]; ok {
			t.Fatal("the row was not deleted")
		}
	}
}

// A bot that stops offers nothing, and its adapter goes on.
func TestDrain(t *testing.T) {
	r := newRig(t)
	sink := r.come(far, 1)
	r.come(irc, 1)
	r.do(Hello{Replica: far2, Role: chat.RoleHandler})
	r.do(Drain{Grace: time.Minute})
	if d := of[DrainFrame](r); len(d) != 1 || d[0].Sink != sink || d[0].Grace != time.Minute {
		t.Fatalf("%+v", r.frames)
	}
	id := r.ask(route("far"))
	r.open(id)
	r.refused(Connect{Replica: far, Sink: 77, Credit: 1}, chat.Draining)
	r.refused(Connect{Replica: Replica{"far", "f9"}, Sink: 77, Credit: 1}, chat.ReplicaNotFound)
	r.do(Connect{Replica: irc, Sink: 78, Credit: 1})
	r.tell("goodbye")
	r.operated()
	if !r.do(Inspect{}).(Snapshot).Draining {
		t.Fatal("it does not say so")
	}
}

// What waits for a registration that was dropped ends, and so does what would run
// again; what runs may end (OCO-LIF-17).
func TestForget(t *testing.T) {
	r := newRig(t)
	r.come(far, 1)
	runs := r.ask(route("far", unordered))
	waits := r.ask(route("far", unordered))
	r.do(Forget{Plugin: "far"})
	r.do(Forget{Plugin: "nobody"})
	r.outcome(waits, chat.Expired)
	r.saidContains("deploy did not run: its handler is not registered any more.")
	r.open(runs)
	r.verdict(Committed, far, Completion{Lease: r.first(runs), Kind: Retried})
	r.outcome(runs, chat.Expired)
}

// What was decided about before its plugin was forgotten, and is admitted after that,
// ends as what waited: nobody would run it.
func TestForgottenBeforeItIsAdmitted(t *testing.T) {
	r := newRig(t)
	r.come(far, 4)
	r.do(Forget{Plugin: "far"})
	late := r.ask(route("far"))
	r.outcome(late, chat.Expired)
	r.saidContains("its handler is not registered any more")
	r.come(far, 4)
	r.ask(route("far"))
	r.offered()
}

// Who asked is told why, if there is more to say than that.
func TestForgottenForAReason(t *testing.T) {
	r := newRig(t)
	r.come(far, 1)
	r.ask(route("far", unordered))
	waits := r.ask(route("far", unordered))
	r.do(Forget{Plugin: "far", Why: "far takes no settings"})
	r.outcome(waits, chat.Expired)
	r.saidContains("deploy did not run: far takes no settings.")
	r.outcome(r.ask(route("far", unordered)), chat.Expired)
}

// A child that ended by its plugin's name takes all its kind with it; a replica
// that is silent goes.
func TestReplicasGo(t *testing.T) {
	r := newRig(t)
	r.come(kid, 1)
	r.come(Replica{"kid", "k2"}, 1)
	r.do(Gone{Replica{Plugin: "kid"}})
	r.do(Gone{Replica{"nobody", "x"}})
	sink := r.come(far, 1)
	r.pass(time.Hour)
	if len(r.m.plugins["kid"].replicas) != 0 || len(r.m.plugins["far"].replicas) != 1 {
		t.Fatal("an idle stream is no death")
	}
	r.do(Disconnect{Replica: far, Sink: sink})
	r.pass(31 * time.Second)
	if len(r.m.plugins["far"].replicas) != 0 || len(r.m.timers) != 0 {
		t.Fatalf("%d alarms are left", len(r.m.timers))
	}
}

// An event is settled when all its outcomes are there and what was said is posted
// (OCO-LIF-27).
// OCO-SIZ-22: a plugin that registers under ever new names takes no more memory
// than its replicas may, and those that it has go on.
func TestReplicasAreBounded(t *testing.T) {
	r := newRig(t)
	hello := func(plugin string, n int) Hello {
		return Hello{Replica: Replica{plugin, fmt.Sprintf("r%d", n)}, Role: chat.RoleHandler, Definitions: map[string]struct{}{"def": {}}}
	}
	for n := range MaxReplicas {
		r.do(hello("far", n))
	}
	r.refused(hello("far", MaxReplicas), chat.QuotaExceeded)
	r.do(hello("far", 7)) // known already
	r.do(hello("other", 0))
	r.do(Gone{Replica{"far", "r3"}})
	r.do(hello("far", MaxReplicas))
}

func TestSettled(t *testing.T) {
	r := newRig(t)
	r.come(irc, 4)
	r.come(far, 1)
	r.do(Admit{Events: []Event{{ID: "e", ServiceID: "s1", Dedup: [16]byte{1}, Sends: []NewSend{{Place: r.room, Text: "hi"}}, Deliveries: []NewDelivery{
		{ID: "d1", Route: route("far"), User: "alice", Place: r.room}, {ID: "d2", Route: route("far"), Refused: true, Place: r.room},
	}}}})
	op := r.operated()
	r.verdict(Committed, irc, sent(op.Lease, chat.Sent))
	if len(of[SettledFrame](r)) > 0 {
		t.Fatal("too soon")
	}
	r.verdict(Committed, far, Completion{Lease: r.first("d1"), Kind: DoneKind})
	f := of[SettledFrame](r)
	if len(f) != 1 || f[0].ServiceID != "s1" || len(f[0].Outcomes) != 2 || f[0].Outcomes[0] != chat.Refused || f[0].Outcomes[1] != chat.Done {
		t.Fatalf("%+v", f)
	}
	r.do(Admit{Events: []Event{{ID: "e2", ServiceID: "s2", Dedup: [16]byte{2}}}})
	if f := of[SettledFrame](r); len(f) != 1 || len(f[0].Outcomes) != 0 {
		t.Fatalf("nothing takes it: %+v", f)
	}
}

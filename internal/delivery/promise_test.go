package delivery

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/openchatops/oco/internal/chat"
)

// What a callback says of a delivery that a person has run again meanwhile comes
// too late: two callbacks would answer for one event (OCO-DLV-17, OCO-DLV-18).
func TestLateCompletionOfWhatWasRunAgain(t *testing.T) {
	r := newRig(t)
	r.come(far, 1)
	id := r.ask(route("far"))
	r.do(Gone{far})
	r.outcome(id, chat.Unknown)
	r.do(r.again(id, "x1"))
	r.verdict(Duplicate, far, Completion{Lease: r.first(id), Kind: DoneKind, Sends: []KeyedSend{{Key: "a", Text: "came late"}}})
	if row := r.ended(id); row.Resolved != 0 || row.RetriedAs != "x1" || strings.Contains(r.said(), "came late") {
		t.Fatalf("%+v, said %s", row, r.said())
	}
	r.open("x1")
}

// A replica is offered the routes whose definition it registered, so that an old
// and a new version of a handler run side by side (OCO-LIF-5).
func TestAReplicaGetsItsOwnDefinitions(t *testing.T) {
	r := newRig(t)
	sink := Sink(1000)
	r.do(Hello{Replica: far, Role: chat.RoleHandler, Definitions: map[string]struct{}{"old": {}}})
	r.do(Connect{Replica: far, Sink: sink, Credit: 8})
	id := r.ask(route("far", unordered))
	if f := of[Offer](r); len(f) > 0 {
		t.Fatalf("a replica got what it does not know: %+v", f)
	}
	older := r.ask(route("far", unordered, func(r *Route) { r.Definition = "old" }))
	if f := of[Offer](r); len(f) != 1 || f[0].Lease.Delivery != older || f[0].Sink != sink {
		t.Fatalf("%+v", f)
	}
	newer := r.come(far2, 8)
	if f := of[Offer](r); len(f) != 1 || f[0].Lease.Delivery != id || f[0].Sink != newer {
		t.Fatalf("%+v", f)
	}
}

// A replica never holds more than it was granted (OCO-SIZ-6).
func TestCreditIsKept(t *testing.T) {
	r := newRig(t)
	r.come(far, 16)
	var ids []string
	for range 40 {
		ids = append(ids, r.ask(route("far", unordered)))
	}
	for n := range ids {
		if held := len(r.m.plugins["far"].replicas["f1"].leases); held != min(16, len(ids)-n) {
			t.Fatalf("it holds %d after %d ends", held, n)
		}
		r.verdict(Committed, far, Completion{Lease: r.first(ids[n]), Kind: DoneKind})
	}
}

// An epoch is higher than every one before, and the checkpoint is there, also
// after a restart of the bot (OCO-LIF-21, OCO-LIF-23).
func TestEpochsGrowOverRestarts(t *testing.T) {
	r := newRig(t)
	last := uint64(0)
	for n := range 6 {
		name := Replica{"irc", fmt.Sprint("a", n%4)}
		r.do(Hello{Replica: name, Role: chat.RoleAdapter})
		a := r.do(Activate{Account: "account:1", From: name}).(Activated)
		if !a.Active || a.Epoch <= last || n > 0 && a.Checkpoint != fmt.Sprint("c", n-1) {
			t.Fatalf("%d: %+v after epoch %d", n, a, last)
		}
		last = a.Epoch
		r.do(Admit{Account: "account:1", Epoch: last, From: name, Checkpoint: fmt.Sprint("c", n)})
		if n%2 == 1 {
			r.restart(time.Second)
		} else {
			r.do(Gone{name})
		}
	}
}

// The token by which a chat service tells repeats apart fits into what those
// services take (OCO-SIZ-9).
func TestTokensFitEverywhere(t *testing.T) {
	seen := map[string]bool{}
	for n := range 1000 {
		for _, id := range []string{fmt.Sprintf("m%012d", n), chat.MessageID(fmt.Sprintf("d%012d", n), strings.Repeat("~", 64))} {
			got := token(id)
			if !chat.ValidKey(got) || len(got) > 25 || seen[got] || got != token(id) {
				t.Fatalf("%q for %q", got, id)
			}
			seen[got] = true
		}
	}
}

// Who does not ask to know when an event is settled is not told (OCO-LIF-27).
func TestSettledIsForWhoAsks(t *testing.T) {
	for _, wants := range []bool{false, true} {
		r := newRig(t)
		r.come(irc, 4)
		r.do(Activate{Account: "account:1", From: irc, Name: "oco", Service: "irc", WantsSettled: wants})
		r.do(Admit{Events: []Event{{ID: "e", ServiceID: "s", Dedup: [16]byte{9}}}})
		if f := of[SettledFrame](r); (len(f) == 1) != wants {
			t.Fatalf("wants it: %t; told %+v", wants, f)
		}
	}
}

// That a route has a sensitive argument stays known to the record, also over a
// restart of the bot (OCO-RPC-11).
func TestTheRecordKnowsWhatIsSensitive(t *testing.T) {
	for _, sensitive := range []bool{false, true} {
		r := newRig(t)
		id := r.ask(route("far", func(r *Route) { r.Sensitive = sensitive }))
		r.restart(time.Second)
		r.do(CancelOf{Delivery: id, By: "alice"})
		if got := r.ended(id).Sensitive; got != sensitive {
			t.Errorf("sensitive is %t, want %t", got, sensitive)
		}
	}
}

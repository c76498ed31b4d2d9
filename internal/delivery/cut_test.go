package delivery

import (
	"testing"
	"time"

	"github.com/openchatops/oco/internal/chat"
)

// OCO-SEC-23: a replica whose key was revoked is gone at once. What it had
// counts as started, what never left the bot goes to another replica.
func TestACutReplicaIsGoneAtOnce(t *testing.T) {
	r := newRig(t)
	sink := r.come(far, 3)
	once := r.ask(route("far", unordered))
	r.offered()
	again := r.ask(route("far", unordered, repeatable))
	r.offered()
	unsent := r.ask(route("far", unordered))
	l := r.offered()
	r.come(far2, 3)
	r.do(Disconnect{Replica: far, Sink: sink, Unsent: []Lease{l}, Cut: true})
	r.outcome(once, chat.Unknown)
	r.open(again)
	if o := of[Offer](r); len(o) != 1 || o[0].Lease.Delivery != unsent || o[0].Attempt != 1 {
		t.Fatalf("what was not sent: %+v", o)
	}
	r.pass(2 * time.Second)
	if o := of[Offer](r); len(o) != 1 || o[0].Lease.Delivery != again || o[0].Attempt != 2 {
		t.Fatalf("what may run again: %+v", o)
	}
	r.refused(Heartbeat{far, nil}, chat.ReplicaNotFound)
}

// A replica that has another stream by then, with another key, stays.
func TestACutStreamThatWasReplacedTakesNothing(t *testing.T) {
	r := newRig(t)
	old := r.come(far, 1)
	id := r.ask(route("far"))
	l := r.offered()
	r.come(far, 1)
	r.do(Disconnect{Replica: far, Sink: old, Cut: true})
	r.open(id)
	r.verdict(Committed, far, Completion{Lease: l, Kind: DoneKind})
	r.outcome(id, chat.Done)
}

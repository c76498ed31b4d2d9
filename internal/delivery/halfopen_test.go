package delivery

import (
	"testing"
	"time"

	"github.com/openchatops/oco/internal/chat"
)

// OCO-LIF-39: a replica that sends heartbeats while it holds nothing, and stops, is
// gone although its stream seems open, and nothing is handed to it any more.
func TestAReplicaThatFallsSilentIsGone(t *testing.T) {
	r := newRig(t)
	sink := r.come(far, 1)
	for range 3 {
		r.pass(10 * time.Second)
		r.do(Heartbeat{Replica: far})
	}
	r.pass(29 * time.Second)
	if c := of[CloseSink](r); len(c) > 0 {
		t.Fatalf("its stream is closed too early: %+v", c)
	}
	r.pass(time.Second)
	if c := of[CloseSink](r); len(c) != 1 || c[0].Sink != sink || c[0].Err == nil || c[0].Err.Reason != chat.ReplicaNotFound {
		t.Fatalf("the stream of who is silent for 30 s: %+v", c)
	}
	id := r.ask(route("far"))
	if len(of[Offer](r)) > 0 {
		t.Fatal("a delivery was handed to who is gone")
	}
	r.refused(Heartbeat{Replica: far}, chat.ReplicaNotFound)
	r.come(far, 1)
	if l := r.offered(); l.Delivery != id {
		t.Fatalf("after it came again it is offered %+v", l)
	}
}

// OCO-LIF-39: a client that knows nothing of heartbeats, or sends them only while it
// holds something, may be silent for as long as it likes.
func TestAReplicaThatPromisedNothingMayBeSilent(t *testing.T) {
	for name, beat := range map[string]bool{"no heartbeats": false, "heartbeats while it works": true} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.come(far, 1)
			if beat {
				r.ask(route("far"))
				l := r.offered()
				r.do(Heartbeat{far, []Lease{l}})
				r.verdict(Committed, far, Completion{Lease: l, Kind: DoneKind})
			}
			r.pass(time.Hour)
			id := r.ask(route("far"))
			if l := r.offered(); l.Delivery != id {
				t.Fatalf("it is offered %+v", l)
			}
		})
	}
}

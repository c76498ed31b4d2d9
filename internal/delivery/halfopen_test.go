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

// An adapter that was out of reach until it was taken for gone, or whose bot was
// started again, is no replaced one: it registers, reports and publishes on
// (OCO-LIF-41).
func TestAnAdapterThatWasOutOfReachGoesOn(t *testing.T) {
	for name, away := range map[string]func(*rig){
		"out of reach":     func(r *rig) { r.pass(time.Minute) },
		"the bot restarts": func(r *rig) { r.restart(time.Second) },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.come(irc, 4)
			r.do(Heartbeat{Replica: irc})
			away(r)
			publish := Admit{Account: "account:1", Epoch: 1, From: irc}
			r.refused(publish, chat.ReplicaNotFound)
			r.do(Hello{Replica: irc, Role: chat.RoleAdapter})
			r.refused(publish, chat.ReplicaNotFound) // it has not reported yet
			publish.Epoch = r.do(Activate{Account: "account:1", From: irc}).(Activated).Epoch
			r.do(publish)
		})
	}
}

// One that another replaced meanwhile is fenced when it comes back: the newer one
// goes on (OCO-LIF-42).
func TestAnAdapterThatWasReplacedMeanwhileIsFenced(t *testing.T) {
	r := newRig(t)
	r.come(irc, 4)
	r.do(Heartbeat{Replica: irc})
	r.pass(time.Minute)
	newer := Replica{"irc", "a2"}
	r.do(Hello{Replica: newer, Role: chat.RoleAdapter})
	epoch := r.do(Activate{Account: "account:1", From: newer}).(Activated).Epoch
	r.refused(Admit{Account: "account:1", Epoch: 1, From: irc}, chat.EpochFenced)
	r.do(Hello{Replica: irc, Role: chat.RoleAdapter})
	if a := r.do(Activate{Account: "account:1", From: irc}).(Activated); a.Active {
		t.Fatal("the older one takes the account back")
	}
	r.do(Admit{Account: "account:1", Epoch: epoch, From: newer})
}

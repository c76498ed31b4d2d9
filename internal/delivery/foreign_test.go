package delivery

import (
	"testing"
	"time"

	"github.com/openchatops/oco/internal/chat"
)

// Who guesses the lease of another plugin can neither keep it alive nor learn
// that it lives: the ids of leases are no secret (OCO-DLV-8).
func TestNobodyRenewsTheLeaseOfAnother(t *testing.T) {
	r := newRig(t)
	r.come(kid, 1)
	sink := r.come(far, 1)
	id := r.ask(route("far"))
	guessed := Lease{id, id + ".1"}
	r.do(Disconnect{Replica: far, Sink: sink}) // and is silent from now on
	for range 4 {
		r.pass(10 * time.Second)
		lost := r.do(Heartbeat{kid, []Lease{guessed}}).([]string)
		if len(lost) != 1 || lost[0] != guessed.ID {
			t.Fatalf("lost: %q", lost)
		}
	}
	r.outcome(id, chat.Unknown)
}

// A handler cannot say what became of a message that the adapter is to send, with
// the lease that the adapter has or with one that it had.
func TestNobodyEndsTheSendOfTheAdapter(t *testing.T) {
	r := newRig(t)
	r.come(kid, 1)
	r.come(irc, 8)
	message := r.tell("hi").Message
	first := r.operated()
	if v := r.say(kid, sent(first.Lease, chat.Sent)); v.Kind != NotTaken {
		t.Fatalf("with the lease of the adapter: %+v", v)
	}
	r.verdict(Committed, irc, Completion{Lease: first.Lease, Kind: Retried, Delay: time.Minute})
	for _, c := range []Completion{sent(first.Lease, chat.Sent), {Lease: first.Lease, Kind: Fail}} {
		if v := r.say(kid, c); v.Kind != NotTaken {
			t.Fatalf("with one that is over: %+v", v)
		}
	}
	r.pass(time.Minute)
	if again := r.operated(); again.Lease.Delivery != message {
		t.Fatalf("%+v", again)
	}
}

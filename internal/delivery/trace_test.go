package delivery

import (
	"testing"
	"time"

	"github.com/openchatops/oco/internal/chat"
)

// The trace of an event goes on with everything that is said about it: to the
// adapter, to the log, over a restart of the bot, and after the delivery ended
// (OCO-DLV-50).
func TestTheTraceOfAnEventGoesOn(t *testing.T) {
	r := newRig(t)
	const traced = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	r.come(irc, 8)
	r.come(kid, 8)
	r.do(Admit{Events: []Event{{ID: "e", Trace: traced, Dedup: [16]byte{1}, Payload: []byte("payload"), Deliveries: []NewDelivery{{
		ID: "d", Route: route("kid"), Match: []byte("m"), Addressed: true, User: "alice", Place: r.room, Decision: "everyone may",
	}}}}})
	l := r.offered()
	reports := of[Report](r)
	if offers := of[Offer](r); offers[0].Trace != traced {
		t.Fatalf("%+v", offers[0])
	}
	r.say(kid, Completion{Lease: l, Kind: DoneKind, Sends: []KeyedSend{{Key: "a", Place: r.room, Text: "first"}, {Key: "b", Place: r.room, Text: "second"}}})
	reports = append(reports, of[Report](r)...)
	op := r.operated()
	if op.Trace != traced {
		t.Errorf("the adapter gets the trace %q", op.Trace)
	}
	r.say(irc, sent(op.Lease, chat.Sent))
	reports = append(reports, of[Report](r)...)
	kinds := map[string]bool{}
	for _, one := range reports {
		kinds[one.Kind] = true
		if one.Trace != traced || one.Delivery != "d" || one.Kind == "sent" && one.Message == "" {
			t.Errorf("%+v", one)
		}
	}
	if len(kinds) != 4 {
		t.Errorf("reported: %v, want admitted, offered, ended and sent", kinds)
	}
	r.restart(time.Second)
	r.pass(time.Minute) // the lease of the other message is over
	r.come(irc, 8)
	if op := r.operated(); op.Trace != traced || op.Parts[0].Row == 0 {
		t.Errorf("after a restart: %+v", op)
	}
}

// So does what is asked for in its delivery and answers no event itself
// (OCO-DLV-50).
func TestTheTraceOfAnErrandGoesOn(t *testing.T) {
	r := newRig(t)
	const traced = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	r.come(irc, 8)
	r.do(Say{Caller: "handler:kid", Request: "1", Send: NewSend{Place: r.room, Act: &Act{Encoded: []byte("op"), What: "a reaction"}, Trace: traced}})
	if op := r.operated(); op.Trace != traced {
		t.Errorf("the adapter gets the trace %q", op.Trace)
	}
	r.restart(time.Second)
	r.pass(time.Minute) // its lease is over
	r.come(irc, 8)
	op := r.operated()
	if op.Trace != traced {
		t.Errorf("after a restart: %+v", op)
	}
	r.say(irc, sent(op.Lease, chat.Sent))
	reports := of[Report](r)
	if len(reports) != 1 || reports[0].Kind != "operated" || reports[0].Trace != traced {
		t.Errorf("reported: %+v", reports)
	}
}

package delivery

import (
	"fmt"
	"testing"
	"time"

	"github.com/openchatops/oco/internal/chat"
)

// Rooms of which all that waited has expired are let go of also while no adapter is
// there: however many are spoken to meanwhile, the bot does not grow by them.
func TestRoomsAreForgottenWithoutAnAdapter(t *testing.T) {
	r := newRig(t)
	most := 0
	for n := range 2000 {
		r.do(Say{Send: NewSend{Place: chat.Place{Room: fmt.Sprint("room:1:", n)}, Text: "hi", Reason: chat.ForClient, Terms: Terms{ValidFor: time.Second}}})
		r.pass(100 * time.Millisecond)
		most = max(most, len(r.m.outlets), len(r.m.pumps))
	}
	if most > 100 {
		t.Errorf("%d rooms were known at once, of which at most 11 had something to say", most)
	}
	r.pass(time.Minute)
	last := r.tell("one")
	r.come(irc, 8)
	r.verdict(Committed, irc, sent(r.operated().Lease, chat.Sent))
	r.pass(time.Minute)
	if len(r.m.outlets) != 0 || len(r.m.pumps) != 0 || r.m.outbox[last.Message] != nil {
		t.Errorf("%d rooms, %d of them to look at", len(r.m.outlets), len(r.m.pumps))
	}
}

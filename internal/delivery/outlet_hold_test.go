package delivery

import (
	"testing"
	"time"

	"github.com/openchatops/oco/internal/chat"
)

// Until when a room is put off is known after a restart also if the message that
// met the rate limit has ended meanwhile: its time was over, or an earlier attempt
// turned out to have posted it. [OCO-DLV-61]
func TestRateLimitOutlivesWhoMetIt(t *testing.T) {
	putOff := func(r *rig, l Lease) {
		r.tell("two")
		r.verdict(Committed, irc, Completion{Lease: l, Kind: Retried, Delay: time.Hour})
	}
	for name, meet := range map[string]func(r *rig){
		"its time was over": func(r *rig) {
			r.tellWith("one", Terms{ValidFor: 10 * time.Minute})
			putOff(r, r.operated().Lease)
			r.pass(11 * time.Minute)
		},
		"an earlier attempt had posted it": func(r *rig) {
			r.tell("one")
			first := r.operated().Lease
			r.hang(first)
			putOff(r, r.operated().Lease)
			r.verdict(Committed, irc, sent(first, chat.Sent))
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.come(irc, 8)
			meet(r)
			began := r.now
			r.restart(time.Second)
			r.come(irc, 8)
			for r.now.Sub(began) < 48*time.Minute {
				if ops := of[Operate](r); len(ops) > 0 {
					t.Fatalf("offered too early: %+v", ops)
				}
				r.do(Heartbeat{irc, nil})
				r.pass(10 * time.Second)
			}
			for len(of[Operate](r)) == 0 && r.now.Sub(began) < 2*time.Hour {
				r.do(Heartbeat{irc, nil})
				r.pass(10 * time.Second)
			}
			if op := r.operated(); r.textOf(op.Parts[0]) != "two" {
				t.Fatalf("%+v", op)
			}
		})
	}
}

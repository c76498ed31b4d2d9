package delivery

import (
	"testing"
	"time"

	"github.com/openchatops/oco/internal/chat"
)

// What was said to wait and has ended before anybody could read it is let go of, also
// where much of it waits in one room.
func TestNoticesThatSayNothingAnyMoreAreLetGoOf(t *testing.T) {
	r := newRig(t)
	var all []string
	for range 100 {
		all = append(all, r.ask(route("far", unordered, func(r *Route) { r.StaleAfter = time.Hour })))
	}
	r.pass(4 * time.Second)
	room := r.m.outlets[r.room.Key()]
	if len(r.m.outbox) != 100 || len(room.notices) != 100 {
		t.Fatalf("%d notices, %d in the room", len(r.m.outbox), len(room.notices))
	}
	for n, id := range all[1:] {
		r.do(CancelOf{Delivery: id, By: "op"})
		live := 100 // each that was cancelled has a notice that says so
		if len(room.notices) > 2*live+64 || len(room.notices) < live {
			t.Fatalf("%d entries after %d were cancelled", len(room.notices), n+1)
		}
	}
	r.come(irc, 1)
	posted := 0
	for range 100 {
		for _, op := range of[Operate](r) {
			posted += len(op.Parts)
			r.verdict(Committed, irc, sent(op.Lease, chat.Sent))
		}
		if len(of[Operate](r)) == 0 {
			r.pass(3 * time.Second)
		}
	}
	if posted != 100 {
		t.Errorf("%d were posted, want the 99 that were cancelled and the one that waits", posted)
	}
}

// A person may settle what ended badly by a word to the bot, and is told how it went.
func TestTheWordToSettle(t *testing.T) {
	r := newRig(t)
	r.come(far, 1)
	id := r.ask(route("far"))
	r.verdict(Committed, far, Completion{Lease: r.first(id), Kind: Fail})
	word := func(n byte, id string) {
		r.do(Admit{Events: []Event{{ID: "w", Dedup: [16]byte{99, n}, Word: Drop{Delivery: id, By: "alice"}, Asker: chat.Place{Room: "room:1:dm"}}}})
	}
	word(1, id)
	r.listed(id, false)
	r.saidContains("room:1:dm> " + id + " is settled: it will not run again.")
	word(2, id)
	r.saidContains("room:1:dm> " + id + " is not on the open list")
	if seen := r.do(Seen{Dedup: [16]byte{99, 2}}); seen != true {
		t.Errorf("an event that was admitted: %v", seen)
	}
	if seen := r.do(Seen{Dedup: [16]byte{99, 3}}); seen != false {
		t.Errorf("one that was not: %v", seen)
	}
}

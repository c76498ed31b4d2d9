package delivery

import (
	"slices"
	"strings"
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

// Notices for one place travel together up to a number and a size, whatever else waits
// among them (OCO-SIZ-4).
func TestWhichNoticesTravelTogether(t *testing.T) {
	const mostBytes, listed = 64 << 10, len("- \n")
	here, there := chat.Place{Room: "room:1:ops"}, chat.Place{Room: "room:1:ops", Thread: "t"}
	of := func(size int) *send { return &send{place: here, size: uint32(size)} }
	many := func(n int) (all []*send) {
		for range n {
			all = append(all, of(10))
		}
		return all
	}
	for name, c := range map[string]struct {
		size   int
		others []*send
		merged string // which of the others
	}{
		"alone":                 {10, nil, ""},
		"all that may":          {10, many(49), strings.Repeat("y", 49)},
		"one too many":          {10, many(50), strings.Repeat("y", 49) + "n"},
		"as large as may be":    {1000 - listed, []*send{of(mostBytes - 1000 - listed)}, "y"},
		"too large":             {1000 - listed, []*send{of(mostBytes - 1000 - listed + 1)}, "n"},
		"the second too large":  {1000 - listed, []*send{of(1000 - listed), of(mostBytes - 2000 - listed + 1)}, "yn"},
		"the second fits":       {1000 - listed, []*send{of(1000 - listed), of(mostBytes - 2000 - listed)}, "yy"},
		"a small one behind it": {1000 - listed, []*send{of(mostBytes), of(10)}, "ny"},
		"another place":         {10, []*send{{place: there}, of(10)}, "ny"},
		"perhaps posted":        {10, []*send{{place: here, unsure: true}, of(10)}, "ny"},
		"withdrawn":             {10, []*send{{place: here, withdrawn: true}, of(10)}, "-y"},
	} {
		o, line := of(c.size), &outlet{notices: slices.Clone(c.others)}
		for _, n := range c.others {
			if n.withdrawn {
				line.gone++
			}
		}
		line.gather(o)
		got := ""
		for _, n := range c.others {
			switch {
			case slices.Contains(o.merged, n) && !slices.Contains(line.notices, n):
				got += "y"
			case slices.Contains(line.notices, n) && !slices.Contains(o.merged, n):
				got += "n"
			default:
				got += "-"
			}
		}
		if got != c.merged || line.gone != 0 {
			t.Errorf("%s: %s, want %s; %d are gone", name, got, c.merged, line.gone)
		}
	}
	o, line := &send{place: here, unsure: true}, &outlet{notices: many(2)}
	if line.gather(o); len(o.merged) != 0 || len(line.notices) != 2 {
		t.Errorf("%d travel with one that was perhaps posted", len(o.merged))
	}
}

// A line does not keep what was withdrawn from it for long: when that is most of it,
// it goes.
func TestALineForgetsWhatWasWithdrawn(t *testing.T) {
	r := newRig(t)
	var all []string
	for range 100 {
		all = append(all, r.ask(route("far", unordered)))
	}
	r.pass(4 * time.Second)
	r.come(far, 100)
	room := r.m.outlets[r.room.Key()]
	elsewhere := KeyedSend{Key: "a", Place: chat.Place{User: "alice"}, Elsewhere: true, Text: "done"}
	for n, id := range all {
		r.verdict(Committed, far, Completion{Lease: r.first(id), Kind: DoneKind, Sends: []KeyedSend{elsewhere}})
		if live := len(all) - n - 1; len(room.notices) < live || len(room.notices) > 2*live+34 {
			t.Fatalf("%d entries of %d that wait", len(room.notices), live)
		}
	}
}

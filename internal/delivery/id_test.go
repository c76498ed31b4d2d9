package delivery

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/openchatops/oco/internal/chat"
)

// Drawn ids are ids, are told from others, and leave room for the key of a send.
func TestDraw(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	ids, seen := IDs{}, map[string]bool{}
	for n := range 10_000 {
		id := ids.Draw(KindDelivery, simStart.AddDate(-20*(n%2), 0, 0), r)
		if !IsID(KindDelivery, id) || IsID(KindSend, id) || !chat.ValidID(id) || len(id) > 60 || seen[id] {
			t.Fatalf("%q", id)
		}
		seen[id] = true
	}
	for _, id := range []string{"", "d", "d00000000000i", "d0000000000000", "m000000000000"} {
		if IsID(KindDelivery, id) {
			t.Errorf("%q is taken for one", id)
		}
	}
	if a, b := token("m1"), token("m2"); a == b || len(a) > 25 || a != token("m1") {
		t.Errorf("%q, %q", a, b)
	}
}

// Ids go up: with the clock, within one moment of it, and also when it goes back;
// those of another run of the bot are not met again (OCO-IDS-1).
func TestIDsGoUp(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	var ids IDs
	at, last := simStart, ""
	draw := func(d *IDs) {
		t.Helper()
		id := d.Draw(KindDelivery, at, r)
		if id <= last {
			t.Fatalf("%q after %q at %v", id, last, at)
		}
		last = id
	}
	for n := range 10_000 {
		switch n % 10 {
		case 3:
			at = at.Add(-time.Duration(r.IntN(1e7)))
		case 5, 6, 7:
			at = at.Add(time.Duration(r.IntN(1e7)))
		}
		draw(&ids)
	}
	for range 1 << countBits { // more than one millisecond has
		draw(&ids)
	}
	// The next process has a clock that is behind, and knows when this one lived.
	lived := at
	at = at.Add(-time.Hour)
	next := NewIDs(lived.Add(time.Second))
	for range 100 {
		draw(next)
	}
	var edge IDs
	for _, ms := range []int64{idEpoch - 1, idEpoch, idEpoch + 1<<41 - 1, idEpoch + 1<<41} {
		if id := edge.Draw(KindSend, time.UnixMilli(ms), r); !IsID(KindSend, id) {
			t.Errorf("%d: %q", ms, id)
		}
	}
	if id := edge.Draw(KindSend, time.UnixMilli(idEpoch), r); id[1] != 'z' {
		t.Errorf("%q: not behind the last of 2095", id)
	}
}

// An id says in which millisecond it was drawn, as long as not more were drawn than
// fit into it, and which of them is not to be guessed.
func TestAnIDHasItsTime(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	var ids IDs
	counts := map[uint64]bool{}
	for n := range 1000 {
		at := simStart.Add(time.Duration(n) * time.Hour)
		for range 3 {
			bits := uint64(0)
			for _, letter := range ids.Draw(KindDelivery, at, r)[1:] {
				bits = bits<<5 | uint64(strings.IndexRune(alphabet, letter))
			}
			if got := int64(bits>>countBits) + idEpoch; got != at.UnixMilli() {
				t.Fatalf("drawn at %d, it says %d", at.UnixMilli(), got)
			}
			counts[bits&(1<<countBits-1)] = true
		}
	}
	if len(counts) < 2900 {
		t.Errorf("3000 ids of 1000 milliseconds have only %d numbers in theirs", len(counts))
	}
}

// What ended while no replica came is let go of.
func TestReadyDoesNotGrow(t *testing.T) {
	r := newRig(t)
	first := r.ask(route("far", unordered), unaddressed)
	for n := range 1000 {
		id := r.ask(route("far", unordered), unaddressed)
		r.do(CancelOf{Delivery: id, By: "op"})
		if ready := len(r.m.plugins["far"].ready); ready > 64 {
			t.Fatalf("%d entries after %d deliveries", ready, n)
		}
	}
	if len(r.m.open) != 1 || len(r.m.timers) != 1 || r.m.Idle() {
		t.Fatalf("left over: %d alarms", len(r.m.timers))
	}
	r.come(far, 1)
	if l := r.offered(); l.Delivery != first {
		t.Fatalf("%+v", l)
	}
}

// A callback that hangs keeps one slot; only when all hang is the replica
// reported.
func TestHungIsReportedWhenAllSlotsHang(t *testing.T) {
	r := newRig(t)
	r.come(far, 2)
	first := r.ask(route("far", unordered))
	r.pass(15 * time.Second)
	second := r.ask(route("far", unordered))
	hung := func() (n int) {
		for _, f := range of[Report](r) {
			if f.Kind == "hung" {
				n++
			}
		}
		return n
	}
	all := 0
	for range 9 {
		r.pass(10 * time.Second)
		all += hung()
		r.do(Heartbeat{far, []Lease{r.first(first), r.first(second)}})
	}
	if all != 1 {
		t.Fatalf("reported %d times", all)
	}
}

// The options that are not given are those of the specification.
func TestDefaultOptions(t *testing.T) {
	o := Options{BotName: "bot", Backoff: []time.Duration{time.Hour}}.withDefaults()
	d := DefaultOptions()
	if o.LeaseTerm != d.LeaseTerm || o.DedupLeast != d.DedupLeast || o.BotName != "bot" || o.Backoff[0] != time.Hour {
		t.Fatalf("%+v", o)
	}
	if d.LeaseTerm != 30*time.Second || d.RestartHold != 15*time.Second || d.NoticeGap != 2*time.Second || d.WaitTold != 3*time.Second || d.DedupKeep != 24*time.Hour {
		t.Fatalf("%+v", d)
	}
}

package delivery

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/openchatops/oco/internal/chat"
)

// Drawn ids are ids, are told from others, and leave room for the key of a send.
func TestDrawID(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	seen := map[string]bool{}
	for range 10_000 {
		id := DrawID(KindDelivery, r)
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

package delivery

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/store"
)

// A batch without a checkpoint leaves the one before as it is.
func TestACheckpointStaysUntilAnotherComes(t *testing.T) {
	r := newRig(t)
	r.come(irc, 1)
	for n, c := range []struct{ published, stands string }{{"", ""}, {"c1", "c1"}, {"", "c1"}, {"c2", "c2"}, {"c2", "c2"}} {
		a := r.do(Admit{Account: "account:1", Epoch: 1, From: irc, Checkpoint: c.published}).(Admitted)
		if row := r.accountRow(); a.Checkpoint != c.stands || row.Checkpoint != c.stands {
			t.Errorf("%d: published %q, it stands at %q, on disk %q, want %q", n, c.published, a.Checkpoint, row.Checkpoint, c.stands)
		}
	}
}

// OCO-DLV-41: a queue is filled to the brim, in number and in bytes, of one plugin
// and of all, and what comes then is refused.
func TestQueuesAreFilledToTheBrim(t *testing.T) {
	for name, o := range map[string]Options{
		"number of one": {QueueItems: 3},
		"bytes of one":  {QueueBytes: 3 * int64(len("payload"))},
		"number of all": {TotalItems: 3},
		"bytes of all":  {TotalBytes: 3 * int64(len("payload"))},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, func(is *Options) { *is = o })
			for range 3 {
				r.open(r.ask(route("far")))
			}
			r.outcome(r.ask(route("far")), chat.Refused)
			other := r.ask(route("kid"))
			if o.TotalItems+int(o.TotalBytes) > 0 {
				r.outcome(other, chat.Refused)
			} else {
				r.open(other)
			}
		})
	}
}

// The age that an event had when it came in is not lost by a restart (OCO-DLV-30).
func TestAgeSurvivesARestart(t *testing.T) {
	r := newRig(t)
	n := NewDelivery{ID: "d", Route: route("far"), Addressed: true, User: "alice", Place: r.room}
	r.do(Admit{Events: []Event{{ID: "e", Dedup: [16]byte{1}, Payload: []byte("p"), Occurred: r.now.Add(-4 * time.Minute), Deliveries: []NewDelivery{n}}}})
	r.pass(10 * time.Second)
	r.restart(time.Second)
	r.pass(48 * time.Second)
	r.open("d")
	r.pass(2 * time.Second)
	r.outcome("d", chat.Expired)
}

// A machine keeps nothing of deliveries that have ended: equal routes and origins
// are shared by those that are open and go with the last of them.
func TestNothingIsKeptOfWhatEnded(t *testing.T) {
	r := newRig(t)
	r.come(far, 9)
	end := func(id string) {
		r.verdict(Committed, far, Completion{Lease: r.first(id), Kind: DoneKind})
	}
	kept := func(open int) {
		t.Helper()
		if len(r.m.origins) != min(open, 1) || len(r.m.routes) != min(open, 1) || len(r.m.open) != open {
			t.Fatalf("%d open: %d origins, %d routes", len(r.m.open), len(r.m.origins), len(r.m.routes))
		}
	}
	a, b := r.ask(route("far", unordered)), r.ask(route("far", unordered))
	if kept(2); r.m.open[a].from != r.m.open[b].from || r.m.open[a].route != r.m.open[b].route {
		t.Error("equal origins or routes are not shared")
	}
	end(a)
	kept(1)
	c := r.ask(route("far", unordered))
	if kept(2); r.m.open[b].from != r.m.open[c].from {
		t.Error("an origin was forgotten while a delivery of it is open")
	}
	end(b)
	kept(1)
	end(c)
	kept(0)
}

// Size is what bounds a batch of the engine: what is matched counts, and the
// payload of each event.
func TestASessionKnowsHowMuchItWrites(t *testing.T) {
	size := func(match, payload int) int {
		r := newRig(t)
		s := r.m.Begin(r.now, &store.Batch{})
		for n := range 3 {
			d := NewDelivery{ID: fmt.Sprintf("d%d", n), Route: route("far"), Match: bytes.Repeat([]byte("m"), match), Place: r.room}
			s.Step(1, Admit{Events: []Event{{ID: fmt.Sprintf("e%d", n), Dedup: [16]byte{byte(n)}, Payload: bytes.Repeat([]byte("p"), payload), Deliveries: []NewDelivery{d}}}}, nil)
		}
		return s.Size()
	}
	if more := size(1000, 1) - size(0, 1); more != 3000 {
		t.Errorf("three matches of 1000 bytes count %d", more)
	}
	if more := size(1, 2000) - size(1, 1000); more != 3000 {
		t.Errorf("three payloads that are 1000 bytes larger count %d", more)
	}
}

// A generation of hashes lasts as long as it must and until it is as large as it
// must be, whenever it began (OCO-DLV-4).
func TestAGenerationLastsAsLongAsItMust(t *testing.T) {
	r := newRig(t, func(o *Options) { o.DedupLeast, o.DedupMost, o.DedupKeep = 3, 5, time.Hour })
	n := byte(0)
	publish := func(generation uint32) (crowded time.Duration) {
		t.Helper()
		n++
		r.do(Admit{Events: []Event{{ID: fmt.Sprint("e", n), Dedup: [16]byte{n}}}})
		if r.m.dedup.number != generation {
			t.Fatalf("event %d is in generation %d, want %d", n, r.m.dedup.number, generation)
		}
		for _, f := range of[Report](r) {
			if f.Kind == "crowded" {
				crowded = f.Took
			}
		}
		return crowded
	}
	r.now = r.now.Add(5 * time.Hour)
	publish(0)
	publish(0)
	r.now = r.now.Add(time.Hour)
	publish(0) // old, and not large
	publish(1) // both
	r.now = r.now.Add(time.Hour - 1)
	for range 3 {
		publish(1) // large, and not old
	}
	r.now = r.now.Add(1)
	publish(2)
	r.now = r.now.Add(10 * time.Minute)
	for range 4 {
		publish(2)
	}
	r.now = r.now.Add(10 * time.Minute)
	if took := publish(3); took != 20*time.Minute {
		t.Errorf("it is said to have lasted %s", took)
	}
}

package delivery

import (
	"encoding/binary"
	"testing"
	"time"
)

// A generation that is full turns over before its time, and that is said: memory has
// a bound. One that is merely large or merely old does not, so that each event is
// remembered for a day and a million others (OCO-DLV-57).
func TestDedupHasABound(t *testing.T) {
	r := newRig(t, func(o *Options) { o.DedupLeast, o.DedupMost, o.DedupKeep = 10, 25, time.Hour })
	publish := func(n uint64) (early bool) {
		t.Helper()
		e := Event{ID: "e"}
		binary.BigEndian.PutUint64(e.Dedup[:], n)
		if a := r.do(Admit{Events: []Event{e}}).(Admitted); a.Admitted != 1 {
			t.Fatalf("%d was not admitted", n)
		}
		for _, report := range of[Report](r) {
			early = early || report.Kind == "crowded" && report.Detail != ""
		}
		if n := r.do(Inspect{}).(Snapshot).Dedup; n > 2*25 {
			t.Fatalf("%d are remembered", n)
		}
		return early
	}
	for n := range uint64(25) {
		if publish(n) {
			t.Fatalf("early at %d", n)
		}
	}
	for n := uint64(25); n < 100; n++ {
		if got, want := publish(n), n%25 == 0; got != want {
			t.Fatalf("early at %d: %t", n, got)
		}
	}
	r.now = r.now.Add(2 * time.Hour) // 25 are there: old and large
	if publish(100) || r.m.dedup.number != 4 || len(r.m.dedup.younger) != 1 {
		t.Fatal("what is old and full is early")
	}
	r.now = r.now.Add(2 * time.Hour) // one is there: old and small
	if publish(101); len(r.m.dedup.younger) != 2 {
		t.Fatal("a small generation turned over")
	}
	if s := r.do(Inspect{}).(Snapshot); s.DedupEarly != 3 {
		t.Fatalf("%d times early", s.DedupEarly)
	}
}

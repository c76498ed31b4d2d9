package delivery

import (
	"testing"
	"time"
)

// What the names and times of a command meant stays with what was said: a retry
// brings no other unless it had to find them out, and it goes with the text
// (OCO-RTE-57).
func TestWhatWasMeantStaysWithTheText(t *testing.T) {
	r := newRig(t)
	r.come(far, 1)
	r.do(Admit{Events: []Event{{
		ID: "e", Dedup: [16]byte{9}, Payload: []byte("payload"), Meant: []byte("bob is user 7"),
		Deliveries: []NewDelivery{{ID: "d", Route: route("far"), Match: []byte("m"), Addressed: true, User: "alice", Place: r.room}},
	}}})
	want := func(meant string) {
		t.Helper()
		if got := r.event("e").Meant; string(got) != meant {
			t.Fatalf("%q is kept, want %q", got, meant)
		}
	}
	want("bob is user 7")
	r.verdict(Committed, far, Completion{Lease: r.first("d"), Kind: Fail})
	r.do(r.again("d", "x1"))
	want("bob is user 7")
	r.verdict(Committed, far, Completion{Lease: Lease{"x1", "x1.1"}, Kind: Fail})
	again := r.again("x1", "x2")
	again.Meant = []byte("bob is user 8")
	r.do(again)
	want("bob is user 8")
	r.verdict(Committed, far, Completion{Lease: Lease{"x2", "x2.1"}, Kind: Fail})
	r.do(Drop{Delivery: "x2", By: "op"})
	r.pass(time.Hour)
	r.retain(Kept{Records: 1000 * time.Hour, Most: 1000, Text: time.Minute})
	want("")
	if !r.event("e").Bare {
		t.Fatal("the text is kept")
	}
}

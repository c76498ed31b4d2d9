package engine

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openchatops/oco/internal/delivery"
)

func putEntries(n int, ttl time.Duration) delivery.Transact {
	in := delivery.Transact{Transaction: delivery.Transaction{Namespace: "ns"}}
	for i := range n {
		in.Writes = append(in.Writes, delivery.EntryWrite{Op: delivery.PutEntry, Key: fmt.Sprint(ttl, i), Value: make([]byte, 2000), TTL: ttl})
	}
	return in
}

// What is over is gone for readers at its moment, and from the store within two
// seconds; what is not over stays (OCO-STO-15).
func TestWhatIsOverGoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newGated()
		e := open(t, st, Options{})
		defer e.Stop()
		must(t, e, putEntries(3, 10*time.Second))
		must(t, e, putEntries(1000, time.Minute)) // more than one round takes
		must(t, e, putEntries(2, 0))
		rows := func() (n int) {
			st.set(func() {
				for key := range st.rows {
					if strings.HasPrefix(key, "w/") || strings.HasPrefix(key, "b/") || strings.HasPrefix(key, "z/") {
						n++
					}
				}
			})
			return n
		}
		seen := func(key string) bool {
			_, found, err := delivery.ReadEntry(st, "ns", key, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			return found
		}
		time.Sleep(10*time.Second - time.Millisecond)
		if !seen("10s 0") {
			t.Fatal("gone too soon")
		}
		time.Sleep(time.Millisecond)
		if seen("10s 0") {
			t.Fatal("shown when it is over")
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if got, want := rows(), 3*1000+2*2; got != want {
			t.Fatalf("%d rows, want %d", got, want)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if got := rows(); got != 2*2 || !seen("0s 0") {
			t.Fatalf("%d rows are left", got)
		}
		revision, err := delivery.ReadRevision(st, "ns")
		if err != nil || revision < 5 {
			t.Fatalf("revision %d: %v", revision, err)
		}
	})
}

// A sweep that cannot read is told, and tried again.
func TestASweepIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newGated()
		e := open(t, st, Options{})
		defer e.Stop()
		must(t, e, putEntries(1, time.Second))
		st.set(func() { st.rows["z/x"] = nil }) // damaged, and behind what is over
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if _, there := st.rows["z/x"]; !there {
			t.Fatal("what is damaged was removed")
		}
		st.set(func() { delete(st.rows, "z/x") })
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if _, err := st.Get([]byte("w/ns/1s 0")); err == nil {
			t.Fatal("it is still there")
		}
	})
}

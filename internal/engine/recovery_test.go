package engine

import (
	"encoding/binary"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/store/pebblestore"
)

// fillStore makes a store with events that were seen and with open deliveries,
// in batches as a bot writes them.
func fillStore(tb testing.TB, dir string, seen, opened int) {
	tb.Helper()
	st, err := pebblestore.Open(dir, pebblestore.Options{NoSync: true})
	if err != nil {
		tb.Fatal(err)
	}
	e := open(tb, st, Options{Delivery: delivery.Options{
		QueueItems: 1 << 30, QueueBytes: 1 << 40, TotalItems: 1 << 30, TotalBytes: 1 << 40, WaitTold: time.Hour,
	}})
	const batch = 1000
	for from := 0; from < seen; from += batch {
		var in delivery.Admit
		for n := from; n < from+batch; n++ {
			ev := delivery.Event{ID: fmt.Sprintf("event:1:%d", n), Payload: make([]byte, 500)}
			binary.BigEndian.PutUint64(ev.Dedup[:], uint64(n)*0x9E3779B97F4A7C15)
			binary.BigEndian.PutUint64(ev.Dedup[8:], uint64(n))
			if n < opened {
				c := command(fmt.Sprintf("d%012d", n), chat.OrderUser).Events[0].Deliveries[0]
				c.User, c.Place.Room = fmt.Sprintf("user:1:U%08d", n%1000), fmt.Sprintf("room:1:C%08d", n%50)
				c.Route.StaleAfter = 24 * time.Hour
				ev.Deliveries = []delivery.NewDelivery{c}
			}
			in.Events = append(in.Events, ev)
		}
		must(tb, e, in)
	}
	e.Stop()
	if err := st.Close(); err != nil {
		tb.Fatal(err)
	}
}

// recoverStore opens what fillStore made and says how long until the engine is
// ready.
func recoverStore(tb testing.TB, dir string, opened, seen int) (store, ready time.Duration) {
	tb.Helper()
	began := time.Now()
	st, err := pebblestore.Open(dir, pebblestore.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	store = time.Since(began)
	e := open(tb, st, Options{})
	ready = time.Since(began)
	if s := must(tb, e, delivery.Inspect{}).(delivery.Snapshot); s.Open != opened || s.Dedup != seen {
		tb.Fatalf("%d open, %d seen", s.Open, s.Dedup)
	}
	e.Stop()
	if err := st.Close(); err != nil {
		tb.Fatal(err)
	}
	return store, ready
}

// A start with a million events that were seen and 100,000 open deliveries: the
// bar is 2 s. It says the figure; the check is on what is there.
func TestTortureRecovery(t *testing.T) {
	if os.Getenv("OCO_TORTURE") == "" {
		t.Skip("OCO_TORTURE=1 runs it: it writes a million rows")
	}
	dir := t.TempDir()
	fillStore(t, dir, 1_000_000, 100_000)
	for range 3 {
		opened, ready := recoverStore(t, dir, 100_000, 1_000_000)
		t.Logf("ready after %s, of which the store took %s; the bar is 2 s", ready, opened)
	}
}

func BenchmarkRecovery(b *testing.B) {
	dir := b.TempDir()
	fillStore(b, dir, 100_000, 10_000)
	for b.Loop() {
		recoverStore(b, dir, 10_000, 100_000)
	}
}

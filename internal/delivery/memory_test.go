package delivery

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/store"
)

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// A dedup entry takes at most 48 bytes of memory, at any fill of its table.
func TestDedupEntryFits(t *testing.T) {
	m := New(Options{}, simStart, rand.New(rand.NewPCG(1, 1)))
	before := heap()
	worst := 0.0
	for n := range 1_000_000 {
		var h [16]byte
		binary.BigEndian.PutUint64(h[:], rand.Uint64())
		binary.BigEndian.PutUint64(h[8:], uint64(n))
		m.dedup.younger[h] = struct{}{}
		if n >= 200_000 && n%80_000 == 0 {
			worst = max(worst, float64(heap()-before)/float64(n+1))
		}
	}
	t.Logf("%.1f bytes an entry at the worst", worst)
	if worst > 48 {
		t.Errorf("%.1f bytes an entry, at most 48", worst)
	}
	runtime.KeepAlive(m)
}

// A queued delivery takes at most 400 bytes of memory, all told: an event of its
// own, 1,000 people in 50 rooms, each with ids as services make them.
func TestQueuedDeliveryFits(t *testing.T) {
	const n = 20_000
	m := New(Options{QueueItems: 1 << 30, TotalItems: 1 << 30, QueueBytes: 1 << 40, TotalBytes: 1 << 40}, simStart, rand.New(rand.NewPCG(1, 1)))
	r := Route{
		Plugin: "deployer", Name: "deploy", Definition: "0123456789abcdef", RunPolicy: chat.Once, Order: chat.OrderUser,
		Notice: chat.NoticePerson, MaxRun: time.Minute, StaleAfter: 5 * time.Minute, MaxAttempts: 5,
	}
	before := heap()
	batch := &store.Batch{}
	for i := range n {
		user := fmt.Sprintf("user:1:U%08d", i%1000)
		e := Event{
			ID: fmt.Sprintf("event:1:%d.%06d", 1_700_000_000, i), Payload: make([]byte, 500),
			Deliveries: []NewDelivery{{
				ID: m.ids.Draw(KindDelivery, simStart, m.rand), Route: r, Match: []byte("match"), Addressed: true, User: user,
				Place: chat.Place{Room: fmt.Sprintf("room:1:C%08d", i%50)}, Decision: "everyone may",
			}},
		}
		binary.BigEndian.PutUint64(e.Dedup[:], uint64(i))
		batch.Reset()
		s := m.Begin(simStart, batch)
		s.Step(1, Admit{Events: []Event{e}}, Facts{})
		s.End()
	}
	batch = nil
	clear(m.dedup.younger)
	m.dedup = newDedup(0, 0, 0)
	got := float64(heap()-before) / n
	t.Logf("%.0f bytes a queued delivery", got)
	if len(m.open) != n || m.waiting != n {
		t.Fatalf("%d are open", len(m.open))
	}
	if got > 400 {
		t.Errorf("%.0f bytes a queued delivery, at most 400", got)
	}
	runtime.KeepAlive(m)
}

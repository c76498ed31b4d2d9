package delivery

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/store"
)

// BenchmarkLease is what it takes to hand out a command and to take it back, 64 in
// flight, beside 1,000 alarms of others.
func BenchmarkLease(b *testing.B) {
	m := New(Options{}, simStart, rand.New(rand.NewPCG(1, 1)))
	batch := &store.Batch{}
	s := &m.Begin(simStart, batch).s
	r := m.addReplica(m.pluginOf("far"), "f1")
	r.sink, r.credit = 1, 64
	for i := range 1000 {
		m.set(m.addReplica(m.pluginOf("others"), fmt.Sprint(i)), int64(m.opt.LeaseTerm)+int64(i))
	}
	of := m.intern(route("far", unordered))
	from := m.origin(origin{"alice", chat.Place{Room: "ops"}, "everyone may"})
	flight := make([]*delivery, 64)
	for i := range flight {
		flight[i] = &delivery{id: fmt.Sprintf("d%012d", i), event: &event{id: "e"}, route: of, from: from, aging: noAge, address: true}
	}
	b.ReportAllocs()
	for i := range b.N {
		d := flight[i%len(flight)]
		if d.lease != nil {
			m.free(d.lease)
			d.lease = nil
		}
		s.at++
		batch.Reset()
		s.frames, s.replies = s.frames[:0], s.replies[:0]
		m.lease(s, d, r)
	}
}

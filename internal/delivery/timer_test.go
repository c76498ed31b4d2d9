package delivery

import (
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/openchatops/oco/internal/store"
)

// A bell notes when it rang.
type bell struct {
	slot
	rang []int64
	next int64 // when it wants to ring again; 0: not
}

func (b *bell) fire(m *Machine, s *step) {
	b.rang = append(b.rang, s.at)
	if b.next > s.at {
		m.set(b, b.next)
	}
}

// Alarms go off at their time, the earliest first, each once; one that is set anew
// or stopped does not go off as it was set before.
func TestAlarms(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := New(Options{}, simStart, rand.New(rand.NewPCG(1, 1)))
		now := int64(0)
		bells := make([]*bell, rapid.IntRange(1, 12).Draw(t, "bells"))
		for i := range bells {
			bells[i] = &bell{}
		}
		armed := map[*bell]int64{} // the model
		for range rapid.IntRange(1, 60).Draw(t, "actions") {
			b := rapid.SampledFrom(bells).Draw(t, "bell")
			switch rapid.SampledFrom([]string{"set", "set", "set", "stop", "pass"}).Draw(t, "action") {
			case "set":
				at := now + int64(rapid.IntRange(1, 20).Draw(t, "in"))
				m.set(b, at)
				armed[b] = at
				b.next = at + int64(rapid.IntRange(0, 5).Draw(t, "again"))
			case "stop":
				m.stop(b)
				delete(armed, b)
			case "pass":
				now += int64(rapid.IntRange(0, 8).Draw(t, "pass"))
				before := map[*bell]int{}
				for _, b := range bells {
					before[b] = len(b.rang)
				}
				s := m.Begin(m.base.Add(time.Duration(now)), &store.Batch{})
				s.Step(0, Tick{}, nil)
				s.End()
				for _, b := range bells {
					want := 0
					if at, ok := armed[b]; ok && at <= now {
						want = 1
						if delete(armed, b); b.next > now {
							armed[b] = b.next
						}
					}
					if got := len(b.rang) - before[b]; got != want {
						t.Fatalf("a bell rang %d times, want %d", got, want)
					}
				}
			}
			first, any := int64(0), false
			for _, at := range armed {
				if !any || at < first {
					first, any = at, true
				}
			}
			if next, ok := m.Next(); ok != any || ok && int64(next.Sub(m.base)) != first {
				t.Fatalf("the next alarm: %v %t, want %d %t", next.Sub(m.base), ok, first, any)
			}
			if len(m.timers) != len(armed) {
				t.Fatalf("%d alarms, want %d", len(m.timers), len(armed))
			}
		}
	})
}

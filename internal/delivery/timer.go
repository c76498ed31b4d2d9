package delivery

import (
	"container/heap"
	"time"
)

// A timer is a moment at which something of the machine's must be looked at
// again. It is part of what it belongs to and is in the heap at most once.
type timer struct {
	at  int64 // nanoseconds since Machine.base
	pos int32 // index in the heap plus one; 0: not set
	due due   // what to look at
}

// due is anything that has a timer. fire looks at what is due at this moment
// and sets the timer anew if more will be.
type due interface {
	fire(m *Machine, s *step)
}

type timers []*timer

func (h timers) Len() int           { return len(h) }
func (h timers) Less(i, j int) bool { return h[i].at < h[j].at }
func (h timers) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].pos, h[j].pos = int32(i+1), int32(j+1)
}
func (h *timers) Push(x any) {
	t := x.(*timer)
	*h = append(*h, t)
	t.pos = int32(len(*h))
}
func (h *timers) Pop() any {
	old := *h
	t := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	t.pos = 0
	return t
}

// set arms t for at, replacing what it was armed for.
func (m *Machine) set(t *timer, at int64) {
	t.at = at
	if t.pos == 0 {
		heap.Push(&m.timers, t)
		return
	}
	heap.Fix(&m.timers, int(t.pos-1))
}

// stop disarms t.
func (m *Machine) stop(t *timer) {
	if t.pos != 0 {
		heap.Remove(&m.timers, int(t.pos-1))
	}
}

// Next is when the next Tick is due; ok is false if nothing is.
func (m *Machine) Next() (at time.Time, ok bool) {
	if len(m.timers) == 0 {
		return time.Time{}, false
	}
	return m.base.Add(time.Duration(m.timers[0].at)), true
}

// ring fires every timer that is due.
func (m *Machine) ring(s *step) {
	for len(m.timers) > 0 && m.timers[0].at <= s.at {
		t := heap.Pop(&m.timers).(*timer)
		t.due.fire(m, s)
	}
}

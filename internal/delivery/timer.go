package delivery

import "time"

// An alarm is a moment at which something of the machine's must be looked at
// again. Each thing has at most one in the heap.
type alarm struct {
	at  int64 // nanoseconds since Machine.base
	due due
}

// due is anything that has an alarm. fire looks at what is due at this moment
// and sets the alarm anew if more will be; it must set it to a later moment.
type due interface {
	fire(m *Machine, s *step)
	alarm() *slot
}

// slot is the index of a thing's alarm in the heap plus one; 0: it has none.
type slot int32

func (p *slot) alarm() *slot { return p }

// timers is a heap of alarms, the next one first.
type timers []alarm

func (h timers) put(i int, a alarm) {
	h[i] = a
	*a.due.alarm() = slot(i + 1)
}

func (h timers) up(i int, a alarm) {
	for i > 0 && a.at < h[(i-1)/2].at {
		h.put(i, h[(i-1)/2])
		i = (i - 1) / 2
	}
	h.put(i, a)
}

func (h timers) down(i int, a alarm) {
	for {
		child := 2*i + 1
		if child >= len(h) {
			break
		}
		if child+1 < len(h) && h[child+1].at < h[child].at {
			child++
		}
		if a.at <= h[child].at {
			break
		}
		h.put(i, h[child])
		i = child
	}
	h.put(i, a)
}

// move puts a where it belongs, beginning at the free place i.
func (h timers) move(i int, a alarm) {
	if i > 0 && a.at < h[(i-1)/2].at {
		h.up(i, a)
		return
	}
	h.down(i, a)
}

// set arms d for at, replacing what it was armed for.
func (m *Machine) set(d due, at int64) {
	if p := *d.alarm(); p != 0 {
		m.timers.move(int(p-1), alarm{at, d})
		return
	}
	m.timers = append(m.timers, alarm{})
	m.timers.up(len(m.timers)-1, alarm{at, d})
}

// setSooner arms d for at, unless it is armed for a sooner moment.
func (m *Machine) setSooner(d due, at int64) {
	if p := *d.alarm(); p == 0 || at < m.timers[p-1].at {
		m.set(d, at)
	}
}

// stop disarms d.
func (m *Machine) stop(d due) {
	p := d.alarm()
	i := int(*p) - 1
	if i < 0 {
		return
	}
	*p = 0
	last := m.timers[len(m.timers)-1]
	m.timers[len(m.timers)-1] = alarm{}
	m.timers = m.timers[:len(m.timers)-1]
	if i < len(m.timers) {
		m.timers.move(i, last)
	}
}

// Next is when the next Tick is due; ok is false if nothing is.
func (m *Machine) Next() (at time.Time, ok bool) {
	if len(m.timers) == 0 {
		return time.Time{}, false
	}
	return m.base.Add(time.Duration(m.timers[0].at)), true
}

// ring fires every alarm that is due.
func (m *Machine) ring(s *step) {
	for len(m.timers) > 0 && m.timers[0].at <= s.at {
		d := m.timers[0].due
		m.stop(d)
		d.fire(m, s)
	}
}

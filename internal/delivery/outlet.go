package delivery

import (
	"slices"

	"github.com/openchatops/oco/internal/chat"
)

// An outlet is the line in which the messages and operations of one room wait:
// sends in the order in which they were made, and notices, which may wait for
// others to travel with.

// line puts a send at the end of its room's line.
func (m *Machine) line(o *send) {
	t := m.outletOf(o.place)
	if o.reason == chat.ForNotice {
		t.notices = append(t.notices, o)
	} else {
		t.sends = append(t.sends, o)
	}
	m.waitsIn(t, o)
}

// lineFirst puts sends back to the head of their line.
func (m *Machine) lineFirst(t *outlet, all ...*send) {
	if all[0].reason == chat.ForNotice {
		t.notices = slices.Insert(t.notices, 0, all...)
	} else {
		t.sends = slices.Insert(t.sends, 0, all...)
	}
	for _, o := range all {
		m.waitsIn(t, o)
	}
}

func (m *Machine) waitsIn(t *outlet, o *send) {
	if end := m.endOf(o); end < t.over {
		t.over = end
		m.setSooner(t, end)
	}
	m.pump(t)
}

func (m *Machine) outletOf(p chat.Place) *outlet {
	return m.outletAt(p.Key())
}

func (m *Machine) outletAt(key string) *outlet {
	t := m.outlets[key]
	if t == nil {
		t = &outlet{key: key, said: noAge, hold: noAge, over: never}
		m.outlets[key] = t
	}
	return t
}

// next takes the send whose turn it is: in the order in which they were made,
// but a notice not sooner than the gap after the last one, and then sends
// overtake it. If it is nobody's turn, it says when to look again. What the
// service put off puts off its room.
func (t *outlet) next(at, gap int64) (o *send, when int64) {
	if t.hold > at {
		return nil, t.hold
	}
	t.skip()
	var first, notice *send
	if len(t.sends) > 0 {
		first = t.sends[0]
	}
	if len(t.notices) > 0 {
		notice = t.notices[0]
	}
	when = never
	if notice != nil && notice.offers == 0 && t.said != noAge && at < t.said+gap {
		notice, when = nil, t.said+gap
	}
	switch {
	case first == nil && notice == nil:
		return nil, when
	case notice == nil || first != nil && first.row < notice.row:
		t.sends = butFirst(t.sends)
		return first, 0
	}
	t.notices = butFirst(t.notices)
	return notice, 0
}

// butFirst is a line without its first.
func butFirst(line []*send) []*send {
	line[0] = nil
	if len(line) == 1 {
		return line[:0]
	}
	return line[1:]
}

// gather merges the notices that wait for the same place into one message, as
// long as that is no larger than a message may be (OCO-SIZ-4). One that may have
// been posted already stays what it was.
func (t *outlet) gather(o *send) {
	const most, mostBytes, listed = 50, 64 << 10, uint32(len("- \n"))
	if o.unsure {
		return
	}
	rest, size := t.notices[:0], o.size+listed
	for _, n := range t.notices {
		if n.withdrawn {
			t.gone--
			continue
		}
		if n.place == o.place && !n.unsure && len(o.merged) < most-1 && size+n.size+listed <= mostBytes {
			o.merged, size = append(o.merged, n), size+n.size+listed
			continue
		}
		rest = append(rest, n)
	}
	clear(t.notices[len(rest):])
	t.notices = rest
}

// scatter ends that notices travel together. They were surely not posted.
func (m *Machine) scatter(s *step, o *send) []*send {
	all := append([]*send{o}, o.merged...)
	for _, part := range o.merged {
		part.lead = nil
		m.writeSend(s, part)
	}
	o.merged = nil
	return all
}

// rest lets a room in which it is nobody's turn sleep until something of it is
// due, or forgets it.
func (m *Machine) rest(s *step, t *outlet, when int64) {
	if len(t.sends)+len(t.notices) == 0 {
		t.over = never
		if t.said != noAge && when == never && s.at < t.said+int64(m.opt.NoticeGap) {
			when = t.said + int64(m.opt.NoticeGap) // remembered for the gap
		}
	}
	if when = min(when, t.over); when == never {
		m.stop(t)
		m.goOn(s, t)
		delete(m.outlets, t.key)
		return
	}
	m.set(t, when)
}

// fire ends what is not worth posting any more and looks who is next.
func (t *outlet) fire(m *Machine, s *step) {
	switch {
	case t.over <= s.at:
		m.expire(s, t)
	case t.over != never:
		m.set(t, t.over)
	}
	m.pump(t)
	if t.idle() {
		m.prunePumps(s)
	}
}

// idle says that nothing of a room waits or is under way.
func (t *outlet) idle() bool { return t.busy == nil && len(t.sends)+len(t.notices) == 0 }

// prunePumps lets go of rooms of which nothing waits any more, if half of those that
// may have something to send are such: without an adapter nobody else looks at them.
func (m *Machine) prunePumps(s *step) {
	if m.idle++; m.idle <= 32 || m.idle <= len(m.pumps)/2 {
		return
	}
	m.idle = 0
	m.pumps = slices.DeleteFunc(m.pumps, func(t *outlet) bool {
		if !t.idle() {
			return false
		}
		t.dirty = false
		_, when := t.next(s.at, int64(m.opt.NoticeGap))
		m.rest(s, t, when)
		return true
	})
}

// withdraw takes a send that waits out of its line. Its entry goes when it comes
// to the head, or when half of the line is such entries.
func (t *outlet) withdraw(o *send) {
	o.withdrawn = true
	if t.gone++; t.gone > 32 && t.gone > (len(t.sends)+len(t.notices))/2 {
		t.sends = slices.DeleteFunc(t.sends, isWithdrawn)
		t.notices = slices.DeleteFunc(t.notices, isWithdrawn)
		t.gone = 0
	}
}

func isWithdrawn(o *send) bool { return o.withdrawn }

// skip drops what was withdrawn from the heads of the line.
func (t *outlet) skip() {
	for len(t.sends) > 0 && t.sends[0].withdrawn {
		t.sends = butFirst(t.sends)
		t.gone--
	}
	for len(t.notices) > 0 && t.notices[0].withdrawn {
		t.notices = butFirst(t.notices)
		t.gone--
	}
}

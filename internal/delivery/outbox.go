package delivery

import (
	"time"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/record"
)

// sendMaxRun is how long the adapter may take over one send.
const sendMaxRun = time.Minute

// sendAttempts is how often the adapter may ask for another attempt.
const sendAttempts = 20

// enqueue puts a message into the outbox, behind what is there for its room.
func (m *Machine) enqueue(s *step, ev *event, delivery string, n NewSend, waiters []Token) *send {
	if n.ID == "" {
		n.ID = DrawID(KindSend, m.rand)
	}
	m.row++
	o := &send{
		id: n.ID, row: m.row, event: ev, delivery: delivery, place: n.Place, text: n.Text, replyTo: n.ReplyTo,
		reason: n.Reason, madeMS: ms(s.now), waiters: waiters,
	}
	if ev != nil {
		m.hold(ev)
	}
	s.made = append(s.made, o)
	s.sync = true
	m.outbox[o.id] = o
	m.line(o)
	return o
}

// line puts a send at the end of its room's line.
func (m *Machine) line(o *send) {
	t := m.outletOf(o.place)
	if o.reason == chat.ForNotice {
		t.notices = append(t.notices, o)
	} else {
		t.sends = append(t.sends, o)
	}
	m.pump(t)
}

func (m *Machine) outletOf(p chat.Place) *outlet {
	t := m.outlets[p.Key()]
	if t == nil {
		t = &outlet{key: p.Key(), said: noAge}
		t.timer.due = t
		m.outlets[t.key] = t
	}
	return t
}

// pump notes that a room may have something to send.
func (m *Machine) pump(t *outlet) {
	if !t.dirty {
		t.dirty = true
		m.pumps = append(m.pumps, t)
	}
}

// pumpAll hands the adapter what can be handed out now: one message a room,
// rooms in the order in which they had something to say.
func (m *Machine) pumpAll(s *step) {
	rest := m.pumps[:0]
	for i, t := range m.pumps {
		r := m.adapter()
		if r == nil || !r.free() {
			rest = append(rest, m.pumps[i:]...)
			break
		}
		t.dirty = false
		m.sendNext(s, t, r)
	}
	clear(m.pumps[len(rest):])
	m.pumps = rest
	if r := m.adapter(); r != nil {
		m.closePulls(s, r.plugin)
	}
}

// adapter is the active replica of the adapter, or nil. Version 1 has one
// account; nothing else here assumes so.
func (m *Machine) adapter() *replica {
	for _, a := range m.accounts {
		if a.active != nil {
			return a.active
		}
	}
	return nil
}

// sendNext hands out what a room has to say next.
func (m *Machine) sendNext(s *step, t *outlet, r *replica) {
	if t.busy != nil {
		return
	}
	o := t.next(s.at, int64(m.opt.NoticeGap))
	if o == nil {
		m.rest(s, t)
		return
	}
	if o.reason == chat.ForNotice {
		t.said = s.at
		t.gather(o)
	}
	t.busy = o
	a := m.accountOf(r)
	o.attempt++
	l := &lease{id: leaseID(o.id, uint32(o.attempt)), replica: r, send: o, began: s.at, expires: s.at + int64(m.opt.LeaseTerm), runEnds: s.at + int64(sendMaxRun)}
	m.take(l)
	o.lease = l
	op := Operate{
		Sink: r.sink, Lease: Lease{o.id, l.id}, Attempt: int(o.attempt), Account: a.id, Epoch: a.epoch,
		Token: token(o.id), Place: o.place, ReplyTo: o.replyTo, Reason: o.reason, Repeat: o.repeat,
	}
	for _, part := range append([]*send{o}, o.merged...) {
		op.Parts = append(op.Parts, Part{Row: part.row, Text: part.text})
		if part != o {
			part.attempt, part.lead = o.attempt, o
		}
		m.writeSend(s, part)
	}
	s.frame(op)
}

func (m *Machine) accountOf(r *replica) *account {
	for _, a := range m.accounts {
		if a.active == r {
			return a
		}
	}
	return nil
}

// next takes the send whose turn it is: in the order in which they were made,
// but a notice not sooner than the gap after the last one, and then sends
// overtake it.
func (t *outlet) next(at, gap int64) *send {
	ready := func(line []*send) *send {
		if len(line) == 0 || line[0].hold > at {
			return nil
		}
		return line[0]
	}
	o, n := ready(t.sends), ready(t.notices)
	if n != nil && t.said != noAge && n.attempt == 0 && at < t.said+gap {
		n = nil
	}
	switch {
	case o == nil && n == nil:
		return nil
	case n == nil || o != nil && o.row < n.row:
		t.sends = t.sends[1:]
		return o
	}
	t.notices = t.notices[1:]
	return n
}

// gather merges the notices that wait for the same place into one message
// (OCO-DLV-22).
func (t *outlet) gather(o *send) {
	const most = 20
	if o.attempt > 0 {
		return // its parts are what they were
	}
	rest := t.notices[:0]
	for _, n := range t.notices {
		if n.place == o.place && n.attempt == 0 && len(o.merged) < most-1 {
			o.merged = append(o.merged, n)
			continue
		}
		rest = append(rest, n)
	}
	t.notices = rest
}

// rest lets a room sleep until something of it is due, or forgets it.
func (m *Machine) rest(s *step, t *outlet) {
	at := int64(1<<63 - 1)
	if len(t.sends) > 0 {
		at = t.sends[0].hold
	}
	if len(t.notices) > 0 {
		n := t.notices[0]
		due := n.hold
		if n.attempt == 0 && t.said != noAge {
			due = max(due, t.said+int64(m.opt.NoticeGap))
		}
		at = min(at, due)
	}
	if at == 1<<63-1 {
		if t.said != noAge && s.at < t.said+int64(m.opt.NoticeGap) {
			at = t.said + int64(m.opt.NoticeGap) // remembered for the gap
		} else {
			m.stop(&t.timer)
			delete(m.outlets, t.key)
			return
		}
	}
	m.set(&t.timer, max(at, s.at+1))
}

func (t *outlet) fire(m *Machine, _ *step) { m.pump(t) }

// writeSend writes what changed of an open send. Of one that this session made,
// the row is written at its end.
func (m *Machine) writeSend(s *step, o *send) {
	if o.text != "" {
		s.sync = true
		return
	}
	o.turned = true
	var row record.Send
	o.turnInto(&row)
	s.put(turnOfSend(o.row), &row)
}

func (o *send) turnInto(row *record.Send) {
	row.Attempt, row.PossibleRepeat = uint32(o.attempt), o.repeat
	if l := o.lease; l != nil {
		row.Lease, row.Replica, row.Child = l.id, l.replica.name, l.replica.child
	}
	if o.lead != nil {
		row.With = o.lead.id
	}
}

// whole is the row of a send in the session that made it.
func (o *send) whole() *record.Send {
	row := &record.Send{
		Id: o.id, Delivery: o.delivery, Place: placeRow(o.place), Text: o.text, ReplyTo: o.replyTo, Reason: uint32(o.reason),
		MadeMs: o.madeMS,
	}
	o.turnInto(row)
	if o.event != nil {
		row.Event = o.event.id
	}
	return row
}

package delivery

import (
	"slices"
	"time"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/record"
)

// sendMaxRun is how long the adapter may take over one send.
const sendMaxRun = time.Minute

// sendAttempts is how often the adapter may ask for another attempt.
const sendAttempts = 20

// enqueue puts a message into the outbox, behind what is there for its room.
func (m *Machine) enqueue(s *step, ev *event, delivery string, n NewSend) *send {
	if n.ID == "" {
		kind := byte(KindSend)
		if n.Act != nil {
			kind = KindOperation
		}
		n.ID = m.ids.Draw(kind, s.now, m.rand)
	}
	m.row++
	o := &send{
		id: n.ID, row: m.row, event: ev, delivery: delivery, place: n.Place, text: n.Text, replyTo: n.ReplyTo,
		reason: n.Reason, madeMS: ms(s.now), made: true, size: uint32(len(n.Text)), level: n.Level, asker: n.Asker, trace: n.Trace,
	}
	if n.Act != nil {
		o.act, o.what, o.instead = n.Act.Encoded, n.Act.What, n.Text
	}
	if ev != nil {
		ev.hold()
	}
	s.made = append(s.made, o)
	s.sync = true
	m.keep(o)
	m.line(o)
	return o
}

// keep puts a send into the outbox, letGo takes it out.
func (m *Machine) keep(o *send) {
	m.outbox[o.id] = o
	if o.asker != "" {
		m.askers[o.asker]++
	}
}

func (m *Machine) letGo(o *send) {
	delete(m.outbox, o.id)
	if o.asker == "" {
		return
	}
	if m.askers[o.asker]--; m.askers[o.asker] == 0 {
		delete(m.askers, o.asker)
	}
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
	r := m.adapter()
	if r == nil || r.plugin.quiet {
		return
	}
	done := 0
	for done < len(m.pumps) && r.free() {
		t := m.pumps[done]
		done++
		t.dirty = false
		m.sendNext(s, t, r)
	}
	if done > 0 {
		m.pumps = slices.Delete(m.pumps, 0, done)
	}
	m.closePulls(s, r.plugin)
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
	o, when := t.next(s.at, int64(m.opt.NoticeGap))
	if o == nil {
		m.rest(s, t, when)
		return
	}
	if o.reason == chat.ForNotice {
		t.said = s.at
		t.gather(o)
	}
	t.busy = o
	a := m.accountOf(r)
	o.attempt++
	o.offers++
	l := &lease{id: leaseID(o.id, o.offers), replica: r, send: o, began: s.at, expires: s.at + int64(m.opt.LeaseTerm), runEnds: s.at + int64(sendMaxRun)}
	m.take(l)
	o.lease = l
	op := Operate{
		Sink: r.sink, Lease: Lease{o.id, l.id}, Attempt: int(o.attempt), Account: a.id, Epoch: a.epoch,
		Token: token(o.id), Place: o.place, ReplyTo: o.replyTo, Reason: o.reason, Repeat: o.repeat && !a.idempotent,
	}
	op.Trace = o.traceparent()
	for _, part := range append([]*send{o}, o.merged...) {
		op.Parts = append(op.Parts, part.part())
		if part != o {
			part.lead = o
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
// overtake it. If it is nobody's turn, it says when to look again. What the
// service put off puts off its room.
func (t *outlet) next(at, gap int64) (o *send, when int64) {
	var first, notice *send
	if len(t.sends) > 0 {
		first = t.sends[0]
	}
	if len(t.notices) > 0 {
		notice = t.notices[0]
	}
	when = max(first.heldUntil(), notice.heldUntil())
	if when > at {
		return nil, when
	}
	when = never
	if notice != nil && notice.offers == 0 && t.said != noAge && at < t.said+gap {
		notice, when = nil, t.said+gap
	}
	switch {
	case first == nil && notice == nil:
		return nil, when
	case notice == nil || first != nil && first.row < notice.row:
		t.sends = slices.Delete(t.sends, 0, 1)
		return first, 0
	}
	t.notices = slices.Delete(t.notices, 0, 1)
	return notice, 0
}

func (o *send) heldUntil() int64 {
	if o == nil {
		return noAge
	}
	return o.hold
}

// gather merges the notices that wait for the same place into one message, as
// long as that is no larger than a message may be (OCO-SIZ-4).
func (t *outlet) gather(o *send) {
	const most, mostBytes = 50, 64 << 10
	if o.offers > 0 {
		return // its parts are what they were
	}
	rest, size := t.notices[:0], o.size+1
	for _, n := range t.notices {
		if n.place == o.place && n.offers == 0 && len(o.merged) < most-1 && size+n.size < mostBytes {
			o.merged, size = append(o.merged, n), size+n.size+1
			continue
		}
		rest = append(rest, n)
	}
	clear(t.notices[len(rest):])
	t.notices = rest
}

// rest lets a room sleep until something of it is due, or forgets it.
func (m *Machine) rest(s *step, t *outlet, when int64) {
	if when == never && t.said != noAge && s.at < t.said+int64(m.opt.NoticeGap) {
		when = t.said + int64(m.opt.NoticeGap) // remembered for the gap
	}
	if when == never {
		m.stop(t)
		delete(m.outlets, t.key)
		return
	}
	m.set(t, when)
}

func (t *outlet) fire(m *Machine, _ *step) { m.pump(t) }

// withdraw takes a send that waits out of its line.
func (t *outlet) withdraw(o *send) {
	is := func(other *send) bool { return other == o }
	t.sends = slices.DeleteFunc(t.sends, is)
	t.notices = slices.DeleteFunc(t.notices, is)
}

// writeSend writes what changed of an open send. Of one that this session made,
// the row is written at its end.
func (m *Machine) writeSend(s *step, o *send) {
	if o.made {
		s.sync = true
		return
	}
	o.turned = true
	var row record.Send
	o.turnInto(&row)
	s.put(turnOfSend(o.row), &row)
}

func (o *send) turnInto(row *record.Send) {
	row.Attempt, row.Offers, row.PossibleRepeat = uint32(o.attempt), o.offers, o.repeat
	if l := o.lease; l != nil {
		row.Lease, row.Replica, row.Child = l.id, l.replica.name, l.replica.child
	}
	if o.lead != nil {
		row.With = o.lead.id
	}
}

// traceparent is that of the event that it answers, or in whose delivery it was
// asked for (OCO-DLV-50).
func (o *send) traceparent() string {
	if o.event != nil {
		return o.event.trace
	}
	return o.trace
}

// whole is the row of a send in the session that made it.
func (o *send) whole() *record.Send {
	row := &record.Send{
		Id: o.id, Delivery: o.delivery, Place: placeRow(o.place), Text: o.text, ReplyTo: o.replyTo, Reason: uint32(o.reason),
		MadeMs: o.madeMS, Answers: o.answers, Operation: o.act, What: o.what, Level: uint32(o.level), Asker: o.asker, Trace: o.trace,
	}
	o.turnInto(row)
	if o.event != nil {
		row.Event = o.event.id
	}
	return row
}

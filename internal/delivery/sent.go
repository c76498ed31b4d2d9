package delivery

import (
	"time"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/record"
)

// completeSend takes what the adapter says of a send that it was asked for.
func (m *Machine) completeSend(s *step, from Replica, c Completion) Verdict {
	o := m.outbox[c.Delivery]
	l := m.leases[c.ID]
	if l != nil && l.replica.plugin.name != from.Plugin {
		return refuse(chat.LeaseLost, "the lease %s is another plugin's", c.ID)
	}
	if o == nil {
		if l != nil && l.over() {
			m.free(l)
		}
		return Verdict{Kind: Duplicate}
	}
	if o.lead != nil || !ours(o.id, c.ID, o.offers) || m.adapterName() != from.Plugin {
		return refuse(chat.LeaseLost, "%s never had the lease %s", o.id, c.ID)
	}
	if l != nil && l.over() && c.Kind != Progress {
		m.free(l)
		l = nil
	}
	sure := c.Operation != nil && (c.Operation.State == chat.Sent || c.Operation.State == chat.SendFailed)
	if o.lease == nil || o.lease.id != c.ID {
		if !sure || c.Kind != DoneKind {
			return refuse(chat.LeaseLost, "the lease %s is not that of the send any more", c.ID)
		}
		if c.Operation.State == chat.SendFailed && (o.lease != nil || o.offers > 1) {
			return Verdict{Kind: Committed} // of another attempt it says nothing
		}
		m.endLate(s, o, *c.Operation)
		return Verdict{Kind: Committed}
	}
	if c.Kind == Progress {
		m.renew(s, l)
		return Verdict{Kind: Committed}
	}
	l.send, o.lease = nil, nil
	m.free(l)
	switch {
	case c.Kind == Release:
		o.attempt--
		m.sendAgain(s, o, releaseHold)
	case c.Kind == Retried && c.Delay > 0:
		o.attempt-- // the service said when: that is no attempt that failed
		m.sendAgain(s, o, max(c.Delay, m.backoff(1)))
	case c.Kind == Retried:
		if o.attempt >= sendAttempts {
			m.endSend(s, o, o.failed("the adapter gave up: "+c.Detail))
			break
		}
		m.sendAgain(s, o, m.backoff(o.attempt))
	case c.Kind == Fail || c.Operation == nil:
		m.endSend(s, o, o.failed(c.Detail))
	case c.Operation.State == chat.SendFailed:
		m.endSend(s, o, o.failed(c.Operation.Detail))
	case sure:
		m.endSend(s, o, *c.Operation)
	default:
		m.sendLost(s, o, l.keyed, c.Operation.Detail)
	}
	return Verdict{Kind: Committed}
}

// failed is the end of a send whose last attempt surely did not post it. One
// before may have (OCO-DLV-60).
func (o *send) failed(why string) OperationResult {
	if o.unsure {
		return OperationResult{State: chat.SendUnknown, Detail: why + "; an attempt before may have done it"}
	}
	return OperationResult{State: chat.SendFailed, Detail: why}
}

// ended is the report of a send that has ended.
func (o *send) ended(r OperationResult, now time.Time) Report {
	report := Report{
		Kind: "sent", Message: o.id, Delivery: o.delivery, State: r.State, Detail: r.Detail,
		Took: time.Duration(ms(now)-o.madeMS) * time.Millisecond,
	}
	if o.isAct() {
		report.Kind, report.What = "operated", o.what
	}
	report.Trace = o.traceparent()
	if o.event != nil {
		report.Event = o.event.id
	}
	return report
}

// endLate ends a send by what an earlier lease surely knows. The current one,
// if there is one, is over and keeps its slot until the adapter answers.
func (m *Machine) endLate(s *step, o *send, r OperationResult) {
	if l := o.lease; l != nil {
		l.send, o.lease = nil, nil
		m.set(l, l.expires)
		l.cancel(s, CancelFrame{Delivery: o.id, Reason: CancelSettled, Text: "an earlier attempt has ended it"})
	} else {
		m.outletOf(o.place).withdraw(o)
	}
	m.endSend(s, o, r)
}

func (m *Machine) adapterName() string {
	if r := m.adapter(); r != nil {
		return r.plugin.name
	}
	for _, a := range m.accounts {
		return a.plugin
	}
	return ""
}

// sendLost goes on with a send of which nobody knows whether it was posted. A
// service that recognises repeats (keyed) is asked again. Else its policy decides:
// a lost answer is worse than one that comes twice, so it is posted once more,
// marked, and after that a person is told; or the other way round, and it is not
// repeated (OCO-DLV-58). Of what the bot itself says nobody would tell, so it is
// posted until somebody knows, a few times and with pauses: some adapter may never
// know (OCO-DLV-51).
func (m *Machine) sendLost(s *step, o *send, keyed bool, why string) {
	o.lease = nil
	if o.isAct() {
		m.actLost(s, o, why)
		return
	}
	var over bool
	var pause time.Duration
	switch {
	case keyed && m.idempotent():
		if over = o.attempt >= sendAttempts; o.attempt > 1 {
			pause = m.backoff(o.attempt)
		}
	case o.loss:
		over, why = true, why+"; its policy is prefer_loss, so it is not posted again"
	case !o.repeat:
		o.repeat = true
	case o.fromBot():
		over, pause = o.attempt >= operationAttempts, m.backoff(o.attempt)
	default:
		over, why = true, why+"; its policy is prefer_dup, and it was posted again already"
	}
	if over {
		m.endSend(s, o, OperationResult{State: chat.SendUnknown, Detail: why})
		return
	}
	o.unsure = true
	m.sendAgain(s, o, pause)
}

// policy is that of a message for the record; 0: it is as the default.
func (o *send) policy() uint32 {
	if o.loss {
		return uint32(chat.PreferLoss)
	}
	return 0
}

// fromBot says that a message is a notice, an acknowledgement or an answer of the
// bot's own.
func (o *send) fromBot() bool { return o.reason == chat.ForNotice || o.reason == chat.ForBot }

func (m *Machine) idempotent() bool {
	for _, a := range m.accounts {
		if a.idempotent {
			return true
		}
	}
	return false
}

// sendAgain puts a send back to the head of its room's line, which goes on after
// the delay.
func (m *Machine) sendAgain(s *step, o *send, delay time.Duration) {
	t := m.outletOf(o.place)
	if t.busy == o {
		t.busy = nil
	}
	m.goOn(s, t)
	if delay > 0 {
		m.putOff(s, t, later(s.at, delay))
	}
	all := []*send{o}
	if !o.unsure {
		all = m.scatter(s, o)
	}
	m.lineFirst(t, all...)
	m.writeSend(s, o)
	for _, part := range all {
		if m.outlives(part) {
			t.withdraw(part)
			m.endSend(s, part, outlived)
		}
	}
}

// endSend ends a send and those that travelled with it. To lose this in a crash
// breaks no promise, so it waits for no sync of its own.
func (m *Machine) endSend(s *step, o *send, r OperationResult) {
	t := m.outletOf(o.place)
	if t.busy == o {
		t.busy = nil
	}
	m.pump(t)
	for _, part := range append([]*send{o}, o.merged...) {
		m.letGo(part)
		s.batch.Delete(OutboxKey(part.row))
		if part.turned {
			s.batch.Delete(turnOfSend(part.row))
		}
		row := part.endedRow(r, o.repeat, s.now)
		s.putLazily(SentKey(part.id), row)
		m.answerWaiters(s, part, r)
		s.report(part.ended(r, s.now))
		m.tellNotPosted(s, part, r.State)
		m.countUnposted(part, r)
		m.acknowledgeByText(s, part, r.State)
		m.release(s, part.event)
	}
	if r.ServiceID != "" && len(r.ServiceID) <= maxServiceID && !o.isAct() {
		s.batch.Put(ServiceKey(m.accountID(), r.ServiceID), []byte(o.id))
	}
}

// tellNotPosted says to who addressed the bot that an answer did not reach them.
// A notice of which that is true too is not spoken of again.
func (m *Machine) tellNotPosted(s *step, o *send, state chat.SendState) {
	if !o.answers || state == chat.Sent {
		return
	}
	m.enqueue(s, o.event, o.delivery, NewSend{Place: o.place, Reason: chat.ForNotice, Text: m.words().notPosted(o.delivery, state)})
}

// countUnposted counts what was surely not posted in the operators' room: there is
// nobody else to tell (OCO-DLV-68).
func (m *Machine) countUnposted(o *send, r OperationResult) {
	if r.State != chat.SendFailed && r.State != chat.SendExpired || o.reason != chat.ForNotice || o.passing || o.place != m.opt.Operators {
		return
	}
	m.unposted.Notices++
	m.unposted.Why = r.Detail
}

// maxServiceID bounds the ids for which the way back is kept: a key of the
// store has an end.
const maxServiceID = 1024

func (m *Machine) accountID() string {
	for id := range m.accounts {
		return id
	}
	return ""
}

// sendEnd is what is known of a send that is not in the outbox.
func (m *Machine) sendEnd(s *step, id string) SendEnd {
	if o := m.outbox[id]; o != nil {
		return SendEnd{Message: id, State: chat.Queued, Level: o.level}
	}
	var row record.Send
	if !s.facts.read(SentKey(id), &row) {
		return SendEnd{Message: id, State: chat.SendUnknown, Detail: "nothing is known of it any more"}
	}
	return SendEnd{Message: id, State: chat.SendState(row.State), Level: chat.Level(row.Level), Detail: row.Detail}
}

// maxWaiters bounds the calls that wait for one send.
const maxWaiters = 64

// answerAtEnd answers the input when a send has ended.
func (m *Machine) answerAtEnd(s *step, id string) {
	o := m.outbox[id]
	switch {
	case o == nil:
		s.reply(m.sendEnd(s, id), nil)
	case len(o.waiters) >= maxWaiters:
		s.reply(nil, chat.Refuse(chat.QuotaExceeded, "%d calls wait for %s already", maxWaiters, id))
	default:
		m.wait(s, o)
	}
}

// maxRequest bounds caller and request id together.
const maxRequest = 1024

// say takes a message or another operation that comes outside a delivery.
func (m *Machine) say(s *step, in Say) {
	key := RequestKey(in.Caller, in.Request)
	var known record.Request
	switch {
	case len(in.Caller)+len(in.Request) > maxRequest:
		s.reply(nil, chat.Refuse(chat.FieldInvalid, "the request id has %d bytes", len(in.Request)))
		return
	case in.Request != "" && s.facts.read(key, &known):
		switch {
		case string(known.BodyHash) != string(in.Body[:]):
			s.reply(nil, chat.Refuse(chat.RequestIDReused, "request id %q was used for another request", in.Request))
		case in.Wait:
			m.answerAtEnd(s, known.MessageId)
		default:
			s.reply(m.sendEnd(s, known.MessageId), nil)
		}
		return
	case in.Send.Level == chat.Dropped:
		s.reply(SendEnd{State: chat.Sent, Level: chat.Dropped}, nil)
		return
	case len(m.outbox) >= m.opt.OutboxItems:
		s.reply(nil, m.outboxFull())
		return
	case m.askers[in.Caller] >= m.opt.OutboxShare:
		s.reply(nil, chat.Refuse(chat.QueueFull, "%d messages and operations that %s asked for wait for the adapter, which are all that it may have there", m.askers[in.Caller], in.Caller))
		return
	}
	in.Send.Asker = in.Caller
	o := m.enqueue(s, nil, "", in.Send)
	if in.Request != "" {
		s.put(key, &record.Request{MessageId: o.id, BodyHash: in.Body[:], MadeMs: ms(s.now)})
	}
	if in.Wait {
		m.answerAtEnd(s, o.id)
		return
	}
	s.reply(SendEnd{Message: o.id, State: chat.Queued, Level: o.level}, nil)
}

package delivery

import (
	"time"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/store"
)

// A Session is a row of steps whose changes go to the store as one batch.
type Session struct {
	m *Machine
	s step
}

// keptBuffer is how much memory to encode rows in is kept from session to session.
const keptBuffer = 64 << 10

// Begin starts a session. batch is empty and is filled.
func (m *Machine) Begin(now time.Time, batch *store.Batch) *Session {
	return &Session{m: m, s: step{
		now: now, at: int64(now.Sub(m.base)), batch: batch,
		fresh: map[string]*fresh{}, buffer: m.buffer,
	}}
}

// Step takes one input. token is what its Reply will carry; facts are the rows
// that Machine.Facts named for it just before.
func (x *Session) Step(token Token, in Input, facts Facts) {
	s, m := &x.s, x.m
	s.token, s.facts, s.again = token, facts, nil
	switch in := in.(type) {
	case Admit:
		m.admit(s, in)
	case Complete:
		m.complete(s, in)
	case Say:
		m.say(s, in)
	case Hello:
		m.hello(s, in)
	case Connect:
		m.connect(s, in)
	case Leave:
		m.depart(s, in)
	case Disconnect:
		m.disconnect(s, in)
	case Heartbeat:
		m.heartbeat(s, in)
	case Gone:
		m.gone(s, in)
	case Forget:
		m.forget(s, in)
	case Activate:
		m.activate(s, in)
	case RetryOf:
		id, err := m.retry(s, in)
		s.reply(id, err)
	case CancelOf:
		s.reply(nil, m.cancel(s, in))
	case Drop:
		s.reply(nil, m.drop(s, in))
	case Pause:
		m.pause(s, in)
	case Broken:
		m.broken(s, in)
	case Unsettled:
		m.tellUnsettled(s)
	case Put:
		s.write(in.Writes)
		s.reply(nil, nil)
	case Drain:
		m.drain(s, in)
	case Quiet:
		m.quiet(s, in)
	case Tune:
		m.tune(s, in)
	case Reopen:
		m.reopen(s, in)
	case Declare:
		m.declare(s, in)
	case Locate:
		m.locate(s, in)
	case Seen:
		s.reply(m.dedup.seen(in.Dedup), nil)
	case Abandon:
		m.abandon(in)
	case Transact:
		m.transact(s, in)
	case Sweep:
		m.sweep(s, in)
	case Retain:
		m.retain(s, in)
	case Erase:
		m.erase(s, in)
	case Barrier:
		s.reply(nil, nil)
	case Stalled:
		m.stalled(s, in)
	case Inspect:
		s.reply(m.snapshot(), nil)
	case Tick:
	}
	m.ring(s)
	m.offerAll(s)
}

// Size is about the number of bytes that the session writes so far.
func (x *Session) Size() int { return x.s.batch.Size() + x.s.matches }

// End closes the session: rows of what is new and still open are written once,
// with the leases that it got meanwhile. Texts of sends are let go: they are on
// disk.
func (x *Session) End() Change {
	x.m.writeHashes(&x.s)
	for _, f := range x.s.order {
		if x.m.open[f.d.id] == f.d {
			x.m.turnInto(f.d, f.row)
			x.s.put(DeliveryKey(f.d.id), f.row)
		}
	}
	for _, o := range x.s.made {
		if x.m.outbox[o.id] == o {
			x.s.put(OutboxKey(o.row), x.m.whole(o))
		}
		o.text, o.act, o.made = "", nil, false
	}
	if cap(x.s.buffer) <= keptBuffer {
		x.m.buffer = x.s.buffer
	}
	return Change{Batch: x.s.batch, Sync: x.s.sync, Effects: append(x.s.frames, x.s.replies...)}
}

// reply answers the input of the step. Its text says Err only if err is one.
func (s *step) reply(value any, err *chat.Error) { s.replyTo(s.token, value, err) }

func (s *step) replyTo(token Token, value any, err *chat.Error) {
	if token != 0 {
		s.replies = append(s.replies, Reply{Token: token, Value: value, Err: err})
	}
}

func (s *step) frame(e Effect) { s.frames = append(s.frames, e) }

func (s *step) report(r Report) { s.replies = append(s.replies, r) }

func (s *step) write(rows []Write) {
	for _, w := range rows {
		if w.Value == nil {
			s.batch.Delete(w.Key)
		} else {
			s.batch.Put(w.Key, w.Value)
		}
		s.sync = true
	}
}

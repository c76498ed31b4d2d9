package delivery

import (
	"time"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/record"
)

// Operations that are no messages, such as the change of one, are sends too:
// they wait in the line of their room, behind what was said there before, and
// are handed to the adapter one at a time. The machine does not look into them.
// To do one twice does no harm, so that one of which nobody knows what became
// is asked for again.

// operationAttempts is how often an operation is asked for whose result stays
// unknown.
const operationAttempts = 5

// An Act is what an operation that is no message asks for.
type Act struct {
	Encoded []byte // an openchatops.v1.Operation in the bot's own ids
	What    string // what it does to what, for people
}

// Locate asks where a message of the bot's stands, or will stand. The answer is
// Located; what the bot did not send is MESSAGE_NOT_FOUND.
type Locate struct{ Message string }

// Located is the answer to Locate.
type Located struct {
	Place  chat.Place
	Reason chat.SendReason
}

// Abandon says that the caller of an input does not wait for its answer any
// more. It has no answer.
type Abandon struct{ Caller Token }

func (Locate) input()  {}
func (Abandon) input() {}

// Waits reports whether the answer to an input may come long after its step.
func Waits(in Input) bool {
	switch in := in.(type) {
	case Say:
		return in.Wait
	case Complete:
		return in.Wait
	}
	return false
}

// isAct reports whether a send is no message.
func (o *send) isAct() bool { return o.what != "" }

// part is what the adapter is handed of a send.
func (o *send) part() Part {
	if o.made {
		return Part{Text: o.text, Act: o.act}
	}
	return Part{Row: o.row}
}

// actLost goes on with an operation of which nobody knows whether it was done.
func (m *Machine) actLost(s *step, o *send, why string) {
	if o.attempt >= operationAttempts {
		m.endSend(s, o, OperationResult{State: chat.SendUnknown, Detail: why})
		return
	}
	o.unsure = true
	m.sendAgain(s, o, m.backoff(o.attempt))
}

// locate finds a message in the outbox or among those that have ended.
func (m *Machine) locate(s *step, in Locate) {
	if o := m.outbox[in.Message]; o != nil && !o.isAct() {
		s.reply(Located{Place: o.place, Reason: o.reason}, nil)
		return
	}
	var row record.Send
	if !s.facts.read(SentKey(in.Message), &row) || row.What != "" || row.Place == nil {
		s.reply(nil, chat.Refuse(chat.MessageNotFound, "the bot sent no message %q", in.Message))
		return
	}
	s.reply(Located{Place: place(row.Place), Reason: chat.SendReason(row.Reason)}, nil)
}

// wait lets the input be answered when a send has ended. Of a caller that has
// gone already nothing is kept.
func (m *Machine) wait(s *step, o *send) {
	if s.token == 0 {
		return
	}
	o.waiters = append(o.waiters, s.token)
	m.waiters[s.token] = o
}

// abandon forgets a caller that waited for a send.
func (m *Machine) abandon(in Abandon) {
	o := m.waiters[in.Caller]
	if o == nil {
		return
	}
	delete(m.waiters, in.Caller)
	kept := o.waiters[:0]
	for _, w := range o.waiters {
		if w != in.Caller {
			kept = append(kept, w)
		}
	}
	o.waiters = kept
}

// answerWaiters tells those who wait for a send how it ended.
func (m *Machine) answerWaiters(s *step, o *send, r OperationResult) {
	for _, w := range o.waiters {
		delete(m.waiters, w)
		s.replyTo(w, SendEnd{Message: o.id, State: r.State, Level: o.level, Detail: r.Detail}, nil)
	}
}

// endedRow is what is kept of a send that has ended: not what it said.
func (o *send) endedRow(r OperationResult, repeat bool, now time.Time) *record.Send {
	row := &record.Send{
		Id: o.id, Delivery: o.delivery, Place: placeRow(o.place), Reason: uint32(o.reason), MadeMs: o.madeMS, What: o.what, Level: uint32(o.level),
		Attempt: uint32(o.attempt), PossibleRepeat: repeat, State: uint32(r.State), ServiceId: r.ServiceID, Detail: r.Detail, EndMs: ms(now),
		RepeatPolicy: o.policy(), ValidMs: int64(o.valid), Passing: o.passing,
	}
	if o.isAct() {
		row.ServiceId = "" // it made no message that could be spoken of
	}
	if o.event != nil {
		row.Event = o.event.id
	}
	return row
}

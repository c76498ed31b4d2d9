package delivery

import (
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/record"
)

// acknowledge tells who asked that a command is done that said nothing: by a
// reaction on what they said where the chat service can, else by a text. A retry
// is acknowledged by a text, because who asked for it need not have said the
// command (OCO-DLV-66).
func (m *Machine) acknowledge(s *step, d *delivery) {
	n := NewSend{Place: d.from.place, Text: m.words().done(d.title()), Reason: chat.ForBot}
	if act := m.reaction(s, d); act != nil {
		n.Act = &Act{Encoded: act, What: "acknowledgement of " + d.title()}
	}
	m.enqueue(s, d.event, d.id, n)
}

// reaction is the operation that acknowledges a delivery, encoded, or nil if a
// text must.
func (m *Machine) reaction(s *step, d *delivery) []byte {
	if !m.reactsTo(d) {
		return nil
	}
	var said record.Event
	if !s.facts.read(EventKey(d.event.id), &said) {
		return nil
	}
	return m.opt.React(said.Payload)
}

// reactsTo says whether a delivery that is done in silence is acknowledged by a
// reaction, if what was said can be reacted to.
func (m *Machine) reactsTo(d *delivery) bool {
	if m.opt.React == nil || !d.address || d.spoke() || d.history != nil && d.history.retryOf != "" {
		return false
	}
	for _, a := range m.accounts {
		if in, own := a.reactsIn[d.from.place.Room]; own {
			return in
		}
		if a.reacts {
			return true
		}
	}
	return false
}

// isAcknowledgement says that an operation stands for a text.
func (o *send) isAcknowledgement() bool { return o.isAct() && o.reason == chat.ForBot }

// acknowledgeByText says what a reaction that was not set, or not for sure, was to
// say.
func (m *Machine) acknowledgeByText(s *step, o *send, state chat.SendState) {
	if o.isAcknowledgement() && state != chat.Sent {
		m.enqueue(s, o.event, o.delivery, NewSend{Place: o.place, Text: o.instead, Reason: chat.ForBot})
	}
}

package delivery

import "github.com/openchatops/oco/internal/chat"

// A settlement is what an adapter that wants to know is told of an event once
// all is over.
type settlement struct {
	serviceID string
	outcomes  []chat.Outcome
}

// hold counts one more thing that must end before the event is settled.
func (e *event) hold() { e.pending++ }

// release counts one less. The last one settles the event: all its outcomes are
// there and what was said about it is posted.
func (m *Machine) release(s *step, e *event) {
	if e == nil {
		return
	}
	e.pending--
	if e.pending > 0 || e.settle == nil {
		return
	}
	for _, a := range m.accounts {
		if a.settles && a.active != nil && a.active.sink != 0 {
			s.frame(SettledFrame{Sink: a.active.sink, ServiceID: e.settle.serviceID, Outcomes: e.settle.outcomes})
		}
	}
}

func (e *event) ended(o chat.Outcome) {
	if e.settle != nil {
		e.settle.outcomes = append(e.settle.outcomes, o)
	}
}

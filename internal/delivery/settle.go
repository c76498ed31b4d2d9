package delivery

import "github.com/openchatops/oco/internal/chat"

// hold counts one more thing that must end before the event is settled.
func (m *Machine) hold(e *event) {
	e.pending++
	if e.pending == 2 {
		m.events[e.id] = e
	}
}

// release counts one less. The last one settles the event: all its outcomes are
// there and what was said about it is posted.
func (m *Machine) release(s *step, e *event) {
	if e == nil {
		return
	}
	e.pending--
	if e.pending > 0 {
		return
	}
	delete(m.events, e.id)
	if e.serviceID == "" {
		return
	}
	for _, a := range m.accounts {
		if a.settles && a.active != nil && a.active.sink != 0 {
			s.frame(SettledFrame{Sink: a.active.sink, ServiceID: e.serviceID, Outcomes: e.outcomes})
		}
	}
}

func (e *event) ended(o chat.Outcome) {
	if e.serviceID != "" {
		e.outcomes = append(e.outcomes, o)
	}
}

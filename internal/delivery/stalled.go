package delivery

import "time"

// Stalled says that the bot itself did nothing for some time: it was stopped, or
// its disk did not answer. What plugins said meanwhile waits to be read, so that
// they were not heard proves nothing: their terms begin anew, and callbacks get the
// time back in which they could not be heard (OCO-LIF-43). It has no answer.
type Stalled struct{ For time.Duration }

func (Stalled) input() {}

func (m *Machine) stalled(s *step, in Stalled) {
	for _, p := range m.plugins {
		for _, r := range p.replicas {
			r.seen = s.at
			for _, l := range r.leases {
				if l.runEnds != 0 {
					l.runEnds = later(l.runEnds, in.For)
				}
				m.renew(s, l)
			}
		}
	}
}

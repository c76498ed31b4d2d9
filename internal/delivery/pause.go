package delivery

// pause stops or resumes offering.
func (m *Machine) pause(s *step, in Pause) {
	s.write(in.Writes)
	before, waiting := m.pauseAll, m.waiting
	if in.Plugin == "" {
		m.pauseAll, m.reason = in.Paused, in.Reason
		for _, p := range m.pluginsSorted() {
			m.touch(p)
		}
	} else {
		p := m.pluginOf(in.Plugin)
		before, waiting = p.paused, p.waiting
		p.paused, p.reason = in.Paused, in.Reason
		m.touch(p)
	}
	if in.By != "" && in.Paused != before {
		text := m.words().resumed(in.Plugin, in.By, waiting)
		if in.Paused {
			text = m.words().paused(in.Plugin, in.By, in.Reason, waiting)
		}
		m.tellDeed(s, text)
	}
	s.reply(nil, nil)
}

// broken notes that nobody may wait for some plugins to come back soon.
func (m *Machine) broken(s *step, in Broken) {
	for _, name := range in.Plugins {
		m.pluginOf(name).down = true
	}
	m.tellOperators(s, nil, "", m.words().broken(in.Plugins, in.Why))
	s.reply(nil, nil)
}

// tellDeed tells operators what one of them did, unless they read it already
// where it was asked for.
func (m *Machine) tellDeed(s *step, text string) {
	if s.here.IsZero() || s.here.Key() != m.opt.Operators.Key() {
		m.tellOperators(s, nil, "", text)
	}
}

package delivery

// Who asked for something that takes long reads once that it still runs. The
// moment is one more that the alarm of a lease has: it costs no other.

// watch notes when who asked is told that a delivery still runs, counted from a
// moment at which it surely did.
func (m *Machine) watch(l *lease, from int64) {
	l.tells = 0
	if d := l.delivery; d != nil && d.address && !d.worked && !d.spoke() {
		l.tells = from + int64(m.opt.WorkTold)
	}
}

// tellWorking tells who asked that a delivery still runs, unless it has said
// something itself meanwhile (OCO-DLV-65).
func (m *Machine) tellWorking(s *step, l *lease) {
	l.tells = 0
	if d := l.delivery; d != nil && !d.spoke() {
		d.worked = true
		m.meanwhile(s, d, m.words().working(d.title(), d.id))
		m.turn(s, d)
	}
	m.set(l, l.look())
}

// spoke says whether a delivery has said something to who asked.
func (d *delivery) spoke() bool { return d.history != nil && d.history.spoke }

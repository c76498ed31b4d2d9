package delivery

import "time"

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

// Replicas name what they hold every 10 s. Of what was not named for longer nobody
// knows whether it runs: it is looked at again.
const (
	namedWithin = 12 * time.Second
	lookAgain   = 5 * time.Second
)

// tellWorking tells who asked that a delivery still runs, unless it has said
// something itself meanwhile (OCO-DLV-65).
func (m *Machine) tellWorking(s *step, l *lease) {
	if named := l.expires - int64(m.opt.LeaseTerm); s.at-named > int64(namedWithin) {
		l.tells = s.at + int64(lookAgain)
		m.set(l, l.look())
		return
	}
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

package delivery

import (
	"slices"

	"github.com/openchatops/oco/internal/chat"
)

// join puts a delivery behind those that must run before it and, if there is
// none, makes it ready.
func (m *Machine) join(d *delivery) {
	key, from := laneKey{owner: d.route.owner, route: d.route.Name}, d.from
	switch d.route.Order {
	case chat.OrderNone:
		m.makeReady(d)
		return
	case chat.OrderUser:
		key.room, key.user = from.place.Key(), from.user
	case chat.OrderRoom:
		key.room = from.place.Key()
	}
	l := m.lanes[key]
	if l == nil {
		l = &lane{key: key}
		m.lanes[key] = l
	}
	d.lane = l
	if l.last == nil {
		l.first, l.last = d, d
		m.makeReady(d)
		return
	}
	l.last.behind, l.last = d, d
}

// leave takes a delivery that has ended out of its lane; whoever is first then
// becomes ready.
func (m *Machine) leave(s *step, d *delivery) {
	l := d.lane
	if l == nil {
		return
	}
	d.lane = nil
	if l.first == d {
		l.first = d.behind
		if l.first == nil {
			delete(m.lanes, l.key)
			return
		}
		m.arm(s, l.first)
		return
	}
	for at := l.first; at.behind != nil; at = at.behind {
		if at.behind == d {
			at.behind = d.behind
			if l.last == d {
				l.last = at
			}
			return
		}
	}
}

// next reports whether nothing of the delivery's lane must run before it.
func (d *delivery) next() bool { return d.lane == nil || d.lane.first == d }

// makeReady lists the delivery for its plugin, once.
func (m *Machine) makeReady(d *delivery) {
	if d.lease != nil {
		return
	}
	if !d.queued {
		d.queued = true
		d.route.owner.ready = append(d.route.owner.ready, d)
	}
	m.touch(d.route.owner)
}

// unready lets go of a delivery that has ended. Its entry in the list of its
// plugin goes when half of the list is such entries.
func (m *Machine) unready(d *delivery) {
	if !d.queued {
		return
	}
	p := d.route.owner
	if p.gone++; p.gone > 32 && p.gone > len(p.ready)/2 {
		p.ready = slices.DeleteFunc(p.ready, func(d *delivery) bool { return m.open[d.id] != d })
		p.gone = 0
	}
}

// touch notes that a plugin may have something to offer.
func (m *Machine) touch(p *plugin) {
	if !p.dirty {
		p.dirty = true
		m.dirty = append(m.dirty, p)
	}
}

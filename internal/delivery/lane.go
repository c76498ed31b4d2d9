package delivery

import "github.com/openchatops/oco/internal/chat"

// join puts a delivery behind those that must run before it and, if there is
// none, makes it ready.
func (m *Machine) join(d *delivery) {
	key := laneKey{route: routeKey{d.route.Plugin, d.route.Name}}
	switch d.route.Order {
	case chat.OrderNone:
		m.makeReady(d)
		return
	case chat.OrderUser:
		key.room, key.user = d.place.Key(), d.user
	case chat.OrderRoom:
		key.room = d.place.Key()
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
		m.makeReady(l.first)
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
	if !d.queued {
		d.queued = true
		d.plugin.ready = append(d.plugin.ready, d)
	}
	m.touch(d.plugin)
}

// touch notes that a plugin may have something to offer.
func (m *Machine) touch(p *plugin) {
	if !p.dirty {
		p.dirty = true
		m.dirty = append(m.dirty, p)
	}
}

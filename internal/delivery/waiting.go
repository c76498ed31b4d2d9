package delivery

import (
	"sort"
	"time"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/texts"
)

// alive reports whether a replica lives that could run the delivery.
func (m *Machine) alive(d *delivery) bool {
	for _, r := range d.route.owner.replicas {
		if _, ok := r.definitions[d.route.Definition]; ok {
			return true
		}
	}
	return false
}

// age stops the ageing of a delivery and adds up what it aged.
func (m *Machine) age(d *delivery, at int64) {
	if d.aging != noAge {
		d.aged += at - d.aging
		d.aging = noAge
	}
}

// stale reports whether the delivery is older than its route allows.
func (d *delivery) stale(at int64) bool {
	if d.route.StaleAfter <= 0 {
		return false
	}
	aged := d.aged
	if d.aging != noAge {
		aged += at - d.aging
	}
	return aged >= int64(d.route.StaleAfter)
}

// arm sets the alarm of a delivery that waits to the next moment at which it
// must be looked at. One that could be offered now is listed for its plugin.
func (m *Machine) arm(s *step, d *delivery) {
	if d.lease != nil || m.open[d.id] != d {
		return
	}
	at := never
	if d.hold > s.at {
		at = d.hold
	} else if d.next() {
		m.makeReady(d) // its alarm may have been the one that is replaced
	}
	if d.address && !d.told {
		at = min(at, max(d.admitted+int64(m.opt.WaitTold), s.at+1))
	}
	if d.aging != noAge && d.route.StaleAfter > 0 {
		at = min(at, d.aging+int64(d.route.StaleAfter)-d.aged)
	}
	if at == never {
		m.stop(d)
		return
	}
	m.set(d, at)
}

// fire looks at a delivery that waits.
func (d *delivery) fire(m *Machine, s *step) {
	if d.lease != nil || m.open[d.id] != d {
		return
	}
	if d.stale(s.at) {
		m.endAs(s, d, chat.Expired, cause{}, "no replica lived that could run it")
		return
	}
	if d.next() && d.hold <= s.at {
		m.makeReady(d)
		m.offer(s, d.route.owner)
		if d.lease != nil {
			return
		}
	}
	if d.address && !d.told && s.at >= d.admitted+int64(m.opt.WaitTold) {
		d.told = true
		m.tellWaiting(s, d)
		m.turn(s, d)
	}
	m.arm(s, d)
}

// liveness looks at what waits for a plugin after its replicas changed: what
// none of them can run ages, all else does not.
func (m *Machine) liveness(s *step, p *plugin) {
	for _, d := range m.waitingFor(p) {
		alive := m.alive(d)
		if alive == (d.aging == noAge) {
			continue
		}
		if alive {
			m.age(d, s.at)
		} else {
			d.aging = s.at
		}
		if d.stale(s.at) {
			m.endAs(s, d, chat.Expired, m.because(texts.WhyAway, "plugin", p.name), "no replica lived that could run it")
			continue
		}
		m.turn(s, d)
		m.arm(s, d)
	}
	m.touch(p)
}

// waitingFor lists the deliveries of a plugin that wait, oldest first.
func (m *Machine) waitingFor(p *plugin) []*delivery {
	var all []*delivery
	for _, d := range m.open {
		if d.route.owner == p && d.lease == nil {
			all = append(all, d)
		}
	}
	sort.Slice(all, func(i, j int) bool {
		a, b := all[i], all[j]
		return a.admitted < b.admitted || a.admitted == b.admitted && a.id < b.id
	})
	return all
}

// again puts a delivery that is not over back to wait. It keeps its place in
// its lane.
func (m *Machine) again(s *step, d *delivery, delay time.Duration) {
	d.lease = nil
	d.hold = later(s.at, delay)
	m.count(d, +1)
	if d.route.owner.dropped {
		m.endAs(s, d, chat.Expired, said(d.route.owner.why), "the registration was dropped")
		return
	}
	if !m.alive(d) {
		d.aging = s.at
	}
	m.turn(s, d)
	m.arm(s, d)
}

// backoff is the pause before the next attempt.
func (m *Machine) backoff(attempt uint16) time.Duration {
	if len(m.opt.Backoff) == 0 {
		return 0
	}
	return m.opt.Backoff[min(max(int(attempt)-1, 0), len(m.opt.Backoff)-1)]
}

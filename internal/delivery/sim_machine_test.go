package delivery

import (
	"maps"
	"slices"

	"github.com/openchatops/oco/internal/chat"
)

// machineAgrees recomputes what the machine keeps and compares.
func (x *sim) machineAgrees() {
	x.t.Helper()
	x.countersAgree()
	x.lanesAreInOrder()
	x.leasesAgree()
	x.alarmsAreOfTheLiving()
	x.nothingIsForgotten()
	x.outboxAgrees()
	x.waitersAgree()
}

func (x *sim) countersAgree() {
	x.t.Helper()
	m := x.m
	waiting, routes := map[*plugin]int{}, map[Route]int{}
	sizes := map[*plugin]int64{}
	all, allBytes := 0, int64(0)
	for _, d := range m.open {
		routes[d.route.Route]++
		if d.lease == nil {
			waiting[d.route.owner]++
			sizes[d.route.owner] += int64(d.size)
			all++
			allBytes += int64(d.size)
		}
	}
	for _, p := range m.plugins {
		if p.waiting != waiting[p] || p.bytes != sizes[p] {
			x.failf("%s: %d wait (%d bytes), counted %d (%d)", p.name, waiting[p], sizes[p], p.waiting, p.bytes)
		}
		if p.waiting > x.opt.QueueItems+x.world.inFlightMost {
			x.failf("%s: %d wait, the bound is %d", p.name, p.waiting, x.opt.QueueItems)
		}
		stale := 0
		for _, d := range p.ready {
			if m.open[d.id] != d {
				stale++
			}
		}
		if stale != p.gone {
			x.failf("%s: %d of %d ready have ended, counted %d", p.name, stale, len(p.ready), p.gone)
		}
	}
	if m.waiting != all || m.bytes != allBytes {
		x.failf("%d wait, counted %d", all, m.waiting)
	}
	if len(m.routes) != len(routes) {
		x.failf("%d routes are kept, %d have deliveries", len(m.routes), len(routes))
	}
	for r, n := range routes {
		if k := m.routes[r]; k == nil || k.open != n {
			x.failf("the route %s has %d open deliveries, counted %+v", r.Name, n, k)
		}
	}
}

// lanesAreInOrder: one at a time and first come, first served (OCO-DLV-26,
// OCO-DLV-27).
func (x *sim) lanesAreInOrder() {
	x.t.Helper()
	inLanes := 0
	for key, l := range x.m.lanes {
		if l.first == nil || l.key != key {
			x.failf("an empty lane is kept: %v", key)
		}
		last, seq := (*delivery)(nil), -1
		for d := l.first; d != nil; d = d.behind {
			inLanes++
			if d.lane != l || x.m.open[d.id] != d {
				x.failf("%s is in a lane and is not open", d.id)
			}
			if d != l.first && d.lease != nil {
				x.failf("%s is leased before %s", d.id, l.first.id)
			}
			if n := x.world.deliveries[d.id].seq; n < seq {
				x.failf("%s overtook %s", last.id, d.id)
			} else {
				seq = n
			}
			last = d
		}
		if l.last != last {
			x.failf("the lane of %s ends elsewhere", l.first.id)
		}
	}
	for _, d := range x.m.open {
		if d.lane != nil {
			inLanes--
		} else if d.route.Order != chat.OrderNone {
			x.failf("%s is in no lane", d.id)
		}
	}
	if inLanes != 0 {
		x.failf("%d more are in lanes than have one", inLanes)
	}
}

func (x *sim) leasesAgree() {
	x.t.Helper()
	n := 0
	for _, p := range x.m.plugins {
		for _, r := range p.replicas {
			n += len(r.leases)
			if before := x.world.inFlight[r]; len(r.leases) > r.credit && len(r.leases) > before && r.known {
				x.failf("%s has %d, credit %d", r.name, len(r.leases), r.credit)
			}
			x.world.inFlight[r] = len(r.leases)
			for id, l := range r.leases {
				if x.m.leases[id] != l || l.replica != r || l.slot == 0 {
					x.failf("the lease %s is astray", id)
				}
				if l.delivery != nil && (l.delivery.lease != l || x.m.open[l.delivery.id] != l.delivery) {
					x.failf("the lease %s is of a delivery that does not know it", id)
				}
				if l.send != nil && (l.send.lease != l || x.m.outbox[l.send.id] != l.send) {
					x.failf("the lease %s is of a send that does not know it", id)
				}
			}
		}
	}
	if n != len(x.m.leases) {
		x.failf("%d leases, %d in hands", len(x.m.leases), n)
	}
	for _, d := range x.m.open {
		if d.lease != nil && d.lease.delivery != d {
			x.failf("%s has the lease of something else", d.id)
		}
	}
}

func (x *sim) alarmsAreOfTheLiving() {
	x.t.Helper()
	for i, a := range x.m.timers {
		if int(*a.due.alarm()) != i+1 {
			x.failf("the alarm of %T is not where it thinks", a.due)
		}
		if i > 0 && a.at < x.m.timers[(i-1)/2].at {
			x.failf("the heap of alarms is out of order")
		}
		alive := false
		switch d := a.due.(type) {
		case *delivery:
			alive = x.m.open[d.id] == d && d.lease == nil
		case *lease:
			alive = x.m.leases[d.id] == d
		case *replica:
			alive = d.plugin.replicas[d.name] == d
		case *outlet:
			alive = x.m.outlets[d.key] == d
		}
		if !alive {
			x.failf("an alarm is left of a %T", a.due)
		}
	}
}

// nothingIsForgotten: what waits will be looked at again, by an alarm or by what
// it waits for.
func (x *sim) nothingIsForgotten() {
	x.t.Helper()
	at := int64(x.now.Sub(x.m.base))
	for _, d := range x.m.open {
		p := d.route.owner
		switch {
		case d.lease != nil:
			continue
		case d.hold > at && d.slot == 0:
			x.failf("%s is held and nothing wakes it", d.id)
		case d.aging != noAge && d.route.StaleAfter > 0 && d.slot == 0:
			x.failf("%s ages and nothing wakes it", d.id)
		case (d.aging == noAge) != x.m.alive(d):
			x.failf("%s ages: %t, a replica lives: %t", d.id, d.aging != noAge, x.m.alive(d))
		case d.address && !d.told && d.slot == 0:
			x.failf("%s is never told that it waits", d.id)
		case !d.next() || d.hold > at:
			continue
		case !d.queued:
			x.failf("%s is next and not listed: hold %d at %d, attempt %d, aging %d", d.id, d.hold, at, d.attempt, d.aging)
		}
		if x.m.draining || p.paused || p.quiet || x.m.pauseAll {
			continue
		}
		if r, _ := p.choose(d); r != nil {
			x.failf("%s waits although %s is free", d.id, r.name)
		}
	}
	for _, p := range x.m.plugins {
		for _, r := range p.replicas {
			if r.slot == 0 {
				x.failf("nobody looks whether %s is gone", r.name)
			}
		}
	}
}

// outboxAgrees: each send is in one place, and each room is looked at again.
func (x *sim) outboxAgrees() {
	x.t.Helper()
	in := map[*send]int{}
	at := int64(x.now.Sub(x.m.base))
	for key, t := range x.m.outlets {
		if t.key != key {
			x.failf("an outlet is under another name")
		}
		gone := 0
		for _, line := range [][]*send{t.sends, t.notices} {
			for _, o := range line {
				if o.withdrawn {
					gone++
					continue
				}
				in[o]++
				if o.lease != nil || x.m.outlives(o) {
					x.failf("%s is leased and waits, or says what is over", o.id)
				}
				if end := x.m.endOf(o); end <= at || t.over > end || t.slot == 0 || x.m.timers[t.slot-1].at > end {
					x.failf("%s waits until %d at %d, and its room is looked at by %d", o.id, end, at, t.over)
				}
			}
		}
		if gone != t.gone {
			x.failf("%d of the line were withdrawn, counted %d", gone, t.gone)
		}
		if t.busy != nil {
			in[t.busy]++
			if t.busy.lease == nil {
				x.failf("%s is said to be sent and has no lease", t.busy.id)
			}
		}
		if t.busy == nil && !t.dirty && t.slot == 0 {
			x.failf("nothing wakes the room %s", key)
		}
	}
	askers, passing := map[string]int{}, 0
	for id, o := range x.m.outbox {
		if o.passing {
			passing++
			if !slices.Contains(x.m.passing[o.delivery], o) && x.m.open[o.delivery] != nil {
				x.failf("%s is not known to say how %s stands", id, o.delivery)
			}
		}
		if o.asker != "" {
			askers[o.asker]++
		}
		if o.lead != nil {
			in[o]++
			if x.m.outbox[o.lead.id] != o.lead {
				x.failf("%s travels with one that is gone", id)
			}
		}
		if in[o] != 1 {
			x.failf("%s is in %d places", id, in[o])
		}
		delete(in, o)
	}
	if !maps.Equal(askers, x.m.askers) {
		x.failf("who asked for what waits: %v, counted: %v", askers, x.m.askers)
	}
	for delivery, all := range x.m.passing {
		if passing -= len(all); len(all) == 0 {
			x.failf("%d notices are kept about %s", len(all), delivery)
		}
	}
	if passing < 0 {
		x.failf("%d notices about how a delivery stands are kept and have ended", -passing)
	}
	if len(in) > 0 {
		x.failf("%d sends wait and have ended", len(in))
	}
	if r := x.m.adapter(); r != nil && !r.plugin.quiet && r.free() && len(x.m.pumps) > 0 {
		x.failf("%d rooms wait although the adapter is free", len(x.m.pumps))
	}
}

package delivery

import (
	"hash/fnv"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/record"
)

// offerAll hands out all that can be handed out now.
func (m *Machine) offerAll(s *step) {
	for len(m.dirty) > 0 {
		p := m.dirty[0]
		m.dirty = m.dirty[1:]
		p.dirty = false
		m.offer(s, p)
	}
	m.pumpAll(s)
}

// offer leases what is ready for a plugin to its replicas, in order, as far as
// their credit goes.
func (m *Machine) offer(s *step, p *plugin) {
	if m.draining || p.paused || p.quiet || m.pauseAll && p.role == chat.RoleHandler {
		return
	}
	rest := p.ready[:0]
	for i, d := range p.ready {
		if m.open[d.id] != d {
			p.gone--
			continue
		}
		if d.lease != nil || !d.next() || d.hold > s.at {
			d.queued = false
			continue
		}
		r, free := p.choose(d)
		if r == nil {
			rest = append(rest, d)
			if !free {
				rest = append(rest, p.ready[i+1:]...)
				break
			}
			continue
		}
		d.queued = false
		m.lease(s, d, r)
	}
	clear(p.ready[len(rest):])
	p.ready = rest
	m.closePulls(s, p)
}

// choose picks a replica that registered the delivery's route and has credit:
// of several, always the same one for the same lane as long as they live. free
// says whether any replica has credit at all.
func (p *plugin) choose(d *delivery) (best *replica, free bool) {
	var score uint64
	for _, r := range p.replicas {
		if !r.free() {
			continue
		}
		free = true
		if _, ok := r.definitions[d.route.Definition]; !ok {
			continue
		}
		h := d.score(r)
		if d.history != nil && d.history.shun == r.name {
			h = 0 // it did not want it
		}
		if best == nil || h > score || h == score && r.name < best.name {
			best, score = r, h
		}
	}
	return best, free
}

func (r *replica) free() bool {
	return r.sink != 0 && len(r.leases) < r.credit && r.pull != 0
}

// score is the weight of a replica for a delivery: rendezvous hashing over the
// lane, or over the delivery where there is none.
func (d *delivery) score(r *replica) uint64 {
	h := fnv.New64a()
	if d.lane != nil {
		h.Write([]byte(d.lane.key.room + "\x00" + d.lane.key.user))
	} else {
		h.Write([]byte(d.id))
	}
	h.Write([]byte("\x00" + r.name))
	return h.Sum64()
}

// lease hands a delivery to a replica. The lease is in this step's batch, so on
// disk before the frame leaves (OCO-DLV-6): from now on it counts as started.
func (m *Machine) lease(s *step, d *delivery, r *replica) {
	m.stop(d)
	m.count(d, -1)
	m.age(d, s.at)
	d.attempt++
	d.offers++
	l := &lease{id: leaseID(d.id, d.offers), replica: r, delivery: d, began: s.at, expires: s.at + int64(m.opt.LeaseTerm)}
	if d.route.MaxRun > 0 {
		l.runEnds = s.at + int64(d.route.MaxRun)
	}
	m.watch(l, s.at)
	m.take(l)
	d.lease = l
	offer := Offer{
		Sink: r.sink, Lease: Lease{d.id, l.id}, Attempt: int(d.attempt), Event: d.event.id,
		Route: d.route.Name, Definition: d.route.Definition, RunPolicy: d.route.RunPolicy, MaxRun: d.route.MaxRun, Trace: d.event.trace,
	}
	if f := s.fresh[d.id]; f != nil {
		offer.Match, offer.Payload = f.row.Match, f.payload
		if offer.Match == nil {
			offer.Match = []byte{}
		}
	} else {
		m.turn(s, d)
	}
	s.frame(offer)
	s.report(Report{Kind: "offered", Delivery: d.id, Event: d.event.id, Plugin: d.route.Plugin, Route: d.route.Name, Attempt: int(d.attempt), Trace: d.event.trace})
}

// take puts a lease into the hands of its replica.
func (m *Machine) take(l *lease) {
	l.replica.leases[l.id] = l
	m.leases[l.id] = l
	if l.replica.pull > 0 {
		l.replica.pull--
	}
	m.set(l, l.look())
}

// free gives the slot of a lease back.
func (m *Machine) free(l *lease) {
	m.stop(l)
	delete(l.replica.leases, l.id)
	delete(m.leases, l.id)
	m.touch(l.replica.plugin)
}

// closePulls ends the long polls that got something.
func (m *Machine) closePulls(s *step, p *plugin) {
	for _, r := range p.sorted() {
		if r.sink != 0 && r.pull >= 0 && r.pull < r.asked {
			s.frame(CloseSink{Sink: r.sink})
			r.sink = 0
		}
	}
}

func (p *plugin) sorted() []*replica {
	all := make([]*replica, 0, len(p.replicas))
	for _, r := range p.replicas {
		all = append(all, r)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].name < all[j].name })
	return all
}

// leaseID numbers the leases of a delivery, so that whether one was ever
// given can be told from its id alone.
func leaseID(delivery string, offer uint32) string {
	return delivery + "." + strconv.FormatUint(uint64(offer), 10)
}

// ours reports whether id is that of a lease that the delivery has had, and its
// number.
func ours(delivery, id string, offers uint32) bool {
	n, err := leaseNumber(delivery, id)
	return err == nil && n >= 1 && n <= offers
}

func leaseNumber(delivery, id string) (uint32, error) {
	digits, ok := strings.CutPrefix(id, delivery+".")
	if !ok {
		return 0, strconv.ErrSyntax
	}
	n, err := strconv.ParseUint(digits, 10, 32)
	return uint32(n), err
}

// turn writes what changed of an open delivery.
func (m *Machine) turn(s *step, d *delivery) {
	if s.fresh[d.id] != nil {
		return // its row is written at the end of the session
	}
	d.turned = true
	var row record.Delivery
	m.turnInto(d, &row)
	s.put(TurnKey(d.id), &row)
}

func (m *Machine) turnInto(d *delivery, row *record.Delivery) {
	row.Attempt, row.Offers = uint32(d.attempt), d.offers
	row.Lease, row.Replica, row.Child, row.LeaseBeganMs = "", "", false, 0
	if l := d.lease; l != nil {
		row.Lease, row.Replica, row.Child = l.id, l.replica.name, l.replica.child
		row.LeaseBeganMs = m.wall(l.began)
	}
	row.Told, row.Working = d.told, d.worked
	row.NotBeforeMs = 0
	if d.hold > d.admitted {
		row.NotBeforeMs = m.wall(d.hold)
	}
	row.AgedMs, row.AgingSinceMs = d.aged/int64(time.Millisecond), 0
	if d.aging != noAge {
		row.AgingSinceMs = m.wall(d.aging)
	}
	if d.history != nil {
		row.Attempts, row.Keys, row.Spoke = d.history.attempts, d.history.keys, d.history.spoke
	}
}

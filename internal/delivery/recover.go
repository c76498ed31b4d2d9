package delivery

import (
	"fmt"
	"sort"
	"time"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/record"
	"github.com/openchatops/oco/internal/wire"
)

// A Scan visits the rows whose keys begin with prefix, in the order of keys.
type Scan func(prefix []byte, visit func(key, value []byte) error) error

// Recover fills a new machine from the store and goes on where the last bot
// stopped, inside a session of its own. lastAlive is when that bot was last
// known to run: the time since counts as age.
//
// Leases of the last bot's own children died with it. Those of remote replicas
// run their full term again, and what was open and is not theirs waits for
// RestartHold (OCO-DLV-43, OCO-DLV-44).
func (x *Session) Recover(scan Scan, lastAlive time.Time) error {
	m, s := x.m, &x.s
	err := scan([]byte(prefixDedup), func(key, value []byte) error { return m.recoverDedup(key, value) })
	if err != nil {
		return fmt.Errorf("events that were seen: %w", err)
	}
	err = scan([]byte(prefixAccount), func(key, value []byte) error {
		var row record.Account
		if err := wire.Decode(value, &row); err != nil {
			return err
		}
		id := string(key[len(prefixAccount):])
		m.recoverAccount(s, id, &row, lastAlive)
		return nil
	})
	if err != nil {
		return fmt.Errorf("accounts: %w", err)
	}
	if err := scan([]byte(prefixOpenList), func(_, _ []byte) error { m.onList++; return nil }); err != nil {
		return fmt.Errorf("open list: %w", err)
	}
	if err := m.recoverUnsettled(scan); err != nil {
		return fmt.Errorf("what is gone from the open list: %w", err)
	}
	lost, err := m.recoverDeliveries(s, scan, s.now.Sub(lastAlive))
	if err != nil {
		return fmt.Errorf("open deliveries: %w", err)
	}
	lostSends, err := m.recoverSends(s, scan)
	if err != nil {
		return fmt.Errorf("outbox: %w", err)
	}
	if err := m.recoverPutOff(s, scan); err != nil {
		return fmt.Errorf("rooms that are put off: %w", err)
	}
	if err := m.recoverRestored(s, scan); err != nil {
		return fmt.Errorf("the mark of a restored backup: %w", err)
	}
	for _, l := range lost {
		m.lose(s, l, "the bot stopped, and its handlers with it")
	}
	for _, l := range lostSends {
		m.lose(s, l, "the bot stopped, and its adapter with it")
	}
	for _, p := range m.plugins {
		for name, r := range p.replicas {
			if !r.known && r.child {
				m.stop(r)
				delete(p.replicas, name)
			}
		}
	}
	m.ring(s)
	m.offerAll(s)
	return nil
}

// merged reads a table whose rows have a second row of what changed.
func merged(scan Scan, prefix, turns string, visit func(key string, fixed, turn []byte) error) error {
	turn := map[string][]byte{}
	err := scan([]byte(turns), func(key, value []byte) error {
		turn[string(key[len(turns):])] = append([]byte{}, value...)
		return nil
	})
	if err != nil {
		return err
	}
	return scan([]byte(prefix), func(key, value []byte) error {
		id := string(key[len(prefix):])
		return visit(id, value, turn[id])
	})
}

func (m *Machine) recoverDeliveries(s *step, scan Scan, away time.Duration) (lost []*lease, err error) {
	type found struct {
		d   *delivery
		row *record.Delivery
	}
	var all []found
	err = merged(scan, prefixOpen, prefixTurn, func(id string, fixed, turn []byte) error {
		row, err := MergeDelivery(fixed, turn)
		if err != nil {
			return fmt.Errorf("%s: %w", id, err)
		}
		d := m.restore(s, id, row, away)
		d.turned = turn != nil
		all = append(all, found{d, row})
		return nil
	})
	if err != nil {
		return nil, err
	}
	sort.Slice(all, func(i, j int) bool { return all[i].row.Seq < all[j].row.Seq })
	for _, f := range all {
		d, row := f.d, f.row
		m.seq = max(m.seq, row.Seq)
		m.open[d.id] = d
		d.event.hold()
		if row.Lease == "" {
			m.count(d, +1)
			d.aging = s.at
			m.join(d)
			m.arm(s, d)
			continue
		}
		l := m.restoreLease(s, d.route.owner, row.Replica, row.Child, row.Lease)
		l.delivery, d.lease = d, l
		m.join(d)
		l.began = min(m.moment(row.LeaseBeganMs), s.at)
		if d.route.MaxRun > 0 {
			l.runEnds = s.at + int64(d.route.MaxRun)
		}
		m.watch(l, s.at) // whether it runs is known when its replica is heard of
		m.set(l, l.look())
		if row.Child {
			lost = append(lost, l)
		}
	}
	return lost, nil
}

// MergeDelivery reads the row of an open delivery together with the row of what
// changed since, if there is one.
func MergeDelivery(fixed, turn []byte) (*record.Delivery, error) {
	row := &record.Delivery{}
	if err := wire.Decode(fixed, row); err != nil {
		return nil, err
	}
	if turn == nil {
		return row, nil
	}
	var t record.Delivery
	if err := wire.Decode(turn, &t); err != nil {
		return nil, err
	}
	row.Attempt, row.Offers, row.Lease, row.Replica, row.Child = t.Attempt, t.Offers, t.Lease, t.Replica, t.Child
	row.LeaseBeganMs, row.Told, row.Working, row.NotBeforeMs = t.LeaseBeganMs, t.Told, t.Working, t.NotBeforeMs
	row.AgedMs, row.AgingSinceMs = t.AgedMs, t.AgingSinceMs
	row.Attempts, row.Keys, row.Spoke = t.Attempts, t.Keys, t.Spoke
	return row, nil
}

// restore makes an open delivery from its row. It ages from when it began to,
// or else from when the bot was last known to run.
func (m *Machine) restore(s *step, id string, row *record.Delivery, away time.Duration) *delivery {
	d := &delivery{
		id: id, event: &event{id: row.Event, trace: row.Trace}, route: m.intern(routeOf(row)),
		from:     m.origin(origin{row.User, place(row.Place), row.Decision}),
		admitted: min(m.moment(row.AdmitMs), -1), aging: noAge,
		aged: row.AgedMs*int64(time.Millisecond) + max(int64(away), 0), size: row.Size,
		attempt: uint16(row.Attempt), offers: row.Offers, address: row.Addressed, told: row.Told, worked: row.Working,
	}
	if row.AgingSinceMs != 0 {
		d.aged = row.AgedMs*int64(time.Millisecond) + max(s.at-m.moment(row.AgingSinceMs), 0)
	}
	d.route.open++
	if len(row.Attempts) > 0 || len(row.Keys) > 0 || row.RetryOf != "" {
		d.history = &history{attempts: row.Attempts, keys: row.Keys, spoke: row.Spoke, retryOf: row.RetryOf}
	}
	if row.NotBeforeMs > ms(s.now) {
		d.hold = m.moment(row.NotBeforeMs)
	}
	if !d.route.owner.child {
		d.hold = max(d.hold, s.at+int64(m.opt.RestartHold))
	}
	return d
}

// eventOf is the event that a send answers, with the trace of the delivery that
// made it.
func (m *Machine) eventOf(scan Scan, row *record.Send) (*event, error) {
	if row.Event == "" {
		return nil, nil
	}
	if d := m.open[row.Delivery]; d != nil {
		return &event{id: row.Event, trace: d.event.trace}, nil
	}
	ev := &event{id: row.Event}
	key := EndedKey(row.Delivery)
	err := scan(key, func(found, value []byte) error {
		if len(found) != len(key) {
			return nil
		}
		var ended record.Delivery
		err := wire.Decode(value, &ended)
		ev.trace = ended.Trace
		return err
	})
	return ev, err
}

// restoreLease puts a lease of the last bot into the hands of its replica, which
// may come back and go on with it.
func (m *Machine) restoreLease(s *step, p *plugin, name string, child bool, id string) *lease {
	r := p.replicas[name]
	if r == nil {
		r = m.addReplica(p, name)
		r.child, r.seen = child, s.at
		m.set(r, s.at+int64(m.opt.LeaseTerm))
	}
	l := &lease{id: id, replica: r, began: s.at, expires: s.at + int64(m.opt.LeaseTerm)}
	m.take(l)
	return l
}

func (m *Machine) recoverSends(s *step, scan Scan) (lost []*lease, err error) {
	led := map[string][]*send{} // followers of a send that carries several
	err = merged(scan, prefixOutbox, prefixSendTurn, func(key string, fixed, turn []byte) error {
		var row record.Send
		if err := wire.Decode(fixed, &row); err != nil {
			return err
		}
		if turn != nil {
			var t record.Send
			if err := wire.Decode(turn, &t); err != nil {
				return err
			}
			row.Attempt, row.Offers, row.PossibleRepeat, row.With = t.Attempt, t.Offers, t.PossibleRepeat, t.With
			row.Unsure = t.Unsure
			row.Lease, row.Replica, row.Child = t.Lease, t.Replica, t.Child
		}
		ev, err := m.eventOf(scan, &row)
		if err != nil {
			return err
		}
		o := &send{
			id: row.Id, row: rowNumber(key), event: ev, delivery: row.Delivery, place: place(row.Place),
			replyTo: row.ReplyTo, reason: chat.SendReason(row.Reason), madeMS: row.MadeMs, attempt: uint16(row.Attempt), offers: row.Offers,
			repeat: row.PossibleRepeat, answers: row.Answers, turned: turn != nil, size: uint32(len(row.Text)),
			what: row.What, level: chat.Level(row.Level), asker: row.Asker, trace: row.Trace,
			born: min(m.moment(row.MadeMs), s.at), valid: uint32(row.ValidMs), loss: chat.RepeatPolicy(row.RepeatPolicy) == chat.PreferLoss,
			unsure: row.Unsure, passing: row.Passing,
		}
		if o.isAct() {
			o.instead = row.Text
		}
		m.row = max(m.row, o.row)
		m.keep(o)
		if o.event != nil {
			o.event.hold()
		}
		switch {
		case row.With != "":
			led[row.With] = append(led[row.With], o)
		case row.Lease != "":
			l := m.restoreLease(s, m.pluginOf(m.adapterName()), row.Replica, row.Child, row.Lease)
			l.send, o.lease, l.keyed = o, l, m.idempotent()
			l.runEnds = s.at + int64(sendMaxRun)
			m.outletOf(o.place).busy = o
			if row.Child {
				lost = append(lost, l)
			}
		default:
			m.line(o)
		}
		return nil
	})
	for leader, parts := range led {
		if o := m.outbox[leader]; o != nil {
			o.merged = parts
			for _, part := range parts {
				part.lead = o
			}
			continue
		}
		for _, part := range parts { // its leader ended, so this one did too but for the row
			m.line(part)
		}
	}
	return lost, err
}

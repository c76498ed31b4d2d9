package delivery

import (
	"fmt"
	"sort"
	"time"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/record"
	"google.golang.org/protobuf/proto"
)

// A Scan visits the rows whose keys begin with prefix, in the order of keys.
type Scan func(prefix []byte, visit func(key, value []byte) error) error

// Recover fills a new machine from the store and goes on where the last bot
// stopped, inside a session of its own. lastAlive is when that bot was last
// known to run: the time since counts as age.
//
// Leases of the last bot's own children died with it. Those of remote replicas
// run their full term again, and what was open and is not theirs waits for
// RestartHold (OCO-DLV-15).
func (x *Session) Recover(scan Scan, lastAlive time.Time) error {
	m, s := x.m, &x.s
	err := scan([]byte(prefixDedup), func(key, _ []byte) error { return m.dedup.recover(key) })
	if err != nil {
		return fmt.Errorf("events that were seen: %w", err)
	}
	err = scan([]byte(prefixAccount), func(key, value []byte) error {
		var row record.Account
		if err := proto.Unmarshal(value, &row); err != nil {
			return err
		}
		id := string(key[len(prefixAccount):])
		m.accounts[id] = &account{id: id, plugin: row.Plugin, name: row.Name, service: row.Service, epoch: row.Epoch, checkpoint: row.Checkpoint}
		return nil
	})
	if err != nil {
		return fmt.Errorf("accounts: %w", err)
	}
	if err := scan([]byte(prefixOpenList), func(_, _ []byte) error { m.onList++; return nil }); err != nil {
		return fmt.Errorf("open list: %w", err)
	}
	lost, err := m.recoverDeliveries(s, scan, s.now.Sub(lastAlive))
	if err != nil {
		return fmt.Errorf("open deliveries: %w", err)
	}
	lostSends, err := m.recoverSends(s, scan)
	if err != nil {
		return fmt.Errorf("outbox: %w", err)
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
		all = append(all, found{m.restore(s, id, row, away), row})
		return nil
	})
	sort.Slice(all, func(i, j int) bool { return all[i].row.Seq < all[j].row.Seq })
	for _, f := range all {
		d, row := f.d, f.row
		m.seq = max(m.seq, row.Seq)
		m.open[d.id] = d
		m.hold(d.event)
		if row.Lease == "" {
			m.count(d, +1)
			d.aging = s.at
			m.join(d)
			m.arm(s, d)
			continue
		}
		m.join(d)
		d.queued = false
		l := m.restoreLease(s, d.plugin, row.Replica, row.Child, row.Lease)
		l.delivery, d.lease = d, l
		l.began = s.at - int64(ms(s.now)-row.LeaseBeganMs)*int64(time.Millisecond)
		if d.route.MaxRun > 0 {
			l.runEnds = s.at + int64(d.route.MaxRun)
		}
		m.set(&l.timer, l.alarm())
		if row.Child {
			lost = append(lost, l)
		}
	}
	return lost, err
}

// MergeDelivery reads the row of an open delivery together with the row of what
// changed since, if there is one.
func MergeDelivery(fixed, turn []byte) (*record.Delivery, error) {
	row := &record.Delivery{}
	if err := proto.Unmarshal(fixed, row); err != nil {
		return nil, err
	}
	if turn == nil {
		return row, nil
	}
	var t record.Delivery
	if err := proto.Unmarshal(turn, &t); err != nil {
		return nil, err
	}
	row.Attempt, row.Offers, row.Lease, row.Replica, row.Child = t.Attempt, t.Offers, t.Lease, t.Replica, t.Child
	row.LeaseBeganMs, row.Told, row.NotBeforeMs, row.AgedMs = t.LeaseBeganMs, t.Told, t.NotBeforeMs, t.AgedMs
	row.Attempts, row.Keys = t.Attempts, t.Keys
	return row, nil
}

// restore makes an open delivery from its row.
func (m *Machine) restore(s *step, id string, row *record.Delivery, away time.Duration) *delivery {
	now := ms(s.now)
	d := &delivery{
		id: id, event: m.eventOf(row.Event, row.Trace), plugin: m.pluginOf(row.Plugin), route: m.intern(routeOf(row)),
		user: row.User, place: place(row.Place), decision: row.Decision, retryOf: row.RetryOf,
		admitted: s.at - (now-row.AdmitMs)*int64(time.Millisecond), wallMS: row.AdmitMs, aging: noAge,
		aged: row.AgedMs*int64(time.Millisecond) + max(int64(away), 0), size: row.Size,
		attempt: uint16(row.Attempt), offers: row.Offers, address: row.Addressed, told: row.Told,
	}
	d.timer.due = d
	if len(row.Attempts) > 0 || len(row.Keys) > 0 {
		d.history = &history{attempts: row.Attempts, keys: row.Keys}
	}
	if row.NotBeforeMs > now {
		d.hold = s.at + (row.NotBeforeMs-now)*int64(time.Millisecond)
	}
	if !d.plugin.child {
		d.hold = max(d.hold, s.at+int64(m.opt.RestartHold))
	}
	return d
}

func (m *Machine) eventOf(id, trace string) *event {
	if id == "" {
		return nil
	}
	if ev := m.events[id]; ev != nil {
		return ev
	}
	ev := &event{id: id, trace: trace}
	m.events[id] = ev
	return ev
}

// restoreLease puts a lease of the last bot into the hands of its replica, which
// may come back and go on with it.
func (m *Machine) restoreLease(s *step, p *plugin, name string, child bool, id string) *lease {
	r := p.replicas[name]
	if r == nil {
		r = m.addReplica(p, name)
		r.child, r.seen = child, s.at
		m.set(&r.timer, s.at+int64(m.opt.LeaseTerm))
	}
	l := &lease{id: id, replica: r, began: s.at, expires: s.at + int64(m.opt.LeaseTerm)}
	m.take(l)
	return l
}

func (m *Machine) recoverSends(s *step, scan Scan) (lost []*lease, err error) {
	led := map[string][]*send{} // followers of a send that carries several
	err = merged(scan, prefixOutbox, prefixSendTurn, func(key string, fixed, turn []byte) error {
		var row record.Send
		if err := proto.Unmarshal(fixed, &row); err != nil {
			return err
		}
		if turn != nil {
			var t record.Send
			if err := proto.Unmarshal(turn, &t); err != nil {
				return err
			}
			row.Attempt, row.Lease, row.Child, row.PossibleRepeat, row.With = t.Attempt, t.Lease, t.Child, t.PossibleRepeat, t.With
			row.Replica = t.Replica
		}
		o := &send{
			id: row.Id, row: rowNumber(key), event: m.eventOf(row.Event, ""), delivery: row.Delivery, place: place(row.Place),
			replyTo: row.ReplyTo, reason: chat.SendReason(row.Reason), madeMS: row.MadeMs, attempt: uint16(row.Attempt),
			repeat: row.PossibleRepeat, turned: turn != nil,
		}
		m.row = max(m.row, o.row)
		m.outbox[o.id] = o
		if o.event != nil {
			m.hold(o.event)
		}
		switch {
		case row.With != "":
			led[row.With] = append(led[row.With], o)
		case row.Lease != "":
			l := m.restoreLease(s, m.pluginOf(m.adapterName()), row.Replica, row.Child, row.Lease)
			l.send, o.lease = o, l
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

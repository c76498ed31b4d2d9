package delivery

import (
	"fmt"
	"sort"
	"time"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/record"
	"github.com/openchatops/oco/internal/texts"
)

// look is when a lease must be looked at.
func (l *lease) look() int64 {
	at := l.expires
	if l.over() {
		return at
	}
	for _, due := range [...]int64{l.runEnds, l.tells} {
		if due != 0 && due < at {
			at = due
		}
	}
	return at
}

// over reports whether what was leased has ended or moved on, so that only the
// slot is still taken.
func (l *lease) over() bool { return l.delivery == nil && l.send == nil }

// renew counts the term of a lease anew.
func (m *Machine) renew(s *step, l *lease) {
	l.expires = s.at + int64(m.opt.LeaseTerm)
	m.set(l, l.look())
}

// fire looks at a lease whose term or whose run is over.
func (l *lease) fire(m *Machine, s *step) {
	switch {
	case l.expires <= s.at && l.replica.seen+int64(m.opt.LeaseTerm) <= s.at:
		// Who holds something and says nothing is gone, even if its stream seems
		// open: a proxy may hold that.
		m.remove(s, l.replica, fmt.Sprintf("it was not heard of for %s", m.opt.LeaseTerm))
	case l.expires <= s.at:
		m.lose(s, l, fmt.Sprintf("%s did not name it for %s", l.replica.name, m.opt.LeaseTerm))
	case l.over():
		m.set(l, l.expires)
	case l.runEnds != 0 && l.runEnds <= s.at:
		m.timeOut(s, l)
	default:
		m.tellWorking(s, l)
	}
}

// lose ends a lease whose holder is lost. It counts as started, so a once route
// ends unknown.
func (m *Machine) lose(s *step, l *lease, why string) {
	m.free(l)
	if o := l.send; o != nil {
		l.send = nil
		m.sendLost(s, o, l.keyed, why)
		return
	}
	d := l.delivery
	if d == nil {
		return
	}
	l.delivery = nil
	m.interrupted(s, d, l, why, m.because(texts.WhyLost))
}

// timeOut ends the run of a callback that took longer than it may. The slot
// stays taken until the callback returns.
func (m *Machine) timeOut(s *step, l *lease) {
	o, d := l.send, l.delivery
	id := ""
	if d != nil {
		id = d.id
	} else {
		id = o.id
	}
	l.cancel(s, CancelFrame{Delivery: id, Reason: CancelMaxRun, Text: "max_run is over"})
	l.send, l.delivery = nil, nil
	m.set(l, l.expires)
	m.hung(s, l.replica)
	if o != nil {
		m.sendLost(s, o, l.keyed, "the adapter did not answer")
		return
	}
	ran := time.Duration(l.runEnds - l.began) // max_run, or what Progress asked for
	m.interrupted(s, d, l, "max_run was over", m.because(texts.WhyTimedOut, "time", ran).follow(texts.MayGoOn))
}

// cancel tells the replica of a lease that its answer became useless: now, or when it
// listens again.
func (l *lease) cancel(s *step, c CancelFrame) {
	if c.Sink = l.replica.sink; c.Sink == 0 {
		l.untold = &c
		return
	}
	s.frame(c)
}

// catchUp tells a replica that listens again what became useless meanwhile.
func (r *replica) catchUp(s *step) {
	var late []CancelFrame
	for _, l := range r.leases {
		if l.untold != nil {
			late = append(late, *l.untold)
			l.untold = nil
		}
	}
	sort.Slice(late, func(i, j int) bool { return late[i].Delivery < late[j].Delivery })
	for _, c := range late {
		c.Sink = r.sink
		s.frame(c)
	}
}

// hung reports a replica all of whose slots are taken by callbacks that do not
// return.
func (m *Machine) hung(s *step, r *replica) {
	if len(r.leases) < r.credit {
		return
	}
	for _, l := range r.leases {
		if !l.over() {
			return
		}
	}
	s.report(Report{Kind: "hung", Plugin: r.plugin.name, Detail: r.name})
}

// interrupted goes on with a delivery whose run was cut off: nobody knows
// whether its callback did its work.
func (m *Machine) interrupted(s *step, d *delivery, l *lease, why string, said cause) {
	d.attempted(s, l, why)
	d.lease = nil
	if d.route.RunPolicy != chat.Repeatable || int(d.attempt) >= max(d.route.MaxAttempts, 1) {
		m.count(d, +1)
		m.endAs(s, d, chat.Unknown, said, why)
		return
	}
	pause := m.backoff(d.attempt)
	m.tellAgain(s, d, said.text, pause)
	m.again(s, d, pause)
}

// attempted notes how an attempt ended.
func (d *delivery) attempted(s *step, l *lease, how string) {
	h := d.past()
	began := s.now.Add(-time.Duration(s.at - l.began))
	h.attempts = append(h.attempts, &record.Attempt{
		Attempt: uint32(d.attempt), Replica: l.replica.name, StartMs: ms(began), EndMs: ms(s.now), EndedBy: how,
	})
}

func (d *delivery) past() *history {
	if d.history == nil {
		d.history = &history{}
	}
	return d.history
}

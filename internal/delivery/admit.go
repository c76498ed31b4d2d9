package delivery

import (
	"time"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/record"
	"github.com/openchatops/oco/internal/texts"
	"github.com/openchatops/oco/internal/wire"
)

// admit takes events in: what was seen before is left out, the rest goes to
// disk in this step's batch with its deliveries and their first leases.
func (m *Machine) admit(s *step, in Admit) {
	var answer Admitted
	account, err := m.publisher(in)
	if err == nil && len(in.Completions) == 0 && len(m.outbox) >= m.opt.OutboxItems {
		err = m.outboxFull() // what comes in may make the bot speak
	}
	if err != nil {
		s.reply(nil, err)
		return
	}
	m.heard(s, in.From)
	s.again = again(in.Completions)
	for _, c := range in.Completions {
		answer.Verdicts = append(answer.Verdicts, m.completeOne(s, in.From, c))
	}
	for i := range in.Events {
		e := &in.Events[i]
		if m.dedup.seen(e.Dedup) {
			answer.Duplicates++
			continue
		}
		answer.Admitted++
		m.remember(s, e.Dedup)
		m.admitEvent(s, e)
	}
	if account != nil {
		if in.Checkpoint != "" && in.Checkpoint != account.checkpoint {
			account.checkpoint = in.Checkpoint
			m.writeAccount(s, account)
		}
		answer.Checkpoint = account.checkpoint
	}
	s.reply(answer, nil)
}

// publisher finds the account and fences who is not its active adapter.
func (m *Machine) publisher(in Admit) (*account, *chat.Error) {
	if in.Account == "" {
		return nil, nil
	}
	a := m.accounts[in.Account]
	if a != nil && a.active == nil && !a.fenced[in.From.Name] {
		// Perhaps it served the account and was thought to be gone.
		return nil, chat.Refuse(chat.ReplicaNotFound, "no replica serves %s: Register and ReportStatus, then publish again", in.Account)
	}
	if a == nil || in.Epoch != a.epoch || a.active == nil || a.active.name != in.From.Name || a.active.plugin.name != in.From.Plugin {
		return nil, chat.Refuse(chat.EpochFenced, "another replica serves %s, or ReportStatus was not called", in.Account)
	}
	return a, nil
}

func (m *Machine) admitEvent(s *step, e *Event) {
	occurred := e.Occurred
	if occurred.IsZero() || occurred.After(s.now) {
		occurred = s.now
	}
	ev := &event{id: e.ID, trace: e.Trace, pending: 1}
	if e.ServiceID != "" {
		ev.settle = &settlement{serviceID: e.ServiceID}
	}
	if len(e.Deliveries) > 0 {
		row := &record.Event{Payload: e.Payload, Meant: e.Meant}
		for _, n := range e.Deliveries {
			row.Deliveries = append(row.Deliveries, n.ID)
		}
		s.put(EventKey(e.ID), row)
	}
	for _, n := range e.Deliveries {
		m.admitDelivery(s, ev, n, e.Payload, s.now.Sub(occurred), "")
	}
	for _, n := range e.Sends {
		m.enqueue(s, ev, "", n)
	}
	s.write(e.Writes)
	if e.Word != nil {
		m.obey(s, ev, e.Word, e.Asker)
	}
	m.release(s, ev) // the reference of this function
}

// admitDelivery opens a delivery, or ends it at once if it is refused, too old
// or too much.
func (m *Machine) admitDelivery(s *step, ev *event, n NewDelivery, payload []byte, age time.Duration, retryOf string) *delivery {
	d := &delivery{
		id: n.ID, event: ev, route: m.intern(n.Route), from: m.origin(origin{n.User, n.Place, n.Decision}),
		admitted: s.at, aging: noAge, aged: int64(age), size: uint32(len(payload)), address: n.Addressed,
	}
	if retryOf != "" {
		d.past().retryOf = retryOf
	}
	d.route.open++
	ev.hold()
	m.open[d.id] = d
	m.count(d, +1)
	s.report(Report{Kind: "admitted", Delivery: d.id, Event: ev.id, Plugin: d.route.Plugin, Route: d.route.Name, Trace: ev.trace})
	switch {
	case n.Refused:
		m.endAs(s, d, chat.Refused, said(n.UserText), n.Decision)
	case d.route.owner.dropped: // between what decided about it and here
		m.endAs(s, d, chat.Expired, said(d.route.owner.why), "the registration was dropped")
	case m.over(d):
		m.endAs(s, d, chat.Refused, m.because(texts.WhyQueueFull, "plugin", d.route.Plugin).follow(texts.SayLater), "the queue of the plugin, or of the bot, is full")
	case d.stale(s.at):
		m.endAs(s, d, chat.Expired, cause{}, "older than its route allows when it came in")
	default:
		f := &fresh{d: d, row: m.fixed(d, n), payload: payload}
		s.fresh[d.id], s.order = f, append(s.order, f)
		s.matches += len(n.Match)
		if !m.alive(d) {
			d.aging = s.at
		}
		m.join(d)
		m.arm(s, d)
	}
	return d
}

// over reports whether one more delivery would exceed a bound. d is counted.
func (m *Machine) over(d *delivery) bool {
	return d.route.owner.waiting > m.opt.QueueItems || d.route.owner.bytes > m.opt.QueueBytes ||
		m.waiting > m.opt.TotalItems || m.bytes > m.opt.TotalBytes
}

// count keeps the sums over deliveries that wait.
func (m *Machine) count(d *delivery, sign int) {
	d.route.owner.waiting += sign
	d.route.owner.bytes += int64(sign) * int64(d.size)
	m.waiting += sign
	m.bytes += int64(sign) * int64(d.size)
}

// fixed is the row of a delivery that never changes while it is open.
func (m *Machine) fixed(d *delivery, n NewDelivery) *record.Delivery {
	m.seq++
	row := new(record.Delivery)
	m.describe(d, row)
	row.Match, row.Size, row.Seq = n.Match, d.size, m.seq
	return row
}

// describe writes what the rows of an open and of an ended delivery share.
func (m *Machine) describe(d *delivery, row *record.Delivery) {
	r, from := d.route, d.from
	row.Event, row.Plugin, row.Route, row.Definition = d.event.id, r.Plugin, r.Name, r.Definition
	row.RunPolicy, row.Order, row.Notice = uint32(r.RunPolicy), uint32(r.Order), uint32(r.Notice)
	row.MaxRunMs, row.StaleAfterMs, row.MaxAttempts = r.MaxRun.Milliseconds(), r.StaleAfter.Milliseconds(), uint32(r.MaxAttempts)
	row.Sensitive, row.Addressed, row.User, row.Place = r.Sensitive, d.address, from.user, placeRow(from.place)
	row.Decision, row.AdmitMs, row.Trace = from.decision, m.wall(d.admitted), d.event.trace
	if d.history != nil {
		row.RetryOf = d.history.retryOf
	}
}

func placeRow(p chat.Place) *record.Place {
	return &record.Place{Room: p.Room, User: p.User, Thread: p.Thread, Start: p.Start}
}

func place(r *record.Place) chat.Place {
	return chat.Place{Room: r.GetRoom(), User: r.GetUser(), Thread: r.GetThread(), Start: r.GetStart()}
}

// put writes a record. Records of ours always encode: what could fail, invalid
// UTF-8, is repaired where text comes in.
func (s *step) put(key []byte, row wire.Message) {
	s.putLazily(key, row)
	s.sync = true
}

// putLazily writes a record that the next step that syncs may take along: to
// lose it in a crash breaks no promise.
func (s *step) putLazily(key []byte, row wire.Message) {
	value, err := wire.Append(s.buffer[:0], row)
	if err != nil {
		panic("delivery: a record does not encode: " + err.Error())
	}
	s.buffer = value
	s.batch.Put(key, value)
	s.wrote(key, value)
}

// intern gives equal routes one copy, for as long as one of its deliveries is
// open.
func (m *Machine) intern(r Route) *knownRoute {
	if known, ok := m.routes[r]; ok {
		return known
	}
	known := &knownRoute{Route: r, owner: m.pluginOf(r.Plugin)}
	m.routes[r] = known
	return known
}

// origin gives equal origins one copy, as intern does for routes.
func (m *Machine) origin(o origin) *knownOrigin {
	known := m.origins[o]
	if known == nil {
		known = &knownOrigin{origin: o}
		m.origins[o] = known
	}
	known.open++
	return known
}

func (m *Machine) pluginOf(name string) *plugin {
	p := m.plugins[name]
	if p == nil {
		p = &plugin{name: name, role: chat.RoleHandler, child: m.opt.ChildPlugins[name], replicas: map[string]*replica{}}
		m.plugins[name] = p
	}
	return p
}

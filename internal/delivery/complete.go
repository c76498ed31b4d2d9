package delivery

import (
	"slices"
	"time"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/record"
	"github.com/openchatops/oco/internal/texts"
	"github.com/openchatops/oco/internal/wire"
)

// complete takes a batch of completions, each for itself.
func (m *Machine) complete(s *step, in Complete) {
	m.heard(s, in.From)
	s.again = again(in.Completions)
	if in.Wait && len(in.Completions) == 1 && len(in.Completions[0].Sends) == 1 {
		m.completeAndWait(s, in)
		return
	}
	verdicts := make([]Verdict, 0, len(in.Completions))
	for _, c := range in.Completions {
		verdicts = append(verdicts, m.completeOne(s, in.From, c))
	}
	s.reply(verdicts, nil)
}

// completeAndWait answers when the one send has ended.
func (m *Machine) completeAndWait(s *step, in Complete) {
	c := in.Completions[0]
	v := m.completeOne(s, in.From, c)
	if v.Kind == NotTaken {
		s.reply(nil, v.Err)
		return
	}
	m.answerAtEnd(s, chat.MessageID(c.Delivery, c.Sends[0].Key))
}

// completeOne takes one completion.
func (m *Machine) completeOne(s *step, from Replica, c Completion) Verdict {
	if c.Operation != nil || m.outbox[c.Delivery] != nil {
		return m.completeSend(s, from, c)
	}
	d := m.open[c.Delivery]
	if d == nil {
		return m.completeLate(s, from, c)
	}
	if d.route.Plugin != from.Plugin {
		return refuse(chat.DeliveryNotFound, "no delivery %s of %s", c.Delivery, from.Plugin)
	}
	if !ours(d.id, c.ID, d.offers) {
		return refuse(chat.LeaseLost, "%s never had the lease %s", d.id, c.ID)
	}
	held := m.leases[c.ID]
	final := c.Kind == DoneKind || c.Kind == Fail
	if held != nil && held.delivery != d && c.Kind != Progress {
		m.free(held) // it was over already: only its slot was taken
		held = nil
	}
	if (held == nil || held.delivery != d) && !final {
		return refuse(chat.LeaseLost, "the lease %s is not that of the delivery any more: stop the callback", c.ID)
	}
	p, v := m.planOf(s, c)
	if v.Kind == NotTaken {
		return v
	}
	if v := m.sends(s, d, c.Sends); v.Kind == NotTaken {
		return v
	}
	p.commit(s)
	switch c.Kind {
	case Progress:
		if c.Extend > 0 {
			held.runEnds = later(s.at, c.Extend)
		}
		m.renew(s, held)
		if len(c.Sends) > 0 {
			m.turn(s, d)
		}
	case DoneKind, Fail:
		m.finish(s, d, c)
	case Retried:
		m.retryLater(s, d, held, c)
	case Release:
		m.released(s, d, held)
	default:
		return refuse(chat.FieldInvalid, "a completion of kind %d", c.Kind)
	}
	return p.verdict(Committed)
}

// released offers again what a replica did not start: rather to another one,
// and the less often the more often it comes back.
func (m *Machine) released(s *step, d *delivery, l *lease) {
	m.free(l)
	d.lease = nil
	d.attempt--
	h := d.past()
	h.shun = l.replica.name
	pause := releaseHold << min(h.released, releaseDoublings)
	h.released++
	m.again(s, d, pause)
}

// A replica that releases all it gets is not asked in a busy circle.
const (
	releaseHold      = 50 * time.Millisecond
	releaseDoublings = 6
)

// finish takes the first final completion. It may come with an earlier lease of
// the delivery: then the current one is over and its callback of no use.
func (m *Machine) finish(s *step, d *delivery, c Completion) {
	if l := d.lease; l != nil {
		how := "done"
		if c.Kind == Fail {
			how = "fail"
		}
		d.attempted(s, l, how)
		if l.id == c.ID {
			m.free(l)
		} else {
			l.delivery = nil
			l.cancel(s, CancelFrame{Delivery: d.id, Reason: CancelSettled, Text: "another replica completed it"})
		}
		d.lease = nil
		m.count(d, +1)
	}
	if c.Kind == Fail {
		m.endAs(s, d, chat.Failed, said(c.UserText), c.Detail)
		return
	}
	m.endAs(s, d, chat.Done, cause{}, "")
}

// retryLater obeys a handler that says: not now.
func (m *Machine) retryLater(s *step, d *delivery, l *lease, c Completion) {
	d.attempted(s, l, "retry")
	m.free(l)
	d.lease = nil
	if int(d.attempt) >= max(d.route.MaxAttempts, 1) {
		m.count(d, +1)
		m.endAs(s, d, chat.Failed, said(c.UserText), "the last attempt asked for another: "+c.Detail)
		return
	}
	pause := max(c.Delay, m.backoff(d.attempt))
	m.tellAgain(s, d, m.words().Say(texts.WhyNotYet), pause)
	m.again(s, d, pause)
}

// completeLate takes a completion of a delivery that has ended: the last lease
// of an unknown one resolves it (OCO-DLV-18), all else is a duplicate.
func (m *Machine) completeLate(s *step, from Replica, c Completion) Verdict {
	if l := m.leases[c.ID]; l != nil && l.replica.plugin.name == from.Plugin && l.over() && c.Kind != Progress {
		m.free(l)
	}
	var row record.Delivery
	if !s.facts.read(EndedKey(c.Delivery), &row) || row.Plugin != from.Plugin {
		return refuse(chat.DeliveryNotFound, "no delivery %s of %s", c.Delivery, from.Plugin)
	}
	final := c.Kind == DoneKind || c.Kind == Fail
	if !final {
		return refuse(chat.LeaseLost, "the delivery ended %s: stop the callback", chat.Outcome(row.Outcome))
	}
	last, err := leaseNumber(c.Delivery, c.ID)
	if chat.Outcome(row.Outcome) != chat.Unknown || row.Resolved != 0 || row.RetriedAs != "" || row.Forgotten || err != nil || last != row.Offers {
		return Verdict{Kind: Duplicate}
	}
	d := m.ghost(&row, c.Delivery)
	d.history = &history{attempts: row.Attempts, keys: row.Keys}
	p, v := m.planOf(s, c)
	if v.Kind == NotTaken {
		return v
	}
	if v := m.sends(s, d, c.Sends); v.Kind == NotTaken {
		return v
	}
	p.commit(s)
	row.Keys = d.history.keys
	row.Resolved = uint32(chat.Done)
	if c.Kind == Fail {
		row.Resolved = uint32(chat.Failed)
		row.UserText, row.Detail = c.UserText, c.Detail
	}
	if !row.Settled && c.Kind == DoneKind {
		row.Settled = true
		m.offList(s, c.Delivery)
	}
	s.put(EndedKey(c.Delivery), &row)
	m.tell(s, d, chat.Outcome(row.Resolved), said(c.UserText), d.history.spoke)
	s.report(Report{Kind: "resolved", Delivery: d.id, Event: d.event.id, Plugin: row.Plugin, Route: row.Route, Outcome: chat.Outcome(row.Resolved), Trace: row.Trace})
	return p.verdict(Resolved)
}

// ghost is an ended delivery as far as sends and notices need it.
func (m *Machine) ghost(row *record.Delivery, id string) *delivery {
	return &delivery{
		id: id, event: &event{id: row.Event, trace: row.Trace},
		route:   &knownRoute{Route: routeOf(row), owner: m.pluginOf(row.Plugin)},
		from:    &knownOrigin{origin: origin{row.User, place(row.Place), row.Decision}},
		address: row.Addressed, offers: row.Offers, attempt: uint16(row.Attempt),
	}
}

// maxKeys bounds the sends of one delivery.
const maxKeys = 1000

// sends commits the keyed sends of a completion, all or none. A key that was
// committed is not sent again (OCO-DLV-20).
func (m *Machine) sends(s *step, d *delivery, sends []KeyedSend) Verdict {
	if len(sends) == 0 {
		return Verdict{Kind: Committed}
	}
	here := d.from.place
	for _, k := range sends {
		if !chat.ValidKey(k.Key) {
			return refuse(chat.FieldInvalid, "the key %q of a send is not 1 to 64 bytes of A-Za-z0-9._~-", k.Key)
		}
		if !k.Place.IsZero() && !k.Elsewhere && k.Place.Key() != here.Key() {
			return refuse(chat.RoomForbidden, "the delivery came from %s and grants no sending to %s", here.Key(), k.Place.Key())
		}
	}
	if len(m.outbox)+len(sends) > m.opt.OutboxItems {
		return Verdict{Kind: NotTaken, Err: m.outboxFull()}
	}
	past := d.past()
	if len(past.keys)+len(sends) > maxKeys {
		return refuse(chat.QuotaExceeded, "a delivery sends at most %d messages", maxKeys)
	}
	for _, k := range sends {
		if slices.Contains(past.keys, k.Key) {
			continue
		}
		to := k.Place
		if to.IsZero() {
			to = here
		}
		past.keys = append(past.keys, k.Key)
		past.spoke = past.spoke || d.heardAt(to)
		o := m.enqueue(s, d.event, d.id, NewSend{
			ID: chat.MessageID(d.id, k.Key), Place: to, Text: k.Text, ReplyTo: k.ReplyTo, Reason: chat.ForHandler, Terms: k.Terms,
		})
		o.answers = d.address && d.heardAt(to)
	}
	return Verdict{Kind: Committed}
}

// heardAt says whether who asked sees what is said at a place.
func (d *delivery) heardAt(to chat.Place) bool {
	from := d.from
	return to.Key() == from.place.Key() || to.Room == "" && to.User == from.user
}

func (m *Machine) outboxFull() *chat.Error {
	return chat.Refuse(chat.QueueFull, "the outbox holds %d messages that the adapter has not taken", len(m.outbox))
}

func refuse(reason chat.Reason, format string, args ...any) Verdict {
	return Verdict{Kind: NotTaken, Err: chat.Refuse(reason, format, args...)}
}

// read decodes the row of a key into row and reports whether there is one. A
// row that does not decode counts as damaged and is not taken for absent.
func (f Facts) read(key []byte, row wire.Message) bool {
	value, ok := f[string(key)]
	if !ok || value == nil {
		return false
	}
	if err := wire.Decode(value, row); err != nil {
		panic("delivery: the row " + string(key) + " is damaged: " + err.Error())
	}
	return true
}

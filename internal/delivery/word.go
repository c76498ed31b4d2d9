package delivery

import (
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/record"
	"github.com/openchatops/oco/internal/texts"
)

// obey does what a person told the bot by an event, and says how it went.
func (m *Machine) obey(s *step, ev *event, word Input, asker chat.Place) {
	var text string
	say := m.words()
	s.here = asker
	defer func() { s.here = chat.Place{} }()
	switch w := word.(type) {
	case RetryOf:
		id, err := m.retry(s, w)
		if text = say.Say(texts.RunsAgain, "old", w.Old, "id", id); err != nil {
			text = err.In(say.Catalogue)
		}
	case CancelOf:
		text = say.Say(texts.IsCancelled, "id", w.Delivery)
		if err := m.cancel(s, w); err != nil {
			text = err.In(say.Catalogue)
		}
	case Drop:
		text = say.Say(texts.IsSettled, "id", w.Delivery)
		if err := m.drop(s, w); err != nil {
			text = err.In(say.Catalogue)
		}
	default:
		return
	}
	m.enqueue(s, ev, "", NewSend{Place: asker, Text: text, Reason: chat.ForBot})
}

// retry runs the event of an ended delivery again, as a new delivery that
// settles the old one.
func (m *Machine) retry(s *step, in RetryOf) (string, *chat.Error) {
	if m.open[in.Old] != nil {
		return "", chat.Refuse(chat.DeliveryState, "%s has not ended yet", in.Old).Saying(texts.NotEnded, "id", in.Old)
	}
	var old record.Delivery
	var row record.Event
	if !s.facts.read(EndedKey(in.Old), &old) {
		return "", chat.Refuse(chat.DeliveryNotFound, "there is no delivery %s", in.Old).Saying(texts.NoSuchID, "id", in.Old)
	}
	switch {
	case old.RetriedAs != "":
		return "", chat.Refuse(chat.DeliveryState, "%s was run again already, as %s", in.Old, old.RetriedAs).Saying(texts.RetriedSo, "old", in.Old, "id", old.RetriedAs)
	case chat.Outcome(old.Outcome) == chat.Done || chat.Outcome(old.Resolved) == chat.Done:
		return "", chat.Refuse(chat.DeliveryState, "%s is done: say it anew to run it once more", in.Old).Saying(texts.DoneAlready, "id", in.Old)
	case !s.facts.read(EventKey(old.Event), &row):
		return "", chat.Refuse(chat.DeliveryState, "the event of %s is not kept any more", in.Old).Saying(texts.EventGone, "id", in.Old)
	case row.Bare:
		return "", TextGone(in.Old)
	}
	ev := &event{id: old.Event, trace: old.Trace, pending: 1}
	row.Deliveries = append(row.Deliveries, in.New.ID)
	if in.Meant != nil {
		row.Meant = in.Meant
	}
	s.put(EventKey(old.Event), &row)
	m.admitDelivery(s, ev, in.New, row.Payload, 0, in.Old)
	old.RetriedAs = in.New.ID
	m.settle(s, in.Old, &old, "run again by "+in.By)
	m.release(s, ev)
	return in.New.ID, nil
}

// settle takes an ended delivery off the open list and writes its record.
func (m *Machine) settle(s *step, id string, row *record.Delivery, detail string) {
	if !row.Settled && opens(chat.Outcome(row.Outcome)) {
		m.offList(s, id)
	}
	row.Settled = true
	if row.Detail != "" {
		row.Detail += "; "
	}
	row.Detail += detail
	s.put(EndedKey(id), row)
}

// cancel ends a delivery that has not ended. Its callback, if it runs, keeps its
// slot until it returns.
func (m *Machine) cancel(s *step, in CancelOf) *chat.Error {
	d := m.open[in.Delivery]
	if d == nil {
		var row record.Delivery
		if s.facts.read(EndedKey(in.Delivery), &row) {
			return chat.Refuse(chat.DeliveryState, "%s has ended already: %s", in.Delivery, chat.Outcome(row.Outcome)).
				Saying(texts.EndedAlready, "id", in.Delivery, "outcome", texts.Word(chat.Outcome(row.Outcome).String()))
		}
		return chat.Refuse(chat.DeliveryNotFound, "there is no delivery %s", in.Delivery).Saying(texts.NoSuchID, "id", in.Delivery)
	}
	if l := d.lease; l != nil {
		text := "cancelled by " + in.By
		if in.Reason != "" {
			text += ": " + in.Reason
		}
		l.cancel(s, CancelFrame{Delivery: d.id, Reason: CancelPerson, Text: text})
		d.attempted(s, l, "cancelled")
		l.delivery, d.lease = nil, nil
		m.count(d, +1)
	}
	why := m.because(texts.ByWhom, "who", in.By)
	if in.Reason != "" {
		why = m.because(texts.ByWhomFor, "who", in.By, "reason", in.Reason)
	}
	why.who, why.reason = in.By, in.Reason
	m.endAs(s, d, chat.Cancelled, why, "")
	return nil
}

// drop settles a delivery that ended badly: nobody will run it again.
func (m *Machine) drop(s *step, in Drop) *chat.Error {
	var row record.Delivery
	switch {
	case m.open[in.Delivery] != nil:
		return chat.Refuse(chat.DeliveryState, "%s has not ended yet: cancel it instead", in.Delivery).Saying(texts.CancelFirst, "id", in.Delivery)
	case !s.facts.read(EndedKey(in.Delivery), &row):
		return chat.Refuse(chat.DeliveryNotFound, "there is no delivery %s", in.Delivery).Saying(texts.NoSuchID, "id", in.Delivery)
	case row.Settled || !opens(chat.Outcome(row.Outcome)):
		return chat.Refuse(chat.DeliveryState, "%s is not on the open list", in.Delivery).Saying(texts.NotOnList, "id", in.Delivery)
	}
	detail := "dropped by " + in.By
	if in.Reason != "" {
		detail += ": " + in.Reason
	}
	m.settle(s, in.Delivery, &row, detail)
	m.tellDeed(s, m.words().dropped(row.Route, in.Delivery, chat.Outcome(row.Outcome), in.By, in.Reason))
	return nil
}

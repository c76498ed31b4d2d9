package delivery

import (
	"time"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/record"
)

// endAs ends a delivery that is not leased: it writes the record, tells who
// must be told, all in this step's batch, and lets go of it.
func (m *Machine) endAs(s *step, d *delivery, o chat.Outcome, why cause, detail string) {
	m.stop(d)
	m.count(d, -1)
	m.age(d, s.at)
	delete(m.open, d.id)
	m.leave(s, d)
	m.unready(d)
	m.endPassing(s, d)
	if d.route.open--; d.route.open == 0 {
		delete(m.routes, d.route.Route)
	}
	if d.from.open--; d.from.open == 0 {
		delete(m.origins, d.from.origin)
	}

	row := &s.ended
	row.Reset()
	m.describe(d, row)
	row.Attempt, row.Offers = uint32(d.attempt), d.offers
	row.Outcome, row.UserText, row.Detail, row.EndMs = uint32(o), why.text, detail, ms(s.now)
	if d.history != nil {
		row.Attempts, row.Keys = d.history.attempts, d.history.keys
	}
	s.put(EndedKey(d.id), row)
	if s.fresh[d.id] == nil {
		s.batch.Delete(DeliveryKey(d.id))
		if d.turned {
			s.batch.Delete(TurnKey(d.id))
		}
	}
	if opens(o) {
		s.batch.Put(OpenListKey(d.id), nil)
		m.onList++
	}
	m.tell(s, d, o, why, d.spoke())
	s.report(Report{
		Kind: "ended", Delivery: d.id, Event: d.event.id, Plugin: d.route.Plugin, Route: d.route.Name,
		Outcome: o, Attempt: int(d.attempt), Took: time.Duration(s.at - d.admitted), Trace: d.event.trace, Detail: detail,
	})
	d.event.ended(o)
	m.release(s, d.event)
}

// opens reports whether an outcome goes on the open list.
func opens(o chat.Outcome) bool {
	return o == chat.Failed || o == chat.Unknown || o == chat.Expired
}

func routeOf(row *record.Delivery) Route {
	return Route{
		Plugin: row.Plugin, Name: row.Route, Definition: row.Definition,
		RunPolicy: chat.RunPolicy(row.RunPolicy), Order: chat.Order(row.Order), Notice: chat.Notice(row.Notice),
		MaxRun: time.Duration(row.MaxRunMs) * time.Millisecond, StaleAfter: time.Duration(row.StaleAfterMs) * time.Millisecond,
		MaxAttempts: int(row.MaxAttempts), Sensitive: row.Sensitive,
	}
}

// offList takes a delivery off the open list.
func (m *Machine) offList(s *step, id string) {
	s.batch.Delete(OpenListKey(id))
	s.sync = true
	m.onList--
}

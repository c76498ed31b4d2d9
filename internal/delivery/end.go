package delivery

import (
	"time"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/record"
)

// endAs ends a delivery that is not leased: it writes the record, tells who
// must be told, all in this step's batch, and lets go of it.
func (m *Machine) endAs(s *step, d *delivery, o chat.Outcome, userText, detail string) {
	m.stop(&d.timer)
	m.count(d, -1)
	m.age(d, s.at)
	delete(m.open, d.id)
	m.leave(s, d)

	row := d.ended(o, userText, detail, ms(s.now))
	s.put(EndedKey(d.id), row)
	if s.fresh[d.id] == nil {
		s.batch.Delete(DeliveryKey(d.id))
		s.batch.Delete(TurnKey(d.id))
	}
	if opens(o) {
		s.batch.Put(OpenListKey(d.id), nil)
		m.onList++
	}
	m.tell(s, d, o, userText)
	s.report(Report{
		Kind: "ended", Delivery: d.id, Event: d.event.id, Plugin: d.plugin.name, Route: d.route.Name,
		Outcome: o, Attempt: int(d.attempt), Took: time.Duration(s.at - d.admitted), Trace: d.event.trace, Detail: detail,
	})
	d.event.ended(o)
	m.release(s, d.event)
}

// opens reports whether an outcome goes on the open list.
func opens(o chat.Outcome) bool {
	return o == chat.Failed || o == chat.Unknown || o == chat.Expired
}

// ended is the record of a delivery that has ended.
func (d *delivery) ended(o chat.Outcome, userText, detail string, at int64) *record.Delivery {
	r := d.route
	row := &record.Delivery{
		Event: d.event.id, Plugin: r.Plugin, Route: r.Name, Definition: r.Definition,
		RunPolicy: uint32(r.RunPolicy), Order: uint32(r.Order), Notice: uint32(r.Notice),
		MaxRunMs: r.MaxRun.Milliseconds(), StaleAfterMs: r.StaleAfter.Milliseconds(), MaxAttempts: uint32(r.MaxAttempts),
		Addressed: d.address, User: d.user, Place: placeRow(d.place), Decision: d.decision, AdmitMs: d.wallMS,
		Trace: d.event.trace, RetryOf: d.retryOf, Attempt: uint32(d.attempt), Offers: d.offers,
		Outcome: uint32(o), UserText: userText, Detail: detail, EndMs: at,
	}
	if d.history != nil {
		row.Attempts, row.Keys = d.history.attempts, d.history.keys
	}
	return row
}

func routeOf(row *record.Delivery) Route {
	return Route{
		Plugin: row.Plugin, Name: row.Route, Definition: row.Definition,
		RunPolicy: chat.RunPolicy(row.RunPolicy), Order: chat.Order(row.Order), Notice: chat.Notice(row.Notice),
		MaxRun: time.Duration(row.MaxRunMs) * time.Millisecond, StaleAfter: time.Duration(row.StaleAfterMs) * time.Millisecond,
		MaxAttempts: int(row.MaxAttempts),
	}
}

// offList takes a delivery off the open list.
func (m *Machine) offList(s *step, id string) {
	s.batch.Delete(OpenListKey(id))
	s.sync = true
	m.onList--
}

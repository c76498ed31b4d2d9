package delivery

import (
	"time"

	"github.com/openchatops/oco/internal/record"
)

// What is said in a chat service while the bot is not connected to it is lost,
// if the service does not replay it. Then operators are told for which time: once,
// in the batch in which the connection is back, whether it was the link, the
// adapter or the bot that was away.

// missedLeast is the shortest time away that is told.
const missedLeast = 5 * time.Second

// presence is what is known of an account's connection to its chat service.
type presence struct {
	connected  bool
	replays    bool  // the service replays what was missed
	awaySince  int64 // noAge: it is connected, or never was
	missedFrom int64 // in milliseconds of the clock; 0: nothing was missed yet
	missedTo   int64
}

// stands takes what a replica of the adapter says of the connection, and reports
// whether that changes the account's row.
func (m *Machine) stands(s *step, a *account, r *replica, in Activate) (moved bool) {
	a.replays = in.Replays
	if old := a.active; a.connected && old != nil && old != r && old.sink == 0 {
		a.connected, a.awaySince, moved = false, old.seen, true // nobody knew yet that it was gone
	}
	if in.Connected == a.connected {
		return moved
	}
	if !in.Connected {
		a.connected, a.awaySince = false, s.at
		return true
	}
	since := a.awaySince
	a.connected, a.awaySince = true, noAge
	if since != noAge && s.at-since >= int64(missedLeast) && !in.Replays {
		m.tellMissed(s, a, since)
	}
	return true
}

// tellMissed tells operators that messages were not seen since a moment
// (OCO-DLV-67).
func (m *Machine) tellMissed(s *step, a *account, since int64) {
	a.missedTo = ms(s.now) // both by the clock as it is now, which may have been set meanwhile
	a.missedFrom = a.missedTo - time.Duration(s.at-since).Milliseconds()
	zone := s.now.Location()
	from, to := time.UnixMilli(a.missedFrom).In(zone), time.UnixMilli(a.missedTo).In(zone)
	s.report(Report{Kind: "missed", Plugin: a.plugin, Took: time.Duration(s.at - since), Detail: words{}.missed(from, to)})
	m.tellOperators(s, nil, "", m.words().missed(from, to))
}

// left notes that nobody serves an account any more.
func (m *Machine) left(s *step, a *account, at int64) {
	if a.connected {
		a.connected, a.awaySince = false, at
		m.writeAccount(s, a)
	}
}

// silentSince is when a replica that is gone was last there: if that is known, or
// else when it was last heard of.
func (m *Machine) silentSince(s *step, r *replica) int64 {
	if r.seen+int64(m.opt.LeaseTerm) <= s.at {
		return r.seen
	}
	return s.at
}

// recoverAccount goes on with an account of the last bot, which was there until
// it was last known to run.
func (m *Machine) recoverAccount(s *step, id string, row *record.Account, lastAlive time.Time) {
	a := &account{
		id: id, plugin: row.Plugin, name: row.Name, service: row.Service, epoch: row.Epoch, checkpoint: row.Checkpoint, idempotent: row.Idempotent,
		presence: presence{awaySince: noAge, missedFrom: row.MissedFromMs, missedTo: row.MissedToMs},
	}
	m.accounts[id] = a
	if row.AwaySinceMs != 0 {
		a.awaySince = min(m.moment(row.AwaySinceMs), s.at)
	}
	if row.Connected { // on disk, because the next bot knows later signs of life
		a.awaySince = min(m.moment(ms(lastAlive)), s.at)
		m.writeAccount(s, a)
	}
}

func (m *Machine) presenceInto(a *account, row *record.Account) {
	row.Connected, row.MissedFromMs, row.MissedToMs = a.connected, a.missedFrom, a.missedTo
	if a.awaySince != noAge {
		row.AwaySinceMs = m.wall(a.awaySince)
	}
}

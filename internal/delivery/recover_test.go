package delivery

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/openchatops/oco/internal/store"
)

// A bot that cannot read all that it knew does not start, and says what it could not
// read.
func TestRecoverNamesWhatItCannotRead(t *testing.T) {
	r := newRig(t)
	r.come(far, 1)
	r.come(irc, 1)
	id := r.ask(route("far"))
	r.verdict(Committed, far, Completion{Lease: r.first(id), Kind: Fail}) // its notice waits in the outbox
	for prefix, what := range map[string]string{
		prefixDedup: "events that were seen", prefixAccount: "accounts", prefixOpenList: "open list",
		prefixOpen: "open deliveries", prefixTurn: "open deliveries", prefixOutbox: "outbox", prefixSendTurn: "outbox", prefixEnded: "outbox",
		string(RestoredKey()): "",
	} {
		m := New(r.opt, r.now, rand.New(rand.NewPCG(1, 1)))
		err := m.Begin(r.now, &store.Batch{}).Recover(func(at []byte, visit func(key, value []byte) error) error {
			if bytes.HasPrefix(at, []byte(prefix)) {
				return errBroken
			}
			return r.rows.scan(at, visit)
		}, r.now)
		if !errors.Is(err, errBroken) || !strings.HasPrefix(err.Error(), what) {
			t.Errorf("%q cannot be read: %v, want %q", prefix, err, what)
		}
	}
}

// A route without stale_after keeps its deliveries for as long as it takes
// (OCO-DLV-30).
func TestARouteMayKeepItsDeliveriesForEver(t *testing.T) {
	r := newRig(t)
	id := r.ask(route("far", func(r *Route) { r.StaleAfter = 0 }))
	r.pass(1000 * time.Hour)
	r.restart(1000 * time.Hour)
	r.pass(time.Hour)
	r.open(id)
	r.come(far, 1)
	if l := r.offered(); l.Delivery != id {
		t.Errorf("%+v", l)
	}
}

// A barrier is answered and changes nothing.
func TestABarrierChangesNothing(t *testing.T) {
	r := newRig(t)
	r.ask(route("far"))
	batch := &store.Batch{}
	s := r.m.Begin(r.now, batch)
	s.Step(7, Barrier{}, nil)
	c := s.End()
	if batch.Len() != 0 || c.Sync || len(c.Effects) != 1 {
		t.Fatalf("%d writes, %+v", batch.Len(), c.Effects)
	}
	if reply, ok := c.Effects[0].(Reply); !ok || reply.Token != 7 || reply.Err != nil || reply.Value != nil {
		t.Errorf("%+v", c.Effects)
	}
}

// Readers find what is open, what has ended, what is to be looked at and what waits
// to be posted under its prefix.
func TestWhereReadersFindRows(t *testing.T) {
	r := newRig(t)
	r.come(far, 9)
	r.ask(route("far", unordered))
	r.ask(route("far", unordered))
	for _, kind := range []CompletionKind{Fail, DoneKind} {
		id := r.ask(route("far", unordered))
		r.verdict(Committed, far, Completion{Lease: r.first(id), Kind: kind})
	}
	for name, c := range map[string]struct {
		prefix []byte
		want   int
	}{
		"open": {OpenPrefix(), 2}, "ended": {EndedPrefix(), 2}, "open list": {OpenListPrefix(), 1}, "outbox": {OutboxPrefix(), 2},
	} {
		n := 0
		if err := r.rows.scan(c.prefix, func(_, _ []byte) error { n++; return nil }); err != nil || n != c.want {
			t.Errorf("%s: %d rows, %v, want %d", name, n, err, c.want)
		}
	}
}

// What was before a restart stands in the record after it: the attempts, and of what a
// retry is one.
func TestAHistorySurvivesARestart(t *testing.T) {
	r := newRig(t)
	r.come(kid, 1)
	id := r.ask(route("kid", repeatable))
	r.verdict(Committed, kid, Completion{Lease: r.first(id), Kind: Retried, Delay: time.Minute})
	r.restart(time.Second)
	r.come(kid, 1)
	r.pass(time.Minute)
	r.verdict(Committed, kid, Completion{Lease: r.offered(), Kind: Fail})
	if row := r.ended(id); len(row.Attempts) != 2 || row.Attempt != 2 {
		t.Errorf("%d attempts, the last of which is %d", len(row.Attempts), row.Attempt)
	}
	r.do(Gone{kid})
	r.do(RetryOf{Old: id, New: NewDelivery{ID: "x1", Route: route("kid"), Match: []byte("m"), Addressed: true, User: "alice", Place: r.room}, By: "bob"})
	r.restart(time.Second)
	r.come(kid, 1)
	r.verdict(Committed, kid, Completion{Lease: r.first("x1"), Kind: DoneKind})
	if row := r.ended("x1"); row.RetryOf != id {
		t.Errorf("it is a retry of %q", row.RetryOf)
	}
}

package main

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/openchatops/oco"
)

// An account is what the people in the chat know of their messages.
type account struct {
	Published  int64 // that a route takes, and that are on disk
	Chatter    int64
	Outcomes   map[string]int64
	Replies    int64
	Notices    int64
	Edits      int64
	Open       int // published or about to be, and not through
	OldestOpen time.Duration
	Wrong      []string // what should not be, the first few
	WrongCount int
	Latencies  []float64 `json:",omitempty"` // ms of each Publish
	Finished   bool      // all is published
}

// books keep an account. Their methods may be called from everywhere.
type books struct {
	mu   sync.Mutex
	acc  account
	open map[uint64]*entry
	// waits are those that wait for a notice in their room, notices when the last
	// one came.
	waits   map[string][]uint64
	notices map[string]time.Time
	free    chan struct{} // has a value when something was settled
}

// An entry is a message that is not through.
type entry struct {
	kind    *kind
	room    string
	since   time.Time
	replied bool
	settled bool
}

func newBooks() books {
	return books{
		acc: account{Outcomes: map[string]int64{}}, open: map[uint64]*entry{},
		waits: map[string][]uint64{}, notices: map[string]time.Time{}, free: make(chan struct{}, 1),
	}
}

// room waits until fewer than so many are in flight.
func (b *books) room(ctx context.Context, most int) error {
	for {
		b.mu.Lock()
		n := len(b.open)
		b.mu.Unlock()
		if n < most {
			return nil
		}
		select {
		case <-b.free:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

func (b *books) begin(n uint64, k *kind, room string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if k == nil {
		b.acc.Chatter++
		return
	}
	b.acc.Published++
	b.open[n] = &entry{kind: k, room: room, since: time.Now()}
}

func (b *books) replied(n uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.acc.Replies++
	if e := b.open[n]; e != nil {
		e.replied = true
		b.through(n, e)
	}
}

func (b *books) edited() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.acc.Edits++
}

// noticed frees those that waited for a notice in a room.
func (b *books) noticed(room string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.acc.Notices++
	b.notices[room] = time.Now()
	for _, n := range b.waits[room] {
		delete(b.open, n)
	}
	delete(b.waits, room)
	b.signal()
}

func (b *books) settled(n uint64, outcomes []oco.Outcome) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, o := range outcomes {
		b.acc.Outcomes[o.String()]++
	}
	e := b.open[n]
	switch {
	case e == nil && len(outcomes) > 0:
		b.wrong("an event was settled that was not open")
		return
	case e == nil:
		return // chatter
	case len(outcomes) != 1:
		b.wrong("an event that one route takes has not one outcome")
	case outcomes[0] != e.kind.outcome && !(e.kind.word == "risky" && outcomes[0] == oco.Unknown):
		b.wrong(e.kind.word + " ended " + outcomes[0].String())
	}
	e.settled = true
	switch done := len(outcomes) == 1 && outcomes[0] == oco.Done; {
	case !e.kind.addressed:
		delete(b.open, n)
		b.signal()
	case done:
		b.through(n, e)
	case b.notices[e.room].After(e.since):
		delete(b.open, n)
		b.signal()
	default:
		b.waits[e.room] = append(b.waits[e.room], n)
	}
}

// through drops an entry that is settled and replied to. The caller holds mu.
func (b *books) through(n uint64, e *entry) {
	if e.settled && e.replied {
		delete(b.open, n)
		b.signal()
	}
}

func (b *books) signal() {
	select {
	case b.free <- struct{}{}:
	default:
	}
}

// wrong notes what should not be. The caller holds mu.
func (b *books) wrong(what string) {
	b.acc.WrongCount++
	if len(b.acc.Wrong) < 10 && !slices.Contains(b.acc.Wrong, what) {
		b.acc.Wrong = append(b.acc.Wrong, what)
	}
}

func (b *books) took(ms float64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.acc.Latencies = append(b.acc.Latencies, ms)
}

func (b *books) finish() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.acc.Finished = true
}

// now is the account at this moment.
func (b *books) now() account {
	b.mu.Lock()
	defer b.mu.Unlock()
	a := b.acc
	a.Outcomes = map[string]int64{}
	for k, v := range b.acc.Outcomes {
		a.Outcomes[k] = v
	}
	a.Latencies, a.Wrong = slices.Clone(b.acc.Latencies), slices.Clone(b.acc.Wrong)
	a.Open = len(b.open)
	for _, e := range b.open {
		a.OldestOpen = max(a.OldestOpen, time.Since(e.since))
	}
	return a
}

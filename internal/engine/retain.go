package engine

import (
	"context"
	"errors"
	"time"

	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/store"
)

// What was kept for long enough is removed in inputs of at most retainRows rows with a
// pause between any two, so that nothing else waits long. The oldest rows are the
// first of their table, and a table is read from where it was left: what was deleted
// before that costs time to pass over. Once in retainAnew it is read from its
// beginning, for what ended later than others of its age.
const (
	retainEvery = time.Second
	retainRows  = 64
	retainReads = 1024
	retainPause = 2 * time.Millisecond
	retainAnew  = time.Hour
	retainRest  = time.Minute // after an error
	// ended is how long after its beginning most of what there is has ended: rows are
	// looked at when they are older by that than they may be.
	ended = time.Minute
	// laterMost bounds the rows that are to be looked at again before retainAnew.
	laterMost = 10_000
)

// run removes until the engine stops.
func (k *keeper) run() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	tick := time.NewTicker(retainEvery)
	defer tick.Stop()
	var anew, rest time.Time
	for {
		select {
		case <-tick.C:
		case <-k.changed:
			anew = time.Time{}
			continue
		case <-k.e.stop:
			k.leave()
			return
		}
		if now := time.Now(); !now.Before(anew) {
			clear(k.marks)
			anew = now.Add(retainAnew)
		}
		if time.Now().Before(rest) {
			continue
		}
		err := k.round(ctx)
		switch {
		case errors.Is(err, ErrStopped), errors.Is(err, store.ErrClosed):
			k.leave()
			return
		case err != nil:
			k.e.opt.Log.Error("old records cannot be removed; it is tried again", "error", err)
			rest = time.Now().Add(retainRest)
		}
	}
}

// leave closes the snapshot if the rows were not counted yet.
func (k *keeper) leave() {
	if k.before == nil {
		return
	}
	if err := k.before.Close(); err != nil && !errors.Is(err, store.ErrClosed) {
		k.e.opt.Log.Error("a snapshot of the store cannot be closed", "error", err)
	}
	k.before = nil
}

// round does what is to do now.
func (k *keeper) round(ctx context.Context) error {
	if err := k.count(ctx); err != nil {
		return err
	}
	k.mu.Lock()
	kept := k.kept
	k.mu.Unlock()
	if kept.Records <= 0 {
		return nil
	}
	now := time.Now()
	return errors.Join(k.all(ctx, now, kept), k.tell(ctx, now))
}

// all does what is to do of everything.
func (k *keeper) all(ctx context.Context, now time.Time, kept delivery.Kept) error {
	for _, log := range delivery.Logs() {
		if err := k.remove(ctx, log, now, kept); err != nil {
			return err
		}
		if err := k.bare(ctx, log, now.Add(-kept.Text-margin(kept.Text)), kept); err != nil {
			return err
		}
	}
	if err := k.lookAgain(ctx, now, kept); err != nil {
		return err
	}
	return k.requests(ctx, now, kept)
}

// remove removes whole records of a table: those that are too old, and more if there
// are too many.
func (k *keeper) remove(ctx context.Context, log delivery.Log, now time.Time, kept delivery.Kept) error {
	in := delivery.Retain{Kept: kept, Remove: true}
	old := now.Add(-kept.Records - margin(kept.Records))
	return k.pass(ctx, mark{log, true}, in, func() (time.Time, int) {
		if n := k.over(log, kept); n > 0 {
			// A record stays a minute from its end, and most ended within one.
			return now.Add(-2 * ended), min(n, retainRows) // no more, so that none is passed that must go first
		}
		return old, retainRows
	})
}

// tell says, at most once in retainAnew, what was removed that nobody settled, and at
// the start what the last bot had not told yet.
func (k *keeper) tell(ctx context.Context, now time.Time) error {
	if k.asked && (!k.unsettled || now.Before(k.told.Add(retainAnew))) {
		return nil
	}
	value, err := k.e.Do(ctx, delivery.Unsettled{})
	if err != nil {
		return err
	}
	k.asked, k.unsettled = true, false
	if n := value.(int); n > 0 {
		k.e.opt.Log.Warn("deliveries that ended badly, and that nobody settled, were kept for as long as retention says: they are not on the open list any more", "deliveries", n)
		k.told = now
	}
	return nil
}

// over is how many rows there are too many of a table.
func (k *keeper) over(log delivery.Log, kept delivery.Kept) int {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.counted {
		return 0
	}
	return k.ended[log == delivery.EndedDeliveries] - kept.Most
}

// bare removes what people said from the rows of a table that began until then.
func (k *keeper) bare(ctx context.Context, log delivery.Log, until time.Time, kept delivery.Kept) error {
	return k.pass(ctx, mark{log, false}, delivery.Retain{Kept: kept}, func() (time.Time, int) { return until, retainRows })
}

// pass goes on with a table from where it was left, as far as bounds says, and by so
// many rows at once.
func (k *keeper) pass(ctx context.Context, at mark, in delivery.Retain, bounds func() (time.Time, int)) error {
	for {
		stretch := delivery.Stretch{After: k.marks[at], Reads: retainReads}
		stretch.Until, stretch.Most = bounds()
		found, err := delivery.OldRows(k.e.store, at.log, stretch, !at.remove)
		if err != nil {
			return err
		}
		if len(found.Rows) > 0 {
			in.Rows = found.Rows
			in.Deliveries, in.Messages = k.over(delivery.EndedDeliveries, in.Kept), k.over(delivery.EndedMessages, in.Kept)
			if err := k.submit(ctx, in); err != nil {
				return err
			}
		}
		if found.Last != nil {
			k.marks[at] = found.Last
		}
		if !found.More {
			return nil
		}
		if err := k.pause(ctx); err != nil {
			return err
		}
	}
}

// submit submits an input and counts what it did.
func (k *keeper) submit(ctx context.Context, in delivery.Retain) error {
	value, err := k.e.Do(ctx, in)
	if err != nil {
		return err
	}
	n := value.(delivery.Retained)
	k.unsettled = k.unsettled || n.Unsettled > 0
	k.mu.Lock()
	defer k.mu.Unlock()
	k.ended[true] -= n.Deliveries
	k.ended[false] -= n.Messages
	k.again(n.Later...)
	for kind, count := range map[string]int{"delivery": n.Deliveries, "message": n.Messages, "request": n.Requests, "text": n.Texts} {
		if count > 0 {
			k.removed[kind] += count
		}
	}
	return nil
}

// lookAgain removes the text of rows that ended after their table was passed.
func (k *keeper) lookAgain(ctx context.Context, now time.Time, kept delivery.Kept) error {
	k.mu.Lock()
	var rows [][]byte
	rest := k.later[:0]
	for _, l := range k.later {
		if l.At.After(now) {
			rest = append(rest, l)
		} else {
			rows = append(rows, l.Row)
		}
	}
	clear(k.later[len(rest):])
	k.later = rest
	k.mu.Unlock()
	for len(rows) > 0 {
		n := min(len(rows), retainRows)
		if err := k.submit(ctx, delivery.Retain{Rows: rows[:n], Kept: kept}); err != nil {
			return err
		}
		if rows = rows[n:]; len(rows) > 0 {
			if err := k.pause(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// requests goes on through the table of request ids, which has no order of time: one
// stretch of it, and from the beginning again behind its end.
func (k *keeper) requests(ctx context.Context, now time.Time, kept delivery.Kept) error {
	at := mark{}
	found, err := delivery.OldRequests(k.e.store, now, delivery.Stretch{After: k.marks[at], Most: retainRows, Reads: retainReads})
	if err != nil {
		return err
	}
	if k.marks[at] = nil; found.More {
		k.marks[at] = found.Last
	}
	if len(found.Rows) == 0 {
		return nil
	}
	return k.submit(ctx, delivery.Retain{Rows: found.Rows, Kept: kept, Remove: true})
}

// pause lets others be first.
func (k *keeper) pause(ctx context.Context) error {
	wait := time.NewTimer(retainPause)
	defer wait.Stop()
	select {
	case <-wait.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-k.e.stop:
		return ErrStopped
	}
}

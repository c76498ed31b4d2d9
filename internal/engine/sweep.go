package engine

import (
	"context"
	"errors"
	"time"

	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/store"
)

// What of the store is over is removed once in sweepEvery: in inputs of at most
// sweepRows rows, and at most sweepRounds of them, so that nothing else waits
// long. Readers never see it either way.
const (
	sweepEvery  = time.Second
	sweepRows   = 256
	sweepRounds = 16
	// sweepAnew is after how many sweeps the index is read from its beginning. In
	// between it is read from where the last sweep ended, because what was deleted
	// before costs time to pass over.
	sweepAnew = 60
)

// sweepLoop removes what is over until the engine stops.
func (e *Engine) sweepLoop() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	var after []byte
	for n := 0; ; n++ {
		select {
		case <-tick.C:
		case <-e.stop:
			return
		}
		if n%sweepAnew == 0 {
			after = nil
		}
		last, err := e.sweep(ctx, after)
		switch {
		case errors.Is(err, ErrStopped), errors.Is(err, store.ErrClosed):
			return
		case err != nil:
			e.opt.Log.Error("what is over in the store cannot be removed; it is tried again", "error", err)
		}
		after = last
	}
}

// sweep removes what is over behind after, and says where it ended.
func (e *Engine) sweep(ctx context.Context, after []byte) ([]byte, error) {
	for range sweepRounds {
		due, err := delivery.DueRows(e.store, time.Now(), after, sweepRows)
		if err != nil || len(due) == 0 {
			return after, err
		}
		if _, err := e.Do(ctx, delivery.Sweep{Due: due}); err != nil {
			return after, err
		}
		after = due[len(due)-1]
		if len(due) < sweepRows {
			break
		}
	}
	return after, nil
}

package oco

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// Callbacks that share the timer have their replies leave each after its own
// 100 ms, and those that returned before do not disturb it.
func TestRepliesLeaveEachInItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f flusher
		log := slog.New(slog.DiscardHandler)
		out := newCompleter(log, 0, func(context.Context, []*ocov1.Completion) ([]*ocov1.CompletionResult, error) { return nil, nil })
		begin := func() *call {
			return &call{wire: &ocov1.Delivery{DeliveryId: "d"}, out: out, flush: &f, logger: log, cancel: func(error) {}}
		}
		left := func(after time.Duration, want int) {
			t.Helper()
			time.Sleep(after)
			synctest.Wait()
			if n := out.waiting(); n != want {
				t.Errorf("%d completions left, want %d", n, want)
			}
		}
		short, first, second := begin(), begin(), begin()
		short.Reply("gone at once")
		left(10*time.Millisecond, 0)
		short.finish(nil, nil)
		first.Reply("one")
		first.Reply("with it")
		left(30*time.Millisecond, 1)
		second.Reply("two")
		left(69*time.Millisecond, 1)
		left(time.Millisecond, 2) // 100 ms after the first
		left(29*time.Millisecond, 2)
		left(time.Millisecond, 3)
		first.Reply("anew")
		left(99*time.Millisecond, 3)
		left(time.Millisecond, 4)
		if len(f.waiting) != 0 {
			t.Errorf("%d calls are still known", len(f.waiting))
		}
	})
}

// A completion that waits for something to take it along waits its whole time,
// also where others before it were taken along meanwhile.
func TestCompletionWaitsForARide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		sent := make(chan time.Duration, 2)
		q := newCompleter(slog.New(slog.DiscardHandler), 5*time.Millisecond, func(_ context.Context, batch []*ocov1.Completion) ([]*ocov1.CompletionResult, error) {
			sent <- time.Since(begin)
			return make([]*ocov1.CompletionResult, len(batch)), nil
		})
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		go q.run(ctx)
		q.add(&ocov1.Completion{DeliveryId: "d1"}, nil)
		time.Sleep(2 * time.Millisecond)
		if rides := q.take(maxBatchBytes); len(rides) != 1 {
			t.Fatalf("%d completions ride, want 1", len(rides))
		}
		time.Sleep(2 * time.Millisecond)
		q.add(&ocov1.Completion{DeliveryId: "d2"}, nil)
		if at := <-sent; at != 9*time.Millisecond {
			t.Errorf("the second left after %v, want 9ms: it was queued after 4", at)
		}
	})
}

package oco

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/codec"
)

const (
	maxBatchItems = 64
	maxBatchBytes = 1 << 20
	callTimeout   = 15 * time.Second
	// enough completions do not wait for something that takes them along.
	enough = 32
)

// completion is a completion on its way. It is sent, the same each time, until
// the bot gave a verdict.
type completion struct {
	wire *ocov1.Completion
	size int
	// settled is called once, with nil if the bot took it (or had it already).
	settled func(error)
	// replaced: it stands for one that the bot would not take.
	replaced bool
	// again: if a guard of its transaction does not hold the delivery may run
	// again.
	again bool
	// since is when it was queued, if that matters.
	since time.Time
}

// completer sends completions: one call in flight, everything that queued
// meanwhile rides in the next (one sending goroutine, no timer on the way).
type completer struct {
	call func(context.Context, []*ocov1.Completion) ([]*ocov1.CompletionResult, error)
	log  *slog.Logger
	// about is log for what concerns a delivery.
	about func(delivery string) *slog.Logger
	// hold is how long a completion waits for something else to take it along.
	hold time.Duration

	mu      sync.Mutex
	queue   []*completion
	holding bool // until hold is over or enough wait
	sending int
	crowded bool          // the bot's outbox was full when it was last asked
	idle    chan struct{} // closed and renewed whenever nothing is left
	wake    chan struct{}
}

func newCompleter(log *slog.Logger, hold time.Duration, call func(context.Context, []*ocov1.Completion) ([]*ocov1.CompletionResult, error)) *completer {
	return &completer{call: call, log: log, about: func(id string) *slog.Logger { return log.With("delivery", id) }, hold: hold, wake: make(chan struct{}, 1), idle: make(chan struct{})}
}

// add queues a completion. It does not block; the queue is bounded by the
// credit and by what one callback may leave unsent.
func (q *completer) add(wire *ocov1.Completion, settled func(error)) {
	q.push(&completion{wire: wire, size: codec.Size(wire) + 8, settled: settled})
}

func (q *completer) push(c *completion) {
	if q.hold > 0 {
		c.since = time.Now()
	}
	q.mu.Lock()
	q.queue = append(q.queue, c)
	quiet := q.holding && len(q.queue) < enough
	q.mu.Unlock()
	if !quiet {
		q.signal()
	}
}

// take removes the next batch from the queue: at most 64 items and bytes, but
// one item if there is any and bytes is not used up. What a delivery says behind
// its progress is not in the batch of that, so that it cannot be taken before it.
func (q *completer) take(bytes int) []*completion {
	q.mu.Lock()
	defer q.mu.Unlock()
	n, size := 0, 0
	var underway []string
	for n < len(q.queue) && n < maxBatchItems {
		c := q.queue[n]
		size += c.size
		if size > bytes && (n > 0 || bytes < maxBatchBytes) || slices.Contains(underway, c.wire.GetDeliveryId()) {
			break
		}
		if !final(c.wire) {
			underway = append(underway, c.wire.GetDeliveryId())
		}
		n++
	}
	batch := q.queue[:n:n]
	q.queue = q.queue[n:]
	if len(q.queue) == 0 {
		q.queue = nil
	}
	q.sending += n
	return batch
}

// putBack returns a batch that take gave and nobody sent.
func (q *completer) putBack(batch []*completion) {
	if len(batch) == 0 {
		return
	}
	q.mu.Lock()
	q.queue = append(batch[:len(batch):len(batch)], q.queue...)
	q.sending -= len(batch)
	q.mu.Unlock()
	q.signal()
}

func (q *completer) signal() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

func (q *completer) waiting() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.queue)
}

// run sends until ctx ends.
func (q *completer) run(ctx context.Context) {
	var full backoff
	for {
		select {
		case <-ctx.Done():
			return
		case <-q.wake:
		}
		if q.hold == 0 {
			q.gather()
		} else if !q.linger(ctx) {
			return
		}
		for {
			batch := q.take(maxBatchBytes)
			if len(batch) == 0 {
				break
			}
			if !q.send(ctx, batch) {
				return
			}
			if !q.full() {
				full = backoff{}
			} else if !full.sleep(ctx) {
				return
			}
		}
	}
}

// full says whether the bot's outbox was full since it was last asked.
func (q *completer) full() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	was := q.crowded
	q.crowded = false
	return was
}

// linger gives others time to take along what is queued, unless that is enough to
// be worth a call of its own. It returns false if ctx ended.
func (q *completer) linger(ctx context.Context) bool {
	t := time.NewTimer(q.hold)
	defer t.Stop()
	for left := q.await(); left > 0; left = q.await() {
		t.Reset(left)
		select {
		case <-t.C:
		case <-ctx.Done():
			return false
		case <-q.wake:
		}
	}
	return true
}

// await says how long the first of the queue may still wait. Until it is asked
// again, push is quiet as long as there is not enough.
func (q *completer) await() time.Duration {
	q.mu.Lock()
	defer q.mu.Unlock()
	left := time.Duration(0)
	if n := len(q.queue); n > 0 && n < enough {
		left = q.hold - time.Since(q.queue[0].since)
	}
	q.holding = left > 0
	return left
}

// gather lets callbacks that end together add their completions together: it
// yields as long as that makes the queue grow, and twice more.
func (q *completer) gather() {
	for before, still := 0, 0; still < 3; {
		n := q.waiting()
		if n >= maxBatchItems {
			return
		}
		if n > before {
			still = 0
		}
		still++
		before = n
		runtime.Gosched()
	}
}

func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// send repeats a batch until the bot answers it; false if ctx ended first.
func (q *completer) send(ctx context.Context, batch []*completion) bool {
	var b backoff
	for {
		results, err := q.call(ctx, wires(batch))
		if err == nil && len(results) != len(batch) {
			err = status.Errorf(codes.Internal, "the bot answered %d completions with %d results", len(batch), len(results))
		}
		switch {
		case err == nil:
			q.settle(batch, results)
			return true
		case ctx.Err() != nil:
			return false
		case !transient(err) && reason(err) != "REPLICA_NOT_FOUND":
			return q.dissect(ctx, batch, err)
		}
		q.log.Warn("the bot did not take completions; they are sent again", "completions", len(batch), "error", err)
		if !b.sleep(ctx) {
			return false
		}
	}
}

// dissect sends the items of a refused batch one by one, so that one that the
// bot cannot take does not hold up the others.
func (q *completer) dissect(ctx context.Context, batch []*completion, err error) bool {
	if len(batch) == 1 {
		q.refuse(batch[0], err)
		return true
	}
	for _, c := range batch {
		if !q.send(ctx, []*completion{c}) {
			return false
		}
	}
	return true
}

func wires(batch []*completion) []*ocov1.Completion {
	out := make([]*ocov1.Completion, len(batch))
	for i, c := range batch {
		out[i] = c.wire
	}
	return out
}

// settle takes the verdicts of a batch that take returned.
func (q *completer) settle(batch []*completion, results []*ocov1.CompletionResult) {
	var full []*completion
	for i, c := range batch {
		if results[i].GetVerdict() != ocov1.Verdict_VERDICT_REFUSED {
			q.end(c, nil)
		} else if err := status.ErrorProto(results[i].GetError()); reason(err) == "QUEUE_FULL" {
			full = append(full, c)
		} else {
			q.refuse(c, err)
		}
	}
	q.postpone(full)
}

// postpone keeps what a full outbox did not take at the head of the queue: it is
// sent again after a pause, while the delivery stays leased.
func (q *completer) postpone(full []*completion) {
	if len(full) == 0 {
		return
	}
	q.log.Warn("the bot's outbox is full; completions with replies are sent again", "completions", len(full))
	q.mu.Lock()
	q.crowded = true
	q.mu.Unlock()
	q.putBack(full)
}

// refuse deals with a completion that the bot will never take. If the delivery
// is still ours it is failed instead, so that it does not end in silence.
func (q *completer) refuse(c *completion, err error) {
	if err == nil {
		err = errors.New("the bot refused the completion and did not say why")
	}
	lost := reason(err) == "LEASE_LOST"
	if !final(c.wire) || lost || c.replaced {
		q.about(c.wire.GetDeliveryId()).Warn("the bot refused a completion", "error", err)
		if lost {
			err = fmt.Errorf("%w: %w", ErrLeaseLost, err)
		}
		q.end(c, err)
		return
	}
	q.about(c.wire.GetDeliveryId()).Error("the bot refused a completion; the delivery is failed", "error", err)
	why := fmt.Errorf("its completion was refused: %w", err)
	wire := &ocov1.Completion{DeliveryId: c.wire.GetDeliveryId(), LeaseId: c.wire.GetLeaseId(), Kind: failure(why)}
	if c.again && reason(err) == "GUARD_FAILED" {
		judge(wire, why, true)
	}
	q.push(&completion{wire: wire, size: codec.Size(wire) + 8, settled: c.settled, replaced: true})
	q.end(&completion{}, nil)
}

func (q *completer) end(c *completion, err error) {
	if c.settled != nil {
		c.settled(err)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.sending--; q.sending == 0 && len(q.queue) == 0 {
		close(q.idle)
		q.idle = make(chan struct{})
	}
}

// drained waits until every completion has its verdict; false if ctx ended
// first.
func (q *completer) drained(ctx context.Context) bool {
	for {
		q.mu.Lock()
		left, idle := q.sending+len(q.queue), q.idle
		q.mu.Unlock()
		if left == 0 {
			return true
		}
		select {
		case <-idle:
		case <-ctx.Done():
			return false
		}
	}
}

func final(c *ocov1.Completion) bool {
	_, progress := c.GetKind().(*ocov1.Completion_Progress)
	return !progress
}

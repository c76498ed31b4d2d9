// Package engine feeds the state machine of internal/delivery, commits its
// batches and releases its effects.
//
// One goroutine takes the inputs that wait, reads the facts that they name,
// steps the machine and applies one batch for all of them; a second one waits
// until the batch is on disk and only then hands out frames and answers. So
// nothing is acknowledged and nothing leaves that a crash could take back, and
// one sync serves all that came while the last one ran.
package engine

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/store"
)

// ErrStopped is the answer to everything after Stop, or after the store failed.
var ErrStopped = errors.New("engine: stopped")

// A Sink takes the frames of one stream or long poll. Both methods are called
// by one goroutine, in order, and must not block.
type Sink interface {
	// Take takes frames: Offer and Operate with their content, CancelFrame,
	// SettledFrame, DrainFrame.
	Take(frames []delivery.Effect)
	// Close ends the sink from the bot's side; a nil err is an orderly end.
	Close(err *chat.Error)
}

// Options are what an engine needs beside its store. The zero value works.
type Options struct {
	Delivery delivery.Options
	Kept     delivery.Kept // zero: all is kept
	Log      *slog.Logger
	// Report is called for what happens to deliveries and sends, by the
	// goroutine that releases effects: it must not block.
	Report func(delivery.Report)
	// Fatal is called when the store fails. What cannot store never
	// acknowledges, so the process should end; the engine stops in any case.
	Fatal func(error)
	// Seed makes drawn ids repeatable. Nil: seeded by the system.
	Seed *[2]uint64
}

// lazySync is how long an answer may wait for somebody else's sync.
const lazySync = 5 * time.Millisecond

// aliveEvery is how often the store is told that the bot lives while something
// is open.
const aliveEvery = 5 * time.Second

// group is how many inputs one batch takes at most, and groupSize how many bytes
// it may have before it takes one more.
const (
	group     = 512
	groupSize = 4 << 20
)

// An Engine runs the one commit loop of a bot.
type Engine struct {
	store   store.Store
	opt     Options
	machine *delivery.Machine
	epoch   []byte
	ran     time.Time
	inputs  chan *call
	changes chan release
	stop    chan struct{}
	stopped chan struct{}
	once    sync.Once

	sweeping sync.WaitGroup
	keeper   *keeper

	mu    sync.Mutex
	calls map[delivery.Token]*call
	token delivery.Token
	sinks map[delivery.Sink]Sink
	sink  delivery.Sink
}

type call struct {
	in    delivery.Input
	done  chan answer
	token delivery.Token // set by expect, guarded by Engine.mu
	left  bool           // its caller does not wait any more; guarded by Engine.mu
}

type answer struct {
	value any
	err   error
}

var (
	epochKey = []byte("m/epoch")
	aliveKey = []byte("m/alive")
)

// Open recovers what the store holds and starts the loop. It takes the store's
// next epoch: an engine that opened the same store before can write nothing
// any more.
func Open(st store.Store, o Options) (*Engine, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Fatal == nil {
		o.Fatal = func(error) {}
	}
	seed := [2]uint64{rand.Uint64(), rand.Uint64()}
	if o.Seed != nil {
		seed = *o.Seed
	}
	e := &Engine{
		store: st, opt: o,
		machine: delivery.New(o.Delivery, time.Now(), rand.New(rand.NewPCG(seed[0], seed[1]))),
		inputs:  make(chan *call, group), changes: make(chan release, 64),
		stop: make(chan struct{}), stopped: make(chan struct{}),
		calls: map[delivery.Token]*call{}, sinks: map[delivery.Sink]Sink{},
	}
	err := e.takeEpoch()
	if err != nil {
		return nil, err
	}
	if e.keeper, err = newKeeper(e, o.Kept); err != nil {
		return nil, fmt.Errorf("a snapshot of the store: %w", err)
	}
	first, err := e.recover()
	if err != nil {
		e.keeper.leave()
		return nil, err
	}
	e.sweeping.Go(e.sweepLoop)
	e.sweeping.Go(e.keeper.run)
	go e.releaseLoop()
	go e.loop(first)
	return e, nil
}

func (e *Engine) takeEpoch() error {
	old, err := e.store.Get(epochKey)
	if errors.Is(err, store.ErrNotFound) {
		old, err = nil, nil
	}
	if err != nil {
		return fmt.Errorf("read the epoch: %w", err)
	}
	n := uint64(1)
	if len(old) == 8 {
		n = binary.BigEndian.Uint64(old) + 1
	}
	e.epoch = binary.BigEndian.AppendUint64(nil, n)
	b := store.Batch{Sync: true}
	b.Require(epochKey, old)
	b.Put(epochKey, e.epoch)
	c, err := e.store.Apply(&b)
	if err == nil {
		err = c.Wait()
	}
	if errors.Is(err, store.ErrCondition) {
		return errors.New("another bot took the store over while this one started")
	}
	return err
}

func (e *Engine) recover() (delivery.Change, error) {
	now := time.Now()
	last := now
	raw, err := e.store.Get(aliveKey)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return delivery.Change{}, fmt.Errorf("read when the bot last ran: %w", err)
	}
	if len(raw) == 8 {
		last = time.UnixMilli(int64(binary.BigEndian.Uint64(raw)))
	}
	// A millisecond more for each start: two that follow each other so fast that the
	// store holds the same sign of life draw no id twice.
	e.ran = last.Add(time.Duration(binary.BigEndian.Uint64(e.epoch)) * time.Millisecond)
	e.machine.DrawAfter(e.ran)
	x := e.machine.Begin(now, &store.Batch{})
	err = x.Recover(func(prefix []byte, visit func(key, value []byte) error) error {
		return e.store.Scan(prefix, nil, visit)
	}, last)
	if err != nil {
		return delivery.Change{}, fmt.Errorf("recover: %w", err)
	}
	return x.End(), nil
}

// Do submits an input and returns its answer, whose type the input states, once
// all that it changed is on disk. The error is a *chat.Error if the machine
// refused, the context's, or ErrStopped. If ctx ends first the input may have
// taken effect or not.
func (e *Engine) Do(ctx context.Context, in delivery.Input) (any, error) {
	c := &call{in: in, done: make(chan answer, 1)}
	select {
	case e.inputs <- c:
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-e.stopped:
		return nil, ErrStopped
	}
	select {
	case a := <-c.done:
		return a.value, a.err
	case <-ctx.Done():
		e.abandon(c)
		return nil, ctx.Err()
	case <-e.stopped:
		select {
		case a := <-c.done:
			return a.value, a.err
		default:
			return nil, ErrStopped
		}
	}
}

// Add numbers a sink. It gets nothing before a Connect names it.
func (e *Engine) Add(s Sink) delivery.Sink {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.sink++
	e.sinks[e.sink] = s
	return e.sink
}

// Remove forgets a sink. Frames for it are dropped from now on, so a Disconnect
// comes before.
func (e *Engine) Remove(id delivery.Sink) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.sinks, id)
}

// Store is where readers look. All writes go through Do.
func (e *Engine) Store() store.Store { return e.store }

// Ran is when the bot before this one was last known to run, by its clock, or when
// this one started if there was none, and a millisecond more for each start: ids
// that are drawn past it are new.
func (e *Engine) Ran() time.Time { return e.ran }

// Stop ends the loop after the inputs that it has taken. It does not close the
// store.
func (e *Engine) Stop() {
	e.once.Do(func() { close(e.stop) })
	<-e.stopped
	e.sweeping.Wait()
}

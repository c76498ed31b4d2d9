package engine

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/store"
	"github.com/openchatops/oco/internal/store/pebblestore"
)

// A ledger holds what was acknowledged to the outside: events, and completions.
type ledger struct {
	mu       sync.Mutex
	admitted []string
	ended    []string
	offered  map[string]int
}

func (l *ledger) note(list *[]string, id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	*list = append(*list, id)
}

// take passes on every delivery that comes.
func (l *ledger) take(ids chan<- string, frames []delivery.Effect) {
	for _, f := range frames {
		if o, ok := f.(delivery.Offer); ok {
			l.mu.Lock()
			l.offered[o.Lease.Delivery]++
			l.mu.Unlock()
			ids <- o.Lease.Delivery
		}
	}
}

type worker struct {
	*ledger
	ids chan string
}

func (w worker) Take(frames []delivery.Effect) { w.take(w.ids, frames) }
func (w worker) Close(*chat.Error)             {}

// work publishes and completes until the engine stops or the ledger has enough.
func (l *ledger) work(e *Engine, run string, publishers, events int) {
	w := worker{l, make(chan string, 4096)}
	ctx := context.Background()
	if _, err := e.Do(ctx, delivery.Hello{Replica: far, Role: chat.RoleHandler, Definitions: map[string]struct{}{"def": {}}}); err != nil {
		return
	}
	if _, err := e.Do(ctx, delivery.Connect{Replica: far, Sink: e.Add(w), Credit: 64}); err != nil {
		return
	}
	var all sync.WaitGroup
	for p := range publishers {
		all.Go(func() {
			for n := range events {
				id := fmt.Sprintf("%s-%d-%d", run, p, n)
				if _, err := e.Do(ctx, command(id, chat.OrderNone)); err != nil {
					return
				}
				l.note(&l.admitted, id)
			}
		})
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for id := range w.ids {
			v, err := e.Do(ctx, done(id))
			if err != nil {
				continue
			}
			if v.([]delivery.Verdict)[0].Kind == delivery.Committed {
				l.note(&l.ended, id)
			}
		}
	}()
	all.Wait()
	e.Stop()
	close(w.ids)
	<-ended
}

// holds checks that a store has all that was acknowledged.
func (l *ledger) holds(t *testing.T, st store.Store) {
	t.Helper()
	for _, id := range l.ended {
		if _, err := st.Get(delivery.EndedKey(id)); err != nil {
			t.Fatalf("the end of %s was acknowledged and is gone: %v", id, err)
		}
	}
	for _, id := range l.admitted {
		_, open := st.Get(delivery.DeliveryKey(id))
		_, ended := st.Get(delivery.EndedKey(id))
		if errors.Is(open, store.ErrNotFound) == errors.Is(ended, store.ErrNotFound) {
			t.Fatalf("%s was acknowledged: open %v, ended %v", id, open, ended)
		}
	}
}

// dying is a Fatal that ends its goroutine, as nothing of a real process would
// go on.
func dying(string, ...any) { runtime.Goexit() }

func openStore(t *testing.T, fs vfs.FS) store.Store {
	t.Helper()
	st, err := pebblestore.Open("data", pebblestore.Options{FS: fs, Fatal: dying})
	if err != nil {
		t.Fatal(err)
	}
	return st
}

// What was acknowledged survives a power cut at any moment, and the bot that
// starts then goes on with it (OCO-DLV-1, OCO-DLV-32, OCO-DLV-46).
func TestCrashLosesNothingAcknowledged(t *testing.T) {
	cuts := 15
	if os.Getenv("OCO_TORTURE") != "" {
		cuts = 200
	}
	rng := rand.New(rand.NewPCG(1, 1))
	acknowledged := 0
	for n := range cuts {
		fs := vfs.NewCrashableMem()
		l := &ledger{offered: map[string]int{}}
		for run := range 2 { // the second on what the first crash left
			st := openStore(t, fs)
			e := open(t, st, Options{})
			finished := make(chan struct{})
			go func() {
				defer close(finished)
				l.work(e, fmt.Sprint(run), 4, 100)
			}()
			select {
			case <-finished:
			case <-time.After(time.Duration(rng.IntN(30)) * time.Millisecond):
			}
			// What was acknowledged before the cut is taken before it.
			l.mu.Lock()
			cut := ledger{admitted: append([]string(nil), l.admitted...), ended: append([]string(nil), l.ended...), offered: map[string]int{}}
			left := fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: rng.IntN(101), RNG: rng})
			l.mu.Unlock()
			e.Stop()
			<-finished
			if err := st.Close(); err != nil {
				t.Fatal(err)
			}
			fs = left
			st = openStore(t, fs)
			cut.holds(t, st)
			if err := st.Close(); err != nil {
				t.Fatal(err)
			}
			l.admitted, l.ended = cut.admitted, cut.ended
			acknowledged += len(cut.admitted)
		}
		for id, offers := range l.offered {
			if offers > 1 {
				t.Fatalf("cut %d: %s of a once route was offered %d times", n, id, offers)
			}
		}
	}
	if acknowledged == 0 {
		t.Fatal("nothing was acknowledged: the test shows nothing")
	}
	t.Logf("%d cuts, %d events acknowledged", 2*cuts, acknowledged)
}

// A fault of the disk, whichever operation it hits, acknowledges nothing after
// it and stops the engine (OCO-DLV-45).
func TestFaultStopsTheEngine(t *testing.T) {
	kinds := map[string][]errorfs.OpKind{
		"sync":  {errorfs.OpFileSync, errorfs.OpFileSyncData},
		"write": {errorfs.OpFileWrite, errorfs.OpFileWriteAt},
	}
	for name, ops := range kinds {
		t.Run(name, func(t *testing.T) {
			hits := 0
			for at := 1; at <= 60; at++ {
				if faultAt(t, ops, at) {
					hits++
				}
			}
			if hits < 10 {
				t.Fatalf("only %d faults hit", hits)
			}
		})
	}
}

func faultAt(t *testing.T, ops []errorfs.OpKind, at int) bool {
	t.Helper()
	var hit atomic.Bool // a goroutine of the store may outlive what is waited for
	disk := vfs.NewCrashableMem()
	var mu sync.Mutex
	seen := 0
	fs := errorfs.Wrap(disk, errorfs.InjectorFunc(func(op errorfs.Op) error {
		mu.Lock()
		defer mu.Unlock()
		for _, k := range ops {
			if op.Kind == k {
				if seen++; seen >= at {
					hit.Store(true)
					return errorfs.ErrInjected
				}
			}
		}
		return nil
	}))
	fatal := make(chan struct{})
	var once sync.Once
	l := &ledger{offered: map[string]int{}}
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		st, err := pebblestore.Open("data", pebblestore.Options{FS: fs, Fatal: func(string, ...any) {
			once.Do(func() { close(fatal) })
			runtime.Goexit()
		}})
		if err != nil {
			return
		}
		if e, err := Open(st, Options{}); err == nil {
			l.work(e, "x", 2, 10)
		}
	}()
	select {
	case <-finished:
	case <-fatal:
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	left := disk.CrashClone(vfs.CrashCloneCfg{})
	st, err := pebblestore.Open("data", pebblestore.Options{FS: left, Fatal: dying})
	if err != nil {
		if len(l.admitted) > 0 {
			t.Fatalf("fault %d: %v", at, err)
		}
		return hit.Load()
	}
	defer func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	}()
	l.holds(t, st)
	return hit.Load()
}

package pebblestore

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/openchatops/oco/internal/store"
)

// fault makes operations of one group fail: the one with the number at and, if
// it lasts, all that come later.
type fault struct {
	ops   map[errorfs.OpKind]bool
	at    int64
	lasts bool
	seen  atomic.Int64
	hit   atomic.Bool
}

func (f *fault) MaybeError(op errorfs.Op) error {
	if !f.ops[op.Kind] {
		return nil
	}
	n := f.seen.Add(1)
	if n == f.at || f.lasts && n > f.at {
		f.hit.Store(true)
		return errorfs.ErrInjected
	}
	return nil
}

func (f *fault) String() string { return fmt.Sprintf("operation %d fails, lasting %t", f.at, f.lasts) }

var (
	syncOps  = map[errorfs.OpKind]bool{errorfs.OpFileSync: true, errorfs.OpFileSyncData: true}
	writeOps = map[errorfs.OpKind]bool{errorfs.OpFileWrite: true, errorfs.OpFileWriteAt: true}
	nameOps  = map[errorfs.OpKind]bool{errorfs.OpCreate: true, errorfs.OpRename: true, errorfs.OpReuseForWrite: true}
)

// faultyRun is what happened to a bot that met a fault.
type faultyRun struct {
	fault   *fault
	openErr error
	acked   map[int]int
	// fatal is closed when Options.Fatal is called first.
	fatal chan struct{}
	text  string
	store *Store
	left  *vfs.MemFS
}

// runWith opens a store on a disk with the fault, writes, closes, and cuts the
// power. Fatal ends its goroutine, as nothing else of a real process would go on.
func runWith(t *testing.T, f *fault) *faultyRun {
	t.Helper()
	const batches = 60
	disk := vfs.NewCrashableMem()
	run := &faultyRun{fault: f, fatal: make(chan struct{})}
	var once sync.Once
	opened := make(chan *Store, 1)
	o := Options{
		FS:           errorfs.Wrap(disk, f),
		memTableSize: 64 << 10, prezeroMin: 4 << 10, prezeroMax: 16 << 10,
		Fatal: func(format string, args ...any) {
			once.Do(func() {
				run.text = fmt.Sprintf(format, args...)
				close(run.fatal)
			})
			runtime.Goexit()
		},
	}
	j := &journal{acked: map[int]int{}}
	ended, failed := make(chan struct{}), make(chan error, 1)
	go func() {
		defer close(ended)
		s, err := Open("data", o)
		if err != nil {
			failed <- err
			return
		}
		opened <- s
		for n := range batches {
			b := &store.Batch{Sync: n%3 != 0}
			b.Put(rowKey(0, n), append(rowValue(0, n), make([]byte, 2<<10)...))
			c, err := s.Apply(b)
			if err != nil || c.Wait() != nil {
				return
			}
			if b.Sync {
				j.ack(0, n)
			}
		}
		if err := s.Close(); err != nil {
			failed <- err
		}
	}()
	select {
	case <-ended:
	case <-run.fatal:
	}
	select {
	case run.store = <-opened:
	default:
	}
	select {
	case run.openErr = <-failed:
	default:
	}
	run.acked = j.copy()
	run.left = disk.CrashClone(vfs.CrashCloneCfg{})
	return run
}

// stopped reports whether Fatal was called, and waits for it if the switch was
// thrown, which comes first.
func (r *faultyRun) stopped() bool {
	if r.store != nil && r.store.failure.get() != nil {
		<-r.fatal
	}
	select {
	case <-r.fatal:
		return true
	default:
		return false
	}
}

// TestEveryFailedChangeStops fails each sync, each write and each change of a
// directory of a run in turn, once and for good.
func TestEveryFailedChangeStops(t *testing.T) {
	for name, ops := range map[string]map[errorfs.OpKind]bool{"sync": syncOps, "write": writeOps, "name": nameOps} {
		t.Run(name, func(t *testing.T) {
			clean := runWith(t, &fault{ops: ops})
			total := clean.fault.seen.Load()
			if clean.stopped() || clean.openErr != nil || total < 15 {
				t.Fatalf("a sound disk: stopped %t, error %v, %d operations", clean.stopped(), clean.openErr, total)
			}
			reached, refused := 0, 0 // in use, and in Open
			step := int64(1)
			if testing.Short() {
				step = max(1, total/40)
			}
			for _, lasts := range []bool{false, true} {
				for at := int64(1); at <= total; at += step {
					run := runWith(t, &fault{ops: ops, at: at, lasts: lasts})
					switch {
					case !run.fault.hit.Load():
						continue // the order of background work differs from run to run
					case run.stopped():
						reached++
						checkOutOfUse(t, run)
					case run.openErr != nil:
						refused++
					default:
						t.Errorf("%v: nobody was told", run.fault)
					}
					checkRecovery(t, run)
				}
			}
			t.Logf("of %d faults %d reached Fatal and %d made Open or Close fail", 2*total, reached, refused)
			if reached == 0 || refused == 0 {
				t.Error("the faults miss the running store or its start")
			}
		})
	}
}

func checkOutOfUse(t *testing.T, run *faultyRun) {
	t.Helper()
	if !strings.Contains(run.text, "data") || !strings.Contains(run.text, "injected error") {
		t.Errorf("Fatal says neither where nor why: %q", run.text)
	}
	s := run.store
	if s == nil {
		return // it stopped in Open
	}
	_, getErr := s.Get([]byte("a"))
	_, applyErr := s.Apply(&store.Batch{Sync: true})
	scanErr := s.Scan(nil, nil, func(_, _ []byte) error { return nil })
	for _, err := range []error{getErr, applyErr, scanErr} {
		if !errors.Is(err, ErrFailed) && !errors.Is(err, store.ErrClosed) {
			t.Errorf("%v: a call after the failure returns %v", run.fault, err)
		}
	}
}

// checkRecovery starts again on a sound disk.
func checkRecovery(t *testing.T, run *faultyRun) {
	t.Helper()
	s := mustOpen(t, "data", Options{FS: run.left})
	for n := range run.acked[0] + 1 {
		if len(run.acked) == 0 {
			break
		}
		if _, err := s.Get(rowKey(0, n)); err != nil {
			t.Errorf("%v: acknowledged row %d of %d after the restart: %v", run.fault, n, run.acked[0], err)
		}
	}
	b := &store.Batch{Sync: true}
	b.Put([]byte("again"), []byte("1"))
	applyAndWait(t, s, b)
	if err := s.Close(); err != nil {
		t.Errorf("%v: Close after the restart: %v", run.fault, err)
	}
}

// TestWaitersFailTogether lets a sync fail under several commits, of which none
// may be acknowledged, now or later.
func TestWaitersFailTogether(t *testing.T) {
	f := &fault{ops: syncOps, lasts: true, at: 1 << 40}
	s := mustOpen(t, "data", Options{
		FS:    errorfs.Wrap(vfs.NewCrashableMem(), f),
		Fatal: func(string, ...any) { runtime.Goexit() },
	})
	var commits []store.Commit
	f.seen.Store(1 << 40)
	for n := range 5 {
		b := &store.Batch{Sync: true}
		b.Put(rowKey(0, n), nil)
		c, err := s.Apply(b)
		if err != nil && !errors.Is(err, ErrFailed) {
			t.Fatal(err)
		}
		if err == nil {
			commits = append(commits, c)
		}
	}
	if len(commits) == 0 {
		t.Fatal("no batch was taken, so none could be acknowledged wrongly")
	}
	for i, c := range commits {
		for range 2 {
			if err := c.Wait(); !errors.Is(err, ErrFailed) || !errors.Is(err, errorfs.ErrInjected) {
				t.Errorf("batch %d after a failed sync: Wait = %v", i, err)
			}
		}
	}
	if _, err := s.Apply(&store.Batch{}); !errors.Is(err, ErrFailed) {
		t.Errorf("Apply after the failure: %v", err)
	}
	if err := s.Close(); !errors.Is(err, ErrFailed) {
		t.Errorf("Close after the failure: %v", err)
	}
}

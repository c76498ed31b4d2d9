package pebblestore

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/openchatops/oco/internal/store"
)

var readOps = map[errorfs.OpKind]bool{errorfs.OpFileRead: true, errorfs.OpFileReadAt: true}

// TestEveryFailedReadStops lets the disk fail under each kind of read. None may take
// for absent what cannot be read, and nothing goes on after it.
func TestEveryFailedReadStops(t *testing.T) {
	condition := func(r store.Reader) error {
		b := &store.Batch{}
		b.Require(rowKey(0, 7), nil) // it is there, so this must not be answered
		b.Put([]byte("new"), nil)
		_, err := r.(*Store).Apply(b)
		return err
	}
	get := func(r store.Reader) error { _, err := r.Get(rowKey(0, 7)); return err }
	scan := func(r store.Reader) error {
		return r.Scan([]byte("row"), nil, func(_, _ []byte) error { return nil })
	}
	for name, c := range map[string]struct {
		read     func(store.Reader) error
		snapshot bool
	}{
		"get": {get, false}, "scan": {scan, false}, "condition": {condition, false},
		"get of a snapshot": {get, true}, "scan of a snapshot": {scan, true},
	} {
		t.Run(name, func(t *testing.T) {
			disk := vfs.NewMem()
			s := mustOpen(t, "data", Options{FS: disk})
			for n := range 40 {
				b := &store.Batch{Sync: n == 39}
				b.Put(rowKey(0, n), bytes.Repeat(rowValue(0, n), 4<<10))
				applyAndWait(t, s, b)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			f := &fault{ops: readOps, at: 1 << 40, lasts: true}
			fatal := make(chan string, 1)
			s = mustOpen(t, "data", Options{FS: errorfs.Wrap(disk, f), Fatal: func(format string, args ...any) {
				fatal <- fmt.Sprintf(format, args...)
				runtime.Goexit()
			}})
			var r store.Reader = s
			if c.snapshot {
				n, err := s.Snapshot()
				if err != nil {
					t.Fatal(err)
				}
				r = n
			}
			f.seen.Store(1 << 40)
			for range 2 {
				if err := c.read(r); !errors.Is(err, ErrFailed) || !errors.Is(err, errorfs.ErrInjected) {
					t.Fatalf("a read that failed: %v", err)
				}
			}
			if text := <-fatal; !strings.Contains(text, "data") || !strings.Contains(text, "injected error") {
				t.Errorf("Fatal says neither where nor why: %q", text)
			}
			f.seen.Store(0) // the disk is well again
			if _, err := s.Get(rowKey(0, 1)); !errors.Is(err, ErrFailed) {
				t.Errorf("Get after the failure: %v", err)
			}
			if err := s.Close(); !errors.Is(err, ErrFailed) {
				t.Errorf("Close after the failure: %v", err)
			}
		})
	}
}

// What Pebble logs as an error is an error of the bot's log, and where it would end
// the process the store ends.
func TestWhatPebbleSays(t *testing.T) {
	var log bytes.Buffer
	fatal := make(chan string, 1)
	f := newFailure("data", func(format string, args ...any) {
		fatal <- fmt.Sprintf(format, args...)
		runtime.Goexit()
	})
	if err := f.arm(); err != nil {
		t.Fatal(err)
	}
	l := engineLogger{slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelInfo})), f}
	l.Infof("flushed %d", 1)
	l.Errorf("compaction %d failed", 2)
	if got := log.String(); strings.Contains(got, "flushed") || !strings.Contains(got, `level=ERROR msg="compaction 2 failed" dir=data`) {
		t.Errorf("the log says %q", got)
	}
	if f.get() != nil {
		t.Error("what is only logged stopped the store")
	}
	go l.Fatalf("lost %d", 3)
	if text := <-fatal; !strings.Contains(text, "lost 3") {
		t.Errorf("Fatal says %q", text)
	}
	if err := f.get(); !errors.Is(err, ErrFailed) {
		t.Errorf("the store goes on: %v", err)
	}
	damaged := newFailure("data", func(string, ...any) { runtime.Goexit() })
	_ = damaged.arm() // nothing was refused
	damaged.listener().DataCorruption(pebble.DataCorruptionInfo{Path: "000004.sst", Details: errorfs.ErrInjected})
	if err := damaged.get(); !errors.Is(err, ErrFailed) || !strings.Contains(err.Error(), "damaged file") {
		t.Errorf("a damaged file: %v", err)
	}
}

// A failure while the store opens makes Open fail, also one that comes at its very
// end, and who met it does not go on.
func TestAFailureAtTheEndOfOpen(t *testing.T) {
	f := newFailure("data", func(string, ...any) { runtime.Goexit() })
	went := make(chan struct{})
	go func() {
		defer close(went)
		f.refuse(errorfs.ErrInjected)
	}()
	for len(f.refused) == 0 {
		runtime.Gosched()
	}
	if err := f.arm(); !errors.Is(err, errorfs.ErrInjected) || f.armed {
		t.Errorf("Open would say %v, armed %t", err, f.armed)
	}
	select {
	case <-went:
		t.Error("who met the failure goes on")
	default:
	}
	// Once the store is in use, failures do not go to Open.
	if err := f.arm(); err != nil {
		t.Fatal(err)
	}
	f.refuse(errorfs.ErrInjected)
}

// TestEveryChangeIsGuarded makes each change of a file that Pebble may ask for fail.
// The switch is thrown, Pebble hears nothing of it, and nothing is changed after it.
func TestEveryChangeIsGuarded(t *testing.T) {
	const other = vfs.WriteCategoryUnspecified
	file := func(use func(vfs.File) error) func(vfs.FS) error {
		return func(fsys vfs.FS) error {
			f, err := fsys.OpenReadWrite("a", other)
			if err != nil {
				return err
			}
			return use(f)
		}
	}
	for name, change := range map[string]func(vfs.FS) error{
		"Create":        func(fsys vfs.FS) error { _, err := fsys.Create("b", other); return err },
		"OpenReadWrite": func(fsys vfs.FS) error { _, err := fsys.OpenReadWrite("a", other); return err },
		"ReuseForWrite": func(fsys vfs.FS) error { _, err := fsys.ReuseForWrite("a", "b", other); return err },
		"OpenDir":       func(fsys vfs.FS) error { _, err := fsys.OpenDir("/"); return err },
		"Rename":        func(fsys vfs.FS) error { return fsys.Rename("a", "b") },
		"Write":         file(func(f vfs.File) error { _, err := f.Write([]byte("x")); return err }),
		"WriteAt":       file(func(f vfs.File) error { _, err := f.WriteAt([]byte("x"), 3); return err }),
		"Sync":          file(func(f vfs.File) error { return f.Sync() }),
		"SyncData":      file(func(f vfs.File) error { return f.SyncData() }),
		"SyncTo":        file(func(f vfs.File) error { _, err := f.SyncTo(1); return err }),
	} {
		t.Run(name, func(t *testing.T) {
			disk := vfs.NewMem()
			a, err := disk.Create("a", other)
			if err == nil {
				_, err = a.Write([]byte("old"))
			}
			if err = errors.Join(err, a.Close()); err != nil {
				t.Fatal(err)
			}
			inject := &named{name: name}
			g := guardFS{FS: errorfs.Wrap(disk, inject), failure: newFailure("data", func(string, ...any) { runtime.Goexit() })}
			if err := g.failure.arm(); err != nil {
				t.Fatal(err)
			}
			if err := change(g); err != nil || g.failure.get() != nil || inject.asked == 0 {
				t.Fatalf("on a sound disk: %v, %v, asked %d times", err, g.failure.get(), inject.asked)
			}
			inject.fails = true
			if err := change(g); err != nil {
				t.Errorf("Pebble is told: %v", err)
			}
			if err := g.failure.get(); !errors.Is(err, errorfs.ErrInjected) {
				t.Fatalf("the switch: %v", err)
			}
			asked := inject.all
			for range 2 {
				if err := change(g); err != nil {
					t.Errorf("Pebble is told later: %v", err)
				}
			}
			if inject.all != asked {
				t.Error("the disk is changed after the failure")
			}
		})
	}
}

// named fails the operations of a name when it is told to, and counts.
type named struct {
	name       string
	fails      bool
	asked, all int
}

var opNames = map[errorfs.OpKind]string{
	errorfs.OpCreate: "Create", errorfs.OpOpen: "OpenReadWrite", errorfs.OpReuseForWrite: "ReuseForWrite", errorfs.OpOpenDir: "OpenDir",
	errorfs.OpRename: "Rename", errorfs.OpFileWrite: "Write", errorfs.OpFileWriteAt: "WriteAt", errorfs.OpFileSync: "Sync",
	errorfs.OpFileSyncData: "SyncData", errorfs.OpFileSyncTo: "SyncTo",
}

func (n *named) MaybeError(op errorfs.Op) error {
	n.all++
	if opNames[op.Kind] != n.name {
		return nil
	}
	n.asked++
	if n.fails {
		return errorfs.ErrInjected
	}
	return nil
}

func (n *named) String() string { return n.name }

// TestOpenMissesNothingThatItCannotRead fails each read of an Open in turn: a name, a
// list, a part of a file. Open says so, or the store stops, or all is there.
func TestOpenMissesNothingThatItCannotRead(t *testing.T) {
	ops := map[errorfs.OpKind]bool{
		errorfs.OpOpen: true, errorfs.OpList: true, errorfs.OpStat: true, errorfs.OpFileRead: true, errorfs.OpFileReadAt: true, errorfs.OpFileStat: true,
	}
	const rows = 300
	left := vfs.NewCrashableMem()
	s := mustOpen(t, "data", Options{FS: left, memTableSize: 64 << 10, prezeroMin: 8 << 10, prezeroMax: 16 << 10})
	for n := range rows {
		b := &store.Batch{Sync: true}
		b.Put(rowKey(0, n), append(rowValue(0, n), make([]byte, 500)...))
		applyAndWait(t, s, b)
	}
	left = left.CrashClone(vfs.CrashCloneCfg{}) // as a bot leaves it that is killed
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	open := func(f *fault) (whole bool, err error) {
		type end struct {
			whole bool
			err   error
		}
		ended, stopped := make(chan end, 1), make(chan struct{})
		go func() {
			disk := left.CrashClone(vfs.CrashCloneCfg{})
			s, err := Open("data", Options{FS: errorfs.Wrap(disk, f), Fatal: func(string, ...any) {
				close(stopped)
				runtime.Goexit()
			}})
			if err != nil {
				ended <- end{false, err}
				return
			}
			whole := true
			for n := range rows {
				value, failed := s.Get(rowKey(0, n))
				if failed != nil {
					whole, err = false, failed
					break
				}
				whole = whole && bytes.HasPrefix(value, rowValue(0, n))
			}
			if failed := s.Close(); err == nil {
				err = failed
			}
			ended <- end{whole, err}
		}()
		select {
		case e := <-ended:
			select {
			case <-stopped: // a goroutine of the engine may outlive the store
				return true, e.err
			default:
				return e.whole, e.err
			}
		case <-stopped: // a bot has ended here: Close may wait for what is frozen
			return true, nil
		}
	}
	clean := &fault{ops: ops}
	if whole, err := open(clean); !whole || err != nil {
		t.Fatalf("on a sound disk: %t, %v", whole, err)
	}
	total, refused := clean.seen.Load(), 0
	for at := int64(1); at <= total; at++ {
		f := &fault{ops: ops, at: at}
		whole, err := open(f)
		switch {
		case !f.hit.Load():
		case err != nil && (errors.Is(err, errorfs.ErrInjected) || strings.Contains(err.Error(), "injected error") || errors.Is(err, ErrFailed)):
			refused++
		case !whole:
			t.Errorf("%v: %v, and rows are missing", f, err)
		}
	}
	t.Logf("%d of %d failed reads made Open fail", refused, total)
	if refused == 0 {
		t.Error("the faults miss Open")
	}
}

// A new directory that cannot be made, listed or made durable is no store.
func TestANewDirectoryThatCannotBeMade(t *testing.T) {
	for name, op := range map[string]errorfs.OpKind{"made": errorfs.OpMkdirAll, "listed": errorfs.OpList, "opened": errorfs.OpOpenDir} {
		disk := vfs.NewMem()
		f := &fault{ops: map[errorfs.OpKind]bool{op: true}, at: 1, lasts: true}
		s, err := Open("some/data", Options{FS: errorfs.Wrap(disk, f), Fatal: t.Fatalf})
		if !errors.Is(err, errorfs.ErrInjected) || s != nil {
			t.Errorf("it cannot be %s: %v", name, err)
		}
		s = mustOpen(t, "some/data", Options{FS: disk})
		if err := s.Close(); err != nil {
			t.Errorf("it could not be %s: %v", name, err)
		}
	}
}

// heldFile is a file whose sync takes until it is let go on.
type heldFile struct {
	vfs.File
	syncs, goOn chan struct{}
	closed      atomic.Bool
}

func (f *heldFile) SyncData() error {
	f.syncs <- struct{}{}
	<-f.goOn
	return nil
}

func (f *heldFile) Close() error {
	f.closed.Store(true)
	return f.File.Close()
}

// The mark of a store that did not open is not closed under a goroutine of Pebble
// that still tidies up, and none that comes later touches it.
func TestTheMarkIsNotClosedWhileItIsInUse(t *testing.T) {
	disk := vfs.NewMem()
	f := newFailure("data", func(string, ...any) { runtime.Goexit() })
	m, err := openMark(guardFS{FS: disk, failure: f}, "/")
	if err != nil {
		t.Fatal(err)
	}
	held := &heldFile{File: m.file, syncs: make(chan struct{}), goOn: make(chan struct{})}
	m.file = held
	m.known.log = extent{number: 7, length: 100}
	tidied := make(chan struct{})
	go func() {
		defer close(tidied)
		m.forget("000007.log")
	}()
	<-held.syncs
	if err := m.drop(); err != nil || held.closed.Load() {
		t.Errorf("dropped while it is in use: %v, closed: %t", err, held.closed.Load())
	}
	close(held.goOn)
	<-tidied
	m.known.log = extent{number: 8, length: 100}
	m.forget("000008.log") // would wait for its sync
	m.catchUp()
	if m.known.log.length == 0 || f.get() != nil {
		t.Errorf("it goes on: %+v, %v", m.known.log, f.get())
	}
	if err := m.drop(); err != nil || !held.closed.Load() {
		t.Errorf("nobody uses it: %v, closed: %t", err, held.closed.Load())
	}
}

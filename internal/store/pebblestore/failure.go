package pebblestore

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"
)

// ErrFailed says that the store could not write or read back something and is
// out of use. Only tests see it: a bot has ended by then (Options.Fatal).
var ErrFailed = errors.New("pebblestore: stopped after a failure of the storage")

// failure is the fail-stop switch of one store. Once it is thrown it stays so,
// because after a failed sync the kernel may have dropped what was to be
// written and may report success for the next one.
type failure struct {
	dir   string
	fatal func(format string, args ...any)
	err   atomic.Pointer[error]
	ended chan struct{} // closed when Fatal ended its goroutine, see stop

	mu      sync.Mutex
	armed   bool       // the store is open; before that Open returns failures
	refused chan error // what made Open fail
}

func newFailure(dir string, fatal func(format string, args ...any)) *failure {
	return &failure{dir: dir, fatal: fatal, ended: make(chan struct{}), refused: make(chan error, 1)}
}

// get returns nil while the store is sound, else an error that matches ErrFailed.
func (f *failure) get() error {
	if err := f.err.Load(); err != nil {
		return *err
	}
	return nil
}

// stop throws the switch and calls Options.Fatal, which ends the process. Fatal
// runs on a goroutine of its own, because Pebble cannot bear that one of its own
// is unwound. Only where a test lets Fatal call runtime.Goexit does stop return;
// every path that acknowledges looks at the switch again before it does.
func (f *failure) stop(cause error) error {
	err := fmt.Errorf("%w: %w", ErrFailed, cause)
	if f.err.CompareAndSwap(nil, &err) {
		go func() {
			defer close(f.ended)
			f.fatal("pebblestore: the storage in %s failed, stopping so that nothing is acknowledged that is not stored: %v. "+
				"Check the disk (space, errors in the kernel log), then start again: everything acknowledged so far is kept.", f.dir, cause)
			panic("pebblestore: Options.Fatal returned; it must end the process")
		}()
	}
	<-f.ended
	return f.get()
}

// arm ends the time in which failures go to Open, unless there was one.
func (f *failure) arm() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	select {
	case err := <-f.refused:
		return err
	default:
		f.armed = true
		return nil
	}
}

// refuse gives the failure to Open and does not return, as Pebble panics on some
// failures and ignores others. It does nothing once the store is open.
func (f *failure) refuse(cause error) {
	f.mu.Lock()
	if f.armed {
		f.mu.Unlock()
		return
	}
	select {
	case f.refused <- cause:
	default: // Open has one already
	}
	f.mu.Unlock()
	select {}
}

// freeze is stop for places from which Pebble must not go on.
func (f *failure) freeze(cause error) {
	f.refuse(cause)
	_ = f.stop(cause) // the error is cause
	select {}
}

// listener stops the process on what Pebble would only log and try again.
func (f *failure) listener() *pebble.EventListener {
	return &pebble.EventListener{
		BackgroundError: f.freeze,
		DataCorruption: func(info pebble.DataCorruptionInfo) {
			_ = f.stop(fmt.Errorf("damaged file: %s", info)) // the reader gets an error too
		},
	}
}

// engineLogger gives Pebble's log to slog. Pebble goes on after Fatalf returns,
// and acknowledges writes that were lost: this Fatalf never returns.
type engineLogger struct {
	log     *slog.Logger
	failure *failure
}

var _ pebble.Logger = engineLogger{}

func (l engineLogger) Infof(format string, args ...any) {
	l.log.Debug(fmt.Sprintf(format, args...), "dir", l.failure.dir)
}

func (l engineLogger) Errorf(format string, args ...any) {
	l.log.Error(fmt.Sprintf(format, args...), "dir", l.failure.dir)
}

func (l engineLogger) Fatalf(format string, args ...any) {
	l.failure.freeze(fmt.Errorf(format, args...))
}

package pebblestore

import (
	"errors"
	"fmt"
	"log/slog"
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
}

// get returns nil while the store is sound, else an error that matches ErrFailed.
func (f *failure) get() error {
	if err := f.err.Load(); err != nil {
		return *err
	}
	return nil
}

// mark throws the switch without ending the process and reports the error to
// return, and whether this call was the first.
func (f *failure) mark(cause error) (error, bool) {
	err := fmt.Errorf("%w: %w", ErrFailed, cause)
	first := f.err.CompareAndSwap(nil, &err)
	return f.get(), first
}

// stop throws the switch and ends the process. If the switch was thrown before
// (the process is on its way out) it returns the first error.
func (f *failure) stop(cause error) error {
	err, first := f.mark(cause)
	if first {
		f.end(cause)
	}
	return err
}

// end calls Options.Fatal and never returns.
func (f *failure) end(cause error) {
	f.fatal("pebblestore: the storage in %s failed, stopping so that nothing is acknowledged that is not stored: %v. "+
		"Check the disk (space, errors in the kernel log), then start again: everything acknowledged so far is kept.", f.dir, cause)
	panic("pebblestore: Options.Fatal returned; it must end the process")
}

// listener stops the process on what Pebble would only log and try again.
func (f *failure) listener() *pebble.EventListener {
	return &pebble.EventListener{
		BackgroundError: func(err error) {
			f.mark(err)
			f.end(err)
		},
		DataCorruption: func(info pebble.DataCorruptionInfo) {
			err := fmt.Errorf("damaged file: %s", info)
			f.mark(err)
			f.end(err)
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
	err := fmt.Errorf(format, args...)
	l.failure.mark(err)
	l.failure.end(err)
}

package pebblestore

import (
	"fmt"
	"log/slog"
	"os"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// Options are the settings of a store. The zero value is right for a bot.
type Options struct {
	// FS is the file system; nil means the disk. Tests give vfs.NewMem() or
	// vfs.NewCrashableMem(), perhaps wrapped by errorfs.
	FS vfs.FS

	// Fatal is called when something could not be stored or read back: a failed
	// write or sync, a full disk, a damaged file. It must not return; nil means
	// to write the text to standard error and exit with status 1. It runs once,
	// on a goroutine of its own, with locks of the engine held, so it must not
	// use the store. Open returns its failures instead.
	//
	// A test may let it end its goroutine with runtime.Goexit (t.Fatalf does):
	// then nothing reaches the file system any more and every later call on the
	// store fails with ErrFailed. If it returns, the process panics.
	Fatal func(format string, args ...any)

	// NoSync never syncs: what was acknowledged is lost if the machine stops.
	// For benchmarks only.
	NoSync bool

	// Logger gets what the engine says about itself: warnings as errors,
	// everything else at debug level. Nil means slog.Default().
	Logger *slog.Logger

	// memTableSize replaces the size of a full memtable, so that tests reach
	// flushes and new log files with little data.
	memTableSize uint64
	// prezeroMin and prezeroMax replace the steps of log pre-zeroing; prezeroMax
	// of -1 switches it off. See prezeroFS.
	prezeroMin, prezeroMax int
	// inMemory leaves out the mark of what is durable: nothing outlives the process,
	// so nothing is to be proven to the next one.
	inMemory bool
}

const (
	// memTableSize is the size at which the write buffer goes to a table file.
	// Pebble starts with 256 KiB and doubles up to this, so an idle bot never
	// pays for it.
	memTableSize = 64 << 20
	// memTables is how many write buffers may be full or filling before writers
	// wait for the disk.
	memTables = 2
	cacheSize = 32 << 20
	// pebbleFormat is the version of Pebble's own files. Raising it needs a new
	// formatVersion, as older programs cannot read the directory afterwards.
	pebbleFormat = pebble.FormatValueSeparation
)

func (o Options) withDefaults() Options {
	if o.Fatal == nil {
		o.Fatal = exit
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.memTableSize == 0 {
		o.memTableSize = memTableSize
	}
	if o.prezeroMax == 0 {
		o.prezeroMin, o.prezeroMax = prezeroMin, prezeroMax
		if o.FS != nil || o.NoSync {
			o.prezeroMax = -1 // nothing to gain: off the disk, or without syncs
		}
	}
	if o.FS == nil {
		o.FS = vfs.Default
	}
	if o.prezeroMax > 0 {
		o.FS = prezeroFS{FS: o.FS, min: int64(o.prezeroMin), max: int64(o.prezeroMax)}
	}
	return o
}

// exit is the default of Options.Fatal.
func exit(format string, args ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
	os.Exit(1)
}

// engine returns the options that Pebble is opened with.
func (o Options) engine(lock *pebble.Lock, f *failure, syncs *atomic.Uint64, m *mark) *pebble.Options {
	return &pebble.Options{
		FS:                          guardFS{FS: o.FS, failure: f, syncs: syncs, mark: m},
		Lock:                        lock,
		Logger:                      engineLogger{log: o.Logger, failure: f},
		EventListener:               f.listener(),
		FormatMajorVersion:          pebbleFormat,
		MemTableSize:                o.memTableSize,
		MemTableStopWritesThreshold: memTables,
		CacheSize:                   cacheSize,
	}
}

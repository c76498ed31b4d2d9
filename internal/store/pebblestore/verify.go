package pebblestore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// Checked says how much Verify has read.
type Checked struct {
	Rows, Bytes uint64
	// Whole says that it read everything, and did not stop because ctx ended.
	Whole bool
}

// Verify opens the store in dir as [Open] would, the whole of its log included, and
// reads every row, with all checksums, until ctx ends. It changes nothing of what the
// store holds. Its errors are those of Open; a directory that is not there is
// fs.ErrNotExist, one that a store never was in as well.
func Verify(ctx context.Context, dir string) (Checked, error) {
	fsys := vfs.Default
	for _, name := range []string{dir, fsys.PathJoin(dir, formatFile)} {
		if _, err := fsys.Stat(name); errors.Is(err, fs.ErrNotExist) {
			return Checked{}, fmt.Errorf("there is no store in %s: %w", dir, err)
		} else if err != nil {
			return Checked{}, explain(dir, err)
		}
	}
	c, err := verify(ctx, dir, fsys)
	if err != nil {
		return c, explain(dir, err)
	}
	return c, nil
}

func verify(ctx context.Context, dir string, fsys vfs.FS) (c Checked, err error) {
	lock, err := pebble.LockDirectory(dir, fsys)
	if err != nil {
		return c, lockError(dir, err)
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	if err := checkFormat(fsys, dir); err != nil {
		return c, err
	}
	_, known, err := readMark(fsys, dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return c, err
	}
	proof := newProof(fsys, dir, known)
	if err := proof.complete(); err != nil {
		return c, err
	}
	// Nothing is written, so nothing that fails may end the process.
	f := newFailure(dir, func(string, ...any) {})
	o := Options{FS: fsys, Logger: slog.New(slog.DiscardHandler)}.withDefaults()
	o.FS = fsys // the log is only read, so it is made no longer
	engine := o.engine(lock, f, new(atomic.Uint64), nil)
	var damage atomic.Pointer[DamageError]
	engine.FS, engine.ReadOnly, engine.EventListener = proof, true, &pebble.EventListener{
		DataCorruption: func(info pebble.DataCorruptionInfo) {
			damage.CompareAndSwap(nil, &DamageError{Dir: dir, File: fsys.PathBase(info.Path), Offset: -1})
		},
	}
	db, err := pebble.Open(dir, engine)
	if err != nil {
		return c, proof.blame(err)
	}
	c, err = readAllRows(ctx, db)
	err = errors.Join(err, db.Close())
	if d := damage.Load(); d != nil {
		err = errors.Join(d, err)
	}
	return c, err
}

// readAllRows reads until ctx ends.
func readAllRows(ctx context.Context, db *pebble.DB) (c Checked, err error) {
	if ctx.Err() != nil {
		return c, nil
	}
	iter, err := db.NewIter(nil)
	if err != nil {
		return c, fmt.Errorf("read all rows: %w", err)
	}
	defer func() { err = errors.Join(err, iter.Close()) }()
	const look = 1 << 10 // rows between looks at ctx
	for ok := iter.First(); ok; ok = iter.Next() {
		value, err := iter.ValueAndErr()
		if err != nil {
			return c, err
		}
		c.Bytes += uint64(len(iter.Key()) + len(value))
		if c.Rows++; c.Rows%look == 0 && ctx.Err() != nil {
			return c, nil
		}
	}
	c.Whole = iter.Error() == nil
	return c, iter.Error()
}

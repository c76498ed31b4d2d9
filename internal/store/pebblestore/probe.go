package pebblestore

import (
	"errors"
	"io/fs"
	"log/slog"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// Probe opens the store in dir as [Open] would, the whole of its log included,
// but changes nothing of what it holds, and closes it again. Its errors are those
// of Open; a directory that is not there is fs.ErrNotExist, one that a store never
// was in as well.
func Probe(dir string) error {
	fsys := vfs.Default
	for _, name := range []string{dir, fsys.PathJoin(dir, formatFile)} {
		if _, err := fsys.Stat(name); err != nil {
			return explain(dir, err)
		}
	}
	if err := probe(dir, fsys); err != nil {
		return explain(dir, err)
	}
	return nil
}

func probe(dir string, fsys vfs.FS) (err error) {
	lock, err := pebble.LockDirectory(dir, fsys)
	if err != nil {
		return lockError(dir, err)
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	if err := checkFormat(fsys, dir); err != nil {
		return err
	}
	// Nothing is written, so nothing that fails may end the process.
	f := newFailure(dir, func(string, ...any) {})
	o := Options{FS: fsys, Logger: slog.New(slog.DiscardHandler)}.withDefaults()
	o.FS = fsys // the log is only read, so it is made no longer
	_, known, err := readMark(fsys, dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	proof := newProof(fsys, dir, known)
	if err := proof.complete(); err != nil {
		return err
	}
	engine := o.engine(lock, f, new(atomic.Uint64), nil)
	engine.FS, engine.ReadOnly, engine.EventListener = proof, true, nil
	db, err := pebble.Open(dir, engine)
	if err != nil {
		return proof.blame(err)
	}
	return db.Close()
}

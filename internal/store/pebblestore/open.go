// Package pebblestore keeps a store.Store in a directory with Pebble, a
// log-structured engine: a write-ahead log that is synced once for all batches
// that wait, and sorted table files behind it.
//
// The process ends when something could not be stored (Options.Fatal): what
// cannot store never acknowledges.
package pebblestore

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// Reasons for which Open refuses. Its errors say more and match one of these
// with errors.Is, unless the operating system gave another reason.
var (
	// ErrInUse says that another process, or this one, has the directory open.
	ErrInUse = errors.New("pebblestore: the data directory is in use")
	// ErrNotWritable says that the directory cannot be created or written.
	ErrNotWritable = errors.New("pebblestore: the data directory is not writable")
	// ErrNewerFormat says that a newer program wrote the directory. The error is
	// a *FormatError.
	ErrNewerFormat = errors.New("pebblestore: the data directory has a newer format")
	// ErrDamaged says that files are missing or hold what was not written.
	ErrDamaged = errors.New("pebblestore: the data directory is damaged")
)

// Open opens the store in dir and creates it, readable by its owner only, if it
// is not there. One process at a time can have it open. It replays what a crash
// left in the log, about a second for a million keys; else it takes
// milliseconds. If the disk fails within the engine, the directory stays locked
// until the process ends.
func Open(dir string, o Options) (*Store, error) {
	o = o.withDefaults()
	s, err := open(dir, o)
	if err != nil {
		return nil, explain(dir, err)
	}
	return s, nil
}

// OpenMemory opens a new, empty store that lives in memory only. o.FS is
// replaced.
func OpenMemory(o Options) (*Store, error) {
	o.FS, o.inMemory = vfs.NewMem(), true
	return Open("memory", o)
}

func open(dir string, o Options) (*Store, error) {
	if err := makeDir(o.FS, dir); err != nil {
		return nil, err
	}
	lock, err := pebble.LockDirectory(dir, o.FS)
	if err != nil {
		return nil, lockError(dir, err)
	}
	s := &Store{lock: lock, noSync: o.NoSync, failure: newFailure(dir, o.Fatal)}
	if err = checkFormat(o.FS, dir); err == nil && !o.inMemory {
		s.mark, err = openMark(guardFS{FS: o.FS, failure: s.failure}, dir)
	}
	if err == nil {
		err = s.start(o)
	}
	if err != nil {
		return nil, errors.Join(err, s.mark.drop(), lock.Close())
	}
	return s, nil
}

// start opens the engine, on a goroutine of its own because a failure of the
// disk freezes that (failure.refuse).
func (s *Store) start(o Options) error {
	type result struct {
		db  *pebble.DB
		err error
	}
	var known durable
	if s.mark != nil {
		known = s.mark.known
	}
	proof := newProof(o.FS, s.failure.dir, known)
	if err := proof.complete(); err != nil {
		return err
	}
	o.FS = proof
	opened := make(chan result, 1)
	go func() {
		db, err := startEngine(s.failure.dir, o.engine(s.lock, s.failure, &s.syncs, s.mark))
		opened <- result{db, proof.blame(err)}
	}()
	select {
	case err := <-s.failure.refused:
		return err
	case r := <-opened:
		if r.err != nil {
			return r.err
		}
		s.db = r.db
		return s.failure.arm()
	}
}

func startEngine(dir string, engine *pebble.Options) (*pebble.DB, error) {
	if err := raiseEngine(dir, engine); err != nil {
		return nil, err
	}
	return pebble.Open(dir, engine)
}

// raiseEngine brings a new or an older directory to the version pebbleFormat in
// an Open of its own. The log of an Open that raises the version still has the
// old format, in which damage in the middle looks like the end of the log.
func raiseEngine(dir string, engine *pebble.Options) error {
	found, err := pebble.Peek(dir, engine.FS)
	if err != nil || found.Exists && found.FormatMajorVersion >= pebbleFormat {
		return err
	}
	db, err := pebble.Open(dir, engine)
	if err != nil {
		return err
	}
	return db.Close()
}

// makeDir creates dir and what is missing above it, and makes the new entries
// durable: a store in a directory that a power cut takes away is lost.
func makeDir(fsys vfs.FS, dir string) error {
	info, err := fsys.Stat(dir)
	if err == nil {
		if !info.IsDir() {
			return &fs.PathError{Op: "open", Path: dir, Err: syscall.ENOTDIR}
		}
		return nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	var parents []string
	for path := dir; ; {
		parent := fsys.PathDir(path)
		parents = append(parents, parent)
		if _, err := fsys.Stat(parent); err == nil || parent == path {
			break
		}
		path = parent
	}
	if err := fsys.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for _, parent := range parents {
		if err := syncDir(fsys, parent); err != nil {
			return err
		}
	}
	return nil
}

func syncDir(fsys vfs.FS, dir string) error {
	d, err := fsys.OpenDir(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// lockError marks the errors that mean that the lock is held, and says by whom.
// Pebble has no error of its own for a lock that this process holds.
func lockError(dir string, err error) error {
	if err.Error() == "lock held by current process" {
		return &inUse{os.Getpid(), err}
	}
	if errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.EACCES) && !errors.As(err, new(*os.PathError)) {
		return &inUse{lockHolder(filepath.Join(dir, "LOCK")), err}
	}
	return err
}

// inUse is ErrInUse with the process that has the directory; 0: not known.
type inUse struct {
	holder int
	err    error
}

func (e *inUse) Error() string   { return e.err.Error() }
func (e *inUse) Unwrap() []error { return []error{ErrInUse, e.err} }

// explain says where it went wrong and what to do.
func explain(dir string, err error) error {
	held := new(inUse)
	var damage *DamageError
	switch {
	case errors.As(err, &damage): // whatever Pebble adds to it
		return fmt.Errorf("open the store: %w", damage)
	case errors.Is(err, ErrNewerFormat), errors.Is(err, ErrDamaged):
		return fmt.Errorf("open the store: %w", err)
	case errors.As(err, &held):
		by := "another bot"
		if held.holder != 0 {
			by += fmt.Sprintf(", process %d", held.holder)
		}
		return fmt.Errorf("open the store: the data directory %s is in use by %s: stop that one, or give this one a directory of its own: %w", dir, by, err)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return fmt.Errorf("open the store: the data directory %s is not writable for user %d: change its owner or mode, or choose another directory: %w: %w", dir, os.Getuid(), ErrNotWritable, err)
	case errors.Is(err, syscall.ENOTDIR):
		return fmt.Errorf("open the store: %s, or a part of that path, is a file and not a directory: choose another directory: %w", dir, err)
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, pebble.ErrDBDoesNotExist), errors.Is(err, pebble.ErrDBNotPristine):
		return fmt.Errorf("open the store: a file in the data directory %s is missing (%v): check the disk, then restore a backup (`oco restore`): %w", dir, err, ErrDamaged)
	case pebble.IsCorruptionError(err):
		return fmt.Errorf("open the store: a file in %s does not hold what was written to it: check the disk, then restore a backup: %w: %w", dir, ErrDamaged, err)
	}
	return fmt.Errorf("open the store in %s: %w", dir, err)
}

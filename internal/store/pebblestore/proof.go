package pebblestore

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// DamageError says which file of a store does not hold what was written to it.
type DamageError struct {
	Dir, File string
	// Offset is the first byte that does not hold; negative: not known.
	Offset int64
	// Lost is how many bytes from there on had been acknowledged, at least.
	Lost int64
	// Gone says that the file is not there.
	Gone bool
}

// Error implements error.
func (e *DamageError) Error() string {
	const advice = "check the disk, then restore a backup (`oco restore`)"
	switch {
	case e.Gone:
		return fmt.Sprintf("the file %s in the data directory %s is missing, and with it %d bytes that were acknowledged: %s", e.File, e.Dir, e.Lost, advice)
	case e.Lost > 0:
		return fmt.Sprintf("the file %s in the data directory %s is damaged at byte %d, and %d bytes from there on were acknowledged: %s. "+
			"To start without them, and lose them for good, remove the file %s there", e.File, e.Dir, e.Offset, e.Lost, advice, markFile)
	case e.Offset < 0:
		return fmt.Sprintf("the file %s in the data directory %s does not hold what was written to it: %s", e.File, e.Dir, advice)
	}
	return fmt.Sprintf("the file %s in the data directory %s is damaged at byte %d: %s", e.File, e.Dir, e.Offset, advice)
}

// Is makes the error match ErrDamaged.
func (e *DamageError) Is(target error) bool { return target == ErrDamaged }

// proofFS looks at each log and manifest that Pebble is about to read, before it
// does: what the mark says is durable must be there, to the last byte. Behind that
// a crash may have torn what nobody was told of.
type proofFS struct {
	vfs.FS
	dir   string
	known durable
	// suspect is where the log that was looked at last ceases to hold.
	suspect *atomic.Pointer[DamageError]
}

func newProof(fsys vfs.FS, dir string, known durable) proofFS {
	return proofFS{FS: fsys, dir: dir, known: known, suspect: new(atomic.Pointer[DamageError])}
}

// Open implements vfs.FS.
func (p proofFS) Open(name string, opts ...vfs.OpenOption) (vfs.File, error) {
	if err := p.prove(name); err != nil {
		return nil, err
	}
	return p.FS.Open(name, opts...)
}

// Unwrap implements vfs.FS.
func (p proofFS) Unwrap() vfs.FS { return p.FS }

func (p proofFS) prove(name string) error {
	base := p.PathBase(name)
	kind, number := fileKind(base)
	switch {
	case strings.HasPrefix(base, optionsOf):
		return p.proveOptions(name)
	case kind == "":
		return nil
	}
	log := &number
	if kind == manifestOf {
		log = nil
	}
	found, err := fileChunks(p.FS, name, log)
	if err != nil || found.ended {
		return err // one that was closed lacks nothing
	}
	newest, err := p.newestLog()
	if err != nil {
		return err
	}
	e, _ := p.known.of(base)
	damage := &DamageError{Dir: p.dir, File: base, Offset: found.whole, Lost: max(int64(e.length)-found.whole, 0)}
	if damage.Lost > 0 || kind == logSuffix && number < newest && !found.bare {
		return damage // only the newest log may end without having been closed
	}
	if kind == logSuffix {
		p.suspect.Store(damage)
	}
	return nil
}

// optionsOf begins the names of files in which Pebble says how it was opened. It is
// always opened alike.
const optionsOf = "OPTIONS-"

func (p proofFS) proveOptions(name string) error {
	f, err := p.FS.Open(name)
	if err != nil {
		return err
	}
	text, err := io.ReadAll(f)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	o := new(pebble.Options)
	o.EnsureDefaults()
	if err := o.CheckCompatibility(p.dir, string(text)); err != nil {
		return &DamageError{Dir: p.dir, File: p.PathBase(name), Offset: -1}
	}
	return nil
}

func (p proofFS) newestLog() (newest uint64, err error) {
	names, err := p.List(p.dir)
	for _, name := range names {
		if kind, number := fileKind(name); kind == logSuffix {
			newest = max(newest, number)
		}
	}
	return newest, err
}

// blame adds to what Pebble says of a log where that is damaged.
func (p proofFS) blame(err error) error {
	if damage := p.suspect.Load(); damage != nil && pebble.IsCorruptionError(err) && strings.Contains(err.Error(), "replaying WAL") {
		return errors.Join(damage, err)
	}
	return err
}

// manifestMarker begins the name of the file whose name says which manifest holds.
const manifestMarker = "marker.manifest."

// complete returns an error if the newest log is gone. An older program does not
// keep the mark; what it leaves is newer than that. Without the marker of the
// manifest Pebble would begin a new store in the place of this one: a creation that
// a crash ended has none either, but nothing to lose.
func (p proofFS) complete() error {
	names, err := p.List(p.dir)
	if err != nil {
		return err
	}
	lost := p.known.log
	isMarker := func(name string) bool { return strings.HasPrefix(name, manifestMarker) }
	isTable := func(name string) bool { return strings.HasSuffix(name, ".sst") }
	if !slices.ContainsFunc(names, isMarker) && (lost.length > 0 || slices.ContainsFunc(names, isTable)) {
		return fmt.Errorf("the file %s* in the data directory %s is missing, which says where all others are: check the disk, then restore a backup (`oco restore`): %w", manifestMarker, p.dir, ErrDamaged)
	}
	if lost.length == 0 {
		return nil
	}
	newer := func(name string) bool {
		kind, number := fileKind(name)
		return kind == logSuffix && number >= lost.number || kind == manifestOf && number > p.known.manifests[0].number
	}
	if slices.ContainsFunc(names, newer) {
		return nil
	}
	return &DamageError{Dir: p.dir, File: fmt.Sprintf("%06d%s", lost.number, logSuffix), Gone: true, Lost: int64(lost.length)}
}

package pebblestore

import (
	"errors"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
)

// seenOps notes the paths of operations of one kind.
func seenOps(disk vfs.FS, kind errorfs.OpKind) (vfs.FS, func() []string) {
	var mu sync.Mutex
	var paths []string
	fs := errorfs.Wrap(disk, errorfs.InjectorFunc(func(op errorfs.Op) error {
		if op.Kind == kind {
			mu.Lock()
			defer mu.Unlock()
			paths = append(paths, op.Path)
		}
		return nil
	}))
	return fs, func() []string {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(paths)
	}
}

// A directory that has the version of today is opened once, not raised again.
func TestADirectoryIsRaisedOnce(t *testing.T) {
	disk := vfs.NewMem()
	for n, want := range []int{2, 1, 1} {
		fs, seen := seenOps(disk, errorfs.OpCreate)
		if err := mustOpen(t, "data", Options{FS: fs}).Close(); err != nil {
			t.Fatal(err)
		}
		manifests := 0
		for _, path := range seen() {
			if kind, _ := fileKind(disk.PathBase(path)); kind == manifestOf {
				manifests++
			}
		}
		if manifests != want {
			t.Errorf("Open %d made %d manifests, want %d", n+1, manifests, want)
		}
	}
}

// What is made durable of a new directory is its entry and those above it up to one
// that was there: that one's own is not ours.
func TestWhichDirectoriesAreSynced(t *testing.T) {
	disk := vfs.NewMem()
	if err := disk.MkdirAll("a/b", 0o700); err != nil {
		t.Fatal(err)
	}
	fs, seen := seenOps(disk, errorfs.OpOpenDir)
	if err := makeDir(fs, "a/b/c/d"); err != nil {
		t.Fatal(err)
	}
	if got := seen(); !slices.Equal(got, []string{"a/b/c", "a/b"}) {
		t.Errorf("%q are synced", got)
	}
}

// A lock that another process holds is told from one that cannot be made.
func TestWhatALockErrorMeans(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		held bool
	}{
		"held by this process":    {errors.New("lock held by current process"), true},
		"held by another":         {syscall.EAGAIN, true},
		"the same, elsewhere":     {syscall.EACCES, true},
		"it may not be made":      {&os.PathError{Op: "open", Path: "LOCK", Err: syscall.EACCES}, false},
		"the disk fails":          {syscall.EIO, false},
		"the disk fails to open":  {&os.PathError{Op: "open", Path: "LOCK", Err: syscall.EIO}, false},
		"too many files are open": {syscall.EMFILE, false},
	} {
		if got := lockError("nowhere", c.err); errors.Is(got, ErrInUse) != c.held || !errors.Is(got, c.err) {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// Zeros are written ahead only where that saves something: on a disk, with syncs.
func TestWhereZerosAreWrittenAhead(t *testing.T) {
	for name, c := range map[string]struct {
		o    Options
		want *prezeroFS
	}{
		"a bot":            {Options{}, &prezeroFS{min: prezeroMin, max: prezeroMax}},
		"without syncs":    {Options{NoSync: true}, nil},
		"in memory":        {Options{FS: vfs.NewMem()}, nil},
		"in memory, asked": {Options{FS: vfs.NewMem(), prezeroMin: 3, prezeroMax: 5}, &prezeroFS{min: 3, max: 5}},
		"switched off":     {Options{prezeroMax: -1}, nil},
	} {
		got, ok := c.o.withDefaults().FS.(prezeroFS)
		if ok != (c.want != nil) || ok && (got.min != c.want.min || got.max != c.want.max) {
			t.Errorf("%s: %t, %d to %d", name, ok, got.min, got.max)
		}
	}
}

// What is damaged is said with where, and with what was lost, as far as that is known.
func TestWhatADamageSays(t *testing.T) {
	for name, c := range map[string]struct {
		damage DamageError
		want   string
		not    string
	}{
		"gone":           {DamageError{Gone: true, Lost: 9}, "is missing, and with it 9 bytes that were acknowledged", "byte 0"},
		"lost":           {DamageError{Offset: 7, Lost: 1}, "is damaged at byte 7, and 1 bytes from there on were acknowledged", "missing"},
		"damaged":        {DamageError{Offset: 7}, "is damaged at byte 7: check the disk", "acknowledged"},
		"from its start": {DamageError{}, "is damaged at byte 0: check the disk", "acknowledged"},
		"nobody knows":   {DamageError{Offset: -1}, "does not hold what was written to it: check the disk", "byte"},
	} {
		c.damage.Dir, c.damage.File = "data", "000007.log"
		got := c.damage.Error()
		if !strings.Contains(got, "the file 000007.log in the data directory data "+c.want) || strings.Contains(got, c.not) {
			t.Errorf("%s: %s", name, got)
		}
	}
}

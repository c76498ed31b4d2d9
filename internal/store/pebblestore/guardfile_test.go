package pebblestore

import (
	"errors"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// An unsureFile syncs as it is told.
type unsureFile struct {
	vfs.File
	full bool
	err  error
}

func (f *unsureFile) Sync() error                { return f.err }
func (f *unsureFile) SyncData() error            { return f.err }
func (f *unsureFile) SyncTo(int64) (bool, error) { return f.full, f.err }

// The mark tells of a sync that was whole and went well, of which each is counted.
func TestOfWhichSyncsAMarkTells(t *testing.T) {
	broken := errors.New("broken")
	for name, c := range map[string]struct {
		sync  func(f *guardFile) error
		file  unsureFile
		tells bool
	}{
		"all":                 {(*guardFile).Sync, unsureFile{}, true},
		"all the data":        {(*guardFile).SyncData, unsureFile{}, true},
		"up to its end":       {syncTo, unsureFile{full: true}, true},
		"not to its end":      {syncTo, unsureFile{}, false},
		"all, and it fails":   {(*guardFile).Sync, unsureFile{err: broken}, false},
		"data, and it fails":  {(*guardFile).SyncData, unsureFile{err: broken}, false},
		"it fails at the end": {syncTo, unsureFile{full: true, err: broken}, false},
	} {
		var syncs atomic.Uint64
		disk := vfs.NewMem()
		m := newMark(t, disk)
		failed := newFailure("data", func(string, ...any) { runtime.Goexit() })
		failed.armed = true
		inner, err := disk.Create("data/000007.log", vfs.WriteCategoryUnspecified)
		if err != nil {
			t.Fatal(err)
		}
		c.file.File = inner
		f := &guardFile{File: &c.file, fs: guardFS{FS: disk, failure: failed, syncs: &syncs, mark: m}, name: "data/000007.log"}
		for range 2 { // what was written is all of it
			if _, err := f.Write([]byte("hello")); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.sync(f); err != nil {
			t.Fatal(err)
		}
		want := uint64(0)
		if c.tells {
			want = 10
		}
		if e, ok := m.known.of("000007.log"); ok != c.tells || e.length != want || syncs.Load() != 1 {
			t.Errorf("%s: the mark tells of %+v (%t) after %d syncs", name, e, ok, syncs.Load())
		}
		if got := failed.get(); errors.Is(got, broken) != (c.file.err != nil) {
			t.Errorf("%s: the store stopped for %v", name, got)
		}
		if err := errors.Join(f.Close(), m.close()); err != nil {
			t.Error(err)
		}
	}
}

func syncTo(f *guardFile) error {
	_, err := f.SyncTo(5)
	return err
}

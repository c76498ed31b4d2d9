package pebblestore

import (
	"fmt"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// guardFS throws the fail-stop switch at the first change of a file that fails,
// before Pebble sees the error: Pebble tries some again, panics on others with
// locks held, and acknowledges after some. Once the switch is thrown nothing is
// changed any more, as if the process had ended there, which it has unless a
// test prevents it; Pebble is told that all went well, because none of its
// answers reaches a caller from then on. While the store opens, a failure goes
// to Open and its goroutine stays where it is.
//
// Reads are not guarded: the store checks their errors itself.
type guardFS struct {
	vfs.FS
	failure *failure
	syncs   *atomic.Uint64 // how often a file or directory was synced; may be nil
	mark    *mark          // what is told of every sync; may be nil
}

// do runs one change unless there was a failure before.
func (g guardFS) do(what, name string, change func() error) {
	if g.failure.get() != nil {
		return
	}
	if err := change(); err != nil {
		cause := fmt.Errorf("%s %s: %w", what, name, err)
		g.failure.refuse(cause)
		_ = g.failure.stop(cause) // kept in the switch
	}
}

// file runs a change that makes a file, and wraps it.
func (g guardFS) file(what, name string, change func() (vfs.File, error)) (vfs.File, error) {
	f := &guardFile{fs: g, name: name}
	g.do(what, name, func() (err error) {
		f.File, err = change()
		if err != nil {
			f.File = nil
		}
		return err
	})
	return f, nil
}

// Create implements vfs.FS.
func (g guardFS) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	return g.file("create", name, func() (vfs.File, error) { return g.FS.Create(name, c) })
}

// OpenReadWrite implements vfs.FS.
func (g guardFS) OpenReadWrite(name string, c vfs.DiskWriteCategory, opts ...vfs.OpenOption) (vfs.File, error) {
	return g.file("open", name, func() (vfs.File, error) { return g.FS.OpenReadWrite(name, c, opts...) })
}

// ReuseForWrite implements vfs.FS.
func (g guardFS) ReuseForWrite(oldname, newname string, c vfs.DiskWriteCategory) (vfs.File, error) {
	g.mark.forget(oldname)
	return g.file("reuse", oldname, func() (vfs.File, error) { return g.FS.ReuseForWrite(oldname, newname, c) })
}

// OpenDir implements vfs.FS.
func (g guardFS) OpenDir(name string) (vfs.File, error) {
	return g.file("open", name, func() (vfs.File, error) { return g.FS.OpenDir(name) })
}

// Rename implements vfs.FS.
func (g guardFS) Rename(oldname, newname string) error {
	g.do("rename", newname, func() error { return g.FS.Rename(oldname, newname) })
	return nil
}

// Remove implements vfs.FS. A file that cannot be removed is only space lost, so
// Pebble gets that error.
func (g guardFS) Remove(name string) error {
	if g.failure.get() != nil {
		return nil
	}
	g.mark.forget(name)
	return g.FS.Remove(name)
}

// Unwrap implements vfs.FS.
func (g guardFS) Unwrap() vfs.FS { return g.FS }

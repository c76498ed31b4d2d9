package pebblestore

import (
	"fmt"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// guardFS throws the fail-stop switch at the first change of a file that fails,
// before Pebble sees the error: Pebble tries some again, panics on others with
// locks held, and acknowledges after some. Once the switch is thrown nothing is
// changed any more, as if the process had ended there, which it has unless a
// test prevents it. Reads are not guarded; the store checks their errors itself.
type guardFS struct {
	vfs.FS
	failure *failure
}

// do runs one change. It reports success for a change that failed or that came
// after the failure, because no answer of Pebble reaches a caller any more.
// While the store opens, errors go to Pebble and to Open.
func (g guardFS) do(what, name string, change func() error) error {
	if g.failure.get() != nil {
		return nil
	}
	err := change()
	if err == nil {
		return nil
	}
	cause := fmt.Errorf("%s %s: %w", what, name, err)
	if !g.failure.armed.Load() {
		g.failure.opening.CompareAndSwap(nil, &cause)
		return cause
	}
	_ = g.failure.stop(cause) // kept in the switch
	return nil
}

// file runs a change that makes a file, and wraps it.
func (g guardFS) file(what, name string, change func() (vfs.File, error)) (vfs.File, error) {
	f := &guardFile{fs: g, name: name}
	err := g.do(what, name, func() (err error) {
		f.File, err = change()
		return err
	})
	if err != nil {
		return nil, err
	}
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
	return g.file("reuse", oldname, func() (vfs.File, error) { return g.FS.ReuseForWrite(oldname, newname, c) })
}

// OpenDir implements vfs.FS.
func (g guardFS) OpenDir(name string) (vfs.File, error) {
	return g.file("open", name, func() (vfs.File, error) { return g.FS.OpenDir(name) })
}

// Rename implements vfs.FS.
func (g guardFS) Rename(oldname, newname string) error {
	return g.do("rename", newname, func() error { return g.FS.Rename(oldname, newname) })
}

// Remove implements vfs.FS. A file that cannot be removed is only space lost, so
// Pebble gets that error.
func (g guardFS) Remove(name string) error {
	if g.failure.get() != nil {
		return nil
	}
	return g.FS.Remove(name)
}

// Unwrap implements vfs.FS.
func (g guardFS) Unwrap() vfs.FS { return g.FS }

// guardFile is a file that was opened for writing, or a directory. File is nil
// if it was made after the failure.
type guardFile struct {
	vfs.File
	fs   guardFS
	name string
}

// Write implements vfs.File.
func (f *guardFile) Write(p []byte) (int, error) {
	err := f.fs.do("write", f.name, func() error {
		_, err := f.File.Write(p)
		return err
	})
	return written(p, err)
}

// WriteAt implements vfs.File.
func (f *guardFile) WriteAt(p []byte, offset int64) (int, error) {
	err := f.fs.do("write", f.name, func() error {
		_, err := f.File.WriteAt(p, offset)
		return err
	})
	return written(p, err)
}

func written(p []byte, err error) (int, error) {
	if err != nil {
		return 0, err
	}
	return len(p), nil
}

// Sync implements vfs.File.
func (f *guardFile) Sync() error {
	return f.fs.do("sync", f.name, func() error { return f.File.Sync() })
}

// SyncData implements vfs.File.
func (f *guardFile) SyncData() error {
	return f.fs.do("sync", f.name, func() error { return f.File.SyncData() })
}

// SyncTo implements vfs.File.
func (f *guardFile) SyncTo(length int64) (full bool, err error) {
	err = f.fs.do("sync", f.name, func() (err error) {
		full, err = f.File.SyncTo(length)
		return err
	})
	return full, err
}

// Preallocate implements vfs.File. It is a hint that not every file system takes.
func (f *guardFile) Preallocate(offset, length int64) error {
	if f.File == nil {
		return nil
	}
	return f.File.Preallocate(offset, length)
}

// Close implements vfs.File.
func (f *guardFile) Close() error {
	if f.File == nil {
		return nil
	}
	return f.fs.do("close", f.name, func() error { return f.File.Close() })
}

// Fd implements vfs.File.
func (f *guardFile) Fd() uintptr {
	if f.File == nil {
		return vfs.InvalidFd
	}
	return f.File.Fd()
}

// Stat implements vfs.File. Pebble asks for the length of a log file that it
// reuses; after the failure that one still has its old name.
func (f *guardFile) Stat() (vfs.FileInfo, error) {
	if f.File == nil {
		return f.fs.FS.Stat(f.name)
	}
	return f.File.Stat()
}

package pebblestore

import "github.com/cockroachdb/pebble/v2/vfs"

// guardFile is a file that was opened for writing, or a directory. File is nil
// if it could not be made or was asked for after the failure.
type guardFile struct {
	vfs.File
	fs   guardFS
	name string
	// written is how long it is, if it was only ever appended to, as logs and
	// manifests are. Pebble writes and syncs these from one goroutine at a time.
	written int64
}

// Write implements vfs.File.
func (f *guardFile) Write(p []byte) (int, error) {
	f.fs.do("write", f.name, func() error {
		_, err := f.File.Write(p)
		f.written += int64(len(p))
		return err
	})
	return len(p), nil
}

// WriteAt implements vfs.File.
func (f *guardFile) WriteAt(p []byte, offset int64) (int, error) {
	f.fs.do("write", f.name, func() error {
		_, err := f.File.WriteAt(p, offset)
		return err
	})
	return len(p), nil
}

// Sync implements vfs.File.
func (f *guardFile) Sync() error {
	f.sync(func() (bool, error) { return true, f.File.Sync() })
	return nil
}

// SyncData implements vfs.File.
func (f *guardFile) SyncData() error {
	f.sync(func() (bool, error) { return true, f.File.SyncData() })
	return nil
}

// SyncTo implements vfs.File.
func (f *guardFile) SyncTo(length int64) (full bool, _ error) {
	f.sync(func() (_ bool, err error) {
		full, err = f.File.SyncTo(length)
		return full, err
	})
	return full, nil
}

// sync notes how much is durable before Pebble, and with it anybody, hears of it.
func (f *guardFile) sync(change func() (whole bool, err error)) {
	if f.fs.syncs != nil {
		f.fs.syncs.Add(1)
	}
	synced := false
	f.fs.do("sync", f.name, func() error {
		whole, err := change()
		synced = whole && err == nil
		return err
	})
	if synced {
		f.fs.mark.synced(f.name, f.written)
	}
}

// Close implements vfs.File.
func (f *guardFile) Close() error {
	f.fs.do("close", f.name, func() error { return f.File.Close() })
	return nil
}

// Preallocate implements vfs.File. It is a hint that not every file system
// takes, so Pebble gets its error.
func (f *guardFile) Preallocate(offset, length int64) error {
	if f.File == nil {
		return nil
	}
	return f.File.Preallocate(offset, length)
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

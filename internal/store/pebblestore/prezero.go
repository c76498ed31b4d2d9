package pebblestore

import (
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// Steps by which a log file grows: by its own length so far, within these.
const (
	prezeroMin = 256 << 10
	prezeroMax = 8 << 20
)

// prezeroFS writes zeros ahead of the end of Pebble's log files. A sync after an
// append has to write the new length of the file as well, which is a second
// write to the journal of the file system; a sync after overwriting zeros that
// are already on the disk has not. Pebble gets the same effect from reusing old
// log files, but only once one is full, and not after a restart.
//
// Pebble reads a run of zeros at the end of its last log as the end of the log,
// which is what a crash leaves behind. See docs/decisions/0003-wal-prezero.md.
type prezeroFS struct {
	vfs.FS
	min, max int64
}

// Create implements vfs.FS.
func (p prezeroFS) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := p.FS.Create(name, category)
	if err != nil || !strings.HasSuffix(name, ".log") {
		return f, err
	}
	return &prezeroFile{File: f, fs: p}, nil
}

// Unwrap implements vfs.FS.
func (p prezeroFS) Unwrap() vfs.FS { return p.FS }

// prezeroFile is a new log file. Pebble calls Write from one goroutine.
type prezeroFile struct {
	vfs.File
	fs           prezeroFS
	written, end int64
}

var zeros [256 << 10]byte

// Write implements vfs.File. It makes the zeros reach beyond the end of p first.
func (f *prezeroFile) Write(p []byte) (int, error) {
	for need := f.written + int64(len(p)); need > f.end; {
		step := min(max(f.end, f.fs.min), f.fs.max)
		if err := f.extend(step); err != nil {
			return 0, err
		}
	}
	n, err := f.File.Write(p)
	f.written += int64(n)
	return n, err
}

func (f *prezeroFile) extend(step int64) error {
	for step > 0 {
		n, err := f.File.WriteAt(zeros[:min(step, int64(len(zeros)))], f.end)
		f.end += int64(n)
		step -= int64(n)
		if err != nil {
			return err
		}
	}
	return nil
}

// Preallocate implements vfs.File. The zeros take the space as it is needed,
// where Pebble would reserve more than a memtable at once.
func (f *prezeroFile) Preallocate(_, _ int64) error { return nil }

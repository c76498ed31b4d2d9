package pebblestore

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
)

// recorder notes how long the file was at each write of data.
type recorder struct {
	vfs.File
	t       *testing.T
	written int64
	short   int
}

func (r *recorder) Write(p []byte) (int, error) {
	info, err := r.File.Stat()
	if err != nil {
		r.t.Fatal(err)
	}
	n, err := r.File.Write(p)
	if r.written += int64(n); r.written > info.Size() {
		r.short++
	}
	return n, err
}

type recorderFS struct {
	vfs.FS
	t    *testing.T
	last *recorder
}

func (r *recorderFS) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := r.FS.Create(name, c)
	r.last = &recorder{File: f, t: r.t}
	return r.last, err
}

// TestPrezeroKeepsAhead writes pieces of random size and checks that every one
// overwrites zeros, that the content is right and that the rest is zeros.
func TestPrezeroKeepsAhead(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	mem := vfs.NewMem()
	fs := &recorderFS{FS: mem, t: t}
	f, err := prezeroFS{FS: fs, min: 1 << 10, max: 16 << 10}.Create("000001.log", "wal")
	if err != nil {
		t.Fatal(err)
	}
	var want []byte
	for range 200 {
		p := bytes.Repeat([]byte{byte(1 + rng.IntN(255))}, 1+rng.IntN(3000))
		want = append(want, p...)
		if n, err := f.Write(p); n != len(p) || err != nil {
			t.Fatalf("Write = %d, %v", n, err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if fs.last.short > 0 {
		t.Errorf("%d of 200 writes made the file longer", fs.last.short)
	}
	got := readAll(t, mem, "000001.log")
	if !bytes.HasPrefix(got, want) {
		t.Fatal("the content is not what was written")
	}
	rest := got[len(want):]
	if len(rest) > 16<<10 || len(bytes.Trim(rest, "\x00")) > 0 {
		t.Errorf("behind the content are %d bytes, not all zero or too many", len(rest))
	}
}

func readAll(t *testing.T, fs vfs.FS, name string) []byte {
	t.Helper()
	f, err := fs.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestPrezeroLeavesOtherFilesAlone checks tables and a failing disk.
func TestPrezeroLeavesOtherFilesAlone(t *testing.T) {
	mem := vfs.NewMem()
	f, err := prezeroFS{FS: mem, min: 1 << 10, max: 1 << 10}.Create("000002.sst", "table")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write([]byte("table")); err != nil {
		t.Fatal(err)
	}
	if got := readAll(t, mem, "000002.sst"); string(got) != "table" {
		t.Errorf("a table file holds %q", got)
	}
	full := errorfs.Wrap(mem, &fault{ops: writeOps, at: 1, lasts: true})
	f, err = prezeroFS{FS: full, min: 1 << 10, max: 1 << 10}.Create("000003.log", "wal")
	if err != nil {
		t.Fatal(err)
	}
	if n, err := f.Write([]byte("record")); n != 0 || !errors.Is(err, errorfs.ErrInjected) {
		t.Errorf("Write on a full disk = %d, %v", n, err)
	}
}

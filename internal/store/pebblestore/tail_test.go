package pebblestore

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/openchatops/oco/internal/store"
)

// tailDisk is a disk after a power cut: the log of some single-row batches, of
// which the last ones may be damaged.
type tailDisk struct {
	fs   *vfs.MemFS
	log  string
	data []byte
	// ends holds, for each batch, the length of the log once it was written.
	ends []int64
}

// newTailDisk writes batches to a log and cuts the power.
func newTailDisk(t *testing.T, batches int, o Options) *tailDisk {
	t.Helper()
	disk := vfs.NewCrashableMem()
	o.FS = disk
	s := mustOpen(t, "data", o)
	d := &tailDisk{}
	for n := range batches {
		b := &store.Batch{Sync: true}
		b.Put(rowKey(0, n), rowValue(0, n))
		applyAndWait(t, s, b)
		d.ends = append(d.ends, int64(s.db.Metrics().WAL.Size))
	}
	d.fs = disk.CrashClone(vfs.CrashCloneCfg{})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	names, err := d.fs.List("data")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, ".log") && name > d.log {
			d.log = name
		}
	}
	f, err := d.fs.Open("data/" + d.log)
	if err != nil {
		t.Fatal(err)
	}
	if d.data, err = io.ReadAll(f); err != nil {
		t.Fatal(err)
	}
	return d
}

// with returns a copy of the disk with another content of the log.
func (d *tailDisk) with(t *testing.T, log []byte) vfs.FS {
	t.Helper()
	fs := d.fs.CrashClone(vfs.CrashCloneCfg{})
	f, err := fs.Create("data/"+d.log, vfs.WriteCategoryUnspecified)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(append([]byte{}, log...)); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return fs
}

// rows opens the disk and counts its rows, which must be a prefix.
func rows(t *testing.T, fs vfs.FS) int {
	t.Helper()
	s := mustOpen(t, "data", Options{FS: fs})
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	n := 0
	err := s.Scan([]byte("row/"), nil, func(key, value []byte) error {
		if string(key) != string(rowKey(0, n)) || string(value) != string(rowValue(0, n)) {
			return errors.New("no prefix")
		}
		n++
		return nil
	})
	if err != nil {
		t.Fatalf("row %d: %v", n, err)
	}
	return n
}

var tailVariants = map[string]Options{
	"appended":  {prezeroMax: -1},
	"prezeroed": {prezeroMin: 4 << 10, prezeroMax: 8 << 10},
}

// TestTornTail cuts the log at every length of its last three records, and also
// leaves zeros where it was cut.
func TestTornTail(t *testing.T) {
	const batches = 6
	for name, o := range tailVariants {
		t.Run(name, func(t *testing.T) {
			d := newTailDisk(t, batches, o)
			end := d.ends[batches-1]
			if int64(len(d.data)) < end || (o.prezeroMax > 0) != (int64(len(d.data)) > end) {
				t.Fatalf("the log has %d bytes for %d of records", len(d.data), end)
			}
			for length := d.ends[batches-4]; length <= end; length += 3 {
				whole := 0
				for whole < batches && d.ends[whole] <= length {
					whole++
				}
				zeroed := append(append([]byte{}, d.data[:length]...), make([]byte, int64(len(d.data))-length)...)
				for what, log := range map[string][]byte{"cut": d.data[:length], "zeroed": zeroed} {
					got := rows(t, d.with(t, log))
					// The last bytes of a record may be zeros of themselves.
					if got != whole && !(what == "zeroed" && got == whole+1) {
						t.Errorf("%s at %d: %d rows, want %d", what, length, got, whole)
					}
				}
			}
		})
	}
}

// TestDamagedLog flips bits of a log more than one block (32 KiB) before its end:
// opening must refuse. It finds out because later records say that the damaged ones
// had been synced, and they do so from the first log of a directory on (OCO-STO-5).
func TestDamagedLog(t *testing.T) {
	const batches = 300 // more than one block
	for name, o := range tailVariants {
		t.Run(name, func(t *testing.T) {
			d := newTailDisk(t, batches, o)
			if got := rows(t, d.with(t, d.data)); got != batches {
				t.Fatalf("undamaged: %d rows, want %d", got, batches)
			}
			refused := 0
			for at := 5; at < int(d.ends[batches/4]); at += 211 {
				log := append([]byte{}, d.data...)
				log[at] ^= 1 << (at % 8)
				disk := d.with(t, log)
				s, err := Open("data", Options{FS: disk, Fatal: t.Fatalf})
				switch {
				case errors.Is(err, ErrDamaged):
					refused++
				case err != nil:
					t.Errorf("bit at %d: %v", at, err)
				default:
					if err := s.Close(); err != nil {
						t.Error(err)
					}
					t.Errorf("bit at %d: not noticed, %d of %d rows", at, rows(t, disk), batches)
				}
			}
			if refused == 0 {
				t.Error("no damage was tried")
			}
		})
	}
}

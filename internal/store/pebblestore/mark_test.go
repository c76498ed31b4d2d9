package pebblestore

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/openchatops/oco/internal/store"
)

// TestTornTailThatWasAcknowledged cuts the log of a bot that was killed at every
// length of its last three records. All of it was acknowledged and the mark says so:
// it is refused, and where it is cut is named (OCO-STO-20).
func TestTornTailThatWasAcknowledged(t *testing.T) {
	n := newSpecimen(t)
	name := n.find(t, logSuffix)
	_, known, err := readMark(n.disk(t, "", nil), "data")
	if err != nil {
		t.Fatal(err)
	}
	const records = 3 * 200 // bytes, more than three of them
	for length := known.log.length - records; length < known.log.length; length++ {
		zeroed := append(bytes.Clone(n.files[name][:length]), make([]byte, len(n.files[name])-int(length))...)
		for what, data := range map[string][]byte{"cut": n.files[name][:length], "zeroed": zeroed} {
			if what == "zeroed" && bytes.Equal(data, n.files[name]) {
				continue // the last bytes are zeros of themselves
			}
			var damage *DamageError
			if err := newProof(n.disk(t, name, data), "data", known).prove("data/" + name); !errors.As(err, &damage) || damage.Offset > int64(length) {
				t.Fatalf("%s at %d: %v", what, length, err)
			}
		}
	}
	v := openWhole(n.disk(t, name, n.files[name][:known.log.length-1]))
	for _, want := range []string{"open the store: the file " + name + " in the data directory data is damaged at byte ", "were acknowledged: check the disk, then restore a backup"} {
		if !strings.Contains(v.said, want) {
			t.Errorf("it says %q, want %q", v.said, want)
		}
	}
}

// TestTheMarkIsForgotten starts without the mark, as the advice says: what is left of
// the log is served.
func TestTheMarkIsForgotten(t *testing.T) {
	n := newSpecimen(t)
	name := n.find(t, logSuffix)
	_, known, err := readMark(n.disk(t, "", nil), "data")
	if err != nil {
		t.Fatal(err)
	}
	disk := n.disk(t, name, n.files[name][:known.log.length-1])
	if err := disk.Remove("data/" + markFile); err != nil {
		t.Fatal(err)
	}
	v := openWhole(disk)
	if v.said != "" || v.err != nil || len(v.rows) != len(n.rows)-1 {
		t.Errorf("%d rows of %d, %q, %v", len(v.rows), len(n.rows), v.said, v.err)
	}
}

// TestAMarkOfAnotherTime puts the mark of an earlier time into a directory, as a
// program that does not keep it leaves it, and a torn one: nothing is wrong.
func TestAMarkOfAnotherTime(t *testing.T) {
	n := newSpecimen(t)
	for name, data := range map[string][]byte{
		"none":    nil,
		"empty":   {},
		"zeros":   make([]byte, 2*markSlot),
		"earlier": append(encodeMark(1, durable{log: extent{2, 900}, manifests: [2]extent{{1, 100}}}), make([]byte, markSlot)...),
	} {
		v := openWhole(n.disk(t, markFile, data))
		if v.said != "" || v.err != nil || len(v.rows) != len(n.rows) {
			t.Errorf("%s: %d rows of %d, %q, %v", name, len(v.rows), len(n.rows), v.said, v.err)
		}
	}
	for bit := range 8 * len(n.files[markFile]) {
		data := bytes.Clone(n.files[markFile])
		data[bit/8] ^= 1 << (bit % 8)
		if bit/8%markSlot >= markSize {
			continue
		}
		disk := vfs.NewMem()
		write := func(data []byte) {
			f, err := disk.Create(markFile, vfs.WriteCategoryUnspecified)
			if err == nil {
				_, err = f.Write(bytes.Clone(data)) // it may be changed there
			}
			if err = errors.Join(err, f.Close()); err != nil {
				t.Fatal(err)
			}
		}
		write(n.files[markFile])
		turn, sound, err := readMark(disk, "")
		write(data)
		torn, left, failed := readMark(disk, "")
		if err != nil || failed != nil || torn != turn && torn != turn-1 || left.log.length > sound.log.length || left.log.length == 0 {
			t.Fatalf("bit %d: turn %d of %d, %+v, %v", bit, torn, turn, left, failed)
		}
	}
}

// TestTheNewestLogIsGone removes it.
func TestTheNewestLogIsGone(t *testing.T) {
	n := newSpecimen(t)
	name := n.find(t, logSuffix)
	v := openWhole(n.disk(t, name, nil))
	if !errors.Is(v.err, ErrDamaged) || !strings.Contains(v.said, name) || !strings.Contains(v.said, "is missing") {
		t.Errorf("without %s: %v", name, v.err)
	}
	// An older program has run since, and has no use for it any more.
	disk := n.disk(t, name, nil)
	f, err := disk.Create("data/MANIFEST-999999", vfs.WriteCategoryUnspecified)
	if err = errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	if v := openWhole(disk); errors.Is(v.err, ErrDamaged) {
		t.Errorf("a directory that an older program used: %v", v.err)
	}
}

// TestTheMarkReachesTheDisk lets the mark be synced in the background, and counts
// no sync of the store for it.
func TestTheMarkReachesTheDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disk := vfs.NewCrashableMem()
		s := mustOpen(t, "data", Options{FS: disk})
		before, since := s.Syncs(), time.Now()
		b := &store.Batch{Sync: true}
		b.Put([]byte("a"), []byte("1"))
		applyAndWait(t, s, b)
		length := func() uint64 {
			_, known, err := readMark(disk.CrashClone(vfs.CrashCloneCfg{}), "data")
			if err != nil {
				t.Fatal(err)
			}
			return known.log.length
		}
		// The clock of the bubble goes on while the commit waits, if nothing else runs.
		if n, waited := length(), time.Since(since); n != 0 && waited < markEvery {
			t.Errorf("the mark of %d bytes is durable after %v", n, waited)
		}
		time.Sleep(markEvery + time.Millisecond)
		synctest.Wait()
		if n := length(); n == 0 {
			t.Error("the mark was not synced")
		}
		if n := s.Syncs() - before; n != 1 {
			t.Errorf("%d syncs for a durable commit, want 1", n)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

// The mark tells of logs and manifests, and of nothing that is called alike.
func TestOfWhichFilesAMarkTells(t *testing.T) {
	for name, want := range map[string]struct {
		kind   string
		number uint64
	}{
		"000012.log": {logSuffix, 12}, "MANIFEST-000003": {manifestOf, 3},
		"x.log": {}, ".log": {}, "MANIFEST-": {}, "MANIFEST-x": {}, "000012.sst": {}, "OPTIONS-000001": {}, markFile: {}, "-1.log": {},
	} {
		if kind, number := fileKind(name); kind != want.kind || number != want.number {
			t.Errorf("%s: %q %d", name, kind, number)
		}
	}
}

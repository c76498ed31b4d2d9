package pebblestore

import (
	"bytes"
	"errors"
	"math"
	"runtime"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
)

// A mark takes in what is newer, and goes on telling of what it knew of a manifest
// that is not the newest.
func TestWhatAMarkTakesIn(t *testing.T) {
	before := durable{log: extent{7, 100}, manifests: [2]extent{{5, 50}, {4, 40}}}
	for _, c := range []struct {
		name   string
		length uint64
		want   durable
		takes  bool
	}{
		{"000006.log", 900, before, false},
		{"000007.log", 120, durable{log: extent{7, 120}, manifests: before.manifests}, true},
		{"000008.log", 10, durable{log: extent{8, 10}, manifests: before.manifests}, true},
		{"MANIFEST-000003", 900, before, false},
		{"MANIFEST-000004", 900, before, false},
		{"MANIFEST-000005", 60, durable{log: before.log, manifests: [2]extent{{5, 60}, {4, 40}}}, true},
		{"MANIFEST-000006", 20, durable{log: before.log, manifests: [2]extent{{6, 20}, {5, 50}}}, true},
		{"000009.sst", 900, before, false},
		{"", 900, before, false},
	} {
		got := before
		if takes := got.add(c.name, c.length); takes != c.takes || got != c.want {
			t.Errorf("%d bytes of %s: %+v, %t; want %+v, %t", c.length, c.name, got, takes, c.want, c.takes)
		}
	}
	var none durable
	if !none.add("000000.log", 3) || !none.add("MANIFEST-000000", 4) || none != (durable{log: extent{0, 3}, manifests: [2]extent{{0, 4}}}) {
		t.Errorf("files with the number 0: %+v", none)
	}
	for name, want := range map[string]extent{"000007.log": {7, 100}, "MANIFEST-000005": {5, 50}, "MANIFEST-000004": {4, 40}} {
		if e, ok := before.of(name); !ok || e != want {
			t.Errorf("of %s: %+v, %t", name, e, ok)
		}
	}
	for _, name := range []string{"000005.log", "000008.log", "MANIFEST-000007", "MANIFEST-000003", "000007.sst"} {
		if e, ok := before.of(name); ok || e != (extent{}) {
			t.Errorf("of %s: %+v, %t", name, e, ok)
		}
	}
}

// Of the two places of a mark the one that was written last counts, wherever it
// stands, and one that is torn does not.
func TestTheTwoPlacesOfAMark(t *testing.T) {
	said := func(turn uint64) durable {
		return durable{log: extent{turn, 10 * turn}, manifests: [2]extent{{turn + 1, math.MaxUint64}, {turn, 3}}}
	}
	slot := func(turn uint64) []byte {
		b := make([]byte, markSlot)
		copy(b, encodeMark(turn, said(turn)))
		return b
	}
	torn := func(turn uint64, length int) []byte {
		b := slot(turn)
		clear(b[length:])
		return b
	}
	for name, c := range map[string]struct {
		file []byte
		turn uint64
	}{
		"the second is newer":        {slices.Concat(slot(6), slot(7)), 7},
		"the first is newer":         {slices.Concat(slot(8), slot(7)), 8},
		"only the first":             {slices.Concat(slot(1), make([]byte, markSlot)), 1},
		"only the second":            {slices.Concat(make([]byte, markSlot), slot(1)), 1},
		"the newer one is torn":      {slices.Concat(torn(8, markSize-1), slot(7)), 7},
		"the second is torn":         {slices.Concat(slot(6), torn(7, markSize/2)), 6},
		"both are torn":              {slices.Concat(torn(6, 9), torn(7, 9)), 0},
		"the first, cut behind it":   {slot(3)[:markSize], 3},
		"the first, cut within":      {slot(3)[:markSize-1], 0},
		"the second, cut behind it":  {slices.Concat(slot(2), slot(3)[:markSize]), 3},
		"the second, cut within":     {slices.Concat(slot(2), slot(3)[:markSize-1]), 2},
		"more behind them":           {slices.Concat(slot(2), slot(3), slot(4)), 3},
		"another title":              {slices.Concat(bytes.Replace(slot(2), []byte(markTitle), []byte("someelse"), 1), slot(1)), 1},
		"not at the place of either": {slices.Concat(make([]byte, 8), slot(2)), 0},
	} {
		disk := vfs.NewMem()
		putFile(t, disk, markFile, c.file)
		want := durable{}
		if c.turn > 0 {
			want = said(c.turn)
		}
		if turn, known, err := readMark(disk, ""); err != nil || turn != c.turn || known != want {
			t.Errorf("%s: turn %d, %+v, %v; want turn %d", name, turn, known, err, c.turn)
		}
	}
}

// A mark goes on where it was left: each write goes to the place that is older.
func TestAMarkIsWrittenInTurn(t *testing.T) {
	disk := vfs.NewMem()
	for n := uint64(1); n <= 5; n++ {
		m := newMark(t, disk)
		m.synced("data/000007.log", int64(n))
		if err := m.close(); err != nil {
			t.Fatal(err)
		}
		data := readAll(t, disk, "data/"+markFile)
		if len(data) != 2*markSlot {
			t.Fatalf("the file has %d bytes: a write may need space", len(data))
		}
		for at, turn := range map[int]uint64{int(n % 2): n, int((n + 1) % 2): n - 1} {
			got, known, ok := decodeMark(data[at*markSlot:])
			if ok != (turn > 0) || got != turn || known.log.length != turn {
				t.Errorf("after %d writes place %d has turn %d with %+v, %t", n, at, got, known, ok)
			}
		}
	}
}

// What is removed must not be missed after a power cut: where it is the newest log,
// that is on the disk before it goes. Of another file nothing is written.
func TestWhatAMarkForgets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, forgets := range map[string]bool{
			"000007.log": true, "000006.log": false, "000008.log": false, "MANIFEST-000007": false, "000007.sst": false,
		} {
			disk := vfs.NewCrashableMem()
			m := newMark(t, disk)
			m.synced("data/000007.log", 100)
			m.synced("data/MANIFEST-000007", 50)
			time.Sleep(2 * markEvery)
			synctest.Wait()
			turn := m.turn
			m.forget("data/" + name)
			want := durable{log: extent{7, 100}, manifests: [2]extent{{7, 50}}}
			if forgets {
				turn++
				want.log.length = 0
			}
			if left, known, err := readMark(disk.CrashClone(vfs.CrashCloneCfg{}), "data"); err != nil || left != turn || known != want {
				t.Errorf("%s: turn %d is durable with %+v, %v; want %d with %+v", name, left, known, err, turn, want)
			}
			m.forget("data/" + name) // of which nothing is known now
			if m.turn != turn || m.busy != 0 {
				t.Errorf("%s: it is written again, turn %d; %d syncs under way", name, m.turn, m.busy)
			}
			if err := m.close(); err != nil {
				t.Error(err)
			}
		}
	})
}

// A mark that has ended is written no more, by nobody and at no time.
func TestAMarkThatHasEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disk := vfs.NewMem()
		m := newMark(t, disk)
		m.synced("data/000007.log", 100)
		if err := m.close(); err != nil {
			t.Fatal(err)
		}
		turn := m.turn
		m.synced("data/000007.log", 200)
		m.forget("data/000007.log")
		m.catchUp()
		time.Sleep(2 * markEvery)
		synctest.Wait()
		if m.turn != turn {
			t.Errorf("it is written %d times after its end", m.turn-turn)
		}
		if _, known, err := readMark(disk, "data"); err != nil || known.log.length != 100 {
			t.Errorf("%+v, %v", known, err)
		}
	})
}

// A mark that cannot be written or synced stops the store.
func TestAMarkThatFails(t *testing.T) {
	for name, ops := range map[string]map[errorfs.OpKind]bool{"write": writeOps, "sync": syncOps} {
		synctest.Test(t, func(t *testing.T) {
			f := &fault{ops: ops, lasts: true, at: 1 << 40}
			stopped := make(chan struct{})
			broken := newFailure("data", func(string, ...any) { close(stopped); runtime.Goexit() })
			broken.armed = true
			disk := vfs.NewMem()
			if err := disk.MkdirAll("data", 0o700); err != nil {
				t.Fatal(err)
			}
			m, err := openMark(guardFS{FS: errorfs.Wrap(disk, f), failure: broken}, "data")
			if err != nil {
				t.Fatal(err)
			}
			f.seen.Store(1 << 40)
			m.synced("data/000007.log", 100)
			time.Sleep(2 * markEvery)
			synctest.Wait()
			select {
			case <-stopped:
			default:
				t.Errorf("a mark whose %s fails does not stop the store", name)
			}
			if err := broken.get(); !errors.Is(err, errorfs.ErrInjected) {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
}

// newMark opens the mark in data on a disk, and makes it if there is none.
func newMark(t *testing.T, disk vfs.FS) *mark {
	t.Helper()
	if err := disk.MkdirAll("data", 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syncDir(disk, ""); err != nil {
		t.Fatal(err)
	}
	m, err := openMark(guardFS{FS: disk, failure: newFailure("data", t.Fatalf)}, "data")
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func putFile(t *testing.T, disk vfs.FS, name string, data []byte) {
	t.Helper()
	f, err := disk.Create(name, vfs.WriteCategoryUnspecified)
	if err == nil {
		_, err = f.Write(bytes.Clone(data)) // it may be changed there
	}
	if err = errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}

package pebblestore

import (
	"context"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/openchatops/oco/internal/store"
)

// expiring is a context that has ended once somebody has looked at it so often.
type expiring struct {
	context.Context
	looks int
}

func (e *expiring) Err() error {
	if e.looks--; e.looks < 0 {
		return context.Canceled
	}
	return nil
}

// A verification says what it cannot read; it never calls whole what it has not read.
func TestVerifyMissesNothingThatItCannotRead(t *testing.T) {
	const rows = 1500
	disk := vfs.NewCrashableMem()
	s := mustOpen(t, "data", Options{FS: disk, memTableSize: 64 << 10, prezeroMin: 8 << 10, prezeroMax: 16 << 10})
	for n := range rows {
		b := &store.Batch{Sync: n%100 == 99}
		b.Put(rowKey(0, n), rowValue(0, n))
		applyAndWait(t, s, b)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	ops := map[errorfs.OpKind]bool{
		errorfs.OpOpen: true, errorfs.OpList: true, errorfs.OpStat: true, errorfs.OpFileRead: true, errorfs.OpFileReadAt: true, errorfs.OpFileStat: true,
	}
	check := func(f *fault) (Checked, error) { return verify(t.Context(), "data", errorfs.Wrap(disk, f)) }
	clean := &fault{ops: ops}
	if c, err := check(clean); err != nil || !c.Whole || c.Rows != rows {
		t.Fatalf("on a sound disk: %+v, %v", c, err)
	}
	total, said := clean.seen.Load(), 0
	for at := int64(1); at <= total; at++ {
		c, err := check(&fault{ops: ops, at: at})
		if err != nil {
			said++
		}
		if c.Whole && (err != nil || c.Rows != rows) || err == nil && !c.Whole {
			t.Errorf("read %d fails: %+v, %v", at, c, err)
		}
	}
	if t.Logf("%d of %d failed reads were said", said, total); said == 0 {
		t.Error("the faults miss it")
	}
	for looks, want := range map[int]uint64{0: 0, 1: 1024, 2: rows} {
		c, err := verify(&expiring{t.Context(), looks}, "data", disk)
		if err != nil || uint64(c.Rows) != want || c.Whole != (want == rows) {
			t.Errorf("given up at look %d: %+v, %v", looks, c, err)
		}
	}
}

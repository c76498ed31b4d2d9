package pebblestore

import (
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/openchatops/oco/internal/store"
	"github.com/openchatops/oco/internal/store/storetest"
)

// TestContract runs the suite in memory, on a small memtable so that the model
// test meets table files as well as the write buffer, and on the disk.
func TestContract(t *testing.T) {
	for name, o := range map[string]Options{
		"memory":         {FS: vfs.NewMem()},
		"small memtable": {FS: vfs.NewMem(), memTableSize: 64 << 10, prezeroMin: 1 << 10, prezeroMax: 8 << 10},
	} {
		t.Run(name, func(t *testing.T) {
			storetest.Run(t, func(t *testing.T) store.Store {
				o.FS = vfs.NewMem()
				return mustOpen(t, "store", o)
			})
		})
	}
	t.Run("disk", func(t *testing.T) {
		for _, c := range storetest.Cases() {
			t.Run(c.Name, func(t *testing.T) {
				s := mustOpen(t, t.TempDir(), Options{})
				t.Cleanup(func() { _ = s.Close() }) // a case may have closed it
				c.Check(t, s)
			})
		}
	})
}

// mustOpen opens a store in which any failure of the storage fails the test.
func mustOpen(t testing.TB, dir string, o Options) *Store {
	t.Helper()
	if o.Fatal == nil {
		o.Fatal = t.Fatalf
	}
	s, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

package pebblestore

import (
	"testing"

	"github.com/openchatops/oco/internal/store"
)

// Every commit that must be durable costs a sync, and one that need not be costs
// none.
func TestSyncsAreCounted(t *testing.T) {
	s, err := OpenMemory(Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	apply := func(sync bool) uint64 {
		t.Helper()
		before := s.Syncs()
		b := store.Batch{Sync: sync}
		b.Put([]byte("key"), []byte("value"))
		c, err := s.Apply(&b)
		if err == nil {
			err = c.Wait()
		}
		if err != nil {
			t.Fatal(err)
		}
		return s.Syncs() - before
	}
	if n := apply(true); n != 1 {
		t.Errorf("a durable commit: %d syncs, want 1", n)
	}
	if n := apply(false); n != 0 {
		t.Errorf("a commit that may be lost: %d syncs, want 0", n)
	}
}

package storetest

import (
	"slices"
	"testing"

	"github.com/openchatops/oco/internal/store"
)

var snapshotCases = []Case{
	{"a snapshot sees what was, and nothing that comes later", func(t testing.TB, s store.Store) {
		put(t, s, "a", "1", "b", "2")
		n := snapshot(t, s)
		put(t, s, "a", "later", "c", "3")
		apply(t, s, func(b *store.Batch) { b.Delete([]byte("b")); b.DeletePrefix([]byte("a")) })
		if got, err := n.Get([]byte("a")); err != nil || string(got) != "1" {
			t.Errorf("Get = %q, %v; want 1", got, err)
		}
		_, err := n.Get([]byte("c"))
		wantError(t, "Get of what came later", err, store.ErrNotFound)
		_, err = n.Get(nil)
		wantError(t, "Get of no key", err, store.ErrKey)
		if got, want := pairsOf(t, n), []string{"a", "1", "b", "2"}; !slices.Equal(got, want) {
			t.Errorf("Scan visits %q, want %q", got, want)
		}
		if err := n.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}},
	{"a snapshot sees what is not durable yet", func(t testing.TB, s store.Store) {
		b := &store.Batch{}
		b.Put([]byte("a"), []byte("1"))
		if _, err := s.Apply(b); err != nil {
			t.Fatalf("Apply: %v", err)
		}
		n := snapshot(t, s)
		if got, err := n.Get([]byte("a")); err != nil || string(got) != "1" {
			t.Errorf("Get = %q, %v; want 1", got, err)
		}
		if err := n.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}},
	{"a closed snapshot refuses every call", func(t testing.TB, s store.Store) {
		put(t, s, "a", "1")
		n := snapshot(t, s)
		other := snapshot(t, s)
		if err := n.Close(); err != nil {
			t.Fatalf("Close: %v", err)
		}
		wantSnapshotClosed(t, n)
		if got := pairsOf(t, other); !slices.Equal(got, []string{"a", "1"}) {
			t.Errorf("another snapshot is %q", got)
		}
		if err := other.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}},
	{"the store closes the snapshots that are left", func(t testing.TB, s store.Store) {
		put(t, s, "a", "1")
		n := snapshot(t, s)
		if err := s.Close(); err != nil {
			t.Fatalf("Close: %v", err)
		}
		wantSnapshotClosed(t, n)
		_, err := s.Snapshot()
		wantError(t, "Snapshot", err, store.ErrClosed)
	}},
}

func snapshot(t testing.TB, s store.Store) store.Snapshot {
	t.Helper()
	n, err := s.Snapshot()
	if err != nil {
		t.Fatalf("Snapshot: %v", err)
	}
	return n
}

func pairsOf(t testing.TB, r store.Reader) []string {
	t.Helper()
	var got []string
	err := r.Scan(nil, nil, func(key, value []byte) error {
		got = append(got, string(key), string(value))
		return nil
	})
	if err != nil {
		t.Errorf("Scan: %v", err)
	}
	return got
}

func wantSnapshotClosed(t testing.TB, n store.Snapshot) {
	t.Helper()
	_, err := n.Get([]byte("a"))
	wantError(t, "Get", err, store.ErrClosed)
	wantError(t, "Scan", n.Scan(nil, nil, func(_, _ []byte) error { return nil }), store.ErrClosed)
	wantError(t, "Close", n.Close(), store.ErrClosed)
}

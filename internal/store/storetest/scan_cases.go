package storetest

import (
	"errors"
	"slices"
	"testing"

	"github.com/openchatops/oco/internal/store"
)

func wantPairs(t testing.TB, s store.Store, prefix string, after []byte, want ...string) {
	t.Helper()
	if got := pairs(t, s, []byte(prefix), after); !slices.Equal(got, want) {
		t.Errorf("Scan(%q, %q) visits %.300q, want %.300q", prefix, after, got, want)
	}
}

var scanCases = []Case{
	{"Scan visits the keys with the prefix in byte order", func(t testing.TB, s store.Store) {
		wantPairs(t, s, "", nil)
		put(t, s, "b", "4", "a/2", "2", "a", "0", "a/", "1", "a0", "3", "a/\xff", "x", "\xff\xff", "6", "\xff", "5")
		wantPairs(t, s, "", nil, "a", "0", "a/", "1", "a/2", "2", "a/\xff", "x", "a0", "3", "b", "4", "\xff", "5", "\xff\xff", "6")
		wantPairs(t, s, "a/", nil, "a/", "1", "a/2", "2", "a/\xff", "x")
		wantPairs(t, s, "a/2", nil, "a/2", "2")
		wantPairs(t, s, "a/3", nil)
		wantPairs(t, s, "\xff", nil, "\xff", "5", "\xff\xff", "6")
		wantPairs(t, s, "\xff\xff", nil, "\xff\xff", "6")
	}},
	{"Scan starts behind after", func(t testing.TB, s store.Store) {
		put(t, s, "a", "0", "p/1", "1", "p/1\x00", "2", "p/2", "3", "q", "4")
		wantPairs(t, s, "p/", []byte("p/1"), "p/1\x00", "2", "p/2", "3")
		wantPairs(t, s, "p/", []byte("p/1\x00"), "p/2", "3")
		wantPairs(t, s, "p/", []byte("p/10"), "p/2", "3")
		wantPairs(t, s, "p/", []byte("p/2"))
		wantPairs(t, s, "p/", []byte("a"), "p/1", "1", "p/1\x00", "2", "p/2", "3")
		wantPairs(t, s, "p/", []byte("z"))
		wantPairs(t, s, "p/", []byte{}, "p/1", "1", "p/1\x00", "2", "p/2", "3")
		wantPairs(t, s, "", []byte("p/2"), "q", "4")
		wantPairs(t, s, "", []byte("q"))
		wantPairs(t, s, "p/1", []byte("p/1"), "p/1\x00", "2")
		wantPairs(t, s, "p/", []byte("p/\xff"))
	}},
	{"ErrStop ends a scan without error, another error with it", func(t testing.TB, s store.Store) {
		put(t, s, "a", "1", "b", "2", "c", "3")
		other := errors.New("visitor gave up")
		for end, want := range map[error]error{store.ErrStop: nil, other: other} {
			var seen []string
			err := s.Scan(nil, nil, func(key, _ []byte) error {
				seen = append(seen, string(key))
				if string(key) == "b" {
					return end
				}
				return nil
			})
			if !errors.Is(err, want) || !slices.Equal(seen, []string{"a", "b"}) {
				t.Errorf("a visitor that returns %v at the second key: Scan returns %v after %q", end, err, seen)
			}
		}
	}},
	{"Scan sees one snapshot and its visitor may use the store", func(t testing.TB, s store.Store) {
		put(t, s, "a", "1", "b", "2", "c", "3", "d", "4")
		var seen []string
		err := s.Scan(nil, nil, func(key, value []byte) error {
			seen = append(seen, string(key), string(value))
			apply(t, s, func(b *store.Batch) {
				b.Delete([]byte("b"))
				b.Put([]byte("c"), []byte("changed"))
				b.Put([]byte("c0"), []byte("new"))
				b.DeletePrefix([]byte("d"))
			})
			wantValue(t, s, "c", "changed")
			wantPairs(t, s, "c", nil, "c", "changed", "c0", "new")
			return nil
		})
		if want := []string{"a", "1", "b", "2", "c", "3", "d", "4"}; err != nil || !slices.Equal(seen, want) {
			t.Errorf("Scan = %v, visits %q; want %q", err, seen, want)
		}
		wantPairs(t, s, "", nil, "a", "1", "c", "changed", "c0", "new")
	}},
	{"Scan does not see what was deleted", func(t testing.TB, s store.Store) {
		put(t, s, "a", "1", "b", "2", "c", "3")
		apply(t, s, func(b *store.Batch) { b.Delete([]byte("b")) })
		wantPairs(t, s, "", nil, "a", "1", "c", "3")
	}},
}

var closeCases = []Case{
	{"a closed store refuses every call", func(t testing.TB, s store.Store) {
		put(t, s, "a", "1")
		if err := s.Close(); err != nil {
			t.Fatalf("Close: %v", err)
		}
		_, err := s.Get([]byte("a"))
		wantError(t, "Get", err, store.ErrClosed)
		_, err = s.Apply(batch(func(b *store.Batch) { b.Put([]byte("a"), nil) }))
		wantError(t, "Apply", err, store.ErrClosed)
		err = s.Scan(nil, nil, func(_, _ []byte) error { t.Errorf("a scan of a closed store visits"); return nil })
		wantError(t, "Scan", err, store.ErrClosed)
		wantError(t, "Close", s.Close(), store.ErrClosed)
	}},
	{"a commit outlives Close", func(t testing.TB, s store.Store) {
		var commits []store.Commit
		for range 20 {
			c, err := s.Apply(batch(func(b *store.Batch) { b.Put([]byte("a"), []byte("1")) }))
			if err != nil {
				t.Fatalf("Apply: %v", err)
			}
			commits = append(commits, c)
		}
		if err := s.Close(); err != nil {
			t.Fatalf("Close: %v", err)
		}
		for _, c := range commits {
			if err := c.Wait(); err != nil {
				t.Errorf("Wait after Close: %v", err)
			}
		}
	}},
}

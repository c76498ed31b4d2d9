// Package storetest is the contract of store.Store as tests. Every engine runs
// it over itself:
//
//	func TestContract(t *testing.T) {
//		storetest.Run(t, func(t *testing.T) store.Store { … })
//	}
//
// What a crash may leave behind is the engine's own to test, as it depends on
// what the engine stands on.
package storetest

import (
	"errors"
	"testing"

	"github.com/openchatops/oco/internal/store"
)

// Case is one clause of the contract. Check gets a new, empty store and may
// close it; it reports through t, and t.FailNow must end the goroutine.
type Case struct {
	Name  string
	Check func(t testing.TB, s store.Store)
}

// Cases returns the whole contract but for Model, which takes longer.
func Cases() []Case {
	var all []Case
	for _, group := range [][]Case{getCases, applyCases, conditionCases, scanCases, prefixCases, snapshotCases, closeCases, concurrencyCases} {
		all = append(all, group...)
	}
	return all
}

// Run checks the contract. open is called once or more in each subtest and
// returns a new, empty store, which Run closes.
func Run(t *testing.T, open func(t *testing.T) store.Store) {
	for _, c := range Cases() {
		t.Run(c.Name, func(t *testing.T) {
			s := open(t)
			defer closeStore(t, s)
			c.Check(t, s)
		})
	}
	t.Run("agrees with a map", func(t *testing.T) { Model(t, func() store.Store { return open(t) }) })
}

func closeStore(t testing.TB, s store.Store) {
	t.Helper()
	if err := s.Close(); err != nil && !errors.Is(err, store.ErrClosed) {
		t.Errorf("Close: %v", err)
	}
}

// batch makes a synced batch.
func batch(fill func(b *store.Batch)) *store.Batch {
	b := &store.Batch{Sync: true}
	fill(b)
	return b
}

func apply(t testing.TB, s store.Store, fill func(b *store.Batch)) {
	t.Helper()
	c, err := s.Apply(batch(fill))
	if err != nil {
		t.Fatalf("Apply: %v", err)
	}
	if err := c.Wait(); err != nil {
		t.Fatalf("Wait: %v", err)
	}
}

// put applies pairs of keys and values.
func put(t testing.TB, s store.Store, pairs ...string) {
	t.Helper()
	apply(t, s, func(b *store.Batch) {
		for i := 0; i < len(pairs); i += 2 {
			b.Put([]byte(pairs[i]), []byte(pairs[i+1]))
		}
	})
}

func wantValue(t testing.TB, s store.Store, key, want string) {
	t.Helper()
	got, err := s.Get([]byte(key))
	if err != nil || got == nil || string(got) != want {
		t.Errorf("Get(%q) = %q, %v; want %q", key, got, err, want)
	}
}

func wantAbsent(t testing.TB, s store.Store, key string) {
	t.Helper()
	if got, err := s.Get([]byte(key)); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("Get(%q) = %q, %v; want ErrNotFound", key, got, err)
	}
}

// pairs returns what a scan visits as key, value, key, value, …
func pairs(t testing.TB, s store.Store, prefix, after []byte) []string {
	t.Helper()
	got := []string{}
	err := s.Scan(prefix, after, func(key, value []byte) error {
		got = append(got, string(key), string(value))
		return nil
	})
	if err != nil {
		t.Errorf("Scan(%q, %q): %v", prefix, after, err)
	}
	return got
}

func wantError(t testing.TB, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: got error %v, want %v", what, err, want)
	}
}

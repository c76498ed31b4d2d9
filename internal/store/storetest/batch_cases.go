package storetest

import (
	"bytes"
	"strings"
	"testing"

	"github.com/openchatops/oco/internal/store"
)

var longestKey = strings.Repeat("k", store.MaxKeySize)

var getCases = []Case{
	{"a key that was never put is not found", func(t testing.TB, s store.Store) {
		wantAbsent(t, s, "a")
	}},
	{"a value is what was put", func(t testing.TB, s store.Store) {
		put(t, s, "a", "1", "b\x00c", "\x00\xff", longestKey, "long")
		wantValue(t, s, "a", "1")
		wantValue(t, s, "b\x00c", "\x00\xff")
		wantValue(t, s, longestKey, "long")
		wantAbsent(t, s, "b")
	}},
	{"an empty value is a value", func(t testing.TB, s store.Store) {
		put(t, s, "a", "")
		wantValue(t, s, "a", "")
		apply(t, s, func(b *store.Batch) { b.Put([]byte("nil"), nil) })
		wantValue(t, s, "nil", "")
	}},
	{"a large value is kept", func(t testing.TB, s store.Store) {
		value := strings.Repeat("0123456789abcdef", 64<<10)
		put(t, s, "a", value, "b", "1")
		wantValue(t, s, "a", value)
		wantValue(t, s, "b", "1")
	}},
	{"Get returns a copy", func(t testing.TB, s store.Store) {
		put(t, s, "a", "value")
		got, err := s.Get([]byte("a"))
		if err != nil {
			t.Fatalf("Get: %v", err)
		}
		copy(got, "XXXXX")
		wantValue(t, s, "a", "value")
	}},
	{"unusable keys are refused", func(t testing.TB, s store.Store) {
		for _, key := range []string{"", longestKey + "k"} {
			_, err := s.Get([]byte(key))
			wantError(t, "Get", err, store.ErrKey)
			for name, fill := range map[string]func(*store.Batch){
				"Put":          func(b *store.Batch) { b.Put([]byte(key), nil) },
				"Delete":       func(b *store.Batch) { b.Delete([]byte(key)) },
				"DeletePrefix": func(b *store.Batch) { b.DeletePrefix([]byte(key)) },
				"Require":      func(b *store.Batch) { b.Require([]byte(key), nil) },
			} {
				b := batch(func(b *store.Batch) { b.Put([]byte("other"), nil); fill(b) })
				_, err := s.Apply(b)
				wantError(t, name, err, store.ErrKey)
			}
		}
		wantAbsent(t, s, "other")
	}},
}

var applyCases = []Case{
	{"the later write of a batch wins", func(t testing.TB, s store.Store) {
		apply(t, s, func(b *store.Batch) {
			b.Put([]byte("a"), []byte("1"))
			b.Put([]byte("a"), []byte("2"))
			b.Put([]byte("b"), []byte("1"))
			b.Delete([]byte("b"))
			b.Delete([]byte("c"))
			b.Put([]byte("c"), []byte("1"))
		})
		wantValue(t, s, "a", "2")
		wantAbsent(t, s, "b")
		wantValue(t, s, "c", "1")
	}},
	{"the later batch wins", func(t testing.TB, s store.Store) {
		put(t, s, "a", "1", "b", "1")
		apply(t, s, func(b *store.Batch) { b.Delete([]byte("a")); b.Put([]byte("b"), []byte("2")) })
		wantAbsent(t, s, "a")
		wantValue(t, s, "b", "2")
		put(t, s, "a", "3")
		wantValue(t, s, "a", "3")
	}},
	{"a key that is not there can be deleted", func(t testing.TB, s store.Store) {
		apply(t, s, func(b *store.Batch) { b.Delete([]byte("a")) })
		wantAbsent(t, s, "a")
	}},
	{"the batch copies what it is given and may be used again", func(t testing.TB, s store.Store) {
		b := &store.Batch{}
		key, value := []byte("a"), []byte("1")
		b.Put(key, value)
		copy(key, "x")
		copy(value, "9")
		if _, err := s.Apply(b); err != nil {
			t.Fatalf("Apply: %v", err)
		}
		b.Reset()
		b.Put([]byte("b"), []byte("2"))
		if _, err := s.Apply(b); err != nil {
			t.Fatalf("Apply: %v", err)
		}
		wantValue(t, s, "a", "1")
		wantValue(t, s, "b", "2")
		wantAbsent(t, s, "x")
	}},
	{"an unsynced batch is seen at once", func(t testing.TB, s store.Store) {
		b := &store.Batch{}
		b.Put([]byte("a"), []byte("1"))
		c, err := s.Apply(b)
		if err != nil {
			t.Fatalf("Apply: %v", err)
		}
		wantValue(t, s, "a", "1")
		if err := c.Wait(); err != nil {
			t.Errorf("Wait: %v", err)
		}
	}},
	{"empty batches are fine and Wait may be called again", func(t testing.TB, s store.Store) {
		for _, durable := range []bool{false, true} {
			c, err := s.Apply(&store.Batch{Sync: durable})
			if err != nil {
				t.Fatalf("Apply: %v", err)
			}
			for range 3 {
				if err := c.Wait(); err != nil {
					t.Errorf("Wait: %v", err)
				}
			}
		}
	}},
}

func require(key string, value []byte) func(*store.Batch) {
	return func(b *store.Batch) { b.Require([]byte(key), value) }
}

var conditionCases = []Case{
	{"a batch whose conditions hold is applied", func(t testing.TB, s store.Store) {
		put(t, s, "a", "1", "empty", "")
		apply(t, s, func(b *store.Batch) {
			require("a", []byte("1"))(b)
			require("empty", []byte{})(b)
			require("none", nil)(b)
			b.Put([]byte("b"), []byte("2"))
		})
		wantValue(t, s, "b", "2")
	}},
	{"a batch with a condition that does not hold changes nothing", func(t testing.TB, s store.Store) {
		put(t, s, "a", "1", "empty", "", "p/1", "x")
		for name, fill := range map[string]func(*store.Batch){
			"another value":           require("a", []byte("2")),
			"a longer value":          require("a", []byte("11")),
			"absent but there":        require("a", nil),
			"absent but empty":        require("empty", nil),
			"there but absent":        require("none", []byte("1")),
			"empty but absent":        require("none", []byte{}),
			"empty but not":           require("a", []byte{}),
			"the second of two":       func(b *store.Batch) { require("a", []byte("1"))(b); require("a", nil)(b) },
			"its own write":           func(b *store.Batch) { b.Put([]byte("new"), []byte("1")); require("new", []byte("1"))(b) },
			"absent by its own write": func(b *store.Batch) { b.Delete([]byte("a")); require("a", nil)(b) },
		} {
			_, err := s.Apply(batch(func(b *store.Batch) {
				b.Put([]byte("b"), []byte("2"))
				b.Delete([]byte("a"))
				b.DeletePrefix([]byte("p/"))
				fill(b)
			}))
			wantError(t, name, err, store.ErrCondition)
		}
		wantPairs(t, s, "", nil, "a", "1", "empty", "", "p/1", "x")
	}},
	{"conditions see unsynced batches before them", func(t testing.TB, s store.Store) {
		for i, want := range [][]byte{nil, {0}, {1}, {2}} {
			b := &store.Batch{}
			b.Require([]byte("n"), want)
			b.Put([]byte("n"), []byte{byte(i)})
			if _, err := s.Apply(b); err != nil {
				t.Fatalf("Apply %d: %v", i, err)
			}
		}
	}},
	{"a condition copies what it is given", func(t testing.TB, s store.Store) {
		put(t, s, "a", "1")
		value := []byte("1")
		b := &store.Batch{}
		b.Require([]byte("a"), value)
		value[0] = '2'
		if _, err := s.Apply(b); err != nil {
			t.Errorf("Apply: %v", err)
		}
	}},
	{"a batch of conditions only is checked", func(t testing.TB, s store.Store) {
		_, err := s.Apply(batch(require("a", []byte("1"))))
		wantError(t, "Apply", err, store.ErrCondition)
		put(t, s, "a", "1")
		apply(t, s, require("a", []byte("1")))
	}},
}

var prefixCases = []Case{
	{"DeletePrefix removes the keys with the prefix and no other", func(t testing.TB, s store.Store) {
		put(t, s, "a", "", "b", "", "b\x00", "", "b/1", "", "b\xff\xff", "", "c", "")
		apply(t, s, func(b *store.Batch) { b.DeletePrefix([]byte("b")) })
		wantPairs(t, s, "", nil, "a", "", "c", "")
	}},
	{"DeletePrefix takes part in the order of its batch", func(t testing.TB, s store.Store) {
		put(t, s, "p/0", "0")
		apply(t, s, func(b *store.Batch) {
			b.Put([]byte("p/1"), []byte("1"))
			b.DeletePrefix([]byte("p/"))
			b.Put([]byte("p/2"), []byte("2"))
		})
		wantPairs(t, s, "", nil, "p/2", "2")
		put(t, s, "p/0", "again")
		wantValue(t, s, "p/0", "again")
	}},
	{"DeletePrefix knows the last keys of all", func(t testing.TB, s store.Store) {
		last := string(bytes.Repeat([]byte{0xff}, store.MaxKeySize))
		put(t, s, "a\xff", "1", "a\xff\xff", "2", "b", "3", "\xff", "4", "\xff\x00", "5", "\xff\xff", "6", last, "7")
		apply(t, s, func(b *store.Batch) { b.DeletePrefix([]byte("a\xff")) })
		wantPairs(t, s, "", nil, "b", "3", "\xff", "4", "\xff\x00", "5", "\xff\xff", "6", last, "7")
		apply(t, s, func(b *store.Batch) { b.DeletePrefix([]byte("\xff\xff")) })
		wantPairs(t, s, "", nil, "b", "3", "\xff", "4", "\xff\x00", "5")
		put(t, s, last, "8")
		apply(t, s, func(b *store.Batch) { b.DeletePrefix([]byte(last)) })
		wantPairs(t, s, "", nil, "b", "3", "\xff", "4", "\xff\x00", "5")
		apply(t, s, func(b *store.Batch) { b.DeletePrefix([]byte("\xff")) })
		wantPairs(t, s, "", nil, "b", "3")
	}},
}

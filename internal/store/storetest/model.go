package storetest

import (
	"bytes"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/openchatops/oco/internal/store"
)

// Model checks that a store behaves as a map does under random batches, reads
// and scans. open returns a new, empty store each time.
func Model(t testing.TB, open func() store.Store) {
	rapid.Check(t, func(r *rapid.T) {
		s := open()
		defer closeStore(t, s)
		m := model{}
		r.Repeat(map[string]func(*rapid.T){
			"Apply": func(r *rapid.T) { m.apply(r, s) },
			"Get":   func(r *rapid.T) { m.get(r, s) },
			"Scan":  func(r *rapid.T) { m.scan(r, s) },
		})
	})
}

// model is what a store should hold.
type model map[string]string

// drawKey draws from few keys over the bytes that matter for order, so that
// keys meet and are prefixes of one another.
func drawKey(r *rapid.T, label string, shortest int) []byte {
	return rapid.SliceOfN(rapid.SampledFrom([]byte{0, 'a', 'b', 0xff}), shortest, 4).Draw(r, label)
}

func drawValue(r *rapid.T) []byte {
	return rapid.SliceOfN(rapid.SampledFrom([]byte{0, 1}), 0, 2).Draw(r, "value")
}

func (m model) apply(r *rapid.T, s store.Store) {
	b := &store.Batch{Sync: rapid.Bool().Draw(r, "sync")}
	next, holds := maps.Clone(m), true
	for range rapid.IntRange(0, 6).Draw(r, "steps") {
		key := drawKey(r, "key", 1)
		switch rapid.SampledFrom([]string{"put", "put", "put", "delete", "prefix", "present", "absent"}).Draw(r, "step") {
		case "put":
			value := drawValue(r)
			b.Put(key, value)
			next[string(key)] = string(value)
		case "delete":
			b.Delete(key)
			delete(next, string(key))
		case "prefix":
			b.DeletePrefix(key)
			maps.DeleteFunc(next, func(k, _ string) bool { return strings.HasPrefix(k, string(key)) })
		case "present":
			value := append([]byte{}, drawValue(r)...)
			if old, ok := m[string(key)]; ok && rapid.Bool().Draw(r, "right") {
				value = []byte(old)
			}
			b.Require(key, value)
			old, ok := m[string(key)]
			holds = holds && ok && old == string(value)
		case "absent":
			b.Require(key, nil)
			_, ok := m[string(key)]
			holds = holds && !ok
		}
	}
	c, err := s.Apply(b)
	if !holds {
		if !errors.Is(err, store.ErrCondition) {
			r.Fatalf("Apply = %v although a condition does not hold", err)
		}
		return
	}
	if err != nil {
		r.Fatalf("Apply: %v", err)
	}
	if err := c.Wait(); err != nil {
		r.Fatalf("Wait: %v", err)
	}
	clear(m)
	maps.Copy(m, next)
}

func (m model) get(r *rapid.T, s store.Store) {
	key := drawKey(r, "key", 1)
	got, err := s.Get(key)
	want, ok := m[string(key)]
	if ok && (err != nil || string(got) != want) || !ok && !errors.Is(err, store.ErrNotFound) {
		r.Fatalf("Get(%q) = %q, %v; want %q, present %t", key, got, err, want, ok)
	}
}

func (m model) scan(r *rapid.T, s store.Store) {
	prefix := drawKey(r, "prefix", 0)
	var after []byte
	if rapid.Bool().Draw(r, "with after") {
		after = append([]byte{}, drawKey(r, "after", 0)...)
	}
	var got, want []string
	err := s.Scan(prefix, after, func(key, value []byte) error {
		got = append(got, string(key), string(value))
		return nil
	})
	for _, key := range slices.Sorted(maps.Keys(m)) {
		if strings.HasPrefix(key, string(prefix)) && (after == nil || bytes.Compare([]byte(key), after) > 0) {
			want = append(want, key, m[key])
		}
	}
	if err != nil || !slices.Equal(got, want) {
		r.Fatalf("Scan(%q, %q) = %v, visits %q; want %q", prefix, after, err, got, want)
	}
}

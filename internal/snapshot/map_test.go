package snapshot

import (
	"fmt"
	"maps"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

func content[K comparable, V any](m Map[K, V]) map[K]V { return maps.Collect(m.All()) }

// TestEveryVersionStaysAsItWas: against maps of Go, one copied before every edit.
func TestEveryVersionStaysAsItWas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var m Map[uint16, int]
		model := map[uint16]int{}
		var versions []Map[uint16, int]
		var models []map[uint16]int
		for range rapid.IntRange(1, 12).Draw(t, "edits") {
			e := new(Edit)
			for range rapid.IntRange(0, 80).Draw(t, "changes") {
				key := rapid.Uint16Range(0, 300).Draw(t, "key")
				if rapid.IntRange(0, 2).Draw(t, "delete") == 0 {
					m.Delete(e, key)
					delete(model, key)
				} else {
					value := rapid.Int().Draw(t, "value")
					m.Set(e, key, value)
					model[key] = value
				}
			}
			versions, models = append(versions, m), append(models, maps.Clone(model))
		}
		for i, v := range versions {
			if got := content(v); !maps.Equal(got, models[i]) || v.Len() != len(models[i]) {
				t.Fatalf("version %d of %d: %v, want %v", i, len(versions), got, models[i])
			}
			for key := range uint16(302) {
				got, ok := v.Get(key)
				if want, there := models[i][key]; ok != there || got != want {
					t.Fatalf("version %d: %d is %d, %t, want %d, %t", i, key, got, ok, want, there)
				}
			}
		}
	})
}

// TestKeysOfOneHash: pairs that no bit of the hash tells apart.
func TestKeysOfOneHash(t *testing.T) {
	e := new(Edit)
	var n *node[string, int]
	added := false
	for i, key := range []string{"a", "b", "c", "b"} {
		n = n.set(e, 0, slot[string, int]{hash: 7, key: key, value: i}, &added)
	}
	got := content(Map[string, int]{root: n})
	if want := map[string]int{"a": 0, "b": 3, "c": 2}; !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	for left, key := range []string{"c", "a", "b"} {
		before := content(Map[string, int]{root: n})
		other := n.delete(new(Edit), 0, 7, key)
		if now := content(Map[string, int]{root: n}); !maps.Equal(now, before) {
			t.Errorf("a version changed from %v to %v", before, now)
		}
		if n = other; n == nil != (left == 2) {
			t.Errorf("without %s: %v", key, n)
		}
	}
}

func TestManyReadWhileOneChanges(t *testing.T) {
	var m Map[string, int]
	for i := range 100 {
		m.Set(new(Edit), fmt.Sprint(i), i)
	}
	var wait sync.WaitGroup
	for range 3 {
		old := m
		wait.Go(func() {
			for i := range 200 {
				if v, ok := old.Get(fmt.Sprint(i)); ok != (i < 100) || ok && v != i {
					t.Errorf("%d is %d, %t", i, v, ok)
				}
			}
		})
	}
	for i := range 200 {
		e := new(Edit)
		m.Set(e, fmt.Sprint(i), -i)
		m.Delete(e, fmt.Sprint(i/2))
	}
	wait.Wait()
}

func TestAllStops(t *testing.T) {
	var m Map[int, int]
	for i := range 100 {
		m.Set(new(Edit), i, i)
	}
	n := 0
	for range m.All() {
		if n++; n == 5 {
			break
		}
	}
	if n != 5 {
		t.Errorf("%d pairs after a break at 5", n)
	}
}

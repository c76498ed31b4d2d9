// Package snapshot is a map of which every version stays readable: a change makes
// another version, which shares with the one before all but a few nodes. Reading
// takes no lock, and a change costs about the same however large the map is.
package snapshot

import (
	"hash/maphash"
	"iter"
	"math/bits"
)

// An Edit is a row of changes that become visible together. What it made, it may
// change again in place; every version that was there before stays as it was. It is
// for one goroutine.
type Edit struct{ _ byte }

// A Map is one version of a map; the zero Map is empty. A copy of it is another
// name of the same version. Versions may be read by many goroutines at once, but not
// while the edit that is making one goes on.
type Map[K comparable, V any] struct {
	root *node[K, V]
	size int
}

// The map is a trie over the hashes of its keys, five bits a level.
const (
	levelBits = 5
	levelMask = 1<<levelBits - 1
	hashBits  = 64
)

// node holds a slot for each bit of which: a pair, or a deeper node. Below the last
// bit of the hash, which is bitmap 0, it is a list of pairs.
type node[K comparable, V any] struct {
	edit  *Edit
	which uint32
	slots []slot[K, V]
}

type slot[K comparable, V any] struct {
	deeper *node[K, V] // nil: the rest counts
	hash   uint64
	key    K
	value  V
}

var seed = maphash.MakeSeed()

// Len is the number of keys.
func (m Map[K, V]) Len() int { return m.size }

// Get gives the value of a key.
func (m Map[K, V]) Get(key K) (value V, ok bool) {
	if m.root == nil {
		return value, false
	}
	hash := maphash.Comparable(seed, key)
	n := m.root
	for shift := 0; shift < hashBits; shift += levelBits {
		bit := uint32(1) << (hash >> shift & levelMask)
		if n.which&bit == 0 {
			return value, false
		}
		s := &n.slots[bits.OnesCount32(n.which&(bit-1))]
		if s.deeper == nil {
			if s.key == key {
				return s.value, true
			}
			return value, false
		}
		n = s.deeper
	}
	for i := range n.slots {
		if n.slots[i].key == key {
			return n.slots[i].value, true
		}
	}
	return value, false
}

// All gives every pair, in no order.
func (m Map[K, V]) All() iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		if m.root != nil {
			m.root.all(yield)
		}
	}
}

func (n *node[K, V]) all(yield func(K, V) bool) bool {
	for i := range n.slots {
		s := &n.slots[i]
		if s.deeper != nil && !s.deeper.all(yield) || s.deeper == nil && !yield(s.key, s.value) {
			return false
		}
	}
	return true
}

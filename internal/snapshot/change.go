package snapshot

import (
	"hash/maphash"
	"math/bits"
	"slices"
)

// Set gives a key a value.
func (m *Map[K, V]) Set(e *Edit, key K, value V) {
	added := false
	m.root = m.root.set(e, 0, slot[K, V]{hash: maphash.Comparable(seed, key), key: key, value: value}, &added)
	if added {
		m.size++
	}
}

// Delete takes a key away, if it is there.
func (m *Map[K, V]) Delete(e *Edit, key K) {
	if _, ok := m.Get(key); !ok {
		return
	}
	m.root = m.root.delete(e, 0, maphash.Comparable(seed, key), key)
	m.size--
}

// own gives a node that the edit may change: the same, or a copy.
func (n *node[K, V]) own(e *Edit) *node[K, V] {
	switch {
	case n == nil:
		return &node[K, V]{edit: e}
	case n.edit == e:
		return n
	}
	slots := make([]slot[K, V], len(n.slots), len(n.slots)+1)
	copy(slots, n.slots)
	return &node[K, V]{edit: e, which: n.which, slots: slots}
}

func (n *node[K, V]) set(e *Edit, shift int, s slot[K, V], added *bool) *node[K, V] {
	n = n.own(e)
	if shift >= hashBits {
		for i := range n.slots {
			if n.slots[i].key == s.key {
				n.slots[i] = s
				return n
			}
		}
		*added = true
		n.slots = append(n.slots, s)
		return n
	}
	bit := uint32(1) << (s.hash >> shift & levelMask)
	at := bits.OnesCount32(n.which & (bit - 1))
	if n.which&bit == 0 {
		*added = true
		n.which |= bit
		n.slots = slices.Insert(n.slots, at, s)
		return n
	}
	there := &n.slots[at]
	switch {
	case there.deeper != nil:
		there.deeper = there.deeper.set(e, shift+levelBits, s, added)
	case there.key == s.key:
		*there = s
	default:
		var none *node[K, V]
		deeper := none.set(e, shift+levelBits, *there, new(bool))
		*there = slot[K, V]{deeper: deeper.set(e, shift+levelBits, s, added)}
	}
	return n
}

// delete takes away a key that is there; nil if nothing is left.
func (n *node[K, V]) delete(e *Edit, shift int, hash uint64, key K) *node[K, V] {
	n = n.own(e)
	at, bit := 0, uint32(0)
	if shift < hashBits {
		bit = uint32(1) << (hash >> shift & levelMask)
		at = bits.OnesCount32(n.which & (bit - 1))
	} else {
		at = slices.IndexFunc(n.slots, func(s slot[K, V]) bool { return s.key == key })
	}
	if s := &n.slots[at]; s.deeper != nil {
		s.deeper = s.deeper.delete(e, shift+levelBits, hash, key)
		switch {
		case s.deeper == nil:
		case len(s.deeper.slots) == 1 && s.deeper.slots[0].deeper == nil: // a single pair needs no node
			*s = s.deeper.slots[0]
			return n
		default:
			return n
		}
	}
	n.which &^= bit
	if n.slots = slices.Delete(n.slots, at, at+1); len(n.slots) == 0 {
		return nil
	}
	return n
}

package store

import (
	"bytes"
	"cmp"
	"slices"
)

// Batch collects writes and conditions for one Apply. The zero value is empty
// and ready to use. A Batch copies what it is given, so the caller may reuse its
// slices at once. It must not be used from several goroutines at once.
//
// Writes take effect in the order in which they were added: of two Puts of one
// key the later wins, and DeletePrefix removes also what was put earlier in the
// same batch but not what is put later. Conditions do not see the writes of
// their own batch, wherever they were added.
type Batch struct {
	// Sync asks that the commit reaches the disk by itself. Without it the
	// batch becomes durable with the next batch that has it.
	Sync bool

	writes     []span
	conditions []span
	data       []byte
	size       int
	prefixes   bool // it has a DeletePrefix, so the order of different keys counts
	err        error
}

// span locates one write or condition in Batch.data: the key and, behind it,
// the value.
type span struct {
	op         Op
	start      int
	key, value int
}

// Op says what a Write does.
type Op uint8

// The kinds of writes.
const (
	OpPut Op = iota + 1
	OpDelete
	OpDeletePrefix
)

// Write is one write of a batch, as an engine sees it.
type Write struct {
	Op Op
	// Key is the key, or the prefix for OpDeletePrefix.
	Key []byte
	// Value is empty unless Op is OpPut.
	Value []byte
}

// Condition is one condition of a batch, as an engine sees it.
type Condition struct {
	Key []byte
	// Absent: the key must have no value. Otherwise it must have Value.
	Absent bool
	Value  []byte
}

// opAbsent marks a condition that wants no value.
const opAbsent Op = 0

// Put sets the value of key. A nil value is stored as an empty one.
func (b *Batch) Put(key, value []byte) {
	b.checkKey(key)
	b.writes = append(b.writes, b.add(OpPut, key, value))
	b.size += len(key) + len(value)
}

// Delete removes key if it exists.
func (b *Batch) Delete(key []byte) {
	b.checkKey(key)
	b.writes = append(b.writes, b.add(OpDelete, key, nil))
	b.size += len(key)
}

// DeletePrefix removes every key that begins with prefix. An empty prefix
// would remove everything and makes Apply return ErrKey.
func (b *Batch) DeletePrefix(prefix []byte) {
	b.checkKey(prefix)
	b.writes = append(b.writes, b.add(OpDeletePrefix, prefix, nil))
	b.prefixes = true
	b.size += len(prefix)
}

// Require adds the condition that key has exactly this value, or has none if
// value is nil. An empty value that is not nil wants the key to be there and
// empty.
func (b *Batch) Require(key, value []byte) {
	b.checkKey(key)
	op := OpPut
	if value == nil {
		op = opAbsent
	}
	b.conditions = append(b.conditions, b.add(op, key, value))
}

// Len returns the number of writes; conditions do not count.
func (b *Batch) Len() int { return len(b.writes) }

// Size returns the bytes of all keys and values that are written; conditions do
// not count.
func (b *Batch) Size() int { return b.size }

// Reset empties the batch, keeps its memory and clears Sync.
func (b *Batch) Reset() {
	*b = Batch{writes: b.writes[:0], conditions: b.conditions[:0], data: b.data[:0]}
}

// Err returns the first unusable key that was added, as an error that matches
// ErrKey. Engines call it first and apply nothing if it is not nil.
func (b *Batch) Err() error { return b.err }

// Writes calls yield for each write in order until it returns false. The slices
// alias the batch and must not be changed or kept. For engines.
func (b *Batch) Writes(yield func(Write) bool) {
	for _, s := range b.writes {
		key, value := b.at(s)
		if !yield(Write{Op: s.op, Key: key, Value: value}) {
			return
		}
	}
}

// Sort puts the writes into the order of their keys, those of one key in the order
// in which they were added, which an engine may take better. A batch with a
// DeletePrefix stays as it is. For engines.
func (b *Batch) Sort() {
	if b.prefixes {
		return
	}
	slices.SortFunc(b.writes, func(x, y span) int {
		byKey := bytes.Compare(b.data[x.start:x.start+x.key], b.data[y.start:y.start+y.key])
		return cmp.Or(byKey, x.start-y.start)
	})
}

// Conditions calls yield for each condition in order until it returns false.
// The slices alias the batch and must not be changed or kept. For engines.
func (b *Batch) Conditions(yield func(Condition) bool) {
	for _, s := range b.conditions {
		key, value := b.at(s)
		if !yield(Condition{Key: key, Absent: s.op == opAbsent, Value: value}) {
			return
		}
	}
}

func (b *Batch) checkKey(key []byte) {
	if b.err == nil {
		b.err = CheckKey(key)
	}
}

func (b *Batch) add(op Op, key, value []byte) span {
	s := span{op: op, start: len(b.data), key: len(key), value: len(value)}
	b.data = append(append(b.data, key...), value...)
	return s
}

func (b *Batch) at(s span) (key, value []byte) {
	mid, end := s.start+s.key, s.start+s.key+s.value
	return b.data[s.start:mid:mid], b.data[mid:end:end]
}

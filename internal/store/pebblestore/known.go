package pebblestore

import (
	"bytes"
	"maps"

	"github.com/openchatops/oco/internal/store"
)

// known is what the rows are that conditions were about: a bot puts the same one on
// every batch. Its methods are called under Store.order.
type known struct {
	rows  map[string][]byte // a missing row is nil
	first [256]bool         // bytes with which a key may begin
}

// knownRows is how many rows are remembered, knownSize how large their values are
// at most.
const (
	knownRows = 16
	knownSize = 256
)

func (k *known) get(key []byte) (value []byte, ok bool) {
	value, ok = k.rows[string(key)]
	return value, ok
}

// keep remembers a row as it was read; a missing one has a nil value.
func (k *known) keep(key, value []byte) {
	if len(value) > knownSize {
		return
	}
	if k.rows == nil || len(k.rows) >= knownRows {
		*k = known{rows: map[string][]byte{}}
	}
	k.rows[string(key)] = bytes.Clone(value)
	k.first[key[0]] = true
}

// forget forgets what a batch writes. It must be called before the batch is given
// to the engine, so that a batch that fails leaves nothing behind.
func (k *known) forget(b *store.Batch) {
	if len(k.rows) == 0 {
		return
	}
	for w := range b.Writes {
		switch {
		case !k.first[w.Key[0]]:
		case w.Op == store.OpDeletePrefix:
			maps.DeleteFunc(k.rows, func(key string, _ []byte) bool { return bytes.HasPrefix([]byte(key), w.Key) })
		default:
			delete(k.rows, string(w.Key))
		}
	}
}

package store

import (
	"errors"
	"fmt"
)

// Errors that every engine returns. Compare with errors.Is.
var (
	// ErrNotFound says that a key has no value.
	ErrNotFound = errors.New("store: no such key")
	// ErrCondition says that a condition of the batch did not hold and that
	// nothing of the batch was applied.
	ErrCondition = errors.New("store: a condition of the batch did not hold, nothing was applied")
	// ErrClosed says that the store was closed before the call.
	ErrClosed = errors.New("store: closed")
	// ErrKey says that a key is empty or longer than MaxKeySize and that
	// nothing was read or applied.
	ErrKey = errors.New("store: unusable key")
	// ErrStop ends a Scan early and without error when a visitor returns it.
	ErrStop = errors.New("store: stop the scan")
)

// MaxKeySize is the longest key in bytes. It is part of the port because every
// engine has a limit of its own and the smallest must hold for all.
const MaxKeySize = 2048

// Store is an ordered map from keys to values. All methods may be called from
// several goroutines at once.
//
// Keys are 1 to MaxKeySize bytes and ordered bytewise; values may be empty.
type Store interface {
	// Get returns a copy of the value of key, never nil, or ErrNotFound. It
	// sees everything that Apply returned for, durable or not. It may block on
	// a disk read.
	Get(key []byte) ([]byte, error)

	// Scan visits, in byte order, the keys that begin with prefix and are
	// greater than after (nil: from the first). An empty prefix visits all
	// keys. It sees one consistent snapshot, taken when Scan was called.
	//
	// key and value are valid only during the call of visit and must not be
	// changed. visit may call Get, Scan and Apply, but not Close. If it returns
	// ErrStop the scan ends without error; any other error ends the scan with
	// that error.
	Scan(prefix, after []byte, visit func(key, value []byte) error) error

	// Snapshot takes a snapshot, which must be closed. It does not block.
	Snapshot() (Snapshot, error)

	// Apply applies the batch atomically: all of its writes or, if a condition
	// does not hold, none (ErrCondition). Conditions are checked against the
	// state that the batches before this one left. Batches take effect in the
	// order of the calls.
	//
	// Apply does not wait for the disk, except that it blocks while the engine
	// has too many batches under way. The result is durable once Commit.Wait
	// returned nil. A batch whose Sync is false is durable no later than the
	// next one whose Sync is true, and its Wait returns at once. An empty batch
	// whose Sync is true makes everything before it durable.
	//
	// The batch is not kept: it may be reset and used again when Apply returned.
	Apply(b *Batch) (Commit, error)

	// Close makes everything that was applied durable and releases the store.
	// It waits for the calls under way; calls that come later return ErrClosed,
	// as does a second Close. Commits stay valid.
	Close() error
}

// Commit is an applied batch on its way to the disk.
type Commit interface {
	// Wait blocks until the batch is durable and returns nil, or returns why it
	// is not known to be. It may be called more than once and from several
	// goroutines. A Commit need not be waited for.
	Wait() error
}

// CheckKey returns an error that matches ErrKey if key is empty or too long.
func CheckKey(key []byte) error {
	switch {
	case len(key) == 0:
		return fmt.Errorf("%w: it is empty", ErrKey)
	case len(key) > MaxKeySize:
		return fmt.Errorf("%w: it has %d bytes, at most %d are allowed", ErrKey, len(key), MaxKeySize)
	}
	return nil
}

// PrefixEnd returns the smallest key that is greater than every key with the
// prefix, or nil if there is none (the prefix is empty or all 0xff).
func PrefixEnd(prefix []byte) []byte {
	for i := len(prefix) - 1; i >= 0; i-- {
		if prefix[i] < 0xff {
			end := append([]byte(nil), prefix[:i+1]...)
			end[i]++
			return end
		}
	}
	return nil
}

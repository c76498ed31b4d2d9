package pebblestore

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"

	"github.com/openchatops/oco/internal/store"
)

// Store is a store.Store in one directory. Make it with Open or OpenMemory.
type Store struct {
	db      *pebble.DB
	lock    *pebble.Lock
	failure *failure
	noSync  bool
	syncs   atomic.Uint64
	mark    *mark // nil in memory

	snapshots snapshots

	// order makes checking the conditions of a batch and applying it one step,
	// and defines the order of batches. No disk is waited for under it.
	order sync.Mutex
	known known // guarded by order

	mu     sync.RWMutex // guards closed, and calls.Add against calls.Wait
	closed bool
	calls  sync.WaitGroup
}

var _ store.Store = (*Store)(nil)

// Get implements store.Store.
func (s *Store) Get(key []byte) ([]byte, error) {
	if err := store.CheckKey(key); err != nil {
		return nil, err
	}
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.calls.Done()
	var value []byte
	found, err := s.read(key, func(v []byte) { value = append([]byte{}, v...) })
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, store.ErrNotFound
	}
	return value, nil
}

// read calls use with the value of key, if there is one; value is valid only
// during the call.
func (s *Store) read(key []byte, use func(value []byte)) (found bool, err error) {
	return s.readFrom(s.db, key, use)
}

func (s *Store) readFrom(view pebble.Reader, key []byte, use func(value []byte)) (found bool, err error) {
	value, closer, err := view.Get(key)
	if errors.Is(err, pebble.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, s.failure.stop(fmt.Errorf("read %q: %w", key, err))
	}
	use(value)
	if err := closer.Close(); err != nil {
		return false, s.failure.stop(fmt.Errorf("read %q: %w", key, err))
	}
	return true, nil
}

// Scan implements store.Store.
func (s *Store) Scan(prefix, after []byte, visit func(key, value []byte) error) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.calls.Done()
	return s.scan(s.db, prefix, after, visit)
}

func (s *Store) scan(view pebble.Reader, prefix, after []byte, visit func(key, value []byte) error) (err error) {
	bounds := scanBounds(prefix, after)
	if bounds.UpperBound != nil && bytes.Compare(bounds.LowerBound, bounds.UpperBound) >= 0 {
		return nil
	}
	iter, err := view.NewIter(bounds)
	if err != nil {
		return s.failure.stop(fmt.Errorf("scan %q: %w", prefix, err))
	}
	stopped := false
	defer func() {
		// Close reports also what ended the iteration early.
		if cerr := iter.Close(); cerr != nil && !stopped {
			err = s.failure.stop(fmt.Errorf("scan %q: %w", prefix, cerr))
		}
	}()
	for ok := iter.First(); ok; ok = iter.Next() {
		value, err := iter.ValueAndErr()
		if err != nil {
			return err // Close reports it again
		}
		if err := visit(iter.Key(), value); err != nil {
			stopped = true
			if errors.Is(err, store.ErrStop) {
				return nil
			}
			return err
		}
	}
	return nil
}

// scanBounds returns the range [max(prefix, after + 0x00), end of the prefix).
func scanBounds(prefix, after []byte) *pebble.IterOptions {
	lower := append([]byte(nil), prefix...)
	if after != nil && bytes.Compare(after, prefix) >= 0 {
		lower = append(append([]byte(nil), after...), 0)
	}
	return &pebble.IterOptions{LowerBound: lower, UpperBound: store.PrefixEnd(prefix)}
}

// Close implements store.Store. After a failure it returns ErrFailed at once:
// Pebble may hold its own locks for ever by then, so its files and the lock of
// the directory stay with the process.
func (s *Store) Close() error {
	s.mu.Lock()
	closed := s.closed
	s.closed = true
	s.mu.Unlock()
	if closed {
		return store.ErrClosed
	}
	if err := s.failure.get(); err != nil {
		return err
	}
	s.calls.Wait()
	if err := s.failure.get(); err != nil {
		return err
	}
	if err := errors.Join(s.snapshots.close(), s.db.Close(), s.mark.close(), s.lock.Close()); err != nil {
		return s.failure.stop(fmt.Errorf("close: %w", err))
	}
	return s.failure.get()
}

// Syncs is how often the store has asked the file system to make a file or a
// directory durable since it was opened, but for the mark of what is durable, for
// which nobody waits. It does not block.
func (s *Store) Syncs() uint64 { return s.syncs.Load() }

// enter admits a call, which must end with calls.Done, unless the store is
// closed or has failed.
func (s *Store) enter() error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return store.ErrClosed
	}
	if err := s.failure.get(); err != nil {
		return err
	}
	s.calls.Add(1)
	return nil
}

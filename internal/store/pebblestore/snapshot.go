package pebblestore

import (
	"errors"
	"fmt"
	"sync"

	"github.com/cockroachdb/pebble/v2"

	"github.com/openchatops/oco/internal/store"
)

// Snapshot implements store.Store.
func (s *Store) Snapshot() (store.Snapshot, error) {
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.calls.Done()
	return s.snapshots.take(s), nil
}

// snapshots are those that are open: Pebble does not close with one.
type snapshots struct {
	mu   sync.Mutex
	open map[*snapshot]struct{}
}

func (all *snapshots) take(s *Store) *snapshot {
	all.mu.Lock()
	defer all.mu.Unlock()
	if all.open == nil {
		all.open = map[*snapshot]struct{}{}
	}
	n := &snapshot{store: s, view: s.db.NewSnapshot()}
	all.open[n] = struct{}{}
	return n
}

// close closes all that are open.
func (all *snapshots) close() error {
	all.mu.Lock()
	left := make([]*snapshot, 0, len(all.open))
	for n := range all.open {
		left = append(left, n)
	}
	all.mu.Unlock()
	var failed []error
	for _, n := range left {
		if err := n.release(); !errors.Is(err, store.ErrClosed) {
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}

// A snapshot is a store.Snapshot.
type snapshot struct {
	store *Store
	mu    sync.RWMutex // held for reading by the calls under way
	view  *pebble.Snapshot
}

var _ store.Snapshot = (*snapshot)(nil)

// Get implements store.Snapshot.
func (n *snapshot) Get(key []byte) ([]byte, error) {
	if err := store.CheckKey(key); err != nil {
		return nil, err
	}
	if err := n.enter(); err != nil {
		return nil, err
	}
	defer n.leave()
	var value []byte
	found, err := n.store.readFrom(n.view, key, func(v []byte) { value = append([]byte{}, v...) })
	switch {
	case err != nil:
		return nil, err
	case !found:
		return nil, store.ErrNotFound
	}
	return value, nil
}

// Scan implements store.Snapshot.
func (n *snapshot) Scan(prefix, after []byte, visit func(key, value []byte) error) error {
	if err := n.enter(); err != nil {
		return err
	}
	defer n.leave()
	return n.store.scan(n.view, prefix, after, visit)
}

// Close implements store.Snapshot.
func (n *snapshot) Close() error {
	if err := n.store.enter(); err != nil {
		return err
	}
	defer n.store.calls.Done()
	return n.release()
}

func (n *snapshot) release() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.view == nil {
		return store.ErrClosed
	}
	view := n.view
	n.view = nil
	n.store.snapshots.forget(n)
	if err := view.Close(); err != nil {
		return n.store.failure.stop(fmt.Errorf("close a snapshot: %w", err))
	}
	return nil
}

func (all *snapshots) forget(n *snapshot) {
	all.mu.Lock()
	defer all.mu.Unlock()
	delete(all.open, n)
}

// enter admits a call, which must end with leave.
func (n *snapshot) enter() error {
	if err := n.store.enter(); err != nil {
		return err
	}
	n.mu.RLock()
	if n.view == nil {
		n.leave()
		return store.ErrClosed
	}
	return nil
}

func (n *snapshot) leave() {
	n.mu.RUnlock()
	n.store.calls.Done()
}

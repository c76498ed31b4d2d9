package pebblestore

import (
	"context"
	"fmt"

	"github.com/openchatops/oco/internal/store"
)

var _ store.Compacter = (*Store)(nil)

// Compact implements store.Compacter.
func (s *Store) Compact(ctx context.Context, prefix []byte) error {
	if err := store.CheckKey(prefix); err != nil {
		return err
	}
	if err := s.enter(); err != nil {
		return err
	}
	defer s.calls.Done()
	end := store.PrefixEnd(prefix)
	if end == nil {
		return fmt.Errorf("%w: nothing is behind the prefix %q", store.ErrKey, prefix)
	}
	if err := s.db.Compact(ctx, prefix, end, false); err != nil {
		return fmt.Errorf("compact %q: %w", prefix, err)
	}
	return nil
}

package plugin_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
)

// rows is a store that survives restarts and can be told to fail.
type rows struct {
	mu   sync.Mutex
	data map[string][]byte
	fail error
}

func newRows() *rows { return &rows{data: map[string][]byte{}} }

func (r *rows) Scan(prefix, _ []byte, visit func(key, value []byte) error) error {
	keys := []string{}
	for key := range r.data {
		if len(key) >= len(prefix) && key[:len(prefix)] == string(prefix) {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	for _, key := range keys {
		if err := visit([]byte(key), r.data[key]); err != nil {
			return err
		}
	}
	return nil
}

func (r *rows) put(_ context.Context, writes []delivery.Write) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fail != nil {
		return r.fail
	}
	for _, w := range writes {
		if w.Value == nil {
			delete(r.data, string(w.Key))
			continue
		}
		r.data[string(w.Key)] = slices.Clone(w.Value)
	}
	return nil
}

// clock gives a later time at each look.
func clock() func() time.Time {
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	return func() time.Time { at = at.Add(time.Second); return at }
}

func reason(err error) chat.Reason {
	var refused *chat.Error
	if errors.As(err, &refused) && refused != nil {
		return refused.Reason
	}
	return ""
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

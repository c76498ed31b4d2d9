package engine

import (
	"bytes"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/openchatops/oco/internal/store"
)

// A gated store keeps rows in memory and lets a test decide when, and whether,
// a commit is durable.
type gated struct {
	mu     sync.Mutex
	rows   map[string][]byte
	shut   chan struct{} // commits wait until it is closed; nil: they do not
	wrong  error         // of the next Wait
	getErr error
	syncs  int
}

func newGated() *gated { return &gated{rows: map[string][]byte{}} }

func (g *gated) Get(key []byte) ([]byte, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := store.CheckKey(key); err != nil {
		return nil, err
	}
	if g.getErr != nil {
		return nil, g.getErr
	}
	if v, ok := g.rows[string(key)]; ok {
		return slices.Clone(v), nil
	}
	return nil, store.ErrNotFound
}

// Snapshot is a copy of the rows.
func (g *gated) Snapshot() (store.Snapshot, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return &gated{rows: maps.Clone(g.rows)}, nil
}

func (g *gated) Scan(prefix, after []byte, visit func(key, value []byte) error) error {
	g.mu.Lock()
	all := map[string][]byte{}
	for k, v := range g.rows {
		if strings.HasPrefix(k, string(prefix)) {
			all[k] = v
		}
	}
	g.mu.Unlock()
	for _, k := range slices.Sorted(maps.Keys(all)) {
		if after == nil || k > string(after) {
			if err := visit([]byte(k), all[k]); errors.Is(err, store.ErrStop) {
				return nil
			} else if err != nil {
				return err
			}
		}
	}
	return nil
}

func (g *gated) Apply(b *store.Batch) (store.Commit, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := b.Err(); err != nil {
		return nil, err
	}
	for c := range b.Conditions {
		if v, ok := g.rows[string(c.Key)]; ok == c.Absent || !c.Absent && !bytes.Equal(v, c.Value) {
			return nil, store.ErrCondition
		}
	}
	for w := range b.Writes {
		switch w.Op {
		case store.OpPut:
			g.rows[string(w.Key)] = append([]byte{}, w.Value...)
		case store.OpDelete:
			delete(g.rows, string(w.Key))
		case store.OpDeletePrefix:
			maps.DeleteFunc(g.rows, func(k string, _ []byte) bool { return strings.HasPrefix(k, string(w.Key)) })
		}
	}
	if !b.Sync {
		return gate{}, nil
	}
	g.syncs++
	return gate{g.shut, g.wrong}, nil
}

func (g *gated) Close() error { return nil }

// close makes commits wait from now on, and returns what lets them go.
func (g *gated) close() (open func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	shut := make(chan struct{})
	g.shut = shut
	return func() {
		g.mu.Lock()
		g.shut = nil
		g.mu.Unlock()
		close(shut)
	}
}

func (g *gated) set(change func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	change()
}

type gate struct {
	shut  chan struct{}
	wrong error
}

func (g gate) Wait() error {
	if g.shut != nil {
		<-g.shut
	}
	return g.wrong
}

package storetest

import (
	"bytes"
	"errors"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/openchatops/oco/internal/store"
)

// mapStore is a correct store without a disk. Its hooks plant one fault each.
type mapStore struct {
	mu     sync.RWMutex
	rows   map[string]string
	closed bool

	faults faults
}

type faults struct {
	aliasGet, nilEmpty, conditionsLate, conditionsIgnored, halfApplied, absentIsEmpty  bool
	afterInclusive, afterIgnored, unordered, stopIsError                               bool
	lastPrefixOpen, prefixLast, prefixWide, usableClosed, closeTwice, anyKey, waitOnce bool
	snapshotLive, snapshotUsable, snapshotTwice, snapshotStays                         bool
}

type mapCommit struct{ err error }

func (c *mapCommit) Wait() error { return c.err }

type onceCommit struct{ waited atomic.Bool }

func (c *onceCommit) Wait() error {
	if c.waited.Swap(true) {
		return errors.New("waited twice")
	}
	return nil
}

var empty = []byte{}

func (s *mapStore) Get(key []byte) ([]byte, error) {
	if err := store.CheckKey(key); err != nil && !s.faults.anyKey {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed && !s.faults.usableClosed {
		return nil, store.ErrClosed
	}
	value, ok := s.rows[string(key)]
	switch {
	case !ok:
		return nil, store.ErrNotFound
	case value == "" && s.faults.nilEmpty:
		return nil, nil
	case s.faults.aliasGet:
		if value == "XXXXX" || len(value) == 5 {
			s.rows[string(key)] = "XXXXX"
		}
	}
	return append(empty, value...), nil
}

func (s *mapStore) Scan(prefix, after []byte, visit func(key, value []byte) error) error {
	s.mu.RLock()
	rows, closed := s.rows, s.closed // Apply replaces the map, so this is a snapshot
	keys := slices.Sorted(maps.Keys(rows))
	s.mu.RUnlock()
	if closed && !s.faults.usableClosed {
		return store.ErrClosed
	}
	if s.faults.unordered {
		slices.Reverse(keys)
	}
	for _, key := range keys {
		order := bytes.Compare([]byte(key), after)
		skip := after != nil && (order < 0 || order == 0 && !s.faults.afterInclusive) && !s.faults.afterIgnored
		if skip || !strings.HasPrefix(key, string(prefix)) {
			continue
		}
		if err := visit([]byte(key), []byte(rows[key])); err != nil {
			if errors.Is(err, store.ErrStop) && !s.faults.stopIsError {
				return nil
			}
			return err
		}
	}
	return nil
}

func (s *mapStore) holds(rows map[string]string, c store.Condition) bool {
	value, ok := rows[string(c.Key)]
	if s.faults.absentIsEmpty && c.Absent {
		return value == ""
	}
	return ok != c.Absent && (!ok || value == string(c.Value))
}

func (s *mapStore) Apply(b *store.Batch) (store.Commit, error) {
	if err := b.Err(); err != nil && !s.faults.anyKey {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed && !s.faults.usableClosed {
		return nil, store.ErrClosed
	}
	next := maps.Clone(s.rows)
	for w := range b.Writes {
		s.write(next, w)
	}
	seen := s.rows
	if s.faults.conditionsLate {
		seen = next
	}
	for c := range b.Conditions {
		if !s.holds(seen, c) && !s.faults.conditionsIgnored {
			if s.faults.halfApplied {
				s.rows = next
			}
			return nil, store.ErrCondition
		}
	}
	s.rows = next
	if s.faults.waitOnce {
		return &onceCommit{}, nil
	}
	return &mapCommit{}, nil
}

func (s *mapStore) write(rows map[string]string, w store.Write) {
	switch w.Op {
	case store.OpPut:
		rows[string(w.Key)] = string(w.Value)
	case store.OpDelete:
		delete(rows, string(w.Key))
	case store.OpDeletePrefix:
		end := store.PrefixEnd(w.Key)
		maps.DeleteFunc(rows, func(key, _ string) bool {
			switch {
			case s.faults.prefixLast && end == nil:
				return key == string(w.Key)
			case s.faults.lastPrefixOpen && end == nil:
				return strings.HasPrefix(key, string(w.Key)) && len(key) < store.MaxKeySize
			case s.faults.prefixWide:
				return key >= string(w.Key) && (end == nil || key <= string(end))
			}
			return strings.HasPrefix(key, string(w.Key))
		})
	}
}

// A mapSnapshot is a mapStore that looks whether the one it came from is closed.
type mapSnapshot struct {
	*mapStore
	of *mapStore
}

func (s *mapStore) Snapshot() (store.Snapshot, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed && !s.faults.usableClosed {
		return nil, store.ErrClosed
	}
	if s.faults.snapshotLive {
		return mapSnapshot{s, s}, nil
	}
	return mapSnapshot{&mapStore{rows: s.rows, faults: faults{usableClosed: s.faults.snapshotUsable, closeTwice: s.faults.snapshotTwice}}, s}, nil
}

func (n mapSnapshot) left() error {
	n.of.mu.RLock()
	defer n.of.mu.RUnlock()
	if n.of.closed && !n.of.faults.snapshotStays {
		return store.ErrClosed
	}
	return nil
}

func (n mapSnapshot) Get(key []byte) ([]byte, error) {
	if err := n.left(); err != nil {
		return nil, err
	}
	return n.mapStore.Get(key)
}

func (n mapSnapshot) Scan(prefix, after []byte, visit func(key, value []byte) error) error {
	if err := n.left(); err != nil {
		return err
	}
	return n.mapStore.Scan(prefix, after, visit)
}

func (n mapSnapshot) Close() error {
	if err := n.left(); err != nil {
		return err
	}
	return n.mapStore.Close()
}

func (s *mapStore) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed && !s.faults.closeTwice {
		return store.ErrClosed
	}
	s.closed = true
	return nil
}

// outcome is a testing.TB that notes a failure instead of failing.
type outcome struct {
	testing.TB
	mu     sync.Mutex
	failed bool
}

func (o *outcome) fail() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.failed = true
}

func (o *outcome) Errorf(string, ...any) { o.fail() }

func (o *outcome) Fatalf(string, ...any) { o.fail(); runtime.Goexit() }

// caught runs the cases over a store with faults and returns the names of those
// that failed.
func caught(t *testing.T, f faults) []string {
	var names []string
	for _, c := range Cases() {
		o := &outcome{TB: t}
		var wg sync.WaitGroup
		wg.Go(func() { c.Check(o, &mapStore{rows: map[string]string{}, faults: f}) })
		wg.Wait()
		if o.failed {
			names = append(names, c.Name)
		}
	}
	return names
}

// TestSuiteIsFair runs the suite over a store without faults.
func TestSuiteIsFair(t *testing.T) {
	Run(t, func(*testing.T) store.Store { return &mapStore{rows: map[string]string{}} })
}

// TestSuiteCatchesFaults runs the cases over stores with one fault each.
func TestSuiteCatchesFaults(t *testing.T) {
	for name, f := range map[string]faults{
		"Get gives out its own memory":          {aliasGet: true},
		"an empty value is nil":                 {nilEmpty: true},
		"conditions see the writes":             {conditionsLate: true},
		"conditions are not checked":            {conditionsIgnored: true},
		"a refused batch is applied":            {halfApplied: true},
		"an empty value counts as absent":       {absentIsEmpty: true},
		"after is visited":                      {afterInclusive: true},
		"after is ignored":                      {afterIgnored: true},
		"the order is wrong":                    {unordered: true},
		"ErrStop comes back":                    {stopIsError: true},
		"the longest key survives DeletePrefix": {lastPrefixOpen: true},
		"a prefix of 0xff deletes one key":      {prefixLast: true},
		"DeletePrefix takes one key too much":   {prefixWide: true},
		"a closed store still works":            {usableClosed: true},
		"Close works twice":                     {closeTwice: true},
		"every key is taken":                    {anyKey: true},
		"a commit can be waited for only once":  {waitOnce: true},
		"a snapshot sees what comes later":      {snapshotLive: true},
		"a closed snapshot still works":         {snapshotUsable: true},
		"a snapshot can be closed twice":        {snapshotTwice: true},
		"a snapshot outlives the store":         {snapshotStays: true},
	} {
		if names := caught(t, f); len(names) == 0 {
			t.Errorf("no case catches the fault %q", name)
		}
	}
}

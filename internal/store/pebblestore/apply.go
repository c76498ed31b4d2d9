package pebblestore

import (
	"bytes"
	"fmt"
	"sync"

	"github.com/cockroachdb/pebble/v2"

	"github.com/openchatops/oco/internal/store"
)

// Apply implements store.Store.
func (s *Store) Apply(b *store.Batch) (store.Commit, error) {
	if err := b.Err(); err != nil {
		return nil, err
	}
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.calls.Done()
	durable := b.Sync && !s.noSync
	batch, err := s.translate(b, durable)
	if err != nil {
		return nil, fmt.Errorf("pebblestore: %w", err)
	}

	s.order.Lock()
	defer s.order.Unlock()
	if err := s.check(b); err != nil {
		return nil, err
	}
	s.known.forget(b)
	if err := s.commit(batch, durable); err != nil {
		return nil, err
	}
	if !durable {
		return &commit{failure: s.failure}, batch.Close()
	}
	return &commit{failure: s.failure, batch: batch}, nil
}

// check returns store.ErrCondition unless every condition of b holds.
func (s *Store) check(b *store.Batch) error {
	for c := range b.Conditions {
		value, ok := s.known.get(c.Key)
		if !ok {
			_, err := s.read(c.Key, func(v []byte) { value = append([]byte{}, v...) })
			if err != nil {
				return err
			}
			s.known.keep(c.Key, value)
		}
		if found := value != nil; found == c.Absent || found && !bytes.Equal(value, c.Value) {
			return fmt.Errorf("%w: key %q", store.ErrCondition, c.Key)
		}
	}
	return nil
}

// lastKey is greater than every key that a store may hold.
var lastKey = bytes.Repeat([]byte{0xff}, store.MaxKeySize+1)

// translate makes a batch of Pebble out of b. Keys in their order are several times
// cheaper for Pebble's memtable to take: where one goes, the next is near.
func (s *Store) translate(b *store.Batch, durable bool) (*pebble.Batch, error) {
	const perWrite = 16 // kind and two lengths, rounded up
	batch := s.db.NewBatchWithSize(b.Size() + perWrite*(b.Len()+1))
	b.Sort()
	for w := range b.Writes {
		if err := add(batch, w); err != nil {
			return nil, err
		}
	}
	if batch.Empty() && durable {
		// Pebble skips empty batches, but this one stands for those before it.
		if err := batch.LogData([]byte{0}, nil); err != nil {
			return nil, err
		}
	}
	return batch, nil
}

func add(batch *pebble.Batch, w store.Write) error {
	switch w.Op {
	case store.OpPut:
		return batch.Set(w.Key, w.Value, nil)
	case store.OpDelete:
		return batch.Delete(w.Key, nil)
	case store.OpDeletePrefix:
		end := store.PrefixEnd(w.Key)
		if end == nil {
			end = lastKey
		}
		return batch.DeleteRange(w.Key, end, nil)
	}
	return fmt.Errorf("unknown write %d", w.Op)
}

// commit gives the batch to Pebble.
func (s *Store) commit(batch *pebble.Batch, durable bool) (err error) {
	if durable {
		err = s.db.ApplyNoSyncWait(batch, pebble.Sync)
	} else {
		err = s.db.Apply(batch, pebble.NoSync)
	}
	if err != nil {
		return s.failure.stop(fmt.Errorf("write the log: %w", err))
	}
	return nil
}

// commit is a store.Commit.
type commit struct {
	failure *failure
	once    sync.Once
	batch   *pebble.Batch // nil if there is nothing to wait for
	err     error
}

// Wait implements store.Commit.
func (c *commit) Wait() error {
	if c.batch == nil {
		return c.failure.get()
	}
	c.once.Do(c.settle)
	return c.err
}

// settle waits for the sync, once. The switch is read after it: guardFS throws
// it before it lets Pebble know of a failed sync.
func (c *commit) settle() {
	if err := c.batch.SyncWait(); err != nil {
		c.err = c.failure.stop(fmt.Errorf("sync the log: %w", err))
		return
	}
	if c.err = c.failure.get(); c.err == nil {
		c.err = c.batch.Close()
	}
}

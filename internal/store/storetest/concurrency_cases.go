package storetest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"

	"github.com/openchatops/oco/internal/store"
)

var concurrencyCases = []Case{
	{"compare and set loses no update", checkCounter},
	{"readers see whole batches", checkWholeBatches},
	{"several goroutines may wait for one commit", checkSharedWait},
	{"Close waits for calls and refuses those that come later", checkCloseRace},
}

// checkCounter increments one counter from several goroutines.
func checkCounter(t testing.TB, s store.Store) {
	const writers, each = 8, 25
	key := []byte("counter")
	put(t, s, "counter", string(make([]byte, 8)))
	increment := func() error {
		for range 1000 {
			old, err := s.Get(key)
			if err != nil {
				return err
			}
			next := binary.BigEndian.AppendUint64(nil, binary.BigEndian.Uint64(old)+1)
			b := &store.Batch{}
			b.Require(key, old)
			b.Put(key, next)
			if _, err = s.Apply(b); !errors.Is(err, store.ErrCondition) {
				return err
			}
			runtime.Gosched() // another one came first
		}
		return errors.New("no update goes through")
	}
	parallel(t, writers, func(int) error {
		for range each {
			if err := increment(); err != nil {
				return err
			}
		}
		return nil
	})
	got, err := s.Get(key)
	if err != nil || binary.BigEndian.Uint64(got) != writers*each {
		t.Errorf("the counter is %x, %v after %d increments", got, err, writers*each)
	}
}

// checkWholeBatches writes two keys together and reads them together.
func checkWholeBatches(t testing.TB, s store.Store) {
	put(t, s, "x", "0", "y", "0")
	parallel(t, 4, func(worker int) error {
		for i := range 50 {
			if worker == 0 {
				value := fmt.Sprint(i)
				put(t, s, "x", value, "y", value)
				continue
			}
			var values []string
			err := s.Scan(nil, nil, func(_, value []byte) error {
				values = append(values, string(value))
				return nil
			})
			if err != nil {
				return err
			}
			if len(values) != 2 || values[0] != values[1] {
				return fmt.Errorf("a scan sees half a batch: %q", values)
			}
		}
		return nil
	})
}

func checkSharedWait(t testing.TB, s store.Store) {
	c, err := s.Apply(batch(func(b *store.Batch) { b.Put([]byte("a"), []byte("1")) }))
	if err != nil {
		t.Fatalf("Apply: %v", err)
	}
	parallel(t, 8, func(int) error { return c.Wait() })
}

func checkCloseRace(t testing.TB, s store.Store) {
	const beforeClose, most = 20, 10_000
	var once sync.Once
	start := make(chan struct{})
	begin := func() { once.Do(func() { close(start) }) }
	parallel(t, 6, func(worker int) error {
		if worker == 0 {
			<-start
			return s.Close()
		}
		defer begin()
		for i := range most {
			err := writeAndScan(s, worker, i)
			switch {
			case errors.Is(err, store.ErrClosed) && worker == 1 && i < beforeClose:
				return errors.New("closed before Close was called")
			case errors.Is(err, store.ErrClosed):
				return nil
			case err != nil:
				return err
			case worker == 1 && i == beforeClose:
				begin()
			}
			runtime.Gosched()
		}
		return errors.New("a closed store goes on working")
	})
}

func writeAndScan(s store.Store, worker, i int) error {
	b := &store.Batch{Sync: i%2 == 0}
	b.Put(fmt.Appendf(nil, "%d/%d", worker, i%10), []byte("v"))
	c, err := s.Apply(b)
	if err != nil {
		return err
	}
	if err := c.Wait(); err != nil {
		return fmt.Errorf("wait for an applied batch: %w", err)
	}
	return s.Scan(nil, nil, func(_, _ []byte) error { return nil })
}

// parallel runs n workers and reports their errors.
func parallel(t testing.TB, n int, work func(worker int) error) {
	t.Helper()
	var wg sync.WaitGroup
	for worker := range n {
		wg.Go(func() {
			if err := work(worker); err != nil {
				t.Errorf("worker %d: %v", worker, err)
			}
		})
	}
	wg.Wait()
}

package pebblestore

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/openchatops/oco/internal/store"
)

// crashCuts is how many power cuts each variant goes through.
const crashCuts = 60

// journal holds what a store has acknowledged: for each writer the number of
// its last batch.
type journal struct {
	mu    sync.Mutex
	acked map[int]int
}

func (j *journal) ack(writer, n int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.acked[writer] = n
}

func (j *journal) copy() map[int]int {
	j.mu.Lock()
	defer j.mu.Unlock()
	c := map[int]int{}
	for w, n := range j.acked {
		c[w] = n
	}
	return c
}

func rowKey(writer, n int) []byte { return fmt.Appendf(nil, "row/%d/%08d", writer, n) }

// rowValue is as long as a real row and differs from row to row.
func rowValue(writer, n int) []byte {
	return bytes.Repeat(fmt.Appendf(nil, "%d:%d;", writer, n), 20)
}

// write applies batches of two rows and a counter until stop is closed, and
// notes those that were acknowledged. Every third is unsynced and is noted with
// the next synced one.
func write(s *Store, j *journal, writer, from int, stop <-chan struct{}) error {
	for n := from; ; n++ {
		select {
		case <-stop:
			return nil
		default:
		}
		b := &store.Batch{Sync: n%3 != 0}
		b.Put(rowKey(writer, n), rowValue(writer, n))
		b.Put(fmt.Appendf(nil, "last/%d", writer), fmt.Append(nil, n))
		c, err := s.Apply(b)
		if err != nil {
			return err
		}
		if err := c.Wait(); err != nil {
			return err
		}
		if b.Sync {
			j.ack(writer, n)
		}
	}
}

// lost counts the acknowledged rows that s does not hold, and checks that what
// it holds is a prefix of whole batches of every writer.
func lost(t *testing.T, s *Store, acked map[int]int, writers int) int {
	t.Helper()
	missing := 0
	for w := range writers {
		rows := 0
		err := s.Scan(fmt.Appendf(nil, "row/%d/", w), nil, func(key, value []byte) error {
			if !bytes.Equal(key, rowKey(w, rows)) || !bytes.Equal(value, rowValue(w, rows)) {
				return fmt.Errorf("row %d is %q = %q", rows, key, value)
			}
			rows++
			return nil
		})
		if err != nil {
			t.Fatalf("writer %d: what is left is no prefix: %v", w, err)
		}
		last, err := s.Get(fmt.Appendf(nil, "last/%d", w))
		if want := fmt.Append(nil, rows-1); rows > 0 && (err != nil || !bytes.Equal(last, want)) {
			t.Fatalf("writer %d: half a batch: counter %q, %v after %d rows", w, last, err, rows)
		}
		if n, ok := acked[w]; ok && rows <= n {
			missing += n + 1 - rows
		}
	}
	return missing
}

// cut runs writers on a crashable file system, cuts the power after some
// acknowledgements and returns the file system as the next start finds it.
func cut(t *testing.T, fs *vfs.MemFS, o Options, rng *rand.Rand, writers int) (*vfs.MemFS, map[int]int) {
	t.Helper()
	o.FS = fs
	s := mustOpen(t, "data", o)
	j := &journal{acked: map[int]int{}}
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for w := range writers {
		from := 0
		if last, err := s.Get(fmt.Appendf(nil, "last/%d", w)); err == nil {
			if _, err := fmt.Sscan(string(last), &from); err != nil {
				t.Fatal(err)
			}
			j.ack(w, from) // durable: the last start found it
			from++
		}
		wg.Go(func() {
			if err := write(s, j, w, from, stop); err != nil {
				t.Errorf("writer %d: %v", w, err)
			}
		})
	}
	target := 5 + rng.IntN(120)
	for total, start := 0, sum(j.copy()); total < target; {
		runtime.Gosched()
		total = sum(j.copy()) - start
	}
	acked := j.copy() // before the cut: all of this must survive it
	percent := []int{0, 1, 30, 70, 99}[rng.IntN(5)]
	left := fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: percent, RNG: rng})
	close(stop)
	wg.Wait()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return left, acked
}

func sum(acked map[int]int) int {
	total := 0
	for _, n := range acked {
		total += n + 1
	}
	return total
}

// TestCrashLosesNothingAcknowledged cuts the power again and again, half of the time
// on what the cut before left behind (OCO-STO-4).
func TestCrashLosesNothingAcknowledged(t *testing.T) {
	const writers = 4
	cuts := uint64(crashCuts)
	if testing.Short() {
		cuts = min(cuts, 6)
	}
	for name, o := range map[string]Options{
		"appended log":  {memTableSize: 64 << 10, prezeroMax: -1},
		"prezeroed log": {memTableSize: 64 << 10, prezeroMin: 16 << 10, prezeroMax: 64 << 10},
		"long log":      {prezeroMin: 64 << 10, prezeroMax: 256 << 10},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			acked, fs := 0, vfs.NewCrashableMem()
			for seed := range cuts {
				rng := rand.New(rand.NewPCG(seed, 1))
				if seed%4 == 0 {
					fs = vfs.NewCrashableMem()
				}
				left, known := cut(t, fs, o, rng, writers)
				o := o
				o.FS = left
				s := mustOpen(t, "data", o)
				if n := lost(t, s, known, writers); n > 0 {
					t.Errorf("seed %d: %d acknowledged rows are lost", seed, n)
				}
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
				acked += sum(known)
				fs = left
			}
			t.Logf("%d cuts, %d acknowledged rows, none lost", cuts, acked)
		})
	}
}

// TestCrashControl shows that the cuts can lose something: without syncs they do.
func TestCrashControl(t *testing.T) {
	const writers = 2
	missing := 0
	for seed := range uint64(10) {
		o := Options{NoSync: true, prezeroMax: -1}
		left, known := cut(t, vfs.NewCrashableMem(), o, rand.New(rand.NewPCG(seed, 2)), writers)
		o.FS = left
		s := mustOpen(t, "data", o)
		missing += lost(t, s, known, writers)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if missing == 0 {
		t.Error("ten cuts without a sync lost nothing: the test above proves nothing")
	}
}

// TestBarrier checks that an empty synced batch makes the unsynced ones before
// it durable, and that they were not durable without it.
func TestBarrier(t *testing.T) {
	for _, barrier := range []bool{false, true} {
		fs := vfs.NewCrashableMem()
		s := mustOpen(t, "data", Options{FS: fs})
		b := &store.Batch{}
		b.Put([]byte("a"), []byte("1"))
		applyAndWait(t, s, b)
		if barrier {
			applyAndWait(t, s, &store.Batch{Sync: true})
		}
		left := mustOpen(t, "data", Options{FS: fs.CrashClone(vfs.CrashCloneCfg{})})
		if _, err := left.Get([]byte("a")); (err == nil) != barrier {
			t.Errorf("barrier %t: after the crash Get = %v", barrier, err)
		}
		for _, s := range []*Store{s, left} {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

// TestCloseIsDurable checks that unsynced batches survive a crash after Close.
func TestCloseIsDurable(t *testing.T) {
	fs := vfs.NewCrashableMem()
	s := mustOpen(t, "data", Options{FS: fs})
	b := &store.Batch{}
	b.Put([]byte("a"), []byte("1"))
	applyAndWait(t, s, b)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = mustOpen(t, "data", Options{FS: fs.CrashClone(vfs.CrashCloneCfg{})})
	if _, err := s.Get([]byte("a")); err != nil {
		t.Errorf("Get after Close and a crash: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func applyAndWait(t *testing.T, s *Store, b *store.Batch) {
	t.Helper()
	c, err := s.Apply(b)
	if err == nil {
		err = c.Wait()
	}
	if err != nil {
		t.Fatal(err)
	}
}

package pebblestore

import (
	"bytes"
	"fmt"
	"sync"
	"testing"

	"github.com/openchatops/oco/internal/store"
)

// logVariants are the ways to grow the log that were measured against each other
// (docs/decisions/0003-wal-prezero.md).
var logVariants = []struct {
	name     string
	min, max int
	unmarked bool
}{
	{"appended", 0, -1, false},
	{"prezeroed", prezeroMin, prezeroMax, false},
	{"unmarked", prezeroMin, prezeroMax, true}, // without the mark of what is durable
}

// BenchmarkApply measures synced batches of about one message (1,260 bytes in 3
// keys) on the disk of the temporary directory, by one writer and by several.
//
//	go test ./internal/store/pebblestore -run '^$' -bench Apply -benchtime 2000x -count 5
func BenchmarkApply(b *testing.B) {
	for _, writers := range []int{1, 64} {
		for _, v := range logVariants {
			b.Run(fmt.Sprintf("%s/%d", v.name, writers), func(b *testing.B) {
				s := mustOpen(b, b.TempDir(), Options{prezeroMin: v.min, prezeroMax: v.max, inMemory: v.unmarked})
				benchmarkApply(b, s, writers)
				if err := s.Close(); err != nil {
					b.Fatal(err)
				}
			})
		}
	}
}

func benchmarkApply(b *testing.B, s *Store, writers int) {
	value := bytes.Repeat([]byte{'v'}, 400)
	var wg sync.WaitGroup
	b.ResetTimer()
	for w := range writers {
		wg.Go(func() {
			batch := &store.Batch{}
			for n := w; n < b.N; n += writers {
				batch.Reset()
				batch.Sync = true
				for _, kind := range []string{"event", "delivery", "dedup"} {
					batch.Put(fmt.Appendf(nil, "%s/%08d", kind, n), value)
				}
				c, err := s.Apply(batch)
				if err == nil {
					err = c.Wait()
				}
				if err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// BenchmarkOpen measures a start on an empty directory and on one that was in
// use.
func BenchmarkOpen(b *testing.B) {
	for _, v := range logVariants {
		for _, used := range []bool{false, true} {
			b.Run(fmt.Sprintf("%s/used=%t", v.name, used), func(b *testing.B) {
				o := Options{prezeroMin: v.min, prezeroMax: v.max, inMemory: v.unmarked}
				dir := b.TempDir() + "/used"
				for n := range b.N {
					if !used {
						dir = fmt.Sprintf("%s/%d", b.TempDir(), n)
					}
					s := mustOpen(b, dir, o)
					b.StopTimer()
					benchmarkPut(b, s)
					if err := s.Close(); err != nil {
						b.Fatal(err)
					}
					b.StartTimer()
				}
			})
		}
	}
}

func benchmarkPut(b *testing.B, s *Store) {
	batch := &store.Batch{Sync: true}
	batch.Put([]byte("a"), bytes.Repeat([]byte{'v'}, 1000))
	c, err := s.Apply(batch)
	if err == nil {
		err = c.Wait()
	}
	if err != nil {
		b.Fatal(err)
	}
}

// BenchmarkMark measures what the mark adds to a sync.
func BenchmarkMark(b *testing.B) {
	s := mustOpen(b, b.TempDir(), Options{})
	b.ResetTimer()
	for n := range b.N {
		s.mark.synced("999999.log", int64(n))
	}
	b.StopTimer()
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
}

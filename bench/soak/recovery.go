package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/openchatops/oco/bench/subject"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/engine"
	"github.com/openchatops/oco/internal/store/pebblestore"
)

// recoveryBar is how long a full bot may take from its start until it is ready.
const recoveryBar = 2 * time.Second

// recovery fills a store with events that were seen and deliveries that are open,
// starts the bot on it and kills it, some times, and says how long each took from
// the start of the process until /readyz was well, with the adapter connected.
func (p plan) recovery(ctx context.Context, seen, opened int, out io.Writer) error {
	r, err := p.begin(ctx, "handlers: [{name: far, remote: true}]\n", station{Messages: 0, Kill: time.Hour})
	if err != nil {
		return err
	}
	defer r.clean()
	if err := r.Stop(); err != nil {
		return err
	}
	if err := fill(filepath.Join(r.Data(), "store"), seen, opened); err != nil {
		return err
	}
	for range 3 {
		begun := time.Now()
		if err := r.Start(ctx); err != nil {
			return err
		}
		listens := time.Since(begun)
		if err := r.AwaitReady(ctx); err != nil {
			return err
		}
		ready := time.Since(begun)
		cpu, err := subject.CPU(r.PID())
		if err != nil {
			return err
		}
		c, err := r.outcomes(ctx)
		if err != nil {
			return err
		}
		if int(c.open) != opened {
			return fmt.Errorf("%.0f deliveries are open, %d were", c.open, opened)
		}
		if err := r.Kill(); err != nil {
			return err
		}
		if _, err := fmt.Fprintf(out, "%d events seen, %d deliveries open: listens after %v, ready after %v, %v of CPU (bar %v: %s)\n",
			seen, opened, listens.Round(time.Millisecond), ready.Round(time.Millisecond), cpu, recoveryBar, met(ready < recoveryBar)); err != nil {
			return err
		}
	}
	return nil
}

// fill writes what a bot would have, by its own state machine.
func fill(dir string, seen, opened int) (err error) {
	st, err := pebblestore.Open(dir, pebblestore.Options{NoSync: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	e, err := engine.Open(st, engine.Options{Delivery: delivery.Options{
		QueueItems: 1 << 30, QueueBytes: 1 << 40, TotalItems: 1 << 30, TotalBytes: 1 << 40, WaitTold: time.Hour,
	}})
	if err != nil {
		return err
	}
	defer e.Stop()
	const batch = 1000
	for from := 0; from < seen; from += batch {
		var in delivery.Admit
		for n := from; n < min(from+batch, seen); n++ {
			ev := delivery.Event{ID: fmt.Sprintf("event:1:%d", n), Payload: make([]byte, 500)}
			binary.BigEndian.PutUint64(ev.Dedup[:], uint64(n)*0x9E3779B97F4A7C15)
			binary.BigEndian.PutUint64(ev.Dedup[8:], uint64(n))
			if n < opened {
				ev.Deliveries = []delivery.NewDelivery{waiting(n)}
			}
			in.Events = append(in.Events, ev)
		}
		if _, err := e.Do(context.Background(), in); err != nil {
			return err
		}
	}
	return nil
}

// waiting is a command for a handler that is away.
func waiting(n int) delivery.NewDelivery {
	return delivery.NewDelivery{
		ID: fmt.Sprintf("d%012d", n), Match: []byte("match"), Addressed: true,
		User: fmt.Sprintf("user:1:U%08d", n%1000), Place: chat.Place{Room: fmt.Sprintf("room:1:C%08d", n%50)},
		Route: delivery.Route{
			Plugin: "far", Name: "deploy", Definition: "def", RunPolicy: chat.Once, Order: chat.OrderUser, Notice: chat.NoticePerson,
			MaxRun: time.Minute, StaleAfter: 24 * time.Hour, MaxAttempts: 5,
		},
	}
}

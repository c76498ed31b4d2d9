package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/openchatops/oco"
)

// The bars of taking an event beside a hung handler: chat services that want an
// acknowledgement give up after 3 s.
const (
	ackEvery = 10 * time.Millisecond
	ackP99   = 250.0 // ms
	ackMost  = 1000.0
)

// publishTimed publishes 100 events a second for a handler that hangs, each by
// itself, and notes how long each took from when it was due.
func (a *adapter) publishTimed(ctx context.Context, bot oco.Bot) error {
	tick := time.NewTicker(ackEvery)
	defer tick.Stop()
	var all sync.WaitGroup
	defer all.Wait()
	for n := uint64(1); !a.station.over(); n++ {
		var due time.Time
		select {
		case due = <-tick.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		e := message(n)
		e.Message.Text = "oco: hang " + strconv.FormatUint(n, 10)
		e.Time = due
		all.Go(func() {
			if bot.Publish(ctx, e) == nil {
				a.books.took(float64(time.Since(due)) / float64(time.Millisecond))
			}
		})
	}
	all.Wait()
	a.books.finish()
	return nil
}

// ack measures how fast events are taken.
func (p plan) ack(ctx context.Context, out io.Writer) error {
	r, err := p.begin(ctx, fmt.Sprintf("handlers: [{name: %s, command: [%q], env: {%s: %s}}]\n", hungName, p.self, envRole, hungName), station{Timed: true, Kill: time.Hour}, hungName)
	if err != nil {
		return err
	}
	defer r.clean()
	acc, err := r.drain(ctx, p.length, nil)
	if err != nil {
		return err
	}
	ms := acc.Latencies
	if len(ms) == 0 {
		return fmt.Errorf("no event was taken")
	}
	slices.Sort(ms)
	p50, p99, most := ms[len(ms)/2], ms[len(ms)*99/100], ms[len(ms)-1]
	_, err = fmt.Fprintf(out, "%d events taken at 100 a second beside a hung handler: p50 %.1f ms, p99 %.1f ms (bar 250: %s), longest %.1f ms (bar 1000: %s)\n",
		len(ms), p50, p99, met(p99 < ackP99), most, met(most < ackMost))
	return err
}

func met(yes bool) string {
	if yes {
		return "met"
	}
	return "missed"
}

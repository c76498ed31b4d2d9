package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/openchatops/oco/bench/subject"
	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// A plan is what is to be run.
type plan struct {
	program, self string
	dir           string
	length        time.Duration
	rate          int
	messages      uint64
	inFlight      int
	records       int
	every         time.Duration // between samples
	kill          time.Duration // of the victim; the worker is restarted a fifth as often
	progress      io.Writer
}

// A trial is a bot with its adapter and handlers.
type trial struct {
	*subject.Bot
	dir     string
	station station
}

// begin starts a bot with these handlers, whose adapter does what the station says
// once the handlers with these names are connected.
func (p plan) begin(ctx context.Context, handlers string, s station, names ...string) (*trial, error) {
	dir, err := os.MkdirTemp(p.dir, "soak-")
	if err != nil {
		return nil, err
	}
	s.Dir = dir
	r := &trial{dir: dir, station: s}
	config := fmt.Sprintf("adapter: {name: %s, command: [%q], env: {%s: adapter, %s: %q}}\n%sretention: {records_most: %d}\n",
		adapterName, p.self, envRole, envStation, s.String(), handlers, max(p.records, 1))
	if r.Bot, err = subject.New(p.program, dir, config); err == nil {
		err = r.Start(ctx)
	}
	if err == nil {
		err = r.AwaitReady(ctx)
	}
	if err == nil {
		err = r.AwaitPlugins(ctx, names...)
	}
	if err == nil {
		err = s.open()
	}
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return r, nil
}

// clean ends what still runs and removes the data.
func (r *trial) clean() {
	if r.Lives() {
		_ = r.Kill() // whatever it says, nobody needs it any more
	}
	_ = os.RemoveAll(r.dir) // a leftover is the system's to remove
}

// settling is how long the last messages may take to be through.
const settling = 2 * time.Minute

// drain lets the adapter go on for so long, or until it has published all, and
// waits until everything is through. look is called every 100 ms meanwhile.
func (r *trial) drain(ctx context.Context, length time.Duration, look func(account) error) (account, error) {
	end, ended := time.Now().Add(length), false
	for {
		acc, err := r.station.read()
		if err != nil {
			return acc, err
		}
		if !r.Lives() {
			return acc, fmt.Errorf("the bot ended:\n%s", r.LogEnd())
		}
		switch now := time.Now(); {
		case !ended && (acc.Finished || now.After(end)):
			ended, end = true, now.Add(settling)
			if err := r.station.finish(); err != nil {
				return acc, err
			}
		case ended && (acc.Finished && acc.Open == 0 || now.After(end)):
			return acc, nil
		}
		if look != nil {
			if err := look(acc); err != nil {
				return acc, err
			}
		}
		select {
		case <-ctx.Done():
			return acc, context.Cause(ctx)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// soak runs the traffic and judges.
func (p plan) soak(ctx context.Context, out io.Writer) (err error) {
	var handlers strings.Builder
	handlers.WriteString("handlers:\n")
	for _, name := range []string{workerName, victimName} {
		fmt.Fprintf(&handlers, "  - {name: %s, command: [%q], env: {%s: %s}, scopes: [store, messages.edit.own]}\n", name, p.self, envRole, name)
	}
	r, err := p.begin(ctx, handlers.String(), station{Rate: p.rate, Messages: p.messages, InFlight: p.inFlight, Kill: p.kill}, workerName, victimName)
	if err != nil {
		return err
	}
	defer r.clean()
	begun := time.Now()
	var samples []sample
	nextSample, nextRestart := begun, begun.Add(5*p.kill)
	acc, err := r.drain(ctx, p.length, func(acc account) error {
		now := time.Now()
		if now.After(nextSample) {
			nextSample = now.Add(p.every)
			s, err := r.sample(ctx, now.Sub(begun), acc)
			if err != nil {
				return err
			}
			samples = append(samples, s)
			fmt.Fprintln(p.progress, s)
		}
		if now.After(nextRestart) {
			nextRestart = now.Add(5 * p.kill)
			return r.Admin(ctx, func(ctx context.Context, c ocov1.AdminServiceClient) error {
				_, err := c.RestartPlugin(ctx, &ocov1.RestartPluginRequest{PluginId: workerName})
				return err
			})
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("after %v: %w", time.Since(begun).Round(time.Second), err)
	}
	counted, err := r.outcomes(ctx)
	if err != nil {
		return err
	}
	if err := r.Stop(); err != nil {
		return err
	}
	rows, err := countRows(filepath.Join(r.Data(), "store"))
	if err != nil {
		return err
	}
	return judge(out, time.Since(begun), acc, counted, samples, rows)
}

// counted is what the bot's own metrics say of deliveries.
type counted struct{ admitted, ended, open float64 }

func (r *trial) outcomes(ctx context.Context) (c counted, err error) {
	values, err := r.Metrics(ctx)
	for name, v := range values {
		switch {
		case strings.HasPrefix(name, "oco_deliveries_admitted_total"):
			c.admitted += v
		case strings.HasPrefix(name, "oco_deliveries_ended_total"):
			c.ended += v
		case strings.HasPrefix(name, "oco_deliveries_open"):
			c.open += v
		}
	}
	return c, err
}

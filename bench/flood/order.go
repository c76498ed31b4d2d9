package main

import (
	"context"
	"encoding/json"
	"io"
	"sync"
	"time"
)

// An order is what the process of an attacker is told, on its standard input: a
// key does not belong into arguments.
type order struct {
	Attack      string
	Address     string // of gRPC
	HTTP        string
	Key         string // empty: none
	Bare        bool   // the other side is no bot, but the control
	Connections int
	Streams     int // as many as it tries to hold
	Length      time.Duration
}

// The methods that are attacked where any would do, and what stands for them on
// the control.
const (
	check = "/openchatops.v1.BotService/GetBotInfo"
	watch = "/grpc.health.v1.Health/Watch"
)

// method is a method of the bot, or its stand-in.
func (o order) method(name string) string {
	switch {
	case !o.Bare || name == watch:
		return name
	case name == check:
		return "/grpc.health.v1.Health/Check"
	}
	return watch
}

// An attack goes on until ctx ends and counts what it achieves.
type attack func(ctx context.Context, o order, t *tally)

// A tally counts by names.
type tally struct {
	mu sync.Mutex
	n  map[string]int64
}

func (t *tally) add(what string, n int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.n == nil {
		t.n = map[string]int64{}
	}
	t.n[what] += n
}

// obey is the life of the process of an attacker.
func obey(in io.Reader, out io.Writer) error {
	var o order
	if err := json.NewDecoder(in).Decode(&o); err != nil {
		return err
	}
	a, err := find(o.Attack)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), o.Length)
	defer cancel()
	run, t := a.run, new(tally)
	if o.Bare {
		run = a.control
	}
	run(ctx, o, t)
	t.mu.Lock()
	defer t.mu.Unlock()
	return json.NewEncoder(out).Encode(t.n)
}

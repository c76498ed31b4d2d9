package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/openchatops/oco/bench/subject"
	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// A plan is what is measured.
type plan struct {
	program     string // the bot
	dir         string
	length      time.Duration
	connections int
	streams     int
	control     bool
}

// A result is what one attack did, in MiB and milliseconds.
type result struct {
	Attack               string
	Before, Peak         float64 // memory
	Calm, During         latency
	ControlCalm, Control latency
	Did                  map[string]int64
	Died, Answers        bool
}

func (r result) growth() float64 { return r.Peak - r.Before }

// config is the bot of an attack: everybody is remote.
const config = `adapter: {name: chat, remote: true}
handlers:
  - {name: flood, remote: true, scopes: [messages.write, store]}
  - {name: good, remote: true}
`

// measure attacks a bot of its own, and then the control.
func (p plan) measure(ctx context.Context, f flood) (r result, err error) {
	dir, err := os.MkdirTemp(p.dir, "flood-")
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	b, err := subject.New(p.program, dir, config)
	if err != nil {
		return r, err
	}
	if err := b.Start(ctx); err != nil {
		return r, err
	}
	r.Attack = f.name
	defer func() {
		if !r.Died {
			err = errors.Join(err, b.Kill()) // it may have much to finish
		}
	}()
	o, good, err := p.prepare(ctx, b, f)
	if err != nil {
		return r, err
	}
	if r.Calm, r.During, err = p.attack(ctx, o, good, func(stop <-chan struct{}) { r.Before, r.Peak = watchMemory(b.PID(), stop) }, &r.Did); err != nil {
		return r, err
	}
	if r.Died = !b.Lives(); r.Died {
		return r, nil
	}
	if r.Answers = b.AwaitAnswer(ctx) == nil; !p.control {
		return r, nil
	}
	c, err := startControl()
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, c.stop()) }()
	o.Address, o.HTTP, o.Key, o.Bare = c.address, c.address, "", true
	r.ControlCalm, r.Control, err = p.attack(ctx, o, "", nil, nil)
	return r, err
}

// prepare makes the keys, and what the attack finds.
func (p plan) prepare(ctx context.Context, b *subject.Bot, f flood) (o order, good string, err error) {
	o = order{Attack: f.name, Address: b.GRPC, HTTP: b.HTTP, Connections: p.connections, Streams: p.streams, Length: p.length}
	good, err = b.Key(ctx, "good", ocov1.Role_ROLE_HANDLER)
	if err != nil {
		return o, "", err
	}
	switch f.by {
	case handler:
		o.Key, err = b.Key(ctx, "flood", ocov1.Role_ROLE_HANDLER)
	case adapter:
		if o.Key, err = b.Key(ctx, "chat", ocov1.Role_ROLE_ADAPTER); err != nil {
			return o, "", err
		}
		err = registered(ctx, b.GRPC, good)
	}
	return o, good, err
}

// registered makes the route that the adapter floods.
func registered(ctx context.Context, address, key string) error {
	conn, err := dial(address, key)
	if err != nil {
		return err
	}
	defer conn.Close()
	return greet(ctx, caller{conn: conn})
}

// attack lets a plugin behave, first alone and then beside the attacker. look runs
// beside the attack.
func (p plan) attack(ctx context.Context, o order, good string, look func(<-chan struct{}), did *map[string]int64) (calm, during latency, err error) {
	conn, err := dial(o.Address, good)
	if err != nil {
		return calm, during, err
	}
	defer conn.Close()
	method := o.method(check)
	if err := once(ctx, conn, method); err != nil {
		return calm, during, fmt.Errorf("the call of one that behaves: %w", err)
	}
	calm = behave(ctx, conn, method, min(p.length, 5*time.Second))
	stop := make(chan struct{})
	var all sync.WaitGroup
	if look != nil {
		all.Go(func() { look(stop) })
	}
	all.Go(func() { during = behave(ctx, conn, method, p.length) })
	err = attackBy(o, did)
	close(stop)
	all.Wait()
	return calm, during, err
}

// attackBy runs the attacker in a process of its own.
func attackBy(o order, did *map[string]int64) error {
	cmd, err := part("attacker")
	if err != nil {
		return err
	}
	in, err := json.Marshal(o)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	cmd.Stdin, cmd.Stdout = bytes.NewReader(in), &out
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("the attacker: %w", err)
	}
	if did == nil {
		return nil
	}
	return json.Unmarshal(out.Bytes(), did)
}

// watchMemory samples until stop is closed.
func watchMemory(pid int, stop <-chan struct{}) (before, peak float64) {
	before = subject.Memory(pid)
	peak = before
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return before, peak
		case <-tick.C:
			peak = max(peak, subject.Memory(pid))
		}
	}
}

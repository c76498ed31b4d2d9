package bot

import (
	"context"
	"errors"
	"time"

	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/rpc"
	"github.com/openchatops/oco/internal/supervise"
)

// A running process is one that the supervisor keeps alive, with the socket that was
// made for it.
type running struct {
	process
	endpoint string
	server   *rpc.Server
}

// start hands a process to the supervisor, with a socket of its own.
func (b *Bot) start(p process) error {
	l, endpoint, err := b.dir.listenAs(p.name, p.plugins[0].User)
	if err != nil {
		return err
	}
	server, err := b.serve(l, rpc.Door{Children: p.names()}, nil)
	if err != nil {
		return err
	}
	b.mu.Lock()
	b.running[p.name] = running{p, endpoint, server}
	b.mu.Unlock()
	if err := b.children.Start(b.launch(p, endpoint)); err != nil {
		b.mu.Lock()
		delete(b.running, p.name)
		b.mu.Unlock()
		stopServers(time.Second, server)
		return err
	}
	return nil
}

// remove stops a process for good, after its work in flight, and closes its socket.
func (b *Bot) remove(ctx context.Context, name string) error {
	r, ok := b.runs(name)
	if !ok {
		return nil
	}
	left := b.quiet(ctx, r.process)
	defer b.unquiet(r.process)
	if ctx.Err() != nil {
		return ctx.Err() // the bot stops, and with it the process, which gets its whole grace
	}
	ctx, cancel := context.WithTimeout(ctx, left)
	defer cancel()
	err := b.children.Remove(ctx, name)
	if errors.Is(err, supervise.ErrUnknownProcess) {
		err = nil
	}
	b.mu.Lock()
	delete(b.running, name)
	b.mu.Unlock()
	stopServers(time.Second, r.server)
	return err
}

// replace ends a process after its work in flight and starts p in its place, on the
// same socket.
func (b *Bot) replace(ctx context.Context, p process) error {
	r, ok := b.runs(p.name)
	if !ok {
		return b.start(p)
	}
	if r.plugins[0].User != p.plugins[0].User { // whose the socket is
		if err := b.remove(ctx, p.name); err != nil {
			return err
		}
		return b.start(p)
	}
	left := b.quiet(ctx, p)
	defer b.unquiet(p)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	b.mu.Lock()
	b.running[p.name] = running{p, r.endpoint, r.server}
	b.mu.Unlock()
	return b.children.Replace(ctx, b.launch(p, r.endpoint), left)
}

func (b *Bot) runs(name string) (running, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	r, ok := b.running[name]
	return r, ok
}

// processOf finds the process in which a plugin runs.
func (b *Bot) processOf(plugin string) (string, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for name, p := range b.running {
		for _, c := range p.plugins {
			if c.Name == plugin {
				return name, true
			}
		}
	}
	return "", false
}

// leastGrace is what a process is given to end, however long its work has taken.
const leastGrace = 2 * time.Second

// quiet offers nothing more to the plugins of a process, and waits until what they
// hold has ended, for the grace of the configuration or until ctx ends. It returns what
// is left of the grace for the end of the process itself.
func (b *Bot) quiet(ctx context.Context, p process) time.Duration {
	grace := b.config().Limits.StopGrace
	until := time.Now().Add(grace)
	ctx, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for b.holds(ctx, p) > 0 {
		select {
		case <-look.C:
		case <-ctx.Done():
			b.log.Warn("the work of a process did not end in time", "process", p.name, "grace", grace.String())
			return leastGrace
		}
	}
	return max(time.Until(until), leastGrace)
}

// holds quiets the plugins of a process and counts what they hold.
func (b *Bot) holds(ctx context.Context, p process) int {
	all := 0
	for _, name := range p.names() {
		n, err := b.engine.Do(ctx, delivery.Quiet{Plugin: name, On: true})
		if err != nil {
			return 0 // the bot stops, or nobody waits any more
		}
		all += n.(int)
	}
	return all
}

// unquiet offers to the plugins of a process again.
func (b *Bot) unquiet(p process) {
	for _, name := range p.names() {
		if _, err := b.engine.Do(context.Background(), delivery.Quiet{Plugin: name}); err != nil {
			b.log.Debug("the bot stops, so nothing is offered any more", "plugin", name, "error", err)
		}
	}
}

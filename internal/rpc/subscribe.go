package rpc

import (
	"context"
	"time"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
)

// farewell bounds how long a stream that ended waits to be signed off.
const farewell = 5 * time.Second

// Subscribe sends frames until the context ends, the bot closes the stream or
// send fails. send is called by one goroutine and may block.
func (c *Core) Subscribe(ctx context.Context, req *ocov1.SubscribeRequest, send func(Frames) error) error {
	return c.serve(ctx, req, send, nil)
}

// serve serves a Subscribe, or an Attach that carries calls.
func (c *Core) serve(ctx context.Context, req *ocov1.SubscribeRequest, send func(Frames) error, calls *attachment) (err error) {
	if err := checkReplica(req.GetReplica()); err != nil {
		return err
	}
	id := caller(ctx)
	replica := delivery.Replica{Plugin: id.Name, Name: req.GetReplica()}
	credit := c.credit(id.Name, req.GetMaxInFlight())
	s := newSink(id.Name)
	sink := c.engine.Add(s)
	defer c.engine.Remove(sink)
	p := &packer{core: c, replica: replica}
	ctx, done := untilRevoked(ctx, id)
	defer done(&err)
	defer func() { c.disconnect(ctx, s, sink, p) }()
	if err := submit(ctx, c.engine, delivery.Connect{Replica: replica, Sink: sink, Credit: credit}); err != nil {
		return err
	}
	if id.Role == chat.RoleAdapter {
		defer c.queries.listen(s)()
	}
	defer c.changes.listen(replica, s)()
	first, err := encodeFrame(readyFrame(credit, c.instance))
	if err != nil {
		return err
	}
	if err := send(appendFrame(nil, first)); err != nil {
		return err
	}
	defer calls.begin(ctx)()
	return c.forward(ctx, s, p, send, calls)
}

// forward is the one goroutine that drains a stream's queue.
func (c *Core) forward(ctx context.Context, s *sink, p *packer, send func(Frames) error, calls *attachment) error {
	alive, err := encodeFrame(heartbeatFrame())
	if err != nil {
		return err
	}
	beat := time.NewTicker(heartbeatEvery)
	defer beat.Stop()
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-beat.C:
			if err := send(appendFrame(nil, alive)); err != nil {
				return err
			}
		case <-s.wake:
		case <-calls.woken():
		}
		// What is there leaves together, whatever it was that came last.
		frames, open, refused := s.drain()
		p.waiting = append(p.waiting, frames...)
		if err := p.sendAll(ctx, send); err != nil {
			return err
		}
		if ended, err := calls.flush(); ended || err != nil {
			return err
		}
		if open {
			continue
		}
		if err := calls.finish(ctx); err != nil || refused == nil {
			return err
		}
		return refused
	}
}

func (p *packer) sendAll(ctx context.Context, send func(Frames) error) error {
	for {
		if ctx.Err() != nil {
			return context.Cause(ctx) // what waits surely was not sent
		}
		batch, packed, err := p.next(ctx)
		if err != nil {
			p.waiting = append(packed, p.waiting...)
			return err
		}
		if len(packed) == 0 {
			return nil
		}
		if err := send(batch); err != nil {
			return err
		}
	}
}

// disconnect signs a stream off. What was never given to send goes back as not
// started.
func (c *Core) disconnect(ctx context.Context, s *sink, number delivery.Sink, p *packer) {
	cut := wasRevoked(ctx)
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), farewell)
	defer stop()
	frames, _, _ := s.drain()
	unsent := leasesOf(append(p.waiting, frames...))
	for {
		err := submit(ctx, c.engine, delivery.Disconnect{Replica: p.replica, Sink: number, Unsent: unsent, Cut: cut})
		if err != nil {
			c.log.Warn("a stream could not be signed off; its leases end by themselves", "plugin", p.replica.Plugin, "replica", p.replica.Name, "error", err)
			return
		}
		// What came between the drain and the sign-off.
		frames, _, _ = s.drain()
		if unsent = leasesOf(frames); len(unsent) == 0 {
			return
		}
	}
}

// credit is how many callbacks a replica may run at once.
func (c *Core) credit(name string, asked uint32) int {
	if asked == 0 {
		asked = 16
	}
	return int(min(asked, uint32(c.most(name))))
}

// most is how many callbacks a replica of a plugin may run at once at all.
func (c *Core) most(name string) int {
	if granted, ok := c.words.Load().Credit[name]; ok {
		return granted
	}
	return MaxInFlight
}

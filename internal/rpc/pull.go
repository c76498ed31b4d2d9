package rpc

import (
	"context"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
)

// Pull waits until something is there for the replica and returns it.
func (c *Core) Pull(ctx context.Context, req *ocov1.PullRequest) (res *ocov1.PullResponse, err error) {
	if err := checkReplica(req.GetReplica()); err != nil {
		return nil, err
	}
	wait := time.Duration(0)
	if req.GetWait() != nil {
		wait = req.GetWait().AsDuration()
		if req.GetWait().CheckValid() != nil || wait < 0 {
			return nil, invalid("wait", "it is not a duration, or negative")
		}
	}
	id := caller(ctx)
	most := c.credit(id.Name, max(1, min(req.GetMaxDeliveries(), MaxBatchItems)))
	s := newSink(id.Name)
	sink := c.engine.Add(s)
	defer c.engine.Remove(sink)
	p := &packer{core: c, replica: delivery.Replica{Plugin: id.Name, Name: req.GetReplica()}}
	ctx, done := untilRevoked(ctx, id)
	defer done(&err)
	answered := false
	defer func() {
		if !answered {
			c.disconnect(ctx, s, sink, p)
		}
	}()
	err = submit(ctx, c.engine, delivery.Connect{Replica: p.replica, Sink: sink, Credit: c.credit(id.Name, MaxBatchItems), Pull: most})
	if err != nil {
		return nil, err
	}
	if id.Role == chat.RoleAdapter {
		defer c.queries.listen(s)()
	}
	defer c.changes.listen(p.replica, s)()
	timer := time.NewTimer(min(wait, maxPull))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case <-timer.C:
	case <-s.wake:
	}
	// After the sign-off nothing can come any more, so what waits is complete.
	if err := submit(ctx, c.engine, delivery.Disconnect{Replica: p.replica, Sink: sink}); err != nil {
		return nil, err
	}
	frames, _, refused := s.drain()
	p.waiting = frames
	batch, packed, err := p.next(ctx)
	if err != nil {
		p.waiting = append(packed, p.waiting...)
		return nil, err
	}
	if refused != nil && len(packed) == 0 {
		return nil, refused
	}
	res = new(ocov1.PullResponse) // its frames have the number of a stream's
	if err := proto.Unmarshal(batch, res); err != nil {
		p.waiting = append(packed, p.waiting...)
		return nil, err
	}
	if len(p.waiting) > 0 { // more than fits: not started
		c.disconnect(ctx, s, sink, p)
	}
	answered = true
	if slices.Contains(packed, any(settingsChanged{})) {
		c.changes.heard(p.replica) // who does not mind is not called back at once for ever
	}
	return res, nil
}

// Leave ends the stream or the Pull of a replica behind its last frame.
func (c *Core) Leave(ctx context.Context, req *ocov1.LeaveRequest) (*ocov1.LeaveResponse, error) {
	if err := checkReplica(req.GetReplica()); err != nil {
		return nil, err
	}
	err := submit(ctx, c.engine, delivery.Leave{Replica: delivery.Replica{Plugin: caller(ctx).Name, Name: req.GetReplica()}})
	if err != nil {
		return nil, err
	}
	return &ocov1.LeaveResponse{}, nil
}

// Heartbeat renews leases and names those that are lost.
func (c *Core) Heartbeat(ctx context.Context, req *ocov1.HeartbeatRequest) (*ocov1.HeartbeatResponse, error) {
	if err := checkReplica(req.GetReplica()); err != nil {
		return nil, err
	}
	if n := len(req.GetHeld()); n > maxHeld {
		return nil, tooLarge("held", n, maxHeld, "leases")
	}
	in := delivery.Heartbeat{Replica: delivery.Replica{Plugin: caller(ctx).Name, Name: req.GetReplica()}}
	for _, held := range req.GetHeld() {
		in.Held = append(in.Held, delivery.Lease{Delivery: held.GetDeliveryId(), ID: held.GetLeaseId()})
	}
	lost, err := do[[]string](ctx, c.engine, in)
	if err != nil {
		return nil, err
	}
	return &ocov1.HeartbeatResponse{LostLeaseIds: lost, Next: durationProto(heartbeatEvery)}, nil
}

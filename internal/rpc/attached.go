package rpc

import (
	"context"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// attached makes one call that came by Attach, as it would be made by itself: with
// the same rule, guard, checks and answer. undecodable is not nil if its message
// could not be decoded.
func (c *Core) attached(ctx context.Context, in *ocov1.AttachRequest, undecodable error) *ocov1.AttachResponse {
	out := &ocov1.AttachResponse{Call: in.GetCall()}
	method, call := c.callOf(in, out)
	err := c.Guard(method, func() error {
		if undecodable != nil {
			return undecodable
		}
		ctx, refused := c.within(ctx, method)
		if refused != nil {
			return refused
		}
		return call(ctx)
	})
	if err != nil {
		out.Kind, out.Error = nil, Status(err).Proto()
	}
	return out
}

// callOf is which method a message calls. call puts the answer into out.
func (c *Core) callOf(in *ocov1.AttachRequest, out *ocov1.AttachResponse) (method string, call func(context.Context) error) {
	switch k := in.GetKind().(type) {
	case *ocov1.AttachRequest_Complete:
		return deliver + "Complete", func(ctx context.Context) error {
			res, err := c.Complete(ctx, k.Complete)
			out.Kind = &ocov1.AttachResponse_Completed{Completed: res}
			return err
		}
	case *ocov1.AttachRequest_Heartbeat:
		return deliver + "Heartbeat", func(ctx context.Context) error {
			res, err := c.Heartbeat(ctx, k.Heartbeat)
			out.Kind = &ocov1.AttachResponse_Heartbeat{Heartbeat: res}
			return err
		}
	case *ocov1.AttachRequest_Publish:
		return adapter + "PublishEvents", func(ctx context.Context) error {
			res, err := c.PublishEvents(ctx, k.Publish)
			out.Kind = &ocov1.AttachResponse_Published{Published: res}
			return err
		}
	case *ocov1.AttachRequest_Answers:
		return adapter + "AnswerQueries", func(ctx context.Context) error {
			res, err := c.AnswerQueries(ctx, k.Answers)
			out.Kind = &ocov1.AttachResponse_Answered{Answered: res}
			return err
		}
	}
	return deliver + "Attach", func(context.Context) error {
		return invalid("kind", "this bot knows complete, heartbeat, publish and answers; none of them is set")
	}
}

package rpc

import (
	"context"

	"google.golang.org/grpc"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/plugin"
)

// errRevoked ends what lasts when its key does.
var errRevoked = chat.Refuse(chat.KeyInvalid, "the key of this call was revoked: start with another one")

// untilRevoked is ctx until the key of the caller is revoked; errRevoked is the
// cause then. done, to be called at the end, puts that in the place of the error
// that came of it.
func untilRevoked(ctx context.Context, id plugin.Identity) (_ context.Context, done func(*error)) {
	if id.Revoked == nil {
		return ctx, func(*error) {}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	if id.Revoked.Err() != nil {
		cancel(errRevoked)
	}
	forget := context.AfterFunc(id.Revoked, func() { cancel(errRevoked) })
	return ctx, func(err *error) {
		forget()
		if *err != nil && wasRevoked(ctx) {
			*err = errRevoked
		}
		cancel(nil)
	}
}

// wasRevoked says whether a context of untilRevoked ended with its key.
func wasRevoked(ctx context.Context) bool { return context.Cause(ctx) == error(errRevoked) }

// nextUntilRevoked serves a stream of a service that is not the bot's own.
func nextUntilRevoked(srv any, ss grpc.ServerStream, next grpc.StreamHandler) (err error) {
	ctx, done := untilRevoked(ss.Context(), caller(ss.Context()))
	defer done(&err)
	return next(srv, revocable{ss, ctx})
}

// revocable is a stream whose context ends with the key of the caller.
type revocable struct {
	grpc.ServerStream
	ctx context.Context
}

func (r revocable) Context() context.Context { return r.ctx }

package rpc

import (
	"context"
	"crypto/sha256"

	"google.golang.org/protobuf/proto"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/plugin"
	"github.com/openchatops/oco/internal/record"
)

// An errand is an operation, other than to send a message, that somebody asks
// for and may ask for.
type errand struct {
	capability string
	what       string // what it does to what, for people
	place      chat.Place
	operation  *ocov1.Operation // in the bot's own ids, without its place
	// instead is what is said where the chat service cannot do it, nil for
	// nothing. Where instead is nil itself, it is refused there.
	instead func() (*delivery.NewSend, *chat.Error)

	of      string // the delivery that the request names, if it does
	request string
	wait    bool
	body    []byte // what tells two requests apart
}

// A demand is a request for an errand.
type demand interface {
	proto.Message
	GetRequestId() string
	GetWait() bool
}

// newErrand reads what is common to all that ask for one. The body is the
// request without its id and without how it is answered.
func newErrand(req demand) (errand, error) {
	if err := checkRequestID(req.GetRequestId()); err != nil {
		return errand{}, err
	}
	bare := proto.Clone(req)
	fields := bare.ProtoReflect().Descriptor().Fields()
	bare.ProtoReflect().Clear(fields.ByName("request_id"))
	bare.ProtoReflect().Clear(fields.ByName("wait"))
	body, err := proto.MarshalOptions{Deterministic: true}.Marshal(bare)
	if err != nil {
		return errand{}, err
	}
	name := string(bare.ProtoReflect().Descriptor().FullName())
	return errand{of: namedBy(req), request: req.GetRequestId(), wait: req.GetWait(), body: append([]byte(name+"\n"), body...)}, nil
}

// namedBy is the delivery that a request names, or whose message it is about.
func namedBy(req demand) string {
	if r, ok := req.(interface{ GetDeliveryId() string }); ok && r.GetDeliveryId() != "" {
		return r.GetDeliveryId()
	}
	if r, ok := req.(interface{ GetMessageId() string }); ok && deliveryOf(r.GetMessageId()) != r.GetMessageId() {
		return deliveryOf(r.GetMessageId())
	}
	return ""
}

// traceBehind is the traceparent of a delivery of the caller's own, which what is
// asked for in it carries on (OCO-DLV-50).
func (c *Core) traceBehind(id plugin.Identity, of string) (string, error) {
	if of == "" || id.Role != chat.RoleHandler {
		return "", nil
	}
	row, err := c.deliveryRow(of)
	if err != nil || row == nil || row.Plugin != id.Name {
		return "", err
	}
	return row.Trace, nil
}

func checkRequestID(request string) *chat.Error {
	if request == "" || len(request) > maxRequestID {
		return invalid("request_id", "it has 1 to %d bytes and is new for each request", maxRequestID)
	}
	return nil
}

// run does an errand at the level that its room has. A request that is known is
// answered as the first time, whatever the level is now (OCO-OPS-11).
func (c *Core) run(ctx context.Context, e errand) (*ocov1.OperationStatus, error) {
	id := caller(ctx)
	say := delivery.Say{Caller: callerName(id), Request: e.request, Body: hash(e.body), Wait: e.wait}
	known, err := c.row(delivery.RequestKey(say.Caller, e.request), new(record.Request))
	if err != nil {
		return nil, err
	}
	send, refused := c.atLevel(e, known)
	if refused != nil {
		return nil, refused
	}
	say.Send = *send
	if say.Send.Trace, err = c.traceBehind(id, e.of); err != nil {
		return nil, err
	}
	say.Send.Place, say.Send.Reason = e.place, chat.ForClient
	if id.Role == chat.RoleHandler {
		say.Send.Reason = chat.ForHandler
	}
	end, err := do[delivery.SendEnd](ctx, c.engine, say)
	if err != nil {
		return nil, err
	}
	return &ocov1.OperationStatus{
		OperationId: end.Message, State: ocov1.SendState(end.State), Level: ocov1.CapabilityLevel(end.Level), Detail: end.Detail,
	}, nil
}

// atLevel is what goes into the outbox for an errand, at the level of its room.
func (c *Core) atLevel(e errand, known bool) (*delivery.NewSend, *chat.Error) {
	level := c.level(e.capability, e.place.Room)
	if level == chat.Fallback && e.instead == nil {
		level = chat.Rejected
	}
	if known {
		level = chat.Full
	}
	switch level {
	case chat.Rejected:
		return nil, cannot(e.capability, e.what)
	case chat.Dropped:
		return &delivery.NewSend{Level: chat.Dropped}, nil
	case chat.Fallback:
		send, refused := e.instead()
		if send == nil {
			return &delivery.NewSend{Level: chat.Dropped}, refused
		}
		send.Level = chat.Fallback
		return send, refused
	}
	encoded, err := proto.Marshal(e.operation)
	if err != nil {
		return nil, invalid("request", "it cannot be encoded: %v", err)
	}
	return &delivery.NewSend{Level: level, Act: &delivery.Act{Encoded: encoded, What: e.what}}, nil
}

// hash is what two bodies of requests are told apart by.
func hash(body []byte) [16]byte {
	sum := sha256.Sum256(body)
	return [16]byte(sum[:16])
}

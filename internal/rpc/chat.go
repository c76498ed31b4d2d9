package rpc

import (
	"context"

	"google.golang.org/protobuf/proto"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/plugin"
	"github.com/openchatops/oco/internal/record"
)

// SendMessage sends one message, in a delivery or outside one.
func (c *Core) SendMessage(ctx context.Context, req *ocov1.SendMessageRequest) (*ocov1.SendMessageResponse, error) {
	switch id := req.GetId().(type) {
	case *ocov1.SendMessageRequest_InDelivery:
		return c.sendInDelivery(ctx, id.InDelivery, req)
	case *ocov1.SendMessageRequest_RequestId:
		return c.say(ctx, id.RequestId, req)
	}
	return nil, invalid("id", "give a request_id, by which a repeat is recognised, or in_delivery")
}

func (c *Core) sendInDelivery(ctx context.Context, in *ocov1.InDelivery, req *ocov1.SendMessageRequest) (*ocov1.SendMessageResponse, error) {
	id := caller(ctx)
	if id.Role != chat.RoleHandler {
		return nil, invalid("in_delivery", "only handlers have deliveries: send with a request_id")
	}
	if err := checkID("in_delivery.delivery_id", in.GetDeliveryId()); err != nil {
		return nil, err
	}
	keyed, err := c.send(ctx, "in_delivery", in.GetKey(), req.GetMessage())
	if err != nil {
		return nil, err
	}
	message := chat.MessageID(in.GetDeliveryId(), in.GetKey())
	complete := delivery.Complete{
		From: delivery.Replica{Plugin: id.Name}, Wait: req.GetWait(),
		Completions: []delivery.Completion{{
			Lease: delivery.Lease{Delivery: in.GetDeliveryId(), ID: in.GetLeaseId()},
			Kind:  delivery.Progress, Sends: []delivery.KeyedSend{keyed},
		}},
	}
	if req.GetWait() {
		return c.ended(do[delivery.SendEnd](ctx, c.engine, complete))
	}
	verdicts, err := do[[]delivery.Verdict](ctx, c.engine, complete)
	if err != nil {
		return nil, err
	}
	if len(verdicts) == 1 && verdicts[0].Kind == delivery.NotTaken {
		return nil, verdicts[0].Err
	}
	row := new(record.Send)
	if _, err := c.row(delivery.SentKey(message), row); err != nil {
		return nil, err
	}
	state := chat.Queued
	if row.State != 0 { // the key was committed before
		state = chat.SendState(row.State)
	}
	return &ocov1.SendMessageResponse{MessageId: message, State: ocov1.SendState(state)}, nil
}

// say sends a message that answers nothing.
func (c *Core) say(ctx context.Context, request string, req *ocov1.SendMessageRequest) (*ocov1.SendMessageResponse, error) {
	id := caller(ctx)
	if err := checkRequestID(request); err != nil {
		return nil, err
	}
	m := req.GetMessage()
	if err := checkText("message.content.text", m.GetContent().GetText()); err != nil {
		return nil, err
	}
	if reply := m.GetReplyTo(); reply != "" {
		if err := checkID("message.reply_to", reply); err != nil {
			return nil, err
		}
	}
	terms, refused := sendTerms("message", m)
	if refused != nil {
		return nil, refused
	}
	if m.GetTo() == nil {
		return nil, invalid("message.to", "outside a delivery a message names its room")
	}
	if err := c.maySendThere(ctx, m.GetTo()); err != nil {
		return nil, err
	}
	place, err := c.place(ctx, "message.to", m.GetTo())
	if err != nil {
		return nil, err
	}
	if err := c.checkAddress("message", place, m.GetReplyTo()); err != nil {
		return nil, err
	}
	body, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err != nil {
		return nil, err
	}
	say := delivery.Say{
		Send:   delivery.NewSend{Place: place, Text: m.GetContent().GetText(), ReplyTo: m.GetReplyTo(), Reason: chat.ForClient, Terms: terms},
		Caller: callerName(id), Request: request, Body: hash(body), Wait: req.GetWait(),
	}
	if id.Role == chat.RoleHandler {
		say.Send.Reason = chat.ForHandler
	}
	return c.ended(do[delivery.SendEnd](ctx, c.engine, say))
}

// maySendThere asks for the scope before anything is looked up, so that who may
// not send learns nothing of rooms.
func (c *Core) maySendThere(ctx context.Context, to *ocov1.Address) error {
	place := chat.Place{Room: "any"}
	if _, direct := to.GetRoom().GetBy().(*ocov1.RoomRef_UserId); direct {
		place = chat.Place{User: "any"}
	}
	if err := c.maySend(caller(ctx), place); err != nil {
		return err
	}
	return nil
}

// callerName is whose request ids somebody's are.
func callerName(id plugin.Identity) string { return id.Role.String() + ":" + id.Name }

func (c *Core) ended(end delivery.SendEnd, err error) (*ocov1.SendMessageResponse, error) {
	if err != nil {
		return nil, err
	}
	return &ocov1.SendMessageResponse{MessageId: end.Message, State: ocov1.SendState(end.State)}, nil
}

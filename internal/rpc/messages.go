package rpc

import (
	"context"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/plugin"
)

// edited begins the message that says what an earlier one should say now, where
// that cannot be changed (OCO-OPS-5).
const edited = "Edited: "

// UpdateMessage gives a message of the bot's own another content.
func (c *Core) UpdateMessage(ctx context.Context, req *ocov1.UpdateMessageRequest) (*ocov1.UpdateMessageResponse, error) {
	id, text := req.GetMessageId(), req.GetContent().GetText()
	if err := checkID("message_id", id); err != nil {
		return nil, err
	}
	if err := checkText("content.text", text); err != nil {
		return nil, err
	}
	e, err := newErrand(req)
	if err != nil {
		return nil, err
	}
	if !may(caller(ctx), plugin.MessagesEditOwn) {
		own, err := c.sentByOwn(ctx, id)
		if err != nil {
			return nil, err
		}
		if !own {
			return nil, missing(caller(ctx), plugin.MessagesEditOwn)
		}
	}
	at, err := do[delivery.Located](ctx, c.engine, delivery.Locate{Message: id})
	if err != nil {
		return nil, err
	}
	if spokenByBot(at) {
		return nil, invalid("message_id", "%s is what the bot says by itself, which is not changed", id)
	}
	e.capability, e.what, e.place = chat.CanEdit, "update of "+id, at.Place
	e.operation = &ocov1.Operation{Kind: &ocov1.Operation_Update{Update: &ocov1.UpdateOperation{MessageId: id, Content: &ocov1.Content{Text: text}}}}
	e.instead = func() (*delivery.NewSend, *chat.Error) {
		if most := MaxText - len(edited); len(text) > most {
			return nil, tooLarge("content.text", len(text), most, "bytes beside the words that it is an edit")
		}
		return &delivery.NewSend{Text: edited + text, ReplyTo: id}, nil
	}
	status, err := c.run(ctx, e)
	if err != nil {
		return nil, err
	}
	return &ocov1.UpdateMessageResponse{Operation: status}, nil
}

// spokenByBot says that a message is a notice or an answer of the bot's own: what
// it promises that people see.
func spokenByBot(at delivery.Located) bool {
	return at.Reason == chat.ForNotice || at.Reason == chat.ForBot
}

// DeleteMessage takes a message away.
func (c *Core) DeleteMessage(ctx context.Context, req *ocov1.DeleteMessageRequest) (*ocov1.DeleteMessageResponse, error) {
	id := req.GetMessageId()
	if err := checkID("message_id", id); err != nil {
		return nil, err
	}
	e, err := newErrand(req)
	if err != nil {
		return nil, err
	}
	whoever, err := c.mayDelete(ctx, id)
	if err != nil {
		return nil, err
	}
	place, err := c.standing(ctx, id, req.GetRoom())
	if err != nil {
		return nil, err
	}
	if place.spoken && !whoever {
		return nil, missing(caller(ctx), plugin.MessagesDeleteAny)
	}
	e.capability, e.what, e.place = chat.CanDelete, "deletion of "+id, place.Place
	e.operation = &ocov1.Operation{Kind: &ocov1.Operation_Delete{Delete: &ocov1.DeleteOperation{MessageId: id}}}
	status, err := c.run(ctx, e)
	if err != nil {
		return nil, err
	}
	return &ocov1.DeleteMessageResponse{Operation: status}, nil
}

// mayDelete says whether the caller may delete a message, and whether it may
// delete those of whoever wrote them.
func (c *Core) mayDelete(ctx context.Context, message string) (whoever bool, err error) {
	id := caller(ctx)
	if may(id, plugin.MessagesDeleteAny) {
		return true, nil
	}
	if isForeign(message) {
		return false, missing(id, plugin.MessagesDeleteAny)
	}
	if id.May(plugin.MessagesEditOwn) {
		return false, nil
	}
	own, err := c.sentByOwn(ctx, message)
	if err == nil && !own {
		err = missing(id, plugin.MessagesEditOwn)
	}
	return false, err
}

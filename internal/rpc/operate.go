package rpc

import (
	"errors"
	"strings"

	"google.golang.org/protobuf/proto"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/record"
	"github.com/openchatops/oco/internal/store"
)

// operateFrame puts an operation into the words and ids of the chat service.
func (c *Core) operateFrame(o delivery.Operate) (*ocov1.Frame, *chat.Error) {
	operation, refused := c.operation(o)
	if refused != nil {
		return nil, refused
	}
	return &ocov1.Frame{Kind: &ocov1.Frame_Delivery{Delivery: &ocov1.Delivery{
		DeliveryId: o.Lease.Delivery, LeaseId: o.Lease.ID, Attempt: uint32(o.Attempt), Traceparent: o.Trace,
		Payload: &ocov1.Delivery_Operation{Operation: operation},
	}}}, nil
}

func (c *Core) operation(o delivery.Operate) (*ocov1.Operation, *chat.Error) {
	if len(o.Parts) == 1 && o.Parts[0].Act != nil {
		return c.act(o, o.Parts[0].Act)
	}
	to, refused := c.nativeAddress(o.Account, c.reachable(o.Place))
	if refused != nil {
		return nil, refused
	}
	c.opt.Intake.Posting(o.Trace)
	message := &ocov1.OutgoingMessage{To: to, Content: &ocov1.Content{Text: listed(o.Parts)}}
	// A message that answers one that is not there any more is still said.
	if o.ReplyTo != "" && c.level(chat.CanReply, o.Place.Room) > chat.Fallback {
		message.ReplyTo, _ = c.nativeMessage(o.ReplyTo)
	}
	return &ocov1.Operation{
		AccountId: o.Account, Epoch: o.Epoch, IdempotencyToken: o.Token,
		Kind: &ocov1.Operation_Send{Send: &ocov1.SendOperation{
			Message: message, Reason: ocov1.SendReason(o.Reason), PossibleRepeat: o.Repeat,
		}},
	}, nil
}

// listed is the text of a message, or of several notices in one as a list
// (OCO-DLV-69).
func listed(parts []delivery.Part) string {
	if len(parts) == 1 {
		return parts[0].Text
	}
	items := make([]string, len(parts))
	for i, part := range parts {
		items[i] = "- " + part.Text
	}
	return strings.Join(items, "\n")
}

func (c *Core) nativeAddress(account string, p chat.Place) (*ocov1.Address, *chat.Error) {
	room := &ocov1.RoomRef{AccountId: account}
	switch {
	case p.Room != "":
		id, ok := c.native(chat.KindRoom, p.Room)
		if !ok {
			return nil, chat.Refuse(chat.RoomNotFound, "the chat service has no room %q", p.Room)
		}
		room.By = &ocov1.RoomRef_RoomId{RoomId: id}
	case p.User != "":
		id, ok := c.native(chat.KindUser, p.User)
		if !ok {
			return nil, chat.Refuse(chat.UserNotFound, "the chat service has no user %q", p.User)
		}
		room.By = &ocov1.RoomRef_UserId{UserId: id}
	default:
		return nil, chat.Refuse(chat.RoomNotFound, "the message names no room")
	}
	address := &ocov1.Address{Room: room}
	switch {
	case p.Thread != "":
		id, ok := c.native(chat.KindThread, p.Thread)
		if !ok {
			return nil, chat.Refuse(chat.RoomNotFound, "the chat service has no thread %q", p.Thread)
		}
		address.Place = &ocov1.Address_ThreadId{ThreadId: id}
	case p.Start != "":
		id, ok := c.nativeMessage(p.Start)
		if !ok {
			return nil, chat.Refuse(chat.MessageNotFound, "there is no message %q at which a thread could start", p.Start)
		}
		address.Place = &ocov1.Address_StartThreadAt{StartThreadAt: id}
	}
	return address, nil
}

// native is the chat service's own id of something of this bot's account.
func (c *Core) native(kind chat.Kind, id string) (string, bool) {
	account, serviceID, ok := chat.Native(kind, id)
	if ok {
		return serviceID, account == c.opt.Account
	}
	return c.opt.Native(kind, id)
}

// nativeMessage also knows messages that the bot made, once they were sent.
func (c *Core) nativeMessage(id string) (string, bool) {
	if id == "" {
		return "", false
	}
	if serviceID, ok := c.native(chat.KindMessage, id); ok {
		return serviceID, true
	}
	row := new(record.Send)
	found, err := c.row(delivery.SentKey(id), row)
	if err != nil {
		c.log.Error("the row of a message cannot be read", "message", id, "error", err)
	}
	return row.ServiceId, found && row.ServiceId != ""
}

// row reads and decodes a row of the store.
func (c *Core) row(key []byte, into proto.Message) (found bool, err error) {
	value, err := c.opt.Store.Get(key)
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrKey) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, proto.Unmarshal(value, into)
}

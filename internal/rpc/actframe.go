package rpc

import (
	"google.golang.org/protobuf/proto"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/record"
)

// act puts an operation that is no message into the words and ids of the chat
// service. A message that it changes was handed out before it: what has no id
// there now never gets one (OCO-OPS-10).
func (c *Core) act(o delivery.Operate, encoded []byte) (*ocov1.Operation, *chat.Error) {
	op := new(ocov1.Operation)
	if err := proto.Unmarshal(encoded, op); err != nil {
		return nil, chat.Refuse(chat.StorageFailed, "the operation cannot be read: %v", err)
	}
	op.AccountId, op.Epoch, op.IdempotencyToken = o.Account, o.Epoch, o.Token
	address, refused := c.nativeAddress(o.Account, c.reachable(o.Place))
	if refused != nil {
		return nil, refused
	}
	switch k := op.GetKind().(type) {
	case *ocov1.Operation_Update:
		k.Update.Address = address
		refused = c.nativeTarget(&k.Update.MessageId)
	case *ocov1.Operation_Delete:
		k.Delete.Address = address
		refused = c.nativeTarget(&k.Delete.MessageId)
	case *ocov1.Operation_Reaction:
		k.Reaction.Address = address
		refused = c.nativeTarget(&k.Reaction.MessageId)
	case *ocov1.Operation_Membership:
		k.Membership.RoomId = address.GetRoom().GetRoomId()
		refused = c.nativeMember(&k.Membership.UserId)
	case *ocov1.Operation_Room:
		k.Room.RoomId = address.GetRoom().GetRoomId()
	default:
		refused = chat.Refuse(chat.StorageFailed, "the operation is of a kind that this bot does not know")
	}
	return op, refused
}

// nativeTarget puts the chat service's id of a message in the place of the bot's.
func (c *Core) nativeTarget(id *string) *chat.Error {
	if native, ok := c.nativeMessage(*id); ok {
		*id = native
		return nil
	}
	row := new(record.Send)
	found, err := c.row(delivery.SentKey(*id), row)
	switch {
	case err != nil:
		return chat.Refuse(chat.StorageFailed, "the row of the message %s cannot be read: %v", *id, err)
	case !found:
		return chat.Refuse(chat.MessageNotFound, "the message %s is not posted yet, or its record is not kept any more", *id)
	case chat.SendState(row.State) == chat.Sent:
		return chat.Refuse(chat.MessageNotFound, "the chat service gave the message %s no id", *id)
	}
	return chat.Refuse(chat.MessageNotFound, "the message %s was not posted for sure, it is %s: %s", *id, chat.SendState(row.State), row.Detail)
}

func (c *Core) nativeMember(id *string) *chat.Error {
	if *id == "" {
		return nil // the bot itself
	}
	native, ok := c.native(chat.KindUser, *id)
	if !ok {
		return chat.Refuse(chat.UserNotFound, "the chat service has no user %q", *id)
	}
	*id = native
	return nil
}

package intake

import (
	"slices"
	"strconv"
	"strings"

	"github.com/openchatops/oco/internal/chat"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// maxEmoji is the length of an emoji or of its name, in bytes (OCO-OPS-16).
const maxEmoji = 64

// reserved are the first words of types that the bot gives by itself: no custom
// event begins with one, so that nobody takes it for what happened in the chat
// service (OCO-OPS-22).
var reserved = []string{"message", "reaction", "room"}

// eventType is what routes know an event by that is no message (OCO-OPS-20).
func eventType(e *ocov1.Event) string {
	switch k := e.GetKind().(type) {
	case *ocov1.Event_Reaction:
		if k.Reaction.GetRemoved() {
			return "reaction.removed"
		}
		return "reaction.added"
	case *ocov1.Event_Member:
		if k.Member.GetLeft() {
			return "room.member_left"
		}
		return "room.member_joined"
	case *ocov1.Event_Room:
		switch k.Room.GetChange() {
		case ocov1.Change_CHANGE_CREATED:
			return "room.created"
		case ocov1.Change_CHANGE_UPDATED:
			return "room.updated"
		}
		return "room.deleted"
	case *ocov1.Event_Custom:
		return k.Custom.GetType()
	}
	return ""
}

// checkHappening refuses an event that is no message and lacks what its kind says.
func checkHappening(e *ocov1.Event) *chat.Error {
	lacks := func(field string) *chat.Error {
		return chat.Refuse(chat.FieldInvalid, "%s is missing", field).With("field", field)
	}
	room, actor := e.GetAddress().GetRoom().GetRoomId(), e.GetActor().GetUserId()
	switch k := e.GetKind().(type) {
	case *ocov1.Event_Reaction:
		switch emoji := k.Reaction.GetEmoji(); {
		case k.Reaction.GetMessageId() == "":
			return lacks("reaction.message_id")
		case emoji == "":
			return lacks("reaction.emoji")
		case len(emoji) > maxEmoji:
			return chat.Refuse(chat.TooLarge, "reaction.emoji has %d bytes, at most %d are allowed", len(emoji), maxEmoji).With("limit", strconv.Itoa(maxEmoji))
		case room == "":
			return lacks("address.room.room_id")
		case actor == "":
			return lacks("actor.user_id")
		}
	case *ocov1.Event_Member:
		switch {
		case k.Member.GetUser().GetUserId() == "":
			return lacks("member.user.user_id")
		case room == "":
			return lacks("address.room.room_id")
		}
	case *ocov1.Event_Room:
		switch change := k.Room.GetChange(); {
		case k.Room.GetRoom().GetRoomId() == "":
			return lacks("room.room.room_id")
		case room != "" && room != k.Room.GetRoom().GetRoomId():
			return chat.Refuse(chat.FieldInvalid, "room.room.room_id is not that of the address").With("field", "room.room.room_id")
		case change < ocov1.Change_CHANGE_CREATED || change > ocov1.Change_CHANGE_DELETED:
			return lacks("room.change")
		}
	case *ocov1.Event_Custom:
		typ := k.Custom.GetType()
		first, _, _ := strings.Cut(typ, ".")
		switch {
		case typ == "":
			return lacks("custom.type")
		case slices.Contains(reserved, first):
			return chat.Refuse(chat.FieldInvalid, "custom.type %.64q begins with %q, which is for what the chat service does: begin with another word, such as x", typ, first).With("field", "custom.type")
		}
	}
	return nil
}

// happening puts the bot's ids into an event that is no message, and takes out
// what only the bot says of rooms.
func (m *idMapper) happening(e *ocov1.Event) {
	switch k := e.GetKind().(type) {
	case *ocov1.Event_Reaction:
		k.Reaction.MessageId = m.message(k.Reaction.GetMessageId())
	case *ocov1.Event_Member:
		m.user(k.Member.GetUser())
	case *ocov1.Event_Room:
		r := k.Room.GetRoom()
		r.RoomId = m.id(chat.KindRoom, r.GetRoomId())
		r.AccountId, r.Alias, r.Capabilities = m.account.id, "", nil
		if e.GetAddress().GetRoom().GetRoomId() == "" { // it happened to this room
			e.Address = &ocov1.Address{Room: &ocov1.RoomRef{By: &ocov1.RoomRef_RoomId{RoomId: r.RoomId}, AccountId: r.AccountId}}
		}
	}
}

// happens finds the routes that take an event that is no message.
func (p *pending) happens() {
	for _, r := range p.in.o.Table().Events(eventType(p.event)) {
		if d := p.ask(r); d.Allowed {
			p.deliver(r, &ocov1.Match{}, d.Why, false)
		}
	}
}

// aboutSelf says whether the bot itself came into a room or left it, by whoever's
// doing: that is told also if it did so itself, because it is how a handler learns
// where the bot is (OCO-OPS-21).
func (p *pending) aboutSelf() bool {
	u := p.event.GetMember().GetUser()
	if u == nil {
		return false
	}
	u.IsSelf = u.GetIsSelf() || p.self != "" && u.GetUserId() == p.self
	return u.IsSelf
}

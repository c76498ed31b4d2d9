package rpc

import (
	"context"
	"errors"
	"strings"
	"unicode/utf8"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
)

// maxLookedUp is how much is kept of a name that the adapter states, in bytes: what
// is looked up is remembered.
const maxLookedUp = 256

// FindUser finds the user that somebody names in a message: by the bot's id, or with
// an empty one by a handle. It serves no RPC, so nobody's scopes are asked for.
func (c *Core) FindUser(ctx context.Context, id, handle string) (*ocov1.User, error) {
	ask := new(ocov1.UserQuery)
	native := ""
	switch handle = strings.TrimPrefix(handle, "@"); {
	case id != "":
		known, ok := c.native(chat.KindUser, id)
		if !ok {
			return nil, chat.Refuse(chat.UserNotFound, "%.140q is no user of this bot's account", id)
		}
		native, ask.By = known, &ocov1.UserQuery_UserId{UserId: known}
	case handle == "" || len(handle) > maxLookedUp:
		return nil, chat.Refuse(chat.UserNotFound, "a handle has 1 to %d bytes", maxLookedUp)
	default:
		ask.By = &ocov1.UserQuery_MentionName{MentionName: handle}
	}
	answer, err := c.ask(ctx, chat.CanRoster, "", &ocov1.Query{Kind: &ocov1.Query_User{User: ask}})
	if errors.Is(err, errNotThere) || err == nil && len(answer.GetUsers()) == 0 {
		return nil, chat.Refuse(chat.UserNotFound, "the chat service has no such user")
	}
	if err != nil {
		return nil, err
	}
	u := answer.GetUsers()[0]
	found, ok := c.derive(chat.KindUser, u.GetUserId())
	if !ok || native != "" && u.GetUserId() != native { // nobody becomes somebody else
		return nil, chat.Refuse(chat.UserNotFound, "the adapter named another user, or none")
	}
	user := &ocov1.User{
		UserId: found, AccountId: chat.AccountID(c.opt.Account), PrincipalId: found,
		Name: short(u.GetName()), MentionName: short(u.GetMentionName()), Bot: u.GetBot(), IsSelf: u.GetIsSelf(),
	}
	if len(u.GetTimeZone()) <= maxLookedUp {
		user.TimeZone = u.GetTimeZone()
	}
	return user, nil
}

// FindRoom finds the room that a user, the asker, names in a message: by the bot's
// id, or with an empty one by the operator's alias or the name. Of what is not open
// to everybody it finds the rooms that the asker is in, and those to which the
// operator gave an alias (OCO-RTE-54).
func (c *Core) FindRoom(ctx context.Context, asker, id, name string) (*ocov1.Room, error) {
	if id != "" {
		return c.namedByID(ctx, asker, id)
	}
	for _, alias := range []string{name, strings.TrimPrefix(name, "#")} {
		if id, ok := c.words.Load().Rooms[alias]; ok {
			return c.aliased(ctx, id)
		}
	}
	if name = strings.TrimPrefix(name, "#"); name == "" || len(name) > maxLookedUp {
		return nil, chat.Refuse(chat.RoomNotFound, "a name has 1 to %d bytes", maxLookedUp)
	}
	return c.namedByName(ctx, asker, name)
}

func (c *Core) namedByID(ctx context.Context, asker, id string) (*ocov1.Room, error) {
	room, err := c.roomOnce(ctx, id)
	if err != nil {
		return nil, err
	}
	return c.shownTo(ctx, asker, id, room)
}

// aliased is the room of an alias, whatever the adapter can tell of it.
func (c *Core) aliased(ctx context.Context, id string) (*ocov1.Room, error) {
	room, err := c.roomOnce(ctx, id)
	if err != nil {
		room = &ocov1.Room{}
	}
	return c.named(id, room), nil
}

// roomOnce asks for one room by the bot's id.
func (c *Core) roomOnce(ctx context.Context, id string) (*ocov1.Room, error) {
	native, ok := c.native(chat.KindRoom, id)
	if !ok {
		return nil, noRoom(id)
	}
	answer, err := c.ask(ctx, chat.CanRoster, id, &ocov1.Query{Kind: &ocov1.Query_Room{Room: &ocov1.RoomQuery{RoomId: native}}})
	if errors.Is(err, errNotThere) || err == nil && (len(answer.GetRooms()) == 0 || answer.GetRooms()[0].GetRoomId() != native) {
		return nil, noRoom(id)
	}
	if err != nil {
		return nil, err
	}
	return answer.GetRooms()[0], nil
}

// namedByName finds the one room of a name that the asker may know of. One that is
// written exactly so goes before others. Of more namesakes than are looked at it is not
// even told that there are so many, to who knows of none of the first.
func (c *Core) namedByName(ctx context.Context, asker, name string) (*ocov1.Room, error) {
	var exact, others []*ocov1.Room
	more := false
	err := c.eachRoom(ctx, func(r *ocov1.Room) error {
		switch has := strings.TrimPrefix(r.GetName(), "#"); {
		case !strings.EqualFold(has, name):
		case len(exact)+len(others) == maxNamesakes:
			more = true
		case has == name:
			exact = append(exact, r)
		default:
			others = append(others, r)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, rooms := range [][]*ocov1.Room{exact, others} {
		found, err := c.oneShown(ctx, asker, name, rooms)
		if found != nil && more {
			return nil, chat.Refuse(chat.RoomAmbiguous, "more than %d rooms are called %q", maxNamesakes, name)
		}
		if err != nil || found != nil {
			return found, err
		}
	}
	return nil, chat.Refuse(chat.RoomNotFound, "no room is called %q", name)
}

// maxNamesakes bounds how many rooms of one name are looked at.
const maxNamesakes = 8

// oneShown is the only one of several rooms that the asker may know of, nil if there
// is none.
func (c *Core) oneShown(ctx context.Context, asker, name string, rooms []*ocov1.Room) (*ocov1.Room, error) {
	var found *ocov1.Room
	for _, r := range rooms {
		id, ok := c.derive(chat.KindRoom, r.GetRoomId())
		if !ok || found.GetRoomId() == id {
			continue
		}
		shown, err := c.shownTo(ctx, asker, id, r)
		var refused *chat.Error
		switch {
		case errors.As(err, &refused) && refused.Reason == chat.RoomNotFound:
		case err != nil:
			return nil, err
		case found != nil:
			return nil, chat.Refuse(chat.RoomAmbiguous, "several rooms are called %q", name)
		default:
			found = shown
		}
	}
	return found, nil
}

// shownTo is a room for somebody who may know that there is it: everybody of a
// channel that is open, else who is in it by the adapter's word.
func (c *Core) shownTo(ctx context.Context, asker, id string, r *ocov1.Room) (*ocov1.Room, error) {
	if r.GetPrivate() || r.GetKind() == ocov1.RoomKind_ROOM_KIND_DIRECT || r.GetKind() == ocov1.RoomKind_ROOM_KIND_MULTI_DIRECT {
		in, err := c.isIn(ctx, asker, r.GetRoomId(), id)
		if err != nil {
			return nil, err
		}
		if !in {
			return nil, noRoom(id)
		}
	}
	return c.named(id, r), nil
}

// isIn asks the adapter whether a user is in a room. Where it cannot tell at all,
// nobody is.
func (c *Core) isIn(ctx context.Context, user, native, room string) (bool, error) {
	token := ""
	for range maxRosterPages {
		answer, err := c.ask(ctx, chat.CanMembers, room, &ocov1.Query{Kind: &ocov1.Query_Members{Members: &ocov1.MembersQuery{RoomId: native, PageToken: token}}})
		if errors.Is(err, errNotThere) || lacks(err) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		for _, u := range answer.GetUsers() {
			if id, ok := c.derive(chat.KindUser, u.GetUserId()); ok && id == user {
				return true, nil
			}
		}
		if token = answer.GetNextPageToken(); token == "" {
			return false, nil
		}
	}
	return false, chat.Refuse(chat.QuotaExceeded, "%s has more members than can be searched", room)
}

// named is a room as an argument has it.
func (c *Core) named(id string, r *ocov1.Room) *ocov1.Room {
	return &ocov1.Room{
		RoomId: id, AccountId: chat.AccountID(c.opt.Account), Kind: r.GetKind(), Name: short(r.GetName()),
		Alias: c.words.Load().aliases[id], Private: r.GetPrivate(),
	}
}

// short is the beginning of a name.
func short(name string) string {
	if len(name) <= maxLookedUp {
		return name
	}
	end := maxLookedUp
	for !utf8.RuneStart(name[end]) {
		end--
	}
	return name[:end]
}

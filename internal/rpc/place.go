package rpc

import (
	"context"
	"strings"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
)

// place finds the room that an address of the wire means. It may ask the
// adapter. The error is a *chat.Error or the context's.
func (c *Core) place(ctx context.Context, field string, a *ocov1.Address) (chat.Place, error) {
	place, err := c.room(ctx, field+".room", a.GetRoom())
	if err != nil {
		return chat.Place{}, err
	}
	switch p := a.GetPlace().(type) {
	case *ocov1.Address_ThreadId:
		place.Thread = p.ThreadId
		if err := checkID(field+".thread_id", p.ThreadId); err != nil {
			return chat.Place{}, err
		}
	case *ocov1.Address_StartThreadAt:
		place.Start = p.StartThreadAt
		if err := checkID(field+".start_thread_at", p.StartThreadAt); err != nil {
			return chat.Place{}, err
		}
	}
	return place, nil
}

func (c *Core) room(ctx context.Context, field string, r *ocov1.RoomRef) (chat.Place, error) {
	if err := c.checkAccount(field+".account_id", r.GetAccountId()); err != nil {
		return chat.Place{}, err
	}
	switch by := r.GetBy().(type) {
	case *ocov1.RoomRef_RoomId:
		return c.roomByID(field, by.RoomId)
	case *ocov1.RoomRef_UserId:
		if err := checkID(field+".user_id", by.UserId); err != nil {
			return chat.Place{}, err
		}
		if _, ok := c.native(chat.KindUser, by.UserId); !ok {
			return chat.Place{}, chat.Refuse(chat.UserNotFound, "%s: %q is no user of this bot's account", field, by.UserId)
		}
		return chat.Place{User: by.UserId}, nil
	case *ocov1.RoomRef_Name:
		if id, ok := c.words.Load().Rooms[by.Name]; ok {
			return c.roomByID(field, id)
		}
		return c.roomNamed(ctx, field, by.Name)
	}
	return chat.Place{}, invalid(field, "a room is named by room_id, name or user_id; none of them is set")
}

func (c *Core) roomByID(field, id string) (chat.Place, error) {
	if err := checkID(field+".room_id", id); err != nil {
		return chat.Place{}, err
	}
	if _, ok := c.native(chat.KindRoom, id); !ok {
		return chat.Place{}, chat.Refuse(chat.RoomNotFound, "%s: %q is no room of this bot's account; ListRooms gives those that there are", field, id)
	}
	return chat.Place{Room: id}, nil
}

// roomNamed looks for the one room that the chat service calls so.
func (c *Core) roomNamed(ctx context.Context, field, name string) (chat.Place, error) {
	if name == "" || len(name) > 256 {
		return chat.Place{}, invalid(field+".name", "a name has 1 to 256 bytes")
	}
	found := ""
	err := c.eachRoom(ctx, func(r *ocov1.Room) error {
		if r.GetName() != name && strings.TrimPrefix(r.GetName(), "#") != strings.TrimPrefix(name, "#") {
			return nil
		}
		id, ok := c.derive(chat.KindRoom, r.GetRoomId())
		if !ok {
			return nil
		}
		if found != "" && found != id {
			return chat.Refuse(chat.RoomAmbiguous, "%s: several rooms are called %q: name one by its id", field, name)
		}
		found = id
		return nil
	})
	if err != nil {
		return chat.Place{}, err
	}
	if found == "" {
		return chat.Place{}, chat.Refuse(chat.RoomNotFound, "%s: no room is called %q, and it is no alias of the configuration", field, name)
	}
	return chat.Place{Room: found}, nil
}

// derive is the bot's id of something of the chat service's.
func (c *Core) derive(kind chat.Kind, serviceID string) (string, bool) {
	id, long := chat.Derive(kind, c.opt.Account, serviceID)
	if id == "" {
		return "", false
	}
	if long {
		_, known := c.opt.Native(kind, id)
		return id, known
	}
	return id, true
}

func (c *Core) checkAccount(field, id string) *chat.Error {
	if own := chat.AccountID(c.opt.Account); id != "" && id != own {
		return invalid(field, "this bot has the account %s and no other", own)
	}
	return nil
}

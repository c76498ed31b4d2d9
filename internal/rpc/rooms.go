package rpc

import (
	"context"
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/plugin"
)

// maxTopic is the length of a topic, in bytes (OCO-OPS-16).
const maxTopic = 1 << 10

// SetMembership brings somebody, or the bot itself, into a room or out of it.
func (c *Core) SetMembership(ctx context.Context, req *ocov1.SetMembershipRequest) (*ocov1.SetMembershipResponse, error) {
	user, scope := req.GetUserId(), plugin.RoomsManage
	if user == "" {
		scope = plugin.RoomsJoin
	} else if err := checkID("user_id", user); err != nil {
		return nil, err
	}
	e, err := newErrand(req)
	if err != nil {
		return nil, err
	}
	if id := caller(ctx); !may(id, scope) {
		return nil, missing(id, scope)
	}
	if user != "" {
		if _, ok := c.native(chat.KindUser, user); !ok {
			return nil, chat.Refuse(chat.UserNotFound, "user_id: %q is no user of this bot's account", user)
		}
	}
	if e.place, err = c.channel(ctx, req.GetRoom(), user == "" && !req.GetLeave()); err != nil {
		return nil, err
	}
	e.capability, e.what = chat.CanMembership, membershipText(e.place.Room, user, req.GetLeave())
	e.operation = &ocov1.Operation{Kind: &ocov1.Operation_Membership{Membership: &ocov1.MembershipOperation{UserId: user, Leave: req.GetLeave()}}}
	status, err := c.run(ctx, e)
	if err != nil {
		return nil, err
	}
	return &ocov1.SetMembershipResponse{Operation: status}, nil
}

func membershipText(room, user string, leave bool) string {
	switch {
	case user == "" && leave:
		return "leaving of " + room
	case user == "":
		return "joining of " + room
	case leave:
		return "removal of " + user + " from " + room
	}
	return "invitation of " + user + " to " + room
}

// UpdateRoom sets the topic of a room.
func (c *Core) UpdateRoom(ctx context.Context, req *ocov1.UpdateRoomRequest) (*ocov1.UpdateRoomResponse, error) {
	if req.Topic == nil {
		return nil, invalid("topic", "nothing is to be changed: give a topic, an empty one to take it away")
	}
	if err := checkTopic(req.GetTopic()); err != nil {
		return nil, err
	}
	e, err := newErrand(req)
	if err != nil {
		return nil, err
	}
	if e.place, err = c.channel(ctx, req.GetRoom(), false); err != nil {
		return nil, err
	}
	e.capability, e.what = chat.CanTopic, "topic of "+e.place.Room
	e.operation = &ocov1.Operation{Kind: &ocov1.Operation_Room{Room: &ocov1.RoomOperation{Topic: req.Topic}}}
	status, err := c.run(ctx, e)
	if err != nil {
		return nil, err
	}
	return &ocov1.UpdateRoomResponse{Operation: status}, nil
}

// checkTopic wants one line.
func checkTopic(topic string) *chat.Error {
	switch {
	case len(topic) > maxTopic:
		return tooLarge("topic", len(topic), maxTopic, "bytes")
	case !utf8.ValidString(topic):
		return invalid("topic", "the text is not UTF-8")
	case strings.ContainsFunc(topic, unicode.IsControl):
		return invalid("topic", "it is one line, without control characters")
	}
	return nil
}

// channel finds a room that is not the direct room of a user. One that is to be
// joined need not be one that the adapter lists: the name of such a room is asked
// for as the chat service's own id of it.
func (c *Core) channel(ctx context.Context, r *ocov1.RoomRef, join bool) (chat.Place, error) {
	if r.GetUserId() != "" {
		return chat.Place{}, invalid("room", "it names a user: name a room by room_id or name")
	}
	place, err := c.room(ctx, "room", r)
	var refused *chat.Error
	if !join || r.GetName() == "" || !errors.As(err, &refused) || refused.Reason != chat.RoomNotFound {
		return place, err
	}
	answer, failed := c.ask(ctx, chat.CanRoster, "", &ocov1.Query{Kind: &ocov1.Query_Room{Room: &ocov1.RoomQuery{RoomId: r.GetName()}}})
	if errors.Is(failed, errNotThere) || failed == nil && len(answer.GetRooms()) == 0 {
		return chat.Place{}, err
	}
	if failed != nil {
		return chat.Place{}, failed
	}
	id, ok := c.derive(chat.KindRoom, answer.GetRooms()[0].GetRoomId())
	if !ok {
		return chat.Place{}, err
	}
	return chat.Place{Room: id}, nil
}

// GetRoom asks the adapter for one room. If it cannot tell of rooms, the answer
// is what the bot knows by itself.
func (c *Core) GetRoom(ctx context.Context, req *ocov1.GetRoomRequest) (*ocov1.GetRoomResponse, error) {
	place, err := c.channel(ctx, req.GetRoom(), false)
	if err != nil {
		return nil, err
	}
	known := &ocov1.Room{RoomId: place.Room}
	if c.level(chat.CanRoster, place.Room) >= chat.Fallback {
		native, _ := c.native(chat.KindRoom, place.Room)
		answer, err := c.ask(ctx, chat.CanRoster, place.Room, &ocov1.Query{Kind: &ocov1.Query_Room{Room: &ocov1.RoomQuery{RoomId: native}}})
		switch {
		case errors.Is(err, errNotThere) || err == nil && len(answer.GetRooms()) == 0:
			return nil, noRoom(place.Room)
		case lacks(err):
		case err != nil:
			return nil, err
		default:
			known = answer.GetRooms()[0]
		}
	}
	return &ocov1.GetRoomResponse{Room: c.describe(place.Room, known)}, nil
}

func noRoom(id string) *chat.Error {
	return chat.Refuse(chat.RoomNotFound, "room: the chat service has no room %s", id)
}

func lacks(err error) bool {
	var refused *chat.Error
	return errors.As(err, &refused) && refused.Reason == chat.CapabilityMissing
}

// describe is a room of the chat service's as callers see it.
func (c *Core) describe(id string, r *ocov1.Room) *ocov1.Room {
	return &ocov1.Room{
		RoomId: id, AccountId: chat.AccountID(c.opt.Account), Kind: r.GetKind(), Name: r.GetName(),
		Alias: c.words.Load().aliases[id], Topic: r.GetTopic(), Private: r.GetPrivate(), Capabilities: c.effective(id),
	}
}

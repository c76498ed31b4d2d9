package irc

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/openchatops/oco"
)

// look calls f with what the connection knows.
func (a *adapter) look(f func(*session)) error {
	a.mu.Lock()
	s := a.current
	a.mu.Unlock()
	if s == nil {
		return status.Errorf(codes.Unavailable, "the adapter is not connected to %s", a.config().Server)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	f(s)
	return nil
}

// Users returns whoever is in a common channel or spoke privately of late.
func (a *adapter) Users(context.Context) (users []oco.User, err error) {
	err = a.look(func(s *session) { users = append(s.people.users(), s.self()) })
	return users, err
}

// Rooms returns the channels that the adapter is in.
func (a *adapter) Rooms(context.Context) (rooms []oco.Room, err error) {
	err = a.look(func(s *session) { rooms = s.people.rooms() })
	return rooms, err
}

// Room says what is known of a channel, or of a private conversation with
// somebody who is seen. A channel where the bot is not is one that it can join,
// whether somebody is there or not.
func (a *adapter) Room(_ context.Context, id oco.RoomID) (room oco.Room, err error) {
	var missing error
	err = a.look(func(s *session) {
		name := string(id)
		at := s.people.places[s.people.fold(name)]
		who := s.people.find(func(w *person) bool { return s.people.same(w.nick, name) })
		switch {
		case at != nil:
			room = s.people.room(at)
		case s.people.channelOf(name) == name && s.people.validTarget(name):
			room = oco.Room{ID: oco.RoomID(s.people.fold(name)), Kind: oco.RoomChannel, Name: name}
		case who != nil:
			room = oco.Room{ID: oco.RoomID(s.people.fold(name)), Kind: oco.RoomDirect, Name: who.nick, Private: true}
		default:
			missing = status.Errorf(codes.NotFound, "%q is no channel, and nobody who is seen on the network", name)
		}
	})
	if err == nil {
		err = missing
	}
	return room, err
}

// Members returns who is in a channel that the bot is in, or in a private
// conversation.
func (a *adapter) Members(ctx context.Context, room oco.RoomID) (users []oco.User, err error) {
	found := false
	var hidden error
	err = a.look(func(s *session) {
		if at := s.people.places[s.people.fold(string(room))]; at != nil {
			found = true
			if at.more {
				hidden = status.Errorf(codes.FailedPrecondition, "more people are in %s than the adapter remembers, so it cannot tell who they all are", at.name)
				return
			}
			for _, who := range at.members {
				users = append(users, s.userOf(message{}, who))
			}
			return
		}
		who := s.people.find(func(w *person) bool { return s.people.same(w.nick, string(room)) })
		if who != nil {
			found, users = true, []oco.User{who.wire(), s.self()}
		} else if s.people.morePlaces && s.people.isChannel(string(room)) {
			hidden = status.Errorf(codes.FailedPrecondition, "the bot is in more channels than the adapter remembers, so it cannot tell who is in %s", room)
		}
	})
	switch {
	case err != nil:
	case hidden != nil:
		err = hidden
	case !found:
		err = status.Errorf(codes.NotFound, "the bot is not in %q, so it does not see who is", room)
	}
	slices.SortFunc(users, func(a, b oco.User) int { return strings.Compare(a.Name, b.Name) })
	return users, err
}

// User looks somebody up among those that Users returns.
func (a *adapter) User(_ context.Context, by oco.UserLookup) (user oco.User, err error) {
	found := false
	err = a.look(func(s *session) {
		if by.ID == selfID || by.ID == "" && s.people.isSelf(by.MentionName) {
			user, found = s.self(), true
			return
		}
		who := s.people.find(func(w *person) bool {
			return by.ID != "" && w.id() == by.ID || by.ID == "" && by.MentionName != "" && s.people.same(w.nick, by.MentionName)
		})
		if who != nil {
			user, found = who.wire(), true
		}
	})
	if err == nil && !found {
		err = status.Error(codes.NotFound, fmt.Sprintf("nobody of the id %q or the nick %q is seen on the network", by.ID, by.MentionName))
	}
	return user, err
}

package irc

import (
	"context"
	"fmt"

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

package terminal

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/openchatops/oco"
)

var _ interface {
	oco.Updater
	oco.Deleter
	oco.Reactor
	oco.Typer
	oco.Membership
	oco.TopicSetter
	oco.MemberLister
	oco.RoomFinder
} = (*terminal)(nil)

// editMark stands before the new text of a message. What is on a terminal
// already stays there.
const editMark = "(edited) "

// where opens the terminal and finds a room of it.
func (t *terminal) where(to oco.Place) (*screen, oco.Room, error) {
	s, err := t.screen()
	if err != nil {
		return nil, oco.Room{}, err
	}
	room, found := t.places.find(to.Room, to.User)
	if !found || !s.interactive && room.ID != roomID {
		return nil, oco.Room{}, status.Errorf(codes.NotFound, "the terminal has no room %q of user %q", to.Room, to.User)
	}
	return s, room, nil
}

// note tells in a room what somebody did there.
func (t *terminal) note(to oco.Place, format string, args ...any) error {
	s, room, err := t.where(to)
	if err != nil {
		return err
	}
	if err := s.note(room, fmt.Sprintf(format, args...)); err != nil {
		return fmt.Errorf("write to the terminal: %w", err)
	}
	return nil
}

// UpdateMessage prints the new text of a message, marked.
func (t *terminal) UpdateMessage(_ context.Context, at oco.MessageRef, text string) error {
	s, room, err := t.where(at.Place)
	if err != nil {
		return err
	}
	t.pending.said(time.Now())
	t.said.update(at.ID, text)
	if err := s.say(oco.Outgoing{Text: editMark + text}, room); err != nil {
		return fmt.Errorf("write to the terminal: %w", err)
	}
	return nil
}

// DeleteMessage says which message counts no more.
func (t *terminal) DeleteMessage(_ context.Context, at oco.MessageRef) error {
	return t.note(at.Place, "deleted: %s", quote(t.said.forget(at.ID)))
}

// SetReaction says how the bot reacted to which message.
func (t *terminal) SetReaction(_ context.Context, at oco.MessageRef, emoji string, remove bool) error {
	if remove {
		return t.note(at.Place, "%s took %s back from %s", t.places.bot, emoji, quote(t.said.text(at.ID)))
	}
	return t.note(at.Place, "%s reacted %s to %s", t.places.bot, emoji, quote(t.said.text(at.ID)))
}

// Typing shows the sign of work to who is in the room.
func (t *terminal) Typing(_ context.Context, to oco.Place, d time.Duration) error {
	_, room, err := t.where(to)
	if err != nil {
		return err
	}
	t.pending.types(room.ID, time.Now().Add(d))
	return nil
}

// Join lets the bot hear a room again that it left.
func (t *terminal) Join(_ context.Context, room oco.RoomID) error {
	return t.move(room, self(), true, "%s joined", t.places.bot)
}

// Leave lets the bot hear nothing that is said in a room.
func (t *terminal) Leave(_ context.Context, room oco.RoomID) error {
	return t.move(room, self(), false, "%s left", t.places.bot)
}

// Invite brings a user into a room.
func (t *terminal) Invite(_ context.Context, room oco.RoomID, user oco.UserID) error {
	return t.move(room, person(string(user)), true, "%s invited %s", t.places.bot, user)
}

// Remove takes a user out of a room. Who sits there as that user is back where
// they are alone with the bot.
func (t *terminal) Remove(_ context.Context, room oco.RoomID, user oco.UserID) error {
	return t.move(room, person(string(user)), false, "%s removed %s", t.places.bot, user)
}

func (t *terminal) move(id oco.RoomID, user oco.User, in bool, format string, args ...any) error {
	_, room, err := t.where(oco.Place{Room: id})
	switch {
	case err != nil:
		return err
	case room.Kind != oco.RoomChannel:
		return status.Errorf(codes.FailedPrecondition, "%q is where somebody is alone with the bot: nobody comes or goes there", id)
	case !user.Self && user.ID != t.places.login.ID && checkName(string(user.ID)) != nil:
		return status.Errorf(codes.NotFound, "there is no user %q", user.ID)
	}
	if !t.places.move(room, user, in) {
		return nil // it is so already
	}
	return t.note(oco.Place{Room: id}, format, args...)
}

// SetTopic sets the topic of a room and says so there.
func (t *terminal) SetTopic(_ context.Context, id oco.RoomID, topic string) error {
	_, room, err := t.where(oco.Place{Room: id})
	if err != nil {
		return err
	}
	if room.Kind != oco.RoomChannel {
		return status.Errorf(codes.FailedPrecondition, "%q is where somebody is alone with the bot, which has no topic", id)
	}
	t.places.setTopic(room, topic)
	if topic == "" {
		return t.note(oco.Place{Room: id}, "%s took the topic away", t.places.bot)
	}
	return t.note(oco.Place{Room: id}, "%s set the topic: %s", t.places.bot, topic)
}

// Room says what is known of a room. Any of a good name is one.
func (t *terminal) Room(_ context.Context, id oco.RoomID) (oco.Room, error) {
	_, room, err := t.where(oco.Place{Room: id})
	if err != nil && checkName(string(id)) == nil { // as people call it
		_, room, err = t.where(oco.Place{Room: roomPrefix + id})
	}
	return room, err
}

// Members returns who is in a room.
func (t *terminal) Members(_ context.Context, id oco.RoomID) ([]oco.User, error) {
	_, room, err := t.where(oco.Place{Room: id})
	if err != nil {
		return nil, err
	}
	return t.places.members(room), nil
}

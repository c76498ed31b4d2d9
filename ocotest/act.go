package ocotest

import (
	"context"
	"slices"
	"strconv"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/openchatops/oco"
)

// An act is something that the bot did beside sending a message.
type act struct {
	room   oco.RoomID
	kind   actKind
	what   string
	looked bool
}

type actKind string

const (
	edited    actKind = "edited"
	deleted   actKind = "deleted"
	reacted   actKind = "reacted"
	unreacted actKind = "took back"
	typing    actKind = "typing"
)

// did notes an act. The caller holds the lock.
func (r *room) did(in oco.RoomID, kind actKind, what string) {
	r.acts = append(r.acts, act{room: in, kind: kind, what: what})
	r.changed()
}

// changed wakes who waits for something here. The caller holds the lock.
func (r *room) changed() {
	close(r.news)
	r.news = make(chan struct{})
}

// acted returns what the bot did in a room since the last look. A handler need
// not wait for what it asks for, so its event may be settled before: so much is
// waited for.
func (r *room) acted(in oco.RoomID, kind actKind, atLeast int) []string {
	var all []string
	r.until(func() bool {
		all = nil
		for _, a := range r.acts {
			if !a.looked && a.room == in && a.kind == kind {
				all = append(all, a.what)
			}
		}
		return len(all) >= atLeast
	})
	r.mu.Lock()
	defer r.mu.Unlock()
	left := len(all)
	for i := range r.acts {
		if a := &r.acts[i]; left > 0 && !a.looked && a.room == in && a.kind == kind {
			a.looked = true
			left--
		}
	}
	return all
}

// until waits until something holds, for as long as a test may take. holds is
// called with the lock held.
func (r *room) until(holds func() bool) {
	enough := time.NewTimer(patience)
	defer enough.Stop()
	for {
		r.mu.Lock()
		done, news := holds(), r.news
		r.mu.Unlock()
		if done {
			return
		}
		select {
		case <-news:
		case <-enough.C:
			return
		}
	}
}

// message returns a message of a room. The caller holds the lock.
func (r *room) message(at oco.MessageRef) (*line, error) {
	for i := range r.said {
		if l := &r.said[i]; l.id == at.ID && l.room == where(at.Room, at.User) {
			return l, nil
		}
	}
	return nil, status.Errorf(codes.NotFound, "there is no message %q in %q", at.ID, where(at.Room, at.User))
}

func (r *room) UpdateMessage(_ context.Context, at oco.MessageRef, text string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	l, err := r.message(at)
	if err == nil {
		r.did(l.room, edited, text)
	}
	return err
}

func (r *room) DeleteMessage(_ context.Context, at oco.MessageRef) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	l, err := r.message(at)
	if err == nil {
		r.did(l.room, deleted, l.text)
	}
	return err
}

func (r *room) SetReaction(_ context.Context, at oco.MessageRef, emoji string, remove bool) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	l, err := r.message(at)
	switch {
	case err != nil:
		return err
	case remove:
		r.did(l.room, unreacted, emoji)
	default:
		r.did(l.room, reacted, emoji)
	}
	return nil
}

func (r *room) Typing(_ context.Context, to oco.Place, d time.Duration) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.did(where(to.Room, to.User), typing, d.String())
	return nil
}

// Join and Leave tell of the bot as chat services do.
func (r *room) Join(ctx context.Context, room oco.RoomID) error  { return r.moved(ctx, room, true) }
func (r *room) Leave(ctx context.Context, room oco.RoomID) error { return r.moved(ctx, room, false) }

func (r *room) moved(ctx context.Context, room oco.RoomID, in bool) error {
	if err := r.enter(room, self, in); err != nil {
		return err
	}
	r.mu.Lock()
	r.next++
	e := oco.Incoming{
		ID: oco.EventID("e" + strconv.Itoa(r.next)), Room: r.rooms[room],
		Member: &oco.MemberChange{User: oco.User{ID: self, Name: Name, Bot: true, Self: true}, Left: !in},
	}
	bot := r.bot
	r.mu.Unlock()
	return bot.Publish(ctx, e)
}

func (r *room) Invite(_ context.Context, room oco.RoomID, user oco.UserID) error {
	return r.enter(room, user, true)
}

func (r *room) Remove(_ context.Context, room oco.RoomID, user oco.UserID) error {
	return r.enter(room, user, false)
}

// self is the bot among the members of a room.
const self oco.UserID = "bot"

func (r *room) enter(room oco.RoomID, user oco.UserID, in bool) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, known := r.rooms[room]; !known {
		r.rooms[room] = oco.Room{ID: room, Kind: oco.RoomChannel, Name: string(room)}
	}
	r.set(room, user, in)
	return nil
}

// set has somebody in a room or not. The caller holds the lock.
func (r *room) set(room oco.RoomID, user oco.UserID, in bool) {
	there := slices.Contains(r.members[room], user)
	switch {
	case in && !there:
		r.members[room] = append(r.members[room], user)
	case !in:
		r.members[room] = slices.DeleteFunc(r.members[room], func(u oco.UserID) bool { return u == user })
	}
	r.changed()
}

// meet notes who is where, after an event of theirs. The caller holds the lock.
func (r *room) meet(in oco.Incoming) {
	if known, ok := r.rooms[in.Room.ID]; ok {
		in.Room.Topic, in.Room.Private = known.Topic, known.Private
	}
	r.users[in.Actor.ID], r.rooms[in.Room.ID] = in.Actor, in.Room
	r.set(in.Room.ID, in.Actor.ID, in.Member == nil || !in.Member.Left)
}

func (r *room) SetTopic(_ context.Context, id oco.RoomID, topic string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	room, ok := r.rooms[id]
	if !ok {
		return status.Errorf(codes.NotFound, "there is no room %q", id)
	}
	room.Topic = topic
	r.rooms[id] = room
	r.changed()
	return nil
}

func (r *room) Room(_ context.Context, id oco.RoomID) (oco.Room, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	room, ok := r.rooms[id]
	if !ok {
		return oco.Room{}, status.Errorf(codes.NotFound, "there is no room %q", id)
	}
	return room, nil
}

func (r *room) Members(_ context.Context, id oco.RoomID) ([]oco.User, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, ok := r.rooms[id]; !ok {
		return nil, status.Errorf(codes.NotFound, "there is no room %q", id)
	}
	var all []oco.User
	for _, id := range r.members[id] {
		user, known := r.users[id]
		if !known {
			user = oco.User{ID: id, Name: string(id), Bot: id == self, Self: id == self}
		}
		all = append(all, user)
	}
	return all, nil
}

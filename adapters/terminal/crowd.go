package terminal

import (
	"slices"

	"github.com/openchatops/oco"
)

// crowd is what is known of a channel beside its name.
type crowd struct {
	topic   string
	users   []oco.User
	botLeft bool
}

// crowd returns that of a channel. Those of too many channels are forgotten. The
// caller holds mu.
func (p *places) crowd(room oco.RoomID) *crowd {
	if c := p.crowds[room]; c != nil {
		return c
	}
	if len(p.crowds) >= mostPlaces {
		clear(p.crowds)
	}
	c := &crowd{}
	p.crowds[room] = c
	return c
}

// move brings somebody into a channel or out of it, and says whether that is
// news. Who sits at the terminal as somebody who is taken out of where they are
// goes back to their direct room.
func (p *places) move(room oco.Room, user oco.User, in bool) (news bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.crowd(room.ID)
	if user.Self {
		news = c.botLeft == in
		c.botLeft = !in
		return news
	}
	is := func(u oco.User) bool { return u.ID == user.ID }
	news = slices.ContainsFunc(c.users, is) != in
	c.users = slices.DeleteFunc(slices.Clone(c.users), is)
	switch {
	case in && len(c.users) < mostPlaces:
		c.users = append(c.users, user)
	case !in && p.user.ID == user.ID && p.room.ID == room.ID:
		p.enter(p.direct(p.user))
	}
	return news
}

func (p *places) setTopic(room oco.Room, topic string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.crowd(room.ID).topic = topic
}

// details adds to a channel what is known of it. The caller holds mu.
func (p *places) details(room oco.Room) oco.Room {
	if c := p.crowds[room.ID]; c != nil {
		room.Topic = c.topic
	}
	return room
}

// members returns who is in a room, the bot last.
func (p *places) members(room oco.Room) []oco.User {
	if room.Kind == oco.RoomDirect {
		user := p.login
		if room.ID != roomID {
			user = person(string(room.ID[len(directPrefix):]))
		}
		return []oco.User{user, self()}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.crowd(room.ID)
	all := slices.Clone(c.users)
	if !c.botLeft {
		all = append(all, self())
	}
	return all
}

// deaf says that the bot hears nothing of what is said in a room.
func (p *places) deaf(room oco.Room) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.crowds[room.ID]
	return c != nil && c.botLeft
}

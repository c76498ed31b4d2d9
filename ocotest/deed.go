package ocotest

import (
	"slices"

	"github.com/openchatops/oco"
)

// React reacts to the newest message of the bot here and blocks until that is
// settled.
func (p *Person) React(emoji string) {
	p.b.t.Helper()
	p.react(emoji, false)
}

// Unreact takes a reaction to the newest message of the bot here back.
func (p *Person) Unreact(emoji string) {
	p.b.t.Helper()
	p.react(emoji, true)
}

func (p *Person) react(emoji string, removed bool) {
	p.b.t.Helper()
	id, ok := p.b.chat.newest(p.place().ID)
	if !ok {
		p.b.t.Fatalf("ocotest: the bot has said nothing in %s to which %s could react", p.place().ID, p.user)
	}
	p.happen("the reaction "+emoji, func(in *oco.Incoming) {
		in.Reaction = &oco.Reaction{Message: id, Emoji: emoji, Removed: removed}
	})
}

// Join comes into the room and blocks until that is settled.
func (p *Person) Join() {
	p.b.t.Helper()
	p.move("joins", false)
}

// Leave leaves the room and blocks until that is settled.
func (p *Person) Leave() {
	p.b.t.Helper()
	p.move("leaves", true)
}

func (p *Person) move(verb string, left bool) {
	p.b.t.Helper()
	if p.direct {
		p.b.t.Fatalf("ocotest: %s %s a direct room: name a room with In", p.user, verb)
	}
	p.happen("that "+p.user+" "+verb, func(in *oco.Incoming) {
		in.Member = &oco.MemberChange{User: in.Actor, Left: left}
	})
}

// newest returns the bot's newest message in a room.
func (r *room) newest(in oco.RoomID) (oco.MessageID, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, l := range slices.Backward(r.said) {
		if l.room == in && l.reason != 0 {
			return l.id, true
		}
	}
	return "", false
}

// WantEdit fails the test unless the bot gave messages here exactly these texts
// since the last look, in this order.
func (p *Person) WantEdit(texts ...string) {
	p.b.t.Helper()
	p.wantActs(edited, texts)
}

// WantDelete fails the test unless the bot deleted the messages that were sent
// with exactly these texts here since the last look, in this order.
func (p *Person) WantDelete(texts ...string) {
	p.b.t.Helper()
	p.wantActs(deleted, texts)
}

// WantReaction fails the test unless the bot reacted with exactly these here
// since the last look, in this order.
func (p *Person) WantReaction(emoji ...string) {
	p.b.t.Helper()
	p.wantActs(reacted, emoji)
}

// WantUnreact fails the test unless the bot took exactly these reactions back
// here since the last look, in this order.
func (p *Person) WantUnreact(emoji ...string) {
	p.b.t.Helper()
	p.wantActs(unreacted, emoji)
}

// WantTyping fails the test unless the bot showed here since the last look that
// it was at work.
func (p *Person) WantTyping() {
	p.b.t.Helper()
	if len(p.b.chat.acted(p.place().ID, typing, 1)) == 0 {
		p.b.t.Errorf("the bot did not show in %s that it was at work\n%s", p.place().ID, p.b.chat.transcript())
	}
}

func (p *Person) wantActs(kind actKind, want []string) {
	p.b.t.Helper()
	if got := p.b.chat.acted(p.place().ID, kind, len(want)); !slices.Equal(got, want) {
		p.b.t.Errorf("%s in %s:\n got %s\nwant %s\n%s", kind, p.place().ID, list(got), list(want), p.b.chat.transcript())
	}
}

// WantTopic fails the test unless that is the topic of the room.
func (p *Person) WantTopic(topic string) {
	p.b.t.Helper()
	if got := p.b.chat.topic(p.place().ID, topic); got != topic {
		p.b.t.Errorf("the topic of %s is %q, want %q", p.place().ID, got, topic)
	}
}

func (r *room) topic(id oco.RoomID, awaited string) (topic string) {
	r.until(func() bool {
		topic = r.rooms[id].Topic
		return topic == awaited
	})
	return topic
}

// WantMembers fails the test unless exactly these are in the room, in any order:
// people by the names that the test uses, the bot as "bot". Who says something
// in a room is in it.
func (p *Person) WantMembers(names ...string) {
	p.b.t.Helper()
	want := slices.Sorted(slices.Values(names))
	got := p.b.chat.inside(p.place().ID, want)
	if !slices.Equal(got, want) {
		p.b.t.Errorf("in %s are %s, want %s", p.place().ID, list(got), list(want))
	}
}

func (r *room) inside(id oco.RoomID, awaited []string) (all []string) {
	r.until(func() bool {
		all = nil
		for _, id := range r.members[id] {
			all = append(all, string(id))
		}
		slices.Sort(all)
		return slices.Equal(all, awaited)
	})
	return all
}

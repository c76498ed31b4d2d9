package ocotest

import (
	"slices"

	"github.com/openchatops/oco"
)

// Edit changes what the person said last here into text, and blocks until the event
// is settled. The text is as it is, as that of Say.
func (p *Person) Edit(text string) {
	p.b.t.Helper()
	id, ok := p.b.chat.newestOf(p.user, p.place().ID)
	if !ok {
		p.b.t.Fatalf("ocotest: %s has said nothing in %s that could be changed", p.user, p.place().ID)
	}
	p.happen("the change of "+string(id), func(in *oco.Incoming) {
		in.Message = p.incoming(text).Message
		in.Message.ID, in.Message.Change = id, oco.Updated
	})
}

// newestOf finds the last message of somebody in a room.
func (r *room) newestOf(who string, in oco.RoomID) (oco.MessageID, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, l := range slices.Backward(r.said) {
		if l.who == who && l.room == in {
			return l.id, true
		}
	}
	return "", false
}

// write puts a message of a person into the transcript. The caller holds the lock.
func (r *room) write(in oco.Incoming) {
	m := in.Message
	if i := slices.IndexFunc(r.said, func(l line) bool { return l.id == m.ID }); i >= 0 {
		r.said[i].text = m.Text
		return
	}
	r.said = append(r.said, line{id: m.ID, who: string(in.Actor.ID), room: in.Room.ID, text: m.Text, looked: true})
}

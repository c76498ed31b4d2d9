package ocotest

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/openchatops/oco"
)

// A mention is a text that the chat service makes a mention of somebody.
type mention struct {
	text string
	user oco.UserID
	room oco.RoomID
}

// InZone makes the person one of whom the chat service states this time zone, such
// as "Europe/Berlin".
func (p *Person) InZone(zone string) *Person {
	in := *p
	in.zone = zone
	return &in
}

// Attaching makes the person attach files to all that they say. An ID that is empty
// is the name of the file.
func (p *Person) Attaching(files ...oco.Attachment) *Person {
	with := *p
	with.files = slices.Clone(files)
	for i := range with.files {
		if f := &with.files[i]; f.ID == "" {
			f.ID = oco.FileID(f.Name)
		}
	}
	return &with
}

// Mentioning makes a text, wherever it stands in what the person says, a mention of a
// user, by the name that the test uses: Mentioning("@Bob Smith", "bob").
func (p *Person) Mentioning(text, user string) *Person {
	with := *p
	with.mentions = append(slices.Clone(p.mentions), mention{text: text, user: oco.UserID(user)})
	return &with
}

// MentioningRoom is Mentioning for a room.
func (p *Person) MentioningRoom(text, room string) *Person {
	with := *p
	with.mentions = append(slices.Clone(p.mentions), mention{text: text, room: oco.RoomID(room)})
	return &with
}

// mentioned are the mentions in a text.
func (p *Person) mentioned(text string) []oco.Mention {
	var all []oco.Mention
	for _, m := range p.mentions {
		for from := 0; ; {
			at := strings.Index(text[from:], m.text)
			if at < 0 || m.text == "" {
				break
			}
			all = append(all, oco.Mention{
				User: m.user, Room: m.room, Start: utf8.RuneCountInString(text[:from+at]), Length: utf8.RuneCountInString(m.text),
			})
			from += at + len(m.text)
		}
	}
	return all
}

// actor is what the chat service says of the person.
func (p *Person) actor() oco.User {
	u := p.b.chat.user(oco.UserID(p.user))
	if p.zone != "" {
		u.TimeZone = p.zone
	}
	return u
}

// user is what is known of somebody.
func (r *room) user(id oco.UserID) oco.User {
	r.mu.Lock()
	defer r.mu.Unlock()
	if u, known := r.users[id]; known {
		return u
	}
	return oco.User{ID: id, Name: string(id), MentionName: string(id)}
}

// Rename gives a user another handle on the chat service.
func (b *Bot) Rename(user, mentionName string) {
	r := b.chat
	r.mu.Lock()
	defer r.mu.Unlock()
	u := r.users[oco.UserID(user)]
	u.MentionName = mentionName
	r.users[oco.UserID(user)] = u
}

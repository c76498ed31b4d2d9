package irc

import (
	"slices"
	"strings"

	"github.com/openchatops/oco"
)

// whoxToken marks the answers to our own WHO.
const whoxToken = "731"

// track notes what a message tells about people and channels.
func (p *people) track(m message) {
	nick, _, _ := splitSource(m.source)
	switch m.command {
	case "005":
		if len(m.params) > 2 {
			p.learn(m.params[1 : len(m.params)-1])
		}
	case "JOIN":
		account := ""
		if len(m.params) >= 3 { // extended-join
			account = m.param(1)
		}
		for channel := range strings.SplitSeq(m.param(0), ",") {
			if channel != "" {
				p.join(channel, nick, account)
			}
		}
	case "PART":
		for channel := range strings.SplitSeq(m.param(0), ",") {
			p.part(channel, nick)
		}
	case "KICK":
		p.part(m.param(0), m.param(1))
	case "QUIT":
		p.quit(nick)
	case "KILL":
		p.quit(m.param(0))
	case "NICK":
		if m.param(0) != "" {
			p.rename(nick, m.param(0))
		}
	case "ACCOUNT":
		if who := p.members[p.fold(nick)]; who != nil {
			who.account = certain(m.param(0))
		}
	case "332", "331", "TOPIC":
		p.topic(m)
	case "324":
		p.modes(m.param(1), m.param(2), true)
	case "MODE":
		p.modes(m.param(0), m.param(1), false)
	case "353":
		p.names(m)
	case "354":
		p.who(m)
	}
}

func (p *people) topic(m message) {
	channel, topic := m.param(0), m.last()
	switch m.command {
	case "332":
		channel = m.param(1)
	case "331":
		channel, topic = m.param(1), ""
	}
	if at := p.places[p.fold(channel)]; at != nil {
		at.topic = strings.Clone(plain(topic))
	}
}

// names reads a part of the list of who is in a channel.
func (p *people) names(m message) {
	if len(m.params) < 4 {
		return
	}
	at := p.places[p.fold(m.param(2))]
	if at == nil {
		return
	}
	switch m.param(1) { // some servers say = of every channel
	case "@":
		at.shown, at.secret = true, true
	case "*":
		at.shown, at.hidden = true, true
	}
	for word := range strings.FieldsSeq(m.param(3)) {
		nick, _, _ := splitSource(strings.TrimLeft(word, p.prefixes))
		if nick != "" {
			p.enter(at, nick)
		}
	}
}

// modes reads which modes a channel has, or which are changed.
func (p *people) modes(channel, modes string, all bool) {
	at := p.places[p.fold(channel)]
	if at == nil {
		return
	}
	if all {
		at.shown, at.secret, at.hidden = true, false, false
	}
	on := true
	for _, mode := range modes {
		switch mode {
		case '+', '-':
			on = mode == '+'
		case 's':
			at.secret = on
		case 'p':
			at.hidden = on
		}
	}
}

// private says whether people who are not in it do not see that there is it, as far as
// is known.
func (at *place) private() bool { return !at.shown || at.secret || at.hidden }

// who reads an answer to "WHO channel %tna,TOKEN": our nick, token, nick,
// account. It counts only if the server tells of changes after it.
func (p *people) who(m message) {
	if len(m.params) != 4 || m.param(1) != whoxToken || !p.notified {
		return
	}
	if who := p.members[p.fold(m.param(2))]; who != nil {
		who.account = certain(m.param(3))
	}
}

// nickOf returns the nick under which a user is reached now.
func (p *people) nickOf(id oco.UserID) (string, bool) {
	who := p.find(func(w *person) bool { return w.id() == id })
	if who == nil {
		return "", false
	}
	return who.nick, true
}

// find returns somebody, who was heard of last if there are several.
func (p *people) find(is func(*person) bool) *person {
	var found *person
	for _, all := range []map[string]*person{p.members, p.strangers} {
		for _, who := range all {
			if is(who) && (found == nil || who.heard.After(found.heard)) {
				found = who
			}
		}
	}
	return found
}

// users returns everybody, by nick; an account that is there twice once.
func (p *people) users() []oco.User {
	var out []oco.User
	seen := map[oco.UserID]bool{}
	for _, all := range []map[string]*person{p.members, p.strangers} {
		for _, who := range all {
			if !p.isSelf(who.nick) && !seen[who.id()] {
				seen[who.id()] = true
				out = append(out, who.wire())
			}
		}
	}
	slices.SortFunc(out, func(a, b oco.User) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// rooms returns the channels, by name.
func (p *people) rooms() []oco.Room {
	var out []oco.Room
	for _, at := range p.places {
		out = append(out, p.room(at))
	}
	slices.SortFunc(out, func(a, b oco.Room) int { return strings.Compare(a.Name, b.Name) })
	return out
}

func (p *people) room(at *place) oco.Room {
	return oco.Room{ID: oco.RoomID(p.fold(at.name)), Kind: oco.RoomChannel, Name: at.name, Topic: at.topic, Private: at.private()}
}

// forgetAccounts is for when accounts may change without our being told.
func (p *people) forgetAccounts() {
	for _, all := range []map[string]*person{p.members, p.strangers} {
		for _, who := range all {
			who.account = ""
		}
	}
}

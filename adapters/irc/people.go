package irc

import (
	"crypto/rand"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/openchatops/oco"
)

const (
	// maxStrangers bounds whom the adapter remembers of those that it sees in no
	// channel, and strangerTerm for how long.
	maxStrangers = 1000
	strangerTerm = time.Hour
)

// person is somebody who is seen without a gap.
type person struct {
	marker     oco.UserID // the id that lasts as long as this
	nick       string
	user, host string // of a stranger
	account    string // empty: none, or not known for certain
	channels   int    // how many in common
	heard      time.Time
}

// place is a channel that the adapter is in.
type place struct {
	name, topic string
	shown       bool // whether it is secret is known
	secret      bool // its modes s and p: others do not see that there is it
	hidden      bool
	members     map[string]*person // by nick
	more        bool               // there are others, who are not remembered
}

// people knows who is where on one connection. It is not safe for concurrent
// use.
type people struct {
	support
	bounds
	// tagged: every message says the account. notified: so does every change.
	tagged, notified bool
	self             string
	places           map[string]*place
	members          map[string]*person // whoever is in a place
	strangers        map[string]*person // who spoke and is in none
	seen             int                // members of all places
	now              func() time.Time
}

func newPeople(log *slog.Logger) *people {
	return &people{
		support: newSupport(), bounds: newBounds(log), now: time.Now,
		places: map[string]*place{}, members: map[string]*person{}, strangers: map[string]*person{},
	}
}

func marker(folded string) oco.UserID {
	return oco.UserID("~" + folded + "~" + strings.ToLower(rand.Text()[:10]))
}

// isSelf says whether a nick is the adapter's own.
func (p *people) isSelf(nick string) bool { return p.self != "" && p.same(nick, p.self) }

// speaker returns who said a message.
func (p *people) speaker(m message) *person {
	nick, user, host := splitSource(m.source)
	key := p.fold(nick)
	who := p.members[key]
	if who == nil {
		who = p.stranger(key, nick, user, host)
	}
	who.heard = p.now()
	if who.nick != nick {
		who.nick = strings.Clone(nick)
	}
	if p.tagged {
		who.account = certain(m.tags["account"])
	}
	return who
}

// stranger returns somebody who is in no common channel: the same as before only
// if everything that the server says is the same.
func (p *people) stranger(key, nick, user, host string) *person {
	if old := p.strangers[key]; old != nil && old.user == user && old.host == host && p.now().Sub(old.heard) < strangerTerm {
		return old
	}
	who := &person{marker: marker(key), nick: strings.Clone(nick), user: strings.Clone(user), host: strings.Clone(host)}
	if max(len(nick), len(user), len(host)) > maxName {
		return who // and nobody ever again
	}
	if len(p.strangers) >= maxStrangers {
		oldest := slices.MinFunc(slices.Collect(maps.Keys(p.strangers)), func(a, b string) int {
			return p.strangers[a].heard.Compare(p.strangers[b].heard)
		})
		delete(p.strangers, oldest)
	}
	p.strangers[key] = who
	return who
}

// certain returns the name of an account, or "" if the server says that there is
// none, or if the name could be taken for something else.
func certain(account string) string {
	if account == "*" || account == "0" || strings.HasPrefix(account, "~") || len(account) > 100 || plain(account) != account {
		return ""
	}
	return strings.Clone(account) // and not the line that it came in
}

// id returns the id of a user.
func (w *person) id() oco.UserID {
	if w.account != "" {
		return oco.UserID(w.account)
	}
	return w.marker
}

func (w *person) wire() oco.User {
	return oco.User{ID: w.id(), Name: w.nick, MentionName: w.nick}
}

// join notes that somebody came into a channel, which is there from when the
// adapter itself came. account is what the server says of it.
func (p *people) join(channel, nick, account string) {
	key := p.fold(channel)
	if p.isSelf(nick) {
		p.leave(channel)
		if !p.admits(channel) {
			return
		}
		p.places[key] = &place{name: strings.Clone(channel), members: map[string]*person{}}
	}
	at := p.places[key]
	if at == nil {
		return
	}
	who := p.enter(at, nick)
	if account = certain(account); who != nil && account != "" && p.notified {
		who.account = account
	}
}

// enter puts somebody into a channel. It returns nil if that would be one more
// than is remembered.
func (p *people) enter(at *place, nick string) *person {
	key := p.fold(nick)
	if who := at.members[key]; who != nil {
		return who
	}
	if !p.sees(at, nick) {
		return nil
	}
	who := p.members[key]
	if who == nil {
		who = &person{marker: marker(key), nick: strings.Clone(nick)}
		if p.strangers[key] != nil {
			delete(p.strangers, key) // may be another by now
		}
		p.members[key] = who
	}
	who.channels++
	p.seen++
	at.members[key] = who
	return who
}

// part notes that somebody left a channel.
func (p *people) part(channel, nick string) {
	at := p.places[p.fold(channel)]
	switch {
	case at == nil:
	case p.isSelf(nick):
		p.leave(channel)
	default:
		p.exit(at, p.fold(nick))
	}
}

func (p *people) exit(at *place, key string) {
	who := at.members[key]
	if who == nil {
		return
	}
	delete(at.members, key)
	p.seen--
	if who.channels--; who.channels == 0 {
		delete(p.members, key)
	}
}

// leave forgets a channel.
func (p *people) leave(channel string) {
	key := p.fold(channel)
	if at := p.places[key]; at != nil {
		for member := range at.members {
			p.exit(at, member)
		}
		delete(p.places, key)
	}
}

// quit forgets somebody.
func (p *people) quit(nick string) {
	key := p.fold(nick)
	for _, at := range p.places {
		p.exit(at, key)
	}
	delete(p.strangers, key)
}

// rename keeps who somebody is under another nick.
func (p *people) rename(from, to string) {
	old, key := p.fold(from), p.fold(to)
	switch {
	case p.isSelf(from):
		p.self = strings.Clone(to)
	case len(to) > maxName:
		p.quit(from)
		return
	}
	delete(p.strangers, old)
	who := p.members[old]
	if who == nil {
		return
	}
	if old != key {
		p.quit(to) // nobody else can have it
	}
	delete(p.members, old)
	p.members[key] = who
	who.nick = strings.Clone(to)
	for _, at := range p.places {
		if at.members[old] == who {
			delete(at.members, old)
			at.members[key] = who
		}
	}
}

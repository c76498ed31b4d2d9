package irc

import (
	"crypto/rand"
	"strings"
	"time"

	"github.com/openchatops/oco"
)

const (
	// maxApart bounds whom a split of the network hides, as far as the adapter
	// remembers it, and apartTerm how long.
	maxApart  = 10_000
	apartTerm = 30 * time.Minute
)

// happened takes comings, goings and the like for the bot. Unlike messages they
// take no more than half of the room: a network that falls apart must not hold
// up what people say.
func (a *adapter) happened(e arrival) {
	if e.Member != nil && e.Member.User.Self && !a.news(e) {
		return
	}
	if len(a.events) < maxWaiting/2 {
		a.arrived(e)
		return
	}
	a.mu.Lock()
	a.passed++
	passed := a.passed
	a.mu.Unlock()
	if passed&(passed-1) == 0 { // at each doubling
		a.log.Warn("comings and goings are left out because the bot takes them too slowly", "left_out", passed)
	}
}

// news says whether the bot is where it was not, or the other way round: to come
// back after the connection was down is none.
func (a *adapter) news(e arrival) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	key := anyCase(string(e.Room.ID))
	if e.Member.Left {
		delete(a.in, key)
		return true
	}
	was := a.in[key]
	if !was && len(a.in) >= maxPlaces+maxTold+len(a.config().Channels) { // more than one connection can have
		clear(a.in)
		a.log.Warn("the bot was in more channels than are remembered: it is told again where it is when the adapter comes back", "remembered", maxPlaces)
	}
	a.in[key] = true
	return !was
}

// eventID returns the id of an event: the server's for the line, with what tells
// the events of one line apart.
func eventID(m message, part string) oco.EventID {
	id := m.tags["msgid"]
	if id == "" || len(id) > maxServiceID {
		return oco.EventID("r-" + strings.ToLower(rand.Text()))
	}
	if part != "" {
		id += "/" + part
	}
	return oco.EventID(id)
}

// goings are the events of who leaves by a line. They are made before the line
// is tracked, while it is known who that is. The caller holds the lock, also of
// the following.
func (s *session) goings(m message) []arrival {
	nick, _, _ := splitSource(m.source)
	switch m.command {
	case "PART":
		var out []arrival
		for channel := range strings.SplitSeq(m.param(0), ",") {
			out = append(out, s.gone(m, channel, nick)...)
		}
		return out
	case "KICK":
		return s.gone(m, m.param(0), m.param(1))
	case "KILL":
		nick = m.param(0)
	case "QUIT":
		if s.splits(m) {
			s.apart(nick)
			return nil
		}
	default:
		return nil
	}
	var out []arrival
	for channel := range s.people.places {
		out = append(out, s.gone(m, channel, nick)...)
	}
	return out
}

// gone is that somebody left a channel.
func (s *session) gone(m message, channel, nick string) []arrival {
	at := s.people.places[s.people.fold(channel)]
	if at == nil {
		return nil
	}
	who := at.members[s.people.fold(nick)]
	if who == nil {
		return nil
	}
	e := s.move(m, at, s.userOf(m, who))
	e.Member.Left = true
	return []arrival{e}
}

// comings are the events of who came by a line, and of what changed in a
// channel. They are made after the line is tracked.
func (s *session) comings(m message) []arrival {
	nick, _, _ := splitSource(m.source)
	switch m.command {
	case "TOPIC":
		at := s.people.places[s.people.fold(m.param(0))]
		if at == nil || s.people.isSelf(nick) {
			return nil
		}
		e := s.move(m, at, oco.User{})
		e.Member, e.RoomChange = nil, &oco.RoomChange{Change: oco.Updated, Room: e.Room}
		return []arrival{e}
	case "JOIN":
		if s.together(m, nick) {
			return nil
		}
		var out []arrival
		for channel := range strings.SplitSeq(m.param(0), ",") {
			if at := s.people.places[s.people.fold(channel)]; at != nil && at.members[s.people.fold(nick)] != nil {
				out = append(out, s.move(m, at, s.userOf(m, at.members[s.people.fold(nick)])))
			}
		}
		return out
	}
	return nil
}

// move is an event of a channel about somebody. Its actor is who the line is
// from, if that is somebody else.
func (s *session) move(m message, at *place, user oco.User) arrival {
	nick, _, _ := splitSource(m.source)
	e := arrival{
		ID: eventID(m, s.people.fold(at.name)), Time: s.timeOf(m, false), Actor: user, Member: &oco.MemberChange{User: user},
		Room: s.people.room(at),
	}
	if m.command == "KICK" || m.command == "TOPIC" {
		e.Actor = oco.User{ID: marker(s.people.fold(nick)), Name: nick, MentionName: nick, Bot: true} // the server, or services
		if who := s.people.members[s.people.fold(nick)]; who != nil {
			e.Actor = s.userOf(m, who)
		}
	}
	return e
}

// userOf returns somebody as a line shows them.
func (s *session) userOf(m message, who *person) oco.User {
	nick, _, _ := splitSource(m.source)
	switch {
	case s.people.isSelf(who.nick):
		return s.self()
	case s.people.tagged && s.people.same(nick, who.nick) && certain(m.tags["account"]) != "":
		who.account = certain(m.tags["account"])
	}
	return who.wire()
}

// splits says whether somebody went because the network fell apart: the server
// says so, or as servers did before there was a way to say it, names the two
// servers that lost each other.
func (s *session) splits(m message) bool {
	if s.batches[m.tags["batch"]].split {
		return true
	}
	here, there, found := strings.Cut(m.last(), " ")
	return found && len(m.params) > 0 && serverName(here) && serverName(there)
}

func serverName(text string) bool {
	return strings.Contains(text, ".") && !strings.HasPrefix(text, ".") && !strings.HasSuffix(text, ".") &&
		strings.Trim(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-*") == ""
}

// apart notes that a split hides somebody.
func (s *session) apart(nick string) {
	if len(nick) > maxName {
		return
	}
	if len(s.split) >= maxApart {
		clear(s.split) // that they come back is told then
	}
	s.split[s.people.fold(nick)] = s.now().Add(apartTerm)
}

// together says whether somebody only comes back after a split.
func (s *session) together(m message, nick string) bool {
	until, hidden := s.split[s.people.fold(nick)]
	return s.batches[m.tags["batch"]].split || hidden && s.now().Before(until)
}

package irc

import (
	"crypto/rand"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/openchatops/oco"
)

const (
	// selfID is the id of the bot's own user. No other id has its form.
	selfID oco.UserID = "~self"
	// maxSkew is how far the server's clock may be from ours; beyond it ours
	// counts.
	maxSkew = 2 * time.Minute
	// maxServiceID is the longest id of a server that is taken.
	maxServiceID = 200
)

// arrival is an event on its way to the bot.
type arrival = oco.Incoming

// arrive hands a message to the bot, if it is one that people wrote.
func (s *session) arrive(m message, line string) {
	nick, user, host := splitSource(m.source)
	if len(m.params) < 2 || nick == "" || user == "" && host == "" {
		return // the server itself speaks
	}
	text, ok := said(m)
	if !ok {
		return
	}
	history := s.batches[m.tags["batch"]].history
	id := m.tags["msgid"]
	switch {
	case len(id) > maxServiceID:
		id = ""
	case history && id == "":
		return // nobody could tell whether it was seen before
	}
	if id == "" {
		id = "r-" + strings.ToLower(rand.Text())
	}
	s.mu.Lock()
	room, ok := s.roomOf(m, nick)
	e := arrival{
		ID: oco.EventID(id), Time: s.timeOf(m, history), Room: room, Actor: s.actor(m, history), Historical: history,
		Message: &oco.IncomingMessage{ID: oco.MessageID(id), Text: text, Mentions: s.mentions(text)},
		Native:  []byte(line),
	}
	s.mu.Unlock()
	if ok {
		s.incoming(e)
	}
}

// said returns what a message says to people.
func said(m message) (text string, ok bool) {
	text = m.param(1)
	if command, rest, is := ctcp(text); is {
		if command != "ACTION" || m.command != "PRIVMSG" {
			return "", false
		}
		text = actionPrefix + rest
	}
	text = plain(text)
	return text, strings.TrimSpace(text) != ""
}

// roomOf returns where a message was said: for a private one, whom it was said
// with. The caller holds the lock, also of the following.
func (s *session) roomOf(m message, nick string) (oco.Room, bool) {
	target := m.param(0)
	if s.people.isChannel(target) {
		room := oco.Room{ID: oco.RoomID(s.people.fold(target)), Kind: oco.RoomChannel, Name: target}
		if at := s.people.places[s.people.fold(s.people.channelOf(target))]; at != nil {
			room.Topic, room.Private = at.topic, at.private()
		}
		return room, true
	}
	with := nick
	switch {
	case s.people.isSelf(nick):
		with = target
	case !s.people.isSelf(target):
		return oco.Room{}, false // to everybody on the network, or to a mask
	}
	return oco.Room{ID: oco.RoomID(s.people.fold(with)), Kind: oco.RoomDirect, Name: with, Private: true}, s.people.validTarget(with)
}

// actor returns who said a message. Of the past nobody knows who had the nick,
// only whose account it was.
func (s *session) actor(m message, history bool) oco.User {
	nick, _, _ := splitSource(m.source)
	if s.people.isSelf(nick) && !history {
		return s.self()
	}
	var u oco.User
	switch {
	case !history:
		u = s.people.speaker(m).wire()
	case s.people.tagged && certain(m.tags["account"]) != "":
		u = oco.User{ID: oco.UserID(m.tags["account"]), Name: nick, MentionName: nick}
	default:
		u = oco.User{ID: marker(s.people.fold(nick)), Name: nick, MentionName: nick}
	}
	_, bot := m.tags["bot"]
	_, draft := m.tags["draft/bot"]
	u.Bot = m.command == "NOTICE" || bot || draft
	return u
}

func (s *session) self() oco.User {
	return oco.User{ID: selfID, Name: s.people.self, MentionName: s.people.self, Bot: true, Self: true}
}

// timeOf returns when a message was said; zero: now.
func (s *session) timeOf(m message, history bool) time.Time {
	at, err := time.Parse(time.RFC3339Nano, m.tags["time"])
	if err != nil || !history && s.now().Sub(at).Abs() > maxSkew {
		return time.Time{}
	}
	return at
}

// mentions finds our nick at the beginning of a text, where it addresses us.
func (s *session) mentions(text string) []oco.Mention {
	n := len(s.people.self)
	if n == 0 || len(text) < n || !s.people.isSelf(text[:n]) {
		return nil
	}
	if next, size := utf8.DecodeRuneInString(text[n:]); size > 0 && !strings.ContainsRune(" \t:,", next) {
		return nil
	}
	return []oco.Mention{{User: selfID, Start: 0, Length: utf8.RuneCountInString(text[:n])}}
}

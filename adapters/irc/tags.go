package irc

import (
	"context"
	"crypto/rand"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/openchatops/oco"
)

// The tags of clients that the adapter knows.
const (
	reactTag, unreactTag = "+draft/react", "+draft/unreact"
	replyTag             = "+draft/reply"
	typingTag            = "+typing"
	// longestEmoji is in bytes; the longest of Unicode have about 40.
	longestEmoji = 64
	// maxTyping bounds where the bot shows at once that it is at work.
	maxTyping = 50
)

// features are what only some servers have.
type features struct {
	tagged  bool   // messages have tags
	redacts bool   // messages can be deleted
	denied  string // CLIENTTAGDENY
}

// learn reads what a 005 says of them.
func (f *features) learn(m message) {
	if m.command != "005" {
		return
	}
	for _, token := range m.params {
		if list, found := strings.CutPrefix(token, "CLIENTTAGDENY="); found {
			f.denied = list
		}
	}
}

// tags says whether the server passes a tag of clients on.
func (f *features) tags(name string) bool {
	name = strings.TrimPrefix(name, "+")
	allowed := true
	for item := range strings.SplitSeq(f.denied, ",") {
		switch item {
		case "*", name:
			allowed = false
		case "-" + name:
			return f.tagged
		}
	}
	return f.tagged && allowed
}

// serverID returns the server's own id of a message. Where it has given none, the
// adapter's is unknown to everybody else.
func (s *session) serverID(id oco.MessageID) (string, error) {
	if prefix, rest, found := strings.Cut(string(id), "-"); found && (prefix == "s" || prefix == "r") && len(rest) == len(rand.Text()) {
		return "", status.Error(codes.FailedPrecondition, "the server gave this message no id, so nothing can refer to it")
	}
	return string(id), nil
}

// SetReaction adds a reaction or takes it back.
func (a *adapter) SetReaction(ctx context.Context, at oco.MessageRef, emoji string, remove bool) error {
	s, target, err := a.ready(ctx, at.Place)
	if err != nil {
		return err
	}
	id, err := s.serverID(at.ID)
	switch {
	case err != nil:
		return err
	case emoji == "" || len(emoji) > longestEmoji:
		return status.Errorf(codes.InvalidArgument, "a reaction of %d bytes: it must have 1 to %d", len(emoji), longestEmoji)
	}
	tag := reactTag
	if remove {
		tag = unreactTag
	}
	s.mu.Lock()
	passes := s.features.tags(tag) && s.features.tags(replyTag)
	s.mu.Unlock()
	if !passes {
		return status.Errorf(codes.FailedPrecondition, "the server passes no tags of clients on, such as %s", tag)
	}
	_, err = s.submit(ctx, []string{target}, message{tags: map[string]string{tag: emoji, replyTag: id}, command: "TAGMSG", params: []string{target}})
	return err
}

// DeleteMessage deletes a message, where the server lets somebody.
func (a *adapter) DeleteMessage(ctx context.Context, at oco.MessageRef) error {
	s, target, err := a.ready(ctx, at.Place)
	if err != nil {
		return err
	}
	id, err := s.serverID(at.ID)
	if err != nil {
		return err
	}
	s.mu.Lock()
	redacts := s.features.redacts
	s.mu.Unlock()
	if !redacts {
		return status.Error(codes.FailedPrecondition, "the server deletes no messages")
	}
	_, err = s.submit(ctx, []string{target}, message{command: "REDACT", params: []string{target, id}})
	return err
}

// Typing shows that the bot is at work, until it says something there.
func (a *adapter) Typing(_ context.Context, to oco.Place, d time.Duration) error {
	a.mu.Lock()
	s := a.current
	a.mu.Unlock()
	if s == nil {
		return status.Error(codes.Unavailable, "the adapter is not connected to "+a.config().Server)
	}
	target, there, err := s.target(to)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	_, shown := s.typing[s.people.fold(target)]
	switch {
	case !there || !s.features.tags(typingTag):
		return status.Error(codes.FailedPrecondition, "nobody there would see it")
	case !shown && len(s.typing) >= maxTyping:
		return status.Error(codes.ResourceExhausted, "the bot shows in many places at once that it is at work")
	}
	s.typing[s.people.fold(target)] = s.now().Add(d)
	if !shown { // else typeOn goes on
		s.chore(typingLine(target, "active"))
	}
	return nil
}

func typingLine(target, state string) message {
	return message{tags: map[string]string{typingTag: state}, command: "TAGMSG", params: []string{target}}
}

// typeOn goes on showing that we are at work: what others see of it ends after
// six seconds. The caller holds the lock.
func (s *session) typeOn(now time.Time) {
	for target, until := range s.typing {
		state := "active"
		if !now.Before(until) {
			state = "done"
			delete(s.typing, target)
		}
		s.chore(typingLine(target, state))
	}
}

// reaction takes a reaction of somebody to a message.
func (s *session) reaction(m message, line string) {
	r := oco.Reaction{Emoji: m.tags[reactTag]}
	if r.Emoji == "" {
		r.Emoji, r.Removed = m.tags[unreactTag], true
	}
	r.Message = oco.MessageID(m.tags[replyTag])
	if r.Message == "" {
		r.Message = oco.MessageID(m.tags["+reply"])
	}
	r.Emoji = plain(r.Emoji)
	if r.Emoji == "" || len(r.Emoji) > longestEmoji || r.Message == "" || len(r.Message) > maxServiceID {
		return
	}
	s.about(m, line, func(e *arrival) { e.Reaction = &r })
}

// redacted takes that somebody deleted a message.
func (s *session) redacted(m message, line string) {
	id := m.param(1)
	if id == "" || len(id) > maxServiceID {
		return
	}
	s.about(m, line, func(e *arrival) { e.Message = &oco.IncomingMessage{ID: oco.MessageID(id), Change: oco.Deleted} })
}

// about hands over what somebody did to a message.
func (s *session) about(m message, line string, change func(*arrival)) {
	nick, user, host := splitSource(m.source)
	if nick == "" || user == "" && host == "" || s.batches[m.tags["batch"]].history {
		return
	}
	s.mu.Lock()
	room, ok := s.roomOf(m, nick)
	e := arrival{ID: eventID(m, ""), Time: s.timeOf(m, false), Room: room, Actor: s.actor(m, false), Native: []byte(line)}
	s.mu.Unlock()
	change(&e)
	if ok {
		s.happened(e)
	}
}

package irc

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/openchatops/oco"
)

const (
	// repeatMark stands before what was perhaps said before.
	repeatMark = "(perhaps said before) "
	// floodPause is how long to wait when the server says that we say too much.
	floodPause = 10 * time.Second
	// missingPause is how long what is to be said waits for a connection or a
	// channel before it is tried again. It costs no attempt, however long they are
	// missing.
	missingPause = 5 * time.Second
	// Lengths of our own user and host as others see them, while we do not know.
	longestUser, longestHost = 12, 64
	shortestText             = 64
)

// compose makes of a text the lines for a target.
func (s *session) compose(target string, m oco.Outgoing) ([]message, error) {
	text, action := m.Text, false
	if rest, found := strings.CutPrefix(text, actionPrefix); found && !m.PossibleRepeat {
		text, action = rest, true
	}
	if m.PossibleRepeat {
		text = repeatMark + text
	}
	var out []message
	for _, line := range lines(text, s.textRoom(target, action), s.cfg.MaxLines) {
		if action {
			line, action = "\x01ACTION "+line+"\x01", false
		}
		out = append(out, message{command: "PRIVMSG", params: []string{target, line}})
	}
	if len(out) == 0 {
		return nil, status.Error(codes.InvalidArgument, "IRC has no empty messages: there is nothing to see in the text")
	}
	return out, nil
}

// textRoom returns how many bytes of text one line has room for, with what the
// server puts before it.
func (s *session) textRoom(target string, action bool) int {
	s.mu.Lock()
	nick, user, host := splitSource(s.mask)
	if self := s.people.self; len(self) > len(nick) {
		nick = self
	}
	s.mu.Unlock()
	source := len(nick) + max(len(user), longestUser) + max(len(host), longestHost)
	room := maxLine - len(":!@ PRIVMSG  :\r\n") - source - len(target)
	if action {
		room -= len("\x01ACTION \x01")
	}
	return max(room, shortestText)
}

// target returns whom to address for a send, and whether we are where it can be
// said. An error is for good.
func (s *session) target(to oco.Place) (target string, there bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	target = string(to.Room)
	if target == "" {
		nick, ok := s.people.nickOf(to.User)
		if !ok {
			return "", false, status.Errorf(codes.NotFound, "the user %q is not seen on the network", to.User)
		}
		target = nick
	}
	if !s.people.validTarget(target) {
		return "", false, status.Errorf(codes.InvalidArgument, "%q is neither a channel nor a nick", target)
	}
	channel := s.people.channelOf(target)
	if channel == "" || s.people.places[s.people.fold(channel)] != nil {
		return target, true, nil
	}
	if s.wanted(channel) == nil {
		if s.people.morePlaces {
			return target, true, nil // it may be among those: the server knows
		}
		return "", false, status.Errorf(codes.NotFound, "the bot is not in %s: neither the configuration nor a handler has it join", channel)
	}
	return target, false, nil
}

// say posts lines to a target and returns when the server has confirmed them.
func (s *session) say(ctx context.Context, target string, all []message) (oco.MessageID, error) {
	s.mu.Lock()
	delete(s.typing, s.people.fold(target)) // a message says more
	s.mu.Unlock()
	id, err := s.submit(ctx, []string{target}, all...)
	if err != nil {
		return "", err
	}
	return messageID(id), nil
}

// submit writes lines about targets and returns when the server has answered
// them, with the id that it gave the first.
func (s *session) submit(ctx context.Context, targets []string, all ...message) (id string, err error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	defer context.AfterFunc(s.life, func() { stop(errEnded) })()
	s.mu.Lock()
	folded := make([]string, len(targets))
	for i, target := range targets {
		folded[i] = s.people.fold(target)
	}
	s.mu.Unlock()
	labels := s.labelled.Load()
	var open []*receipt
	defer func() {
		for _, one := range open {
			s.receipts.forget(one)
		}
	}()
	if !labels {
		all = append(all, message{command: "PING"})
	}
	for i, m := range all {
		cost := lineCost
		if m.command == "PING" {
			cost = pingCost
		}
		if err := s.limit.WaitN(ctx, cost); err != nil {
			return "", s.unsent(ctx, i > 0, fmt.Errorf("waiting for the flood limit: %w", err))
		}
		if labels || i == 0 {
			open = append(open, s.receipts.expect(folded...))
		}
		key := open[len(open)-1].key
		switch {
		case labels:
			m.tags = maps.Clone(m.tags)
			if m.tags == nil {
				m.tags = map[string]string{}
			}
			m.tags["label"] = key
		case m.command == "PING":
			m.params = []string{key}
		}
		if err := s.wire.write(m); err != nil {
			if bad, ok := errors.AsType[unwritable](err); ok {
				return "", status.Error(codes.InvalidArgument, bad.Error())
			}
			return "", oco.MaybeSent(err)
		}
	}
	for _, one := range open {
		select {
		case <-one.done:
		case <-ctx.Done():
			return "", oco.MaybeSent(fmt.Errorf("the server has not confirmed it: %w", context.Cause(ctx)))
		}
	}
	for _, one := range open {
		if one.err != nil {
			return "", one.err
		}
	}
	return open[0].id, nil
}

// unsent is the error of a send that was given up before its end.
func (s *session) unsent(ctx context.Context, begun bool, err error) error {
	switch {
	case begun:
		return oco.MaybeSent(err)
	case errors.Is(context.Cause(ctx), errEnded):
		return notYet(codes.Unavailable, errEnded.Error())
	}
	return notYet(codes.ResourceExhausted, err.Error())
}

// notYet is the error of what cannot be done at the moment and surely was not.
func notYet(code codes.Code, why string) error {
	return fmt.Errorf("%w: %w", status.Error(code, why), oco.RetryAfter(missingPause))
}

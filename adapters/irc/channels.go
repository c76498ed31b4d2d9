package irc

import (
	"fmt"
	"strings"
	"time"
)

const (
	// joinAgain and joinSlowest bound how soon a channel that was refused is tried
	// again.
	joinAgain   = 10 * time.Second
	joinSlowest = 5 * time.Minute
	// joinPatience is how long a JOIN may be without an answer.
	joinPatience = time.Minute
)

// want is a channel of the configuration on one connection.
type want struct {
	Channel
	joined  bool
	problem string
	due     time.Time
	again   backoff
}

func newWants(channels []Channel) []*want {
	var all []*want
	for _, c := range channels {
		all = append(all, &want{Channel: c, again: backoff{first: joinAgain, most: joinSlowest}})
	}
	return all
}

// failed plans the next try.
func (w *want) failed(now time.Time, problem string) {
	w.joined, w.problem = false, problem
	w.due = now.Add(joinAgain/2 + w.again.next())
}

// joins returns the lines that join what is due: those with a key first, as
// their keys are counted.
func joins(all []*want, now time.Time) []message {
	const most = 300 // bytes of names and keys
	var lines []message
	var names, keys []string
	size := 0
	flush := func() {
		if len(names) > 0 {
			m := message{command: "JOIN", params: []string{strings.Join(names, ",")}}
			if len(keys) > 0 {
				m.params = append(m.params, strings.Join(keys, ","))
			}
			lines = append(lines, m)
		}
		names, keys, size = nil, nil, 0
	}
	for _, keyed := range []bool{true, false} {
		for _, w := range all {
			if w.joined || w.due.After(now) || (w.Key != "") != keyed {
				continue
			}
			w.due = now.Add(joinPatience)
			if n := len(w.Name) + len(w.Key) + 2; size+n > most {
				flush()
			}
			size += len(w.Name) + len(w.Key) + 2
			names = append(names, w.Name)
			if keyed {
				keys = append(keys, w.Key)
			}
		}
	}
	flush()
	return lines
}

// wanted returns the channel of the configuration with this name. The caller
// holds the lock.
func (s *session) wanted(channel string) *want {
	for _, w := range s.wants {
		if s.people.same(w.Name, channel) {
			return w
		}
	}
	return nil
}

// membership notes where the adapter itself came and went.
func (s *session) membership(m message) {
	nick, _, _ := splitSource(m.source)
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	switch {
	case m.command == "JOIN" && s.people.isSelf(nick):
		s.mask = m.source
		for channel := range strings.SplitSeq(m.param(0), ",") {
			if s.people.places[s.people.fold(channel)] == nil {
				continue // it is none, or not remembered
			}
			if w := s.wanted(channel); w != nil {
				w.joined, w.problem = true, ""
			}
			s.chore(message{command: "MODE", params: []string{channel}}) // the answer says whether it is secret
			if s.people.notified && s.people.whox {
				s.chore(message{command: "WHO", params: []string{channel, "%tna," + whoxToken}})
			}
		}
	case m.command == "PART" && s.people.isSelf(nick):
		for channel := range strings.SplitSeq(m.param(0), ",") {
			if w := s.wanted(channel); w != nil {
				w.failed(now, "the server took us out")
			}
		}
	case m.command == "KICK" && s.people.isSelf(m.param(1)):
		if w := s.wanted(m.param(0)); w != nil {
			w.failed(now, fmt.Sprintf("%s threw us out: %s", nick, plain(m.last())))
		}
	default:
		return
	}
	s.changed()
}

// joinRefused takes an error about a channel; false if it is about none that we
// want and are not in.
func (s *session) joinRefused(m message) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.wanted(m.param(1))
	if w == nil || w.joined {
		return false
	}
	w.failed(s.now(), plain(m.last()))
	s.log.Warn("a channel was not joined", "channel", w.Name, "reason", w.problem)
	s.changed()
	return true
}

// whereabouts says for operators where the adapter is, and where it is not
// though it should be: of either the first few.
func (s *session) whereabouts() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	text := "connected to " + s.server + " as " + s.people.self
	var in []string
	rooms := s.people.rooms()
	for _, r := range rooms[:min(len(rooms), maxNamed)] {
		in = append(in, r.Name)
	}
	if len(in) > 0 {
		text += "; in " + strings.Join(in, ", ")
	}
	if more := len(rooms) - len(in); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	out := 0
	for _, w := range s.wants {
		if w.joined || w.problem == "" {
			continue
		}
		if out++; out <= maxNamed {
			text += "; not in " + w.Name + ": " + w.problem
		}
	}
	if more := out - maxNamed; more > 0 {
		text += fmt.Sprintf("; not in %d more", more)
	}
	return text
}

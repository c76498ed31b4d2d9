package irc

import (
	"strconv"
	"strings"
)

// support is what a server says of itself in 005.
type support struct {
	casemapping  string
	channelTypes string
	prefixes     string // of members, in NAMES
	statusPrefix string // before a channel as a target
	nickLength   int    // 0: not known
	topicLength  int    // 0: not known
	whox         bool
}

func newSupport() support {
	return support{casemapping: "rfc1459", channelTypes: "#&", prefixes: "@+"}
}

// learn reads the tokens of one 005.
func (s *support) learn(tokens []string) {
	for _, token := range tokens {
		name, value, _ := strings.Cut(token, "=")
		switch name {
		case "CASEMAPPING":
			s.casemapping = value
		case "CHANTYPES":
			s.channelTypes = value
		case "PREFIX":
			if _, symbols, found := strings.Cut(value, ")"); found {
				s.prefixes = symbols
			}
		case "STATUSMSG":
			s.statusPrefix = value
		case "NICKLEN":
			if n, err := strconv.Atoi(value); err == nil && n > 0 {
				s.nickLength = n
			}
		case "TOPICLEN":
			if n, err := strconv.Atoi(value); err == nil && n > 0 {
				s.topicLength = n
			}
		case "WHOX":
			s.whox = true
		}
	}
}

// fold brings a nick or a channel into the case in which the server compares.
func (s *support) fold(name string) string {
	last := byte('Z')
	switch s.casemapping {
	case "rfc1459":
		last = '^'
	case "rfc1459-strict", "strict-rfc1459":
		last = ']'
	}
	out := []byte(name)
	for i, c := range out {
		if 'A' <= c && c <= last {
			out[i] = c + 'a' - 'A'
		}
	}
	return string(out)
}

func (s *support) same(a, b string) bool { return s.fold(a) == s.fold(b) }

// isChannel says whether a target is a channel, perhaps with a prefix for some
// of its members.
func (s *support) isChannel(target string) bool { return s.channelOf(target) != "" }

// channelOf returns the channel of a target, "" for that of a person.
func (s *support) channelOf(target string) string {
	channel := strings.TrimLeft(target, s.statusPrefix)
	if channel == "" || !strings.Contains(s.channelTypes, channel[:1]) {
		return ""
	}
	return channel
}

// validTarget says whether a message may be addressed so: to one channel or one
// nick, and to no list or mask.
func (s *support) validTarget(target string) bool {
	if s.isChannel(target) {
		return !strings.ContainsAny(target, " ,\r\n\x00\a")
	}
	return target != "" && !strings.ContainsAny(target, " ,:*?!@$%\r\n\x00\a") && target[0] > ' '
}

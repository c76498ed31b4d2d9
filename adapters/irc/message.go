package irc

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// message is one line of the protocol.
type message struct {
	// tags without a value are there, with an empty one.
	tags    map[string]string
	source  string
	command string
	params  []string
}

// parse reads a line without its end. Several spaces count as one; what
// servers send and no document allows is taken as far as it has a meaning.
func parse(line string) (message, error) {
	var m message
	rest := strings.TrimLeft(line, " ")
	if tags, found := strings.CutPrefix(rest, "@"); found {
		tags, rest = cutSpace(tags)
		m.tags = parseTags(tags)
	}
	if source, found := strings.CutPrefix(rest, ":"); found {
		m.source, rest = cutSpace(source)
	}
	m.command, rest = cutSpace(rest)
	if m.command == "" {
		return message{}, errors.New("the line has no command")
	}
	m.command = strings.ToUpper(m.command)
	for rest != "" {
		if last, found := strings.CutPrefix(rest, ":"); found {
			m.params = append(m.params, last)
			break
		}
		var param string
		param, rest = cutSpace(rest)
		m.params = append(m.params, param)
	}
	return m, nil
}

// cutSpace returns what stands before the first space and after those spaces.
func cutSpace(text string) (head, rest string) {
	head, rest, _ = strings.Cut(text, " ")
	return head, strings.TrimLeft(rest, " ")
}

// param returns a parameter, "" if there are fewer.
func (m message) param(i int) string {
	if i < 0 || i >= len(m.params) {
		return ""
	}
	return m.params[i]
}

// last returns the last parameter, where texts for people stand.
func (m message) last() string { return m.param(len(m.params) - 1) }

// encode writes a line without its end. It refuses what would be read as
// another message than this one: nothing that a text holds can end the line.
func (m message) encode() (string, error) {
	var b strings.Builder
	if len(m.tags) > 0 {
		tags := encodeTags(m.tags)
		if strings.Contains(tags, "\x00") {
			return "", fmt.Errorf("a tag of %s has the end of a line in it", m.command)
		}
		b.WriteString("@" + tags + " ")
	}
	if m.source != "" {
		if strings.ContainsAny(m.source, " \r\n\x00") {
			return "", fmt.Errorf("%q cannot be the source of a message", m.source)
		}
		b.WriteString(":" + m.source + " ")
	}
	if m.command == "" || strings.ContainsAny(m.command, " \r\n\x00:@") {
		return "", fmt.Errorf("%q cannot be a command", m.command)
	}
	b.WriteString(m.command)
	for i, p := range m.params {
		plain := p != "" && p[0] != ':' && !strings.Contains(p, " ")
		switch {
		case strings.ContainsAny(p, "\r\n\x00"):
			return "", fmt.Errorf("a parameter of %s has the end of a line in it", m.command)
		case plain:
			b.WriteString(" " + p)
		case i == len(m.params)-1:
			b.WriteString(" :" + p)
		default:
			return "", fmt.Errorf("%q can only be the last parameter of %s", p, m.command)
		}
	}
	return b.String(), nil
}

var (
	tagEscapes = strings.NewReplacer(`\`, `\\`, ";", `\:`, " ", `\s`, "\r", `\r`, "\n", `\n`)
	// A backslash before any other character, or at the end, is dropped.
	tagMeanings = map[byte]byte{':': ';', 's': ' ', 'r': '\r', 'n': '\n'}
)

func parseTags(text string) map[string]string {
	tags := map[string]string{}
	for tag := range strings.SplitSeq(text, ";") {
		key, value, _ := strings.Cut(tag, "=")
		if key != "" {
			tags[key] = unescapeTag(value)
		}
	}
	return tags
}

func unescapeTag(value string) string {
	if !strings.Contains(value, `\`) {
		return value
	}
	var b strings.Builder
	for i := 0; i < len(value); i++ {
		c := value[i]
		if c == '\\' {
			if i++; i == len(value) {
				break
			}
			c = value[i]
			if meaning, ok := tagMeanings[c]; ok {
				c = meaning
			}
		}
		b.WriteByte(c)
	}
	return b.String()
}

func encodeTags(tags map[string]string) string {
	var parts []string
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		part := key
		if value := tags[key]; value != "" {
			part += "=" + tagEscapes.Replace(value)
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, ";")
}

// source takes "nick!user@host" apart. A server's name is all nick.
func splitSource(source string) (nick, user, host string) {
	rest, host, _ := strings.Cut(source, "@")
	nick, user, _ = strings.Cut(rest, "!")
	return nick, user, host
}

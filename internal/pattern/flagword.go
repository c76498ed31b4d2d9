package pattern

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// mayBeFlag reports whether a word of a message that begins with a byte can be a
// flag: nearly none can.
func mayBeFlag(first byte) bool { return first == '-' || first >= utf8.RuneSelf }

// flagSpelling gives the form in which a word of a message is looked up among the
// flags: folded, with plain dashes. A long dash before a letter, or two, into
// which phones turn two dashes, is two dashes again. It is empty if the word is
// not dashes and a letter, or longer than any flag.
func flagSpelling(text string) string {
	if len(text) > 2*maxName {
		return ""
	}
	plain, long, rest := 0, 0, text
	for {
		r, size := utf8.DecodeRuneInString(rest)
		if isLongDash(r) {
			long++
		} else if plainDash(r) == '-' {
			plain++
		} else {
			break
		}
		rest = rest[size:]
	}
	first, _ := utf8.DecodeRuneInString(rest)
	switch {
	case !unicode.IsLetter(first) || plain+long < 1 || plain+long > 2 || plain > 0 && long > 0:
		return ""
	case plain == 1:
		return "-" + Fold(rest)
	}
	return "--" + Fold(rest)
}

func isLongDash(r rune) bool { return r == '–' || r == '—' || r == '―' }

// flagAt gives the flag that a word is.
func (m *matcher) flagAt(at int) (arg *argument, index int, ok bool) {
	w := m.in.words[at]
	if len(m.command.flags) == 0 || w.quoted || at >= m.flagsEnd || !mayBeFlag(w.text[0]) {
		return nil, 0, false
	}
	typed, _, _ := strings.Cut(w.text, "=")
	spelling := flagSpelling(typed)
	if spelling == "" {
		return nil, 0, false
	}
	index, ok = m.command.flags[spelling]
	if !ok && typed[0] != '-' {
		index, ok = m.command.flags[spelling[1:]] // one dash can become a long one too
	}
	return &m.command.arguments[index], index, ok
}

// flagValue gives what stands behind the = of a flag, and where.
func (m *matcher) flagValue(at int) (value, raw string, start int, ok bool) {
	w := m.in.words[at]
	_, raw, ok = strings.Cut(w.text, "=")
	start = w.end - len(raw)
	if w.value != nil {
		return w.value.text, raw, start, ok
	}
	return raw, raw, start, ok
}

// unknownFlag reports a word that looks like a flag where an argument would
// take it. Only a command with flags is so strict, and about one dash and a
// letter only one that has such a flag: a mistyped flag must not become a value.
func (m *matcher) unknownFlag(s state) bool {
	w := m.in.words[s.at]
	if len(m.command.flags) == 0 || w.quoted || s.at > m.flagsEnd || !mayBeFlag(w.text[0]) {
		return false
	}
	spelling := flagSpelling(cutAtRune(w.text, maxName))
	name, _, _ := strings.Cut(strings.TrimLeft(spelling, "-"), "=")
	if spelling == "" || spelling[1] != '-' && (!m.command.short || len(name) > 1) {
		return false
	}
	m.failure.note(s.at, rankFlag, s.literal, Problem{
		Kind: ProblemUnknownFlag, Value: m.shown(s.at), Offset: w.start,
		Expected: []Expectation{{Kind: ExpectFlags, Choices: m.command.flagNames}},
	})
	return true
}

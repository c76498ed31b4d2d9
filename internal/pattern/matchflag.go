package pattern

import (
	"strings"
)

// findFlagsEnd finds the lone -- after which nothing is a flag. A lone em dash
// is no such word: people write it between words.
func (m *matcher) findFlagsEnd() {
	for at := len(m.command.literals); at < len(m.in.words); at++ {
		if m.isFlagsEnd(at) {
			m.flagsEnd = at
			return
		}
	}
}

func (m *matcher) isFlagsEnd(at int) bool {
	w := m.in.words[at]
	return !w.quoted && w.text == "--"
}

// takeFlag moves over a flag, wherever it stands after the leading literals.
// Whether a word is a flag depends on the word alone, so this is no choice.
func (m *matcher) takeFlag(s state) (next state, ok, isFlag bool) {
	if len(m.command.flags) == 0 || s.at < len(m.command.literals) || s.at >= len(m.in.words) || s.at > m.flagsEnd {
		return s, false, false
	}
	if s.at == m.flagsEnd {
		s.at++
		return s, true, true
	}
	w := m.in.words[s.at]
	if w.quoted {
		return s, false, false
	}
	typed, value, hasValue := strings.Cut(w.text, "=")
	index, known := 0, false
	if len(typed) <= 2*maxName { // longer than any flag: spare the work
		index, known = m.command.flags[repairFlag(typed)]
	}
	if !known {
		return s, false, false
	}
	arg := &m.command.arguments[index]
	first, last := s.at, s.at
	raw := w.text[min(len(typed)+1, len(w.text)):]
	switch {
	case hasValue:
	case !arg.valued:
		value, raw = "true", w.text
	case s.at+1 == len(m.in.words):
		s.at++
		m.missingArgument(s, arg)
		return s, false, true
	default:
		last++
		value, raw = m.in.words[last].text, m.in.raw(last, last)
	}
	converted, fits := convert(&arg.Spec, value)
	if !fits {
		m.badValue(s, arg, raw, last)
		return s, false, true
	}
	converted.Raw = raw
	next = m.capture(s, capture{argument: index, first: first, last: last, value: converted})
	next.at = last + 1
	return next, true, true
}

// unknownFlag reports a word that looks like a flag where an argument would
// take it. Only a command with flags is so strict: a mistyped flag must not
// become a value.
func (m *matcher) unknownFlag(s state) bool {
	if len(m.command.flags) == 0 || s.at > m.flagsEnd {
		return false
	}
	w := m.in.words[s.at]
	form := repairFlag(cutAtRune(w.text, maxName))
	if w.quoted || len(form) < 3 || !strings.HasPrefix(form, "--") || !looksLikeFlag(form[1:]) {
		return false
	}
	m.failure.note(s.at, rankFlag, s.literal, Problem{
		Kind: ProblemUnknownFlag, Value: m.shown(s.at), Offset: w.start,
		Expected: []Expectation{{Kind: ExpectFlags, Choices: m.command.flagNames}},
	})
	return true
}

package pattern

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
// Whether a word is a flag, and how many words its value has, depends on the
// words alone, so this is no choice.
func (m *matcher) takeFlag(s state) (next state, ok, isFlag bool) {
	if len(m.command.flags) == 0 || s.at < len(m.command.literals) || s.at >= len(m.in.words) {
		return s, false, false
	}
	if s.at == m.flagsEnd {
		s.at++
		return s, true, true
	}
	arg, index, known := m.flagAt(s.at)
	if !known {
		return s, false, false
	}
	_, last, ok := m.takeFlagValue(s, arg)
	if !ok {
		return s, false, true
	}
	next = m.capture(s, capture{argument: index, first: s.at, last: last, flag: true})
	next.at = last + 1
	return next, true, true
}

// takeFlagValue gives the value of a flag and the last word of it.
func (m *matcher) takeFlagValue(s state, arg *argument) (value Value, last int, ok bool) {
	w := m.in.words[s.at]
	text, raw, start, typed := m.flagValue(s.at)
	switch {
	case !typed && arg.valued:
		return m.takeNextWords(s, arg)
	case !typed:
		text, raw, start = "true", w.text, w.start
	}
	if value, ok = m.convert(arg, s.at, lastOfFlag, text, raw); !ok {
		m.badValue(s, arg, text, raw, start)
	}
	value.Start, value.End = start, w.end
	return value, s.at, ok
}

// takeNextWords gives the value of a flag that stands in the words after it.
func (m *matcher) takeNextWords(s state, arg *argument) (value Value, last int, ok bool) {
	first := s.at + 1
	s.at = first
	if first == len(m.in.words) || first == m.flagsEnd {
		m.missingArgument(s, arg)
		return Value{}, 0, false
	}
	if _, _, isFlag := m.flagAt(first); isFlag {
		m.missingArgument(s, arg)
		return Value{}, 0, false
	}
	for last = first + m.span(arg, first) - 1; last >= first; last-- {
		if value, ok = m.convertWords(arg, first, last); ok {
			return value, last, true
		}
	}
	m.badWords(s, arg)
	return Value{}, 0, false
}

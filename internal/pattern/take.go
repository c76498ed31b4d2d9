package pattern

// take gives a word, some words or the rest of the message to an argument.
func (m *matcher) take(s state, i instruction) (next state, going, done bool) {
	arg := &m.command.arguments[i.argument]
	if s.at == len(m.in.words) {
		m.missingArgument(s, arg)
		return s, false, false
	}
	if m.unknownFlag(s) {
		return s, false, false
	}
	if i.op == opRest {
		next, ok := m.takeRest(s, i.argument)
		return next, false, ok
	}
	return m.takeWords(s, i.argument)
}

// takeWords gives one word to an argument, or of a time or duration as many as
// fit; fewer are tried if those lead to no match.
func (m *matcher) takeWords(s state, index int) (next state, going, done bool) {
	arg := &m.command.arguments[index]
	for words := 1; words <= m.span(arg, s.at); words++ {
		last := s.at + words - 1
		if !m.fits(arg, s.at, last) {
			continue
		}
		if going {
			m.stack = append(m.stack, next)
		}
		next = m.capture(s, capture{argument: index, first: s.at, last: last})
		next.pc, next.at = s.pc+1, last+1
		going = true
	}
	if !going {
		m.badWords(s, arg)
		return s, false, false
	}
	return next, true, false
}

// span gives how many words from one on an argument may take together. No flag
// and nothing that is quoted is part of a time or duration, so that nobody has to
// look for them.
func (m *matcher) span(arg *argument, first int) int {
	return min(arg.words(), len(m.in.words)-first)
}

// words gives the most words that one value of the argument may have.
func (a *argument) words() int {
	if a.Type == TypeTime || a.Type == TypeDuration {
		return maxWhenWords
	}
	return 1
}

// fits reports whether some words are a value of an argument.
func (m *matcher) fits(arg *argument, first, last int) bool {
	if arg.Type == TypeText && arg.Check == CheckNone {
		return true // nearly all
	}
	_, ok := m.convertWords(arg, first, last)
	return ok
}

// convertWords gives the value that some words are for an argument, or with
// lastOfRest everything from a word on.
func (m *matcher) convertWords(arg *argument, first, last int) (Value, bool) {
	start, end := m.in.words[first].start, len(m.in.text)
	if last != lastOfRest {
		end = m.in.words[last].end
	}
	raw := m.in.text[start:end]
	text := raw
	if first == last {
		text = m.in.words[first].text
	}
	value, ok := m.convert(arg, first, last, text, raw)
	value.Start, value.End = start, end
	return value, ok
}

// convertTyped gives the value that text is for spec, which was typed as raw. A
// text of JSON has quotes of its own.
func convertTyped(spec *Spec, text, raw string) (Value, bool) {
	value, ok := convert(spec, text)
	if !ok && spec.Check == CheckJSON && raw != text {
		value, ok = convert(spec, raw)
	}
	value.Raw = raw
	return value, ok
}

// takeRest gives everything from a word on to an argument.
func (m *matcher) takeRest(s state, index int) (next state, ok bool) {
	arg := &m.command.arguments[index]
	if !m.fits(arg, s.at, lastOfRest) {
		text := m.in.rest(s.at)
		m.badValue(s, arg, text, text, m.in.words[s.at].start)
		return s, false
	}
	return m.capture(s, capture{argument: index, first: s.at, last: lastOfRest}), true
}

// takeFiles gives what came with the message to an argument. It takes no word.
func (m *matcher) takeFiles(s state, index int) (next state, going, done bool) {
	arg := &m.command.arguments[index]
	switch {
	case m.in.files == 0:
		m.missingFile(s, arg)
		return s, false, false
	case m.in.files > 1 && !arg.List:
		m.excessFiles(s, arg)
		return s, false, false
	}
	next = m.capture(s, capture{argument: index})
	next.pc = s.pc + 1
	return next, true, false
}

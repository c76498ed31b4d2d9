package pattern

// The more telling of two problems with one word has the higher rank.
const (
	rankUnexpected = iota + 1
	rankMissing
	rankValue
	rankFlag
)

// shown gives a word for a problem, unless the command has a secret to keep.
func (m *matcher) shown(at int) string {
	if m.command.sensitive {
		return ""
	}
	return m.in.raw(at, at)
}

func (m *matcher) unexpected(s state, expected Expectation) {
	m.failure.note(s.at, rankUnexpected, s.literal, Problem{
		Kind: ProblemUnexpected, Value: m.shown(s.at), Offset: m.in.words[s.at].start,
	}, expected)
}

// missing notes that the message ends where a literal must stand.
func (m *matcher) missing(s state, expected Expectation) {
	if m.in.more {
		m.tooManyWords(s)
		return
	}
	m.failure.note(s.at, rankMissing, s.literal, Problem{Kind: ProblemMissing, Offset: len(m.in.text)}, expected)
}

// missingArgument notes that the message ends where an argument must stand.
func (m *matcher) missingArgument(s state, arg *argument) {
	if m.in.more {
		m.tooManyWords(s)
		return
	}
	m.failure.note(s.at, rankMissing, s.literal, Problem{
		Kind: ProblemMissing, Argument: arg.Name, Offset: len(m.in.text), Expected: []Expectation{arg.accepts},
	}, arg.accepts)
}

// badValue notes that a value which was typed as raw at an offset does not fit.
func (m *matcher) badValue(s state, arg *argument, text, raw string, offset int) {
	problem := Problem{
		Kind: ProblemBadValue, Argument: arg.Name, Value: raw, Offset: offset, Column: arg.Check.column(text),
		Expected: []Expectation{arg.accepts},
	}
	if m.command.sensitive {
		problem.Value, problem.Column = "", 0
	}
	m.failure.note(s.at, rankValue, s.literal, problem, arg.accepts)
}

// badWords notes that the words from the next one on do not fit.
func (m *matcher) badWords(s state, arg *argument) {
	first, last := s.at, s.at
	if w := m.in.words[first]; m.span(arg, first) > 1 && equalFolded("in", w.text) {
		last++ // says nothing by itself
	}
	m.badValue(s, arg, m.in.words[first].text, m.in.raw(first, last), m.in.words[first].start)
}

// missingFile notes that no file came with the message.
func (m *matcher) missingFile(s state, arg *argument) {
	m.failure.note(s.at, rankMissing, s.literal, Problem{
		Kind: ProblemMissing, Argument: arg.Name, Offset: len(m.in.text), Expected: []Expectation{arg.accepts},
	}, arg.accepts)
}

// excessFiles notes that several files came where one is wanted. Then nothing
// matches: a file that was sent must not be passed over.
func (m *matcher) excessFiles(s state, arg *argument) {
	m.excess = &Problem{
		Kind: ProblemTooManyFiles, Argument: arg.Name, Offset: len(m.in.text), Expected: []Expectation{arg.accepts},
	}
	m.failure.note(s.at, rankFlag, s.literal, *m.excess)
}

func (m *matcher) tooManyWords(s state) {
	m.failure.note(s.at, rankFlag, s.literal, Problem{
		Kind: ProblemTooManyWords, Offset: len(m.in.text),
	})
}

// values gives the arguments of the match, or the flag that was given twice.
func (m *matcher) values() ([]Value, *Problem) {
	taken := make([][]capture, len(m.command.arguments))
	for i := m.last; i >= 0; i = m.captures[i].before {
		c := m.captures[i]
		taken[c.argument] = append(taken[c.argument], c)
	}
	var out []Value
	for i := range m.command.arguments {
		arg, got := &m.command.arguments[i], taken[i]
		switch {
		case len(got) == 0 && arg.HasDefault:
			value, _ := convert(&arg.Spec, arg.Default) // checked by Compile
			value.Raw = arg.Default
			out = append(out, value)
		case len(got) == 0:
		case arg.Type == TypeFile:
			out = append(out, got[0].value)
		case arg.List:
			out = append(out, m.list(arg, got))
		case len(got) > 1:
			return nil, &Problem{
				Kind: ProblemRepeatedFlag, Argument: arg.Name, Value: m.shown(got[0].first),
				Offset: m.in.words[got[0].first].start,
			}
		default:
			out = append(out, got[0].value)
		}
	}
	return out, nil
}

// list builds the value of a list from its captures, the last word first. A
// flag may stand between its words and is then part of Raw.
func (m *matcher) list(arg *argument, got []capture) Value {
	value := Value{Name: arg.Name, Type: arg.Type, IsList: true, Sensitive: arg.Sensitive}
	first, last := got[len(got)-1].first, got[0].last
	value.Raw, value.Start, value.End = m.in.raw(first, last), m.in.words[first].start, m.in.words[last].end
	for i := len(got) - 1; i >= 0; i-- {
		value.List = append(value.List, got[i].value)
	}
	return value
}

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
		Kind: ProblemBadValue, Argument: arg.Name, Value: raw, Offset: offset, Expected: []Expectation{arg.accepts},
	}
	if m.command.sensitive {
		problem.Value = ""
	}
	if m.failure.note(s.at, rankValue, s.literal, problem, arg.accepts) {
		m.failure.check, m.failure.text = arg.Check, text
	}
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

package pattern

// Verdict says how far a message matches a command.
type Verdict int

// The verdicts.
const (
	No   Verdict = iota // the message is about something else
	Near                // the literals at its beginning fit and something after them does not
	Yes                 // the whole message fits
)

// Match matches a whole message. With Yes it gives the arguments in the order
// of the pattern, defaults filled in and absent optionals left out. With Near
// it gives the problem, which must not be shown to somebody who may not run the
// command. A command that begins with no literal is near only if a literal of
// it was met.
func (c *Command) Match(in Input) (args []Value, verdict Verdict, problem *Problem) {
	args, verdict, problem, _ = c.match(in)
	return args, verdict, problem
}

func (c *Command) match(in Input) (args []Value, verdict Verdict, problem *Problem, steps int) {
	for i, literal := range c.literals {
		if i >= len(in.words) || in.words[i].quoted || !equalFolded(literal, in.words[i].text) {
			return nil, No, nil, 0
		}
	}
	m := newMatcher(c, in)
	args, verdict, problem = m.match()
	return args, verdict, problem, m.steps
}

func newMatcher(c *Command, in Input) *matcher {
	m := &matcher{command: c, in: in, last: -1, flagsEnd: len(in.words)}
	if len(c.flags) > 0 {
		m.findFlagsEnd()
	}
	return m
}

// match takes a message that begins with the literals of the command.
func (m *matcher) match() (args []Value, verdict Verdict, problem *Problem) {
	ok := m.run()
	if ok && m.excess != nil {
		return nil, Near, m.excess
	}
	if ok {
		args, problem = m.values()
		if problem == nil {
			return args, Yes, nil
		}
		return nil, Near, problem
	}
	if len(m.command.literals) == 0 && !m.failure.literal {
		return nil, No, nil
	}
	return nil, Near, m.failure.report()
}

// state is a place in the program and in the message, with how it was reached.
type state struct {
	pc, at  int
	capture int // index of the last capture, or -1
	literal bool
}

// capture says that an argument takes words first to last. Captures form a
// chain to the beginning of the message, so that ways through the program share
// what they have in common. Values are made of those of the match only.
type capture struct {
	before   int
	argument int
	first    int // of a flag the flag itself
	last     int // lastOfRest: everything
	flag     bool
}

type matcher struct {
	command   *Command
	in        Input
	flagsEnd  int // word from which on nothing is a flag: a lone -- or the end
	captures  []capture
	visited   []uint64
	columns   int
	failure   failure
	memo      map[memoKey]*Value
	converted int      // how often it took work to convert
	excess    *Problem // several files came where one is wanted
	stack     []state
	steps     int
	last      int // the last capture of the match
}

// run looks for the first way through the program, in order of preference.
// Whether a state leads to a match does not depend on how it was reached, so a
// state that was visited is never entered again.
func (m *matcher) run() bool {
	m.columns = min(len(m.in.words), m.command.reach()) + 1
	m.visited = make([]uint64, (len(m.command.program)*m.columns+63)/64)
	m.stack = append(m.stack, state{capture: -1})
	for len(m.stack) > 0 {
		s := m.stack[len(m.stack)-1]
		m.stack = m.stack[:len(m.stack)-1]
		for going := true; going; {
			if s.at >= m.columns || !m.enter(s) {
				break
			}
			switch i := m.command.program[s.pc]; {
			case i.op == opSplit:
				other := s
				other.pc = i.other
				m.stack = append(m.stack, other)
				s.pc++
			case i.op == opJump:
				s.pc = i.other
			default:
				var done bool
				if s, going, done = m.step(s, i); done {
					m.last = s.capture
					return true
				}
			}
		}
	}
	return false
}

// enter marks a state as visited; false if it was.
func (m *matcher) enter(s state) bool {
	bit := s.pc*m.columns + s.at
	if m.visited[bit/64]&(1<<(bit%64)) != 0 {
		return false
	}
	m.visited[bit/64] |= 1 << (bit % 64)
	m.steps++
	return true
}

// step takes one instruction that looks at the message.
func (m *matcher) step(s state, i instruction) (next state, going, done bool) {
	if taken, ok, isFlag := m.takeFlag(s); isFlag {
		return taken, ok, false
	}
	switch i.op {
	case opEnd:
		if s.at == len(m.in.words) && !m.in.more {
			return s, false, true
		}
		switch {
		case s.at == len(m.in.words):
			m.tooManyWords(s)
		case !m.unknownFlag(s):
			m.unexpected(s, Expectation{Kind: ExpectEnd})
		}
		return s, false, false
	case opLiteral:
		if s.at == len(m.in.words) {
			m.missing(s, Expectation{Kind: ExpectLiteral, Text: i.word})
			return s, false, false
		}
		w := m.in.words[s.at]
		if w.quoted || !equalFolded(i.literal, w.text) {
			if m.unknownFlag(s) {
				return s, false, false
			}
			m.unexpected(s, Expectation{Kind: ExpectLiteral, Text: i.word})
			return s, false, false
		}
		return state{pc: s.pc + 1, at: s.at + 1, capture: s.capture, literal: true}, true, false
	case opFile:
		return m.takeFiles(s, i.argument)
	}
	return m.take(s, i)
}

func (m *matcher) capture(s state, c capture) state {
	c.before = s.capture
	m.captures = append(m.captures, c)
	s.capture = len(m.captures) - 1
	return s
}

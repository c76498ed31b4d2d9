package pattern

import (
	"fmt"
	"regexp/syntax"
	"slices"
	"sync/atomic"
	"unicode"
	"unicode/utf8"
)

// A Set finds in one pass over a text which of many OCO-REs are found in it. It is
// a deterministic automaton over all of them that is made as texts need it: each
// text pays for what it needs first, at most about what trying every expression
// would cost, and later ones find it made. It is safe for concurrent use, and what
// is made is read without a lock.
type Set struct {
	size      int
	program   []syntax.Inst // of all expressions, one behind the other
	owner     map[uint32]int32
	anywhere  []uint32 // where the expressions begin that may begin anywhere
	atStart   []uint32 // where those do that begin with the text
	looksBack syntax.EmptyOp
	alphabet  alphabet
	automaton atomic.Pointer[automaton]
}

// NewSet makes a set of expressions, which are numbered in their order.
func NewSet(all []*Regexp) (*Set, error) {
	s := &Set{size: len(all), owner: make(map[uint32]int32)}
	for i, re := range all {
		tree, err := re.Syntax()
		if err != nil {
			return nil, fmt.Errorf("the expression %q: %w", re, err)
		}
		program, err := syntax.Compile(tree.Simplify())
		if err != nil {
			return nil, fmt.Errorf("the expression %q: %w", re, err)
		}
		s.add(int32(i), program)
	}
	s.alphabet = newAlphabet(s.program)
	s.automaton.Store(newAutomaton(s))
	return s, nil
}

func (s *Set) add(number int32, program *syntax.Prog) {
	base := uint32(len(s.program))
	for i, inst := range program.Inst {
		switch inst.Op {
		case syntax.InstMatch:
			s.owner[base+uint32(i)] = number
		case syntax.InstAlt, syntax.InstAltMatch:
			inst.Out, inst.Arg = inst.Out+base, inst.Arg+base
		case syntax.InstFail:
		case syntax.InstEmptyWidth:
			s.looksBack |= syntax.EmptyOp(inst.Arg)
			inst.Out += base
		default:
			inst.Out += base
		}
		s.program = append(s.program, inst)
	}
	start := base + uint32(program.Start)
	if program.StartCond()&syntax.EmptyBeginText != 0 {
		s.atStart = append(s.atStart, start)
	} else {
		s.anywhere = append(s.anywhere, start)
	}
}

// Match gives the numbers of the expressions that are found in a text, in no
// order. ok is false if the text needs more than was made so far and than it may
// make: then each expression must be tried. The text is cut and must be valid, as
// for [Regexp.Match].
func (s *Set) Match(text string) (found []int32, ok bool) {
	if s.size == 0 {
		return nil, true
	}
	const stepsEach = 64 // about what it takes to try an expression
	budget := stepsEach*s.size + 1024
	a := s.automaton.Load()
	at := a.first
	var hit []uint64
	note := func(numbers []int32) {
		if len(numbers) > 0 && hit == nil {
			hit = make([]uint64, (s.size+63)/64)
		}
		for _, n := range numbers {
			if word, bit := &hit[n/64], uint64(1)<<(n%64); *word&bit == 0 {
				*word |= bit
				found = append(found, n)
			}
		}
	}
	for _, r := range cutAtRune(text, MaxRegexpText) {
		e := at.edges[s.alphabet.class(r)].Load()
		if e == nil {
			if e = a.edge(at, s.alphabet.class(r), &budget); e == nil {
				return nil, false
			}
		}
		note(e.found)
		if at = e.to; at == nil {
			return found, true // nothing can begin or go on any more
		}
	}
	e := at.edges[s.alphabet.end()].Load()
	if e == nil {
		if e = a.edge(at, s.alphabet.end(), &budget); e == nil {
			return nil, false
		}
	}
	note(e.found)
	return found, true
}

// An alphabet puts characters into classes: those of one are alike to every
// expression of a set.
type alphabet struct {
	ascii  [utf8.RuneSelf]int32
	begins []rune // the first character of each class, ascending
}

func newAlphabet(program []syntax.Inst) alphabet {
	begins := []rune{0}
	cut := func(low, high rune) { begins = append(begins, low, high+1) }
	for _, word := range [][2]rune{{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}, {'\n', '\n'}} {
		cut(word[0], word[1])
	}
	for _, inst := range program {
		switch {
		case inst.Op != syntax.InstRune && inst.Op != syntax.InstRune1:
		case len(inst.Rune) == 1:
			r := inst.Rune[0]
			cut(r, r)
			if syntax.Flags(inst.Arg)&syntax.FoldCase != 0 {
				for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
					cut(other, other)
				}
			}
		default:
			for i := 0; i < len(inst.Rune); i += 2 {
				cut(inst.Rune[i], inst.Rune[i+1])
			}
		}
	}
	slices.Sort(begins)
	a := alphabet{begins: slices.Compact(begins)}
	for r := range a.ascii {
		a.ascii[r] = int32(a.find(rune(r)))
	}
	return a
}

func (a *alphabet) find(r rune) int {
	i, exact := slices.BinarySearch(a.begins, r)
	if exact {
		return i
	}
	return i - 1
}

func (a *alphabet) class(r rune) int {
	if r < utf8.RuneSelf {
		return int(a.ascii[r])
	}
	return a.find(r)
}

// end is the class of the end of the text.
func (a *alphabet) end() int { return len(a.begins) }

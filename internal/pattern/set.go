package pattern

import (
	"fmt"
	"regexp/syntax"
	"slices"
	"sync/atomic"
)

// MaxRegexpSteps is the most that one text may cost: what the dearest OCO-RE costs
// on the longest text. Who registers many pays for all of them together.
const MaxRegexpSteps = MaxRegexpCost * MaxRegexpText

// A Set finds in one pass over a text which of many OCO-REs are found in it. It is
// a deterministic automaton over all of them that is made as texts need it, and
// where a text needs more than one text may make, the rest of it is simulated. It
// is safe for concurrent use, and nobody waits for a lock.
//
// A set does not change. One with more expressions shares with it what is costly;
// see [Set.With].
type Set struct {
	code      code
	payers    []int32  // by expression: who pays for it
	most      int32    // the greatest payer
	anywhere  []uint32 // where the expressions begin that may begin anywhere
	atStart   []uint32 // where those do that begin with the text
	looksBack syntax.EmptyOp
	alphabet  alphabet
	newest    *atomic.Int64 // expressions of the newest set that shares the slices above
	automaton atomic.Pointer[automaton]
}

// A Member is an expression of a set and who pays for it: a small number that the
// caller gives to each of those who register expressions.
type Member struct {
	Regexp *Regexp
	Payer  int32
}

// NewSet makes a set of expressions, which are numbered in their order.
func NewSet(all []Member) (*Set, error) {
	empty := &Set{newest: new(atomic.Int64), alphabet: newAlphabet()}
	empty.automaton.Store(newAutomaton(empty))
	return empty.With(all)
}

// With gives a set of these expressions and more, numbered on. The time is about
// that for what is added: the two share the rest, and only what texts have made so
// far is left behind.
func (s *Set) With(more []Member) (*Set, error) {
	if len(more) == 0 {
		return s, nil
	}
	out := &Set{
		code: s.code, payers: s.payers, most: s.most, anywhere: s.anywhere, atStart: s.atStart,
		looksBack: s.looksBack, alphabet: s.alphabet, newest: s.newest,
	}
	if size := int64(s.Len()); !s.newest.CompareAndSwap(size, size+int64(len(more))) {
		// Another set has grown out of this one already.
		out.code, out.payers = slices.Clone(s.code), slices.Clone(s.payers)
		out.anywhere, out.atStart = slices.Clone(s.anywhere), slices.Clone(s.atStart)
		out.newest = new(atomic.Int64)
		out.newest.Store(size + int64(len(more)))
	}
	known := len(out.code)
	for _, m := range more {
		start, anchored, err := out.code.add(m.Regexp, int32(len(out.payers)), m.Payer)
		if err != nil {
			return nil, fmt.Errorf("the expression %q: %w", m.Regexp, err)
		}
		if anchored {
			out.atStart = append(out.atStart, start)
		} else {
			out.anywhere = append(out.anywhere, start)
		}
		out.payers, out.most = append(out.payers, m.Payer), max(out.most, m.Payer)
	}
	for i := range out.code[known:] {
		out.looksBack |= out.code[known+i].empty
	}
	out.alphabet = s.alphabet.with(out.code[known:])
	out.automaton.Store(newAutomaton(out))
	return out, nil
}

// Len is the number of expressions.
func (s *Set) Len() int { return len(s.payers) }

// Match gives the numbers of the expressions that are found in a text, in no
// order. The text is cut and must be valid, as for [Regexp.Match].
//
// spent are the payers whose expressions together needed more than
// [MaxRegexpSteps]: of theirs only those are given that were found until then.
// Nobody else loses anything by it.
func (s *Set) Match(text string) (found, spent []int32) {
	found, spent, _ = s.match(text)
	return found, spent
}

// match is Match; steps counts the instructions that were looked at.
func (s *Set) match(text string) (found, spent []int32, steps int) {
	if s.Len() == 0 {
		return nil, nil, 0
	}
	text = cutAtRune(text, MaxRegexpText)
	budget := min(64*s.Len()+1024, 64*1024)
	made := budget
	a := s.automaton.Load()
	at := a.first
	var hits hits
	for i, r := range text {
		class := s.alphabet.class(r)
		e := at.edges[class].Load()
		if e == nil {
			if e = a.edge(at, class, &budget); e == nil {
				spent, steps := s.simulate(at, text[i:], &hits)
				return hits.found, spent, made - budget + steps
			}
		}
		hits.add(s, e.found)
		if at = e.to; at == nil {
			return hits.found, nil, made - budget // nothing can begin or go on any more
		}
	}
	e := at.edges[s.alphabet.end()].Load()
	if e == nil {
		if e = a.edge(at, s.alphabet.end(), &budget); e == nil {
			spent, steps := s.simulate(at, "", &hits)
			return hits.found, spent, made - budget + steps
		}
	}
	hits.add(s, e.found)
	return hits.found, nil, made - budget
}

// hits are the expressions that were found, each once.
type hits struct {
	found []int32
	is    []uint64
}

func (h *hits) add(s *Set, numbers []int32) {
	for _, n := range numbers {
		h.addOne(s, n)
	}
}

func (h *hits) addOne(s *Set, n int32) {
	if h.is == nil {
		h.is = make([]uint64, (s.Len()+63)/64)
	}
	if word, bit := &h.is[n/64], uint64(1)<<(n%64); *word&bit == 0 {
		*word |= bit
		h.found = append(h.found, n)
	}
}

func (h *hits) has(n int32) bool { return h.is != nil && h.is[n/64]&(1<<(n%64)) != 0 }

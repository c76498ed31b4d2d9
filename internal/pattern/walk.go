package pattern

import (
	"regexp/syntax"
	"slices"
)

// A walk follows the instructions that may go on over one character, each once.
type walk struct {
	marks []uint32 // by instruction: the round in which it was reached
	round uint32
	stack []uint32
	next  []uint32 // what goes on behind the character
}

// begin begins a round at a place of a text: with what goes on there, and with
// what begins anywhere.
func (w *walk) begin(s *Set, going, anywhere []uint32) {
	if len(w.marks) != len(s.code) || w.round == ^uint32(0) {
		w.marks, w.round = make([]uint32, len(s.code)), 0
	}
	w.round++
	w.stack = append(append(w.stack[:0], going...), anywhere...)
	w.next = w.next[:0]
}

// take gives an instruction that was not taken in this round.
func (w *walk) take() (pc uint32, ok bool) {
	for n := len(w.stack); n > 0; n = len(w.stack) {
		pc, w.stack = w.stack[n-1], w.stack[:n-1]
		if w.marks[pc] != w.round {
			w.marks[pc] = w.round
			return pc, true
		}
	}
	return 0, false
}

// follow goes on behind an instruction that ends no expression. r is the character
// that comes, -1 at the end.
func (w *walk) follow(inst *setInst, r rune, empty syntax.EmptyOp) {
	switch inst.op {
	case syntax.InstAlt:
		w.stack = append(w.stack, inst.out, inst.arg)
	case syntax.InstEmptyWidth:
		if inst.empty&^empty == 0 {
			w.stack = append(w.stack, inst.out)
		}
	case syntax.InstRune:
		if r >= 0 && inst.match(r) {
			w.next = append(w.next, inst.out)
		}
	}
}

// A simulation goes on from a place of the automaton through the rest of a text,
// without making anything. It costs at most [MaxRegexpSteps] for each payer.
type simulation struct {
	set      *Set
	walk     walk
	going    []uint32
	before   before
	anywhere []uint32 // without those of who has spent all
	paid     []int32  // by payer
	spent    []int32  // the payers who would have needed more
	steps    int
}

func (s *Set) simulate(at *place, rest string, hits *hits) (spent []int32, steps int) {
	m := simulation{
		set: s, going: slices.Clone(at.going), before: at.before, anywhere: s.anywhere,
		paid: make([]int32, s.most+1),
	}
	for _, r := range rest {
		m.round(r, hits)
		if len(m.going) == 0 && len(m.anywhere) == 0 {
			return m.spent, m.steps
		}
	}
	m.round(-1, hits)
	return m.spent, m.steps
}

// round follows everything over one character, or -1 for the end.
func (m *simulation) round(r rune, hits *hits) {
	m.walk.begin(m.set, m.going, m.anywhere)
	empty, spent := m.before.around(r), len(m.spent)
	for pc, ok := m.walk.take(); ok; pc, ok = m.walk.take() {
		inst := &m.set.code[pc]
		m.steps++
		switch {
		case !m.pay(inst.payer) || hits.has(inst.owner):
		case inst.op == syntax.InstMatch:
			hits.addOne(m.set, inst.owner)
		default:
			m.walk.follow(inst, r, empty)
		}
	}
	m.going, m.walk.next = m.walk.next, m.going
	m.before = after(r)
	if len(m.spent) > spent {
		m.anywhere = slices.DeleteFunc(slices.Clone(m.anywhere), func(pc uint32) bool {
			return m.paid[m.set.code[pc].payer] > MaxRegexpSteps
		})
	}
}

// pay takes one step from who pays, and says whether it was there.
func (m *simulation) pay(payer int32) bool {
	if m.paid[payer] > MaxRegexpSteps {
		return false
	}
	m.paid[payer]++
	if m.paid[payer] > MaxRegexpSteps {
		m.spent = append(m.spent, payer)
		return false
	}
	return true
}

// before says what a place must know of the character before it.
type before uint8

const (
	beginsText before = 1 << iota
	beginsLine
	afterWord
)

// around is what is true between the character before and r, or -1 for the end.
func (b before) around(r rune) syntax.EmptyOp {
	var out syntax.EmptyOp
	if b&beginsText != 0 {
		out |= syntax.EmptyBeginText
	}
	if b&beginsLine != 0 {
		out |= syntax.EmptyBeginLine
	}
	if r < 0 {
		out |= syntax.EmptyEndText
	}
	if r < 0 || r == '\n' {
		out |= syntax.EmptyEndLine
	}
	if (b&afterWord != 0) != syntax.IsWordChar(r) {
		return out | syntax.EmptyWordBoundary
	}
	return out | syntax.EmptyNoWordBoundary
}

// after is what a place behind r must know.
func after(r rune) before {
	switch {
	case r == '\n':
		return beginsLine
	case syntax.IsWordChar(r):
		return afterWord
	}
	return 0
}

package pattern

import (
	"encoding/binary"
	"regexp/syntax"
	"slices"
	"sync"
	"sync/atomic"
)

// maxPlaces and maxEdges bound an automaton: a set that needs more begins anew.
const (
	maxPlaces = 2048
	maxEdges  = 1 << 20
)

// An automaton is what was made so far of a set.
type automaton struct {
	set   *Set
	first *place

	mu     sync.Mutex // for all below
	places map[string]*place
	marks  []uint32 // by instruction: the round in which it was reached
	round  uint32
	stack  []uint32
	next   []uint32
}

// A place is what may go on somewhere in a text: instructions, without those with
// which expressions begin anywhere, and what was right before.
type place struct {
	going  []uint32
	before before
	edges  []atomic.Pointer[edge] // by class of what comes next
}

// before says what a place must know of the character before it.
type before uint8

const (
	beginsText before = 1 << iota
	beginsLine
	afterWord
)

// An edge is what one character makes of a place.
type edge struct {
	to    *place  // nil: nothing goes on
	found []int32 // the expressions that end before the character
}

func newAutomaton(s *Set) *automaton {
	a := &automaton{set: s, places: make(map[string]*place), marks: make([]uint32, len(s.program))}
	a.first = a.place(s.atStart, beginsText|beginsLine)
	return a
}

// place gives the place of some instructions, which it copies.
func (a *automaton) place(going []uint32, b before) *place {
	key := make([]byte, 0, 4*len(going)+1)
	for _, pc := range going {
		key = binary.LittleEndian.AppendUint32(key, pc)
	}
	key = append(key, byte(b))
	if s, ok := a.places[string(key)]; ok {
		return s
	}
	s := &place{going: slices.Clone(going), before: b, edges: make([]atomic.Pointer[edge], a.set.alphabet.end()+1)}
	a.places[string(key)] = s
	return s
}

// edge makes the edge of a place for a class; nil if that takes more steps than
// are left.
func (a *automaton) edge(from *place, class int, budget *int) *edge {
	a.mu.Lock()
	defer a.mu.Unlock()
	if e := from.edges[class].Load(); e != nil {
		return e
	}
	if *budget <= 0 {
		return nil
	}
	if len(a.places) >= min(maxPlaces, 16+maxEdges/len(from.edges)) {
		// Texts under way go on with what they have; the next ones begin anew.
		a.set.automaton.CompareAndSwap(a, newAutomaton(a.set))
		return nil
	}
	e := a.step(from, class, budget)
	from.edges[class].Store(e)
	return e
}

// step follows everything that may go on over one character or the end.
func (a *automaton) step(from *place, class int, budget *int) *edge {
	s, e := a.set, &edge{}
	end := class == s.alphabet.end()
	r := rune(-1)
	if !end {
		r = s.alphabet.begins[class]
	}
	empty := from.before.around(r)
	a.round++
	a.stack, a.next = append(append(a.stack[:0], from.going...), s.anywhere...), a.next[:0]
	for len(a.stack) > 0 {
		pc := a.stack[len(a.stack)-1]
		a.stack = a.stack[:len(a.stack)-1]
		if a.marks[pc] == a.round {
			continue
		}
		a.marks[pc] = a.round
		*budget--
		inst := &s.program[pc]
		switch inst.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			a.stack = append(a.stack, inst.Out, inst.Arg)
		case syntax.InstCapture, syntax.InstNop:
			a.stack = append(a.stack, inst.Out)
		case syntax.InstEmptyWidth:
			if syntax.EmptyOp(inst.Arg)&^empty == 0 {
				a.stack = append(a.stack, inst.Out)
			}
		case syntax.InstMatch:
			e.found = append(e.found, s.owner[pc])
		case syntax.InstFail:
		default: // a character
			if !end && inst.MatchRune(r) {
				a.next = append(a.next, inst.Out)
			}
		}
	}
	if end || len(a.next) == 0 && len(s.anywhere) == 0 {
		return e
	}
	slices.Sort(a.next)
	a.next = slices.Compact(a.next)
	e.to = a.place(a.next, s.after(r))
	return e
}

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

// after is what a place behind r must know, as far as an expression asks.
func (s *Set) after(r rune) before {
	var b before
	if r == '\n' && s.looksBack&syntax.EmptyBeginLine != 0 {
		b |= beginsLine
	}
	if syntax.IsWordChar(r) && s.looksBack&(syntax.EmptyWordBoundary|syntax.EmptyNoWordBoundary) != 0 {
		b |= afterWord
	}
	return b
}

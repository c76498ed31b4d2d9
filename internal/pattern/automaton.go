package pattern

import (
	"encoding/binary"
	"regexp/syntax"
	"slices"
	"sync"
	"sync/atomic"
)

// What bounds an automaton: a set that needs more begins anew.
const (
	maxPlaces = 2048
	maxEdges  = 1 << 20
	maxGoing  = 1 << 20
)

// An automaton is what was made so far of a set.
type automaton struct {
	set   *Set
	first *place

	mu     sync.Mutex // for all below; who finds it taken simulates
	places map[string]*place
	going  int // instructions of all places
	walk   walk
}

// A place is what may go on somewhere in a text: instructions, without those with
// which expressions begin anywhere, and what was right before.
type place struct {
	going  []uint32
	before before
	edges  []atomic.Pointer[edge] // by class of what comes next
}

// An edge is what one character makes of a place.
type edge struct {
	to    *place  // nil: nothing goes on
	found []int32 // the expressions that end before the character
}

func newAutomaton(s *Set) *automaton {
	a := &automaton{set: s, places: make(map[string]*place)}
	a.first = a.place(s.atStart, beginsText|beginsLine)
	return a
}

// asks is what a place of the set must know of the character before it.
func (s *Set) asks() before {
	var b before
	if s.looksBack&syntax.EmptyBeginLine != 0 {
		b |= beginsLine
	}
	if s.looksBack&(syntax.EmptyWordBoundary|syntax.EmptyNoWordBoundary) != 0 {
		b |= afterWord
	}
	return b
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
	a.going += len(going)
	return s
}

// edge makes the edge of a place for a class; nil if that takes more steps than
// are left, or if somebody else is making one.
func (a *automaton) edge(from *place, class int, budget *int) *edge {
	if *budget <= 0 || !a.mu.TryLock() {
		return nil
	}
	defer a.mu.Unlock()
	if e := from.edges[class].Load(); e != nil {
		return e
	}
	if len(a.places) >= min(maxPlaces, 16+maxEdges/len(from.edges)) || a.going > maxGoing {
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
	s, e, w := a.set, &edge{}, &a.walk
	r := rune(-1)
	if class != s.alphabet.end() {
		r = s.alphabet.begins[class]
	}
	w.begin(s, from.going, s.anywhere)
	empty := from.before.around(r)
	for pc, ok := w.take(); ok; pc, ok = w.take() {
		*budget--
		switch inst := &s.code[pc]; inst.op {
		case syntax.InstMatch:
			e.found = append(e.found, inst.owner)
		default:
			w.follow(inst, r, empty)
		}
	}
	if r < 0 || len(w.next) == 0 && len(s.anywhere) == 0 {
		return e
	}
	slices.Sort(w.next)
	w.next = slices.Compact(w.next)
	e.to = a.place(w.next, after(r)&s.asks())
	return e
}

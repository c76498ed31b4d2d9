package route

import "strings"

// gramSize is the number of bytes by which literals are looked up.
const gramSize = 4

// prefilter finds, in one pass over a message, the hear routes that it may
// match. Each route waits under the gram of its required literals that is
// rarest over all routes: not the longest literal decides, for many routes
// share the long ones.
type prefilter struct {
	free  []int32         // routes without a literal of gramSize bytes
	lists map[uint32]int  // by gram: index into waits
	waits [][]wait        // what waits under one gram
	maybe [1 << 10]uint64 // bits of the hashes of all grams
	needs [][]string      // by route: all literals that it requires
}

// wait is the routes that need one literal.
type wait struct {
	literal string
	routes  []int32
}

func newPrefilter(routes []*Route) prefilter {
	p := prefilter{lists: make(map[uint32]int), needs: make([][]string, len(routes))}
	count := make(map[uint32]int)
	for _, r := range routes {
		for _, literal := range r.required {
			for gram := range grams(literal) {
				count[gram]++
			}
		}
	}
	for i, r := range routes {
		p.needs[i] = r.required
		literal, gram := rarest(r.required, count)
		if literal == "" {
			p.free = append(p.free, int32(i))
			continue
		}
		p.add(gram, literal, int32(i))
	}
	return p
}

// rarest gives the gram that is counted least, with its literal; of several
// the first.
func rarest(literals []string, count map[uint32]int) (literal string, gram uint32) {
	for _, l := range literals {
		for g := range grams(l) {
			if literal == "" || count[g] < count[gram] {
				literal, gram = l, g
			}
		}
	}
	return literal, gram
}

func (p *prefilter) add(gram uint32, literal string, route int32) {
	list, ok := p.lists[gram]
	if !ok {
		list = len(p.waits)
		p.lists[gram] = list
		p.waits = append(p.waits, nil)
		word, bit := hash(gram)
		p.maybe[word] |= bit
	}
	for i := range p.waits[list] {
		if w := &p.waits[list][i]; w.literal == literal {
			w.routes = append(w.routes, route)
			return
		}
	}
	p.waits[list] = append(p.waits[list], wait{literal: literal, routes: []int32{route}})
}

// candidates gives the routes that wait for a literal and that a lower-cased text
// may match, in no order. A list of waiting routes is looked at once for a text,
// however often its gram stands there.
func (p *prefilter) candidates(lower string) []int32 {
	var found []int32
	var looked []bool
	for gram := range grams(lower) {
		if word, bit := hash(gram); p.maybe[word]&bit == 0 {
			continue
		}
		list, ok := p.lists[gram]
		if !ok || looked != nil && looked[list] {
			continue
		}
		if looked == nil {
			looked = make([]bool, len(p.waits))
		}
		looked[list] = true
		for _, w := range p.waits[list] {
			if !strings.Contains(lower, w.literal) {
				continue
			}
			for _, r := range w.routes {
				if holds(lower, p.needs[r], w.literal) {
					found = append(found, r)
				}
			}
		}
	}
	return found
}

// holds reports whether a text holds all literals, of which it is known to hold
// one.
func holds(lower string, literals []string, known string) bool {
	for _, l := range literals {
		if l != known && !strings.Contains(lower, l) {
			return false
		}
	}
	return true
}

// hash gives the place of a gram in prefilter.maybe.
func hash(gram uint32) (word int, bit uint64) {
	h := gram * 0x9E3779B1 >> 16
	return int(h >> 6), 1 << (h & 63)
}

// grams gives every gramSize bytes of a text as a number.
func grams(text string) func(func(uint32) bool) {
	return func(yield func(uint32) bool) {
		var gram uint32
		for i := range len(text) {
			gram = gram<<8 | uint32(text[i])
			if i >= gramSize-1 && !yield(gram) {
				return
			}
		}
	}
}

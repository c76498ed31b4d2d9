package route

import (
	"math/bits"
	"slices"
	"strings"

	"github.com/openchatops/oco/internal/snapshot"
)

// gramSize is the number of bytes by which literals are looked up.
const gramSize = 4

// prefilter finds, in one pass over a message, the ears that may be found in it.
// Each waits under the gram of its required literals that was rarest over all ears
// when it was placed: not the longest literal decides, for many share the long ones.
// All are placed anew when they have doubled.
type prefilter struct {
	lists  snapshot.Map[uint32, *list] // by gram
	maybe  []uint64                    // bits of the hashes of all grams that have a list
	counts []uint32                    // by the hash of a gram, how often it was counted
	ears   int
	placed int // of ears, when all were placed
}

// list is what waits under one gram. One that is in a table does not change.
type list struct {
	edit  *snapshot.Edit
	waits []wait
}

// wait is the ears that need one literal.
type wait struct {
	edit    *snapshot.Edit
	literal string
	offset  int // of the gram in it, where it stands first
	ears    []*ear
}

// with gives the prefilter of another table.
func (p prefilter) with(e *snapshot.Edit, coming []*ear, leaving map[*ear]bool) prefilter {
	switch many := p.ears+len(coming) > 2*p.placed+32; {
	case len(coming)+len(leaving) == 0:
		return p
	case p.maybe == nil, many, len(leaving) > p.placed/2:
		return p.anew(e, coming, leaving)
	}
	for old := range leaving {
		p.remove(e, old)
	}
	p.maybe = slices.Clone(p.maybe)
	for _, new := range coming {
		p.place(e, new)
	}
	return p
}

// anew places all ears, now that it is known which grams are rare among them.
func (p prefilter) anew(e *snapshot.Edit, coming []*ear, leaving map[*ear]bool) prefilter {
	all := slices.Clone(coming)
	for _, l := range p.lists.All() {
		for _, w := range l.waits {
			for _, old := range w.ears {
				if !leaving[old] {
					all = append(all, old)
				}
			}
		}
	}
	size := 1 << max(12, min(20, bits.Len(uint(16*len(all)))))
	out := prefilter{maybe: make([]uint64, size/64), counts: make([]uint32, size/4), placed: len(all)}
	for _, ear := range all {
		for _, literal := range ear.required {
			for gram := range grams(literal) {
				out.counts[hash(gram, len(out.counts))]++
			}
		}
	}
	for _, ear := range all {
		out.place(e, ear)
	}
	return out
}

// rarest gives the gram of some literals that is counted least, with its literal. Of
// several it is that under which fewest wait, and of those the first.
func (p *prefilter) rarest(literals []string) (literal string, gram uint32) {
	least, load := uint32(0), 0
	for _, l := range literals {
		for g := range grams(l) {
			count := p.counts[hash(g, len(p.counts))]
			if literal != "" && count > least {
				continue
			}
			waiting := 0
			if there, ok := p.lists.Get(g); ok {
				waiting = len(there.waits)
			}
			if literal == "" || count < least || waiting < load {
				literal, gram, least, load = l, g, count, waiting
			}
		}
	}
	return literal, gram
}

func (p *prefilter) place(e *snapshot.Edit, new *ear) {
	literal, gram := p.rarest(new.required)
	p.ears++
	at := hash(gram, 64*len(p.maybe))
	p.maybe[at/64] |= 1 << (at % 64)
	l, _ := p.lists.Get(gram)
	l = l.own(e)
	p.lists.Set(e, gram, l)
	for i := range l.waits {
		if w := &l.waits[i]; w.literal == literal {
			if w.edit != e {
				w.edit, w.ears = e, slices.Clone(w.ears)
			}
			w.ears = append(w.ears, new)
			return
		}
	}
	l.waits = append(l.waits, wait{edit: e, literal: literal, offset: offsetOf(literal, gram), ears: []*ear{new}})
}

func offsetOf(literal string, gram uint32) (offset int) {
	for g := range grams(literal) {
		if g == gram {
			break
		}
		offset++
	}
	return offset
}

// own gives a list that an edit may change.
func (l *list) own(e *snapshot.Edit) *list {
	switch {
	case l == nil:
		return &list{edit: e}
	case l.edit == e:
		return l
	}
	return &list{edit: e, waits: slices.Clone(l.waits)}
}

// remove takes an ear away from where it waits.
func (p *prefilter) remove(e *snapshot.Edit, old *ear) {
	for _, literal := range old.required {
		for gram := range grams(literal) {
			l, ok := p.lists.Get(gram)
			if !ok {
				continue
			}
			at := slices.IndexFunc(l.waits, func(w wait) bool { return slices.Contains(w.ears, old) })
			if at < 0 {
				continue
			}
			p.ears--
			l = l.own(e)
			w := &l.waits[at]
			if w.ears = slices.DeleteFunc(slices.Clone(w.ears), func(x *ear) bool { return x == old }); len(w.ears) == 0 {
				l.waits = slices.Delete(l.waits, at, at+1)
			}
			if p.lists.Set(e, gram, l); len(l.waits) == 0 {
				p.lists.Delete(e, gram)
			}
			return
		}
	}
}

// candidates gives the ears that wait for a literal and that may be found in a
// lower-cased text, in no order.
func (p *prefilter) candidates(lower string) (found []*ear) {
	if p.ears == 0 || len(lower) < gramSize {
		return nil
	}
	var looked looked
	maybe, size := p.maybe, 64*len(p.maybe)
	gram := uint32(lower[0])<<16 | uint32(lower[1])<<8 | uint32(lower[2])
	for i := gramSize - 1; i < len(lower); i++ {
		gram = gram<<8 | uint32(lower[i])
		at := hash(gram, size)
		if maybe[at/64]&(1<<(at%64)) == 0 {
			continue
		}
		if l, ok := p.lists.Get(gram); ok {
			found = l.look(found, lower, i+1-gramSize, &looked)
		}
	}
	return found
}

// look adds what waits for the literals that a text holds, whose gram stands at a
// place of it. Where the gram stands first, the literals are looked for around it;
// where it stands again, those that are not there in the whole text; and then no more,
// however often it stands there.
func (l *list) look(found []*ear, lower string, at int, looked *looked) []*ear {
	first, again := looked.note(l, at)
	if again > 1 {
		return found
	}
	for i := range l.waits {
		w := &l.waits[i]
		switch there := w.standsAt(lower, first); {
		case again == 0 && !there, again == 1 && (there || !strings.Contains(lower, w.literal)):
			continue
		}
		for _, e := range w.ears {
			if holds(lower, e.required, w.literal) {
				found = append(found, e)
			}
		}
	}
	return found
}

// standsAt reports whether the literal stands in a text so that its gram is at a place.
func (w *wait) standsAt(lower string, at int) bool {
	begin := at - w.offset
	return begin >= 0 && strings.HasPrefix(lower[begin:], w.literal)
}

// looked are the lists that were looked at, where first and how often again.
type looked struct {
	few  [16]visit
	n    int
	many map[*list]*visit
}

type visit struct {
	list  *list
	first int
	again int
}

// note takes that a list is looked at for a place.
func (k *looked) note(l *list, at int) (first, again int) {
	for i := range k.few[:k.n] {
		if v := &k.few[i]; v.list == l {
			v.again++
			return v.first, v.again
		}
	}
	if v := k.many[l]; v != nil {
		v.again++
		return v.first, v.again
	}
	if k.n < len(k.few) {
		k.few[k.n] = visit{list: l, first: at}
		k.n++
		return at, 0
	}
	if k.many == nil {
		k.many = make(map[*list]*visit)
	}
	k.many[l] = &visit{list: l, first: at}
	return at, 0
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

// hash gives the place of a gram among a number of places, a power of two.
func hash(gram uint32, places int) uint32 {
	return uint32(uint64(gram*0x9E3779B1) * uint64(places) >> 32)
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

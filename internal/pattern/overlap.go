package pattern

import (
	"slices"
	"strings"
)

// Overlap gives a shortest text that two commands both take. It follows both of them
// through all texts at once, with one word for each kind of words that they tell
// apart. steps is how much it may do, of which it takes away what it does: when none
// is left it gives up and finds nothing. Of two commands of which one takes a file
// the text is one with which a file comes.
func Overlap(a, b *Command, steps *int) (example string, found bool) {
	if len(a.arguments) > maxFollowed || len(b.arguments) > maxFollowed {
		return "", false
	}
	first, second := newFollower(a), newFollower(b)
	if !prepare(steps, first, second) {
		return "", false
	}
	t := trail{reached: []reached{{from: -1}}, seen: map[[2]spot]bool{}}
	for at := 0; at < len(t.reached); at++ {
		p, q := t.reached[at].a, t.reached[at].b
		if first.ends(p) && second.ends(q) {
			if text := t.text(at); bothTake(a, b, text) {
				return text, true
			}
		}
		for i := range first.means {
			if *steps--; *steps < 0 {
				return "", false
			}
			if first.wastes(p, i) && second.wastes(q, i) {
				continue
			}
			next := first.step(p, &first.means[i])
			if len(next) == 0 {
				continue
			}
			others := second.step(q, &second.means[i])
			*steps -= len(next) * len(others)
			for _, p := range next {
				for _, q := range others {
					t.add(reached{a: p, b: q, from: at, word: first.means[i].raw})
				}
			}
		}
	}
	return "", false
}

// reached is a pair of spots, and how it was reached.
type reached struct {
	a, b spot
	from int // the pair before, or -1
	word string
}

// trail is all pairs that were reached, those of fewer words first.
type trail struct {
	reached []reached
	seen    map[[2]spot]bool
}

func (t *trail) add(r reached) {
	if key := [2]spot{r.a, r.b}; !t.seen[key] {
		t.seen[key] = true
		t.reached = append(t.reached, r)
	}
}

// text is what was said on the way to a pair.
func (t *trail) text(at int) string {
	var words []string
	for ; t.reached[at].from >= 0; at = t.reached[at].from {
		words = append(words, t.reached[at].word)
	}
	slices.Reverse(words)
	return strings.Join(words, " ")
}

// wastes reports whether a word is a whole flag: the command takes the text without
// it as well.
func (f *follower) wastes(p spot, sample int) bool {
	m := &f.means[sample]
	return p.value == 0 && f.mayBeFlag(p) && m.flag > 0 && !m.goesOn
}

// bothTake reports whether two commands take a text, without a file or with one.
func bothTake(a, b *Command, text string) bool {
	for files := range 2 {
		in := Tokenize(text).WithFiles(files)
		if _, first, _ := a.Match(in); first != Yes {
			continue
		}
		if _, second, _ := b.Match(in); second == Yes {
			return true
		}
	}
	return false
}

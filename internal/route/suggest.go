package route

import (
	"cmp"
	"math/bits"
	"slices"
	"strings"

	"github.com/openchatops/oco/internal/pattern"
)

const (
	maxSuggest  = 3   // routes
	maxPhrase   = 256 // bytes of literal words that are compared
	maxDistance = 3   // edits, and at most one in three letters
)

// phrase is the literal words of a command, by which it is suggested.
type phrase struct {
	text  string // folded, joined by one space
	runes []rune
	kinds uint64 // of runes
	words int
	route *Route
}

type phrases []phrase

func (p *phrases) add(e entry) {
	literals := e.command.Literals()
	text := strings.Join(literals, " ")
	if !e.route.Hidden && text != "" && len(text) <= maxPhrase {
		runes := []rune(text)
		*p = append(*p, phrase{text: text, runes: runes, kinds: kinds(runes), words: len(literals), route: e.route})
	}
}

type suggestion struct {
	*phrase
	distance int
}

// suggest gives the commands that the person may use whose literal words are
// near those of the message, or continue them.
func (p phrases) suggest(in pattern.Input, may func(*Route) bool) []*Route {
	said := newSaid(in)
	if len(said) == 0 {
		return nil
	}
	var found []suggestion
	var closest nearest
	for i := range p {
		f := &p[i]
		if d, ok := f.near(in, said, closest.limit()); ok && may(f.route) {
			found = append(found, suggestion{f, d})
			closest.take(f.route, d)
		}
	}
	slices.SortFunc(found, func(a, b suggestion) int {
		return cmp.Or(cmp.Compare(a.distance, b.distance), cmp.Compare(a.text, b.text), cmp.Compare(a.route.Key(), b.route.Key()))
	})
	var routes []*Route
	for _, s := range found {
		if !slices.Contains(routes, s.route) {
			routes = append(routes, s.route)
		}
		if len(routes) == maxSuggest {
			break
		}
	}
	return routes
}

// said holds, by number of words less one, the first words of a message as a
// phrase would have them.
type said []opening

// opening is some of the first words.
type opening struct {
	runes []rune
	kinds uint64
}

func newSaid(in pattern.Input) said {
	var out said
	text := ""
	for i := range in.Len() {
		word, ok := in.Literal(i)
		if !ok || len(text)+1+len(word) > maxPhrase {
			break
		}
		if i > 0 {
			text += " "
		}
		text += word
		runes := []rune(text)
		out = append(out, opening{runes, kinds(runes)})
	}
	return out
}

// kinds has a bit for each kind of letter that stands in a text. An edit takes
// away at most one kind and brings at most one.
func kinds(text []rune) (all uint64) {
	for _, r := range text {
		all |= 1 << (r & 63)
	}
	return all
}

// farApart reports, at the cost of two instructions, that texts with these kinds of letters
// are more than limit edits apart. It may miss some that are.
func farApart(a, b uint64, limit int) bool {
	return bits.OnesCount64(a&^b) > limit || bits.OnesCount64(b&^a) > limit
}

// nearest counts by their distance the routes that were found, each once.
type nearest struct {
	counts [maxDistance + 2]int
	routes map[*Route]struct{}
}

func (n *nearest) take(r *Route, distance int) {
	if n.routes == nil {
		n.routes = make(map[*Route]struct{})
	}
	if _, counted := n.routes[r]; !counted {
		n.routes[r] = struct{}{}
		n.counts[distance]++
	}
}

// limit is the distance above which nothing is suggested any more.
func (n *nearest) limit() int {
	sum := 0
	for d, count := range n.counts {
		if sum += count; sum >= maxSuggest {
			return d
		}
	}
	return maxDistance + 1
}

// near gives the distance between the phrase and the beginning of the message,
// if it is not above most.
func (f *phrase) near(in pattern.Input, said said, most int) (distance int, ok bool) {
	limit := min(len(f.runes)/3, maxDistance, most)
	first := said[min(f.words, len(said))-1]
	if !farApart(first.kinds, f.kinds, limit) {
		if d := edits(first.runes, f.runes, limit); d <= limit {
			return d, true
		}
	}
	if whole := said[len(said)-1]; most > maxDistance && len(said) == in.Len() && f.continues(whole.runes) {
		return maxDistance + 1, true
	}
	return 0, false
}

// continues reports whether the phrase begins with these words and goes on.
func (f *phrase) continues(words []rune) bool {
	return len(f.runes) > len(words) && f.runes[len(words)] == ' ' && slices.Equal(f.runes[:len(words)], words)
}

package route

import (
	"cmp"
	"container/heap"
	"slices"

	"github.com/openchatops/oco/internal/pattern"
)

const (
	maxSuggest  = 3   // routes
	maxPhrase   = 256 // bytes of literal words that are compared
	maxDistance = 3   // edits, and at most one in three letters
)

// suggestions are commands that were found, by how far they are from what was said.
type suggestions struct {
	may    func(*Route) bool
	found  []suggestion
	counts [maxDistance + 2]int // routes by their distance, each once
	routes map[*Route]bool
}

type suggestion struct {
	*phrase
	route    *Route
	distance int
}

// suggest gives the commands that the person may use whose literal words are
// near those of the message, or continue them.
func (p *phrases) suggest(in pattern.Input, may func(*Route) bool) []*Route {
	said := newSaid(in)
	if len(said) == 0 {
		return nil
	}
	s := suggestions{may: may, routes: make(map[*Route]bool)}
	for words := 1; words <= p.most; words++ {
		first := &said[min(words, len(said))-1]
		for away := range maxDistance + 1 {
			p.near(&s, first, size{words, len(first.runes) + away})
			if away > 0 {
				p.near(&s, first, size{words, len(first.runes) - away})
			}
		}
	}
	if whole := said[len(said)-1]; len(said) == in.Len() && s.limit() > maxDistance {
		p.continuing(&s, whole.words)
	}
	return s.best()
}

// near takes the phrases of one size that are near some words.
func (p *phrases) near(s *suggestions, said *opening, at size) {
	b, ok := p.buckets.Get(at)
	if !ok {
		return
	}
	for i, there := range b.traits {
		limit := min(at.letters/3, maxDistance, s.limit())
		if farApart(said.traits, there, limit) {
			continue
		}
		if d := edits(said.runes, b.phrases[i].runes, limit); d <= limit {
			s.take(b.phrases[i], p.commands, d)
		}
	}
}

// continuing takes the phrases that go on where some words end, by the alphabet.
func (p *phrases) continuing(s *suggestions, words []string) {
	left := byText(p.beyond(words))
	heap.Init(&left)
	for len(left) > 0 && len(s.routes) < maxSuggest {
		s.take(heap.Pop(&left).(*phrase), p.commands, maxDistance+1)
	}
}

// take adds the commands that begin with a phrase.
func (s *suggestions) take(f *phrase, commands *index, distance int) {
	for _, e := range commands.at(f.words).live {
		if e.route.Hidden || !s.may(e.route) {
			continue
		}
		s.found = append(s.found, suggestion{f, e.route, distance})
		if !s.routes[e.route] {
			s.routes[e.route] = true
			s.counts[distance]++
		}
	}
}

// limit is the distance above which nothing is suggested any more.
func (s *suggestions) limit() int {
	sum := 0
	for d, count := range s.counts {
		if sum += count; sum >= maxSuggest {
			return d
		}
	}
	return len(s.counts) - 1
}

// best gives the nearest of what was found, each route once.
func (s *suggestions) best() (routes []*Route) {
	slices.SortFunc(s.found, func(a, b suggestion) int {
		return cmp.Or(cmp.Compare(a.distance, b.distance), cmp.Compare(a.text, b.text), cmp.Compare(a.route.Key(), b.route.Key()))
	})
	for _, f := range s.found {
		if !slices.Contains(routes, f.route) {
			routes = append(routes, f.route)
		}
		if len(routes) == maxSuggest {
			break
		}
	}
	return routes
}

// byText is a heap of phrases, of which the first by the alphabet is on top.
type byText []*phrase

func (p byText) Len() int           { return len(p) }
func (p byText) Less(i, j int) bool { return p[i].text < p[j].text }
func (p byText) Swap(i, j int)      { p[i], p[j] = p[j], p[i] }
func (p *byText) Push(x any)        { *p = append(*p, x.(*phrase)) }
func (p *byText) Pop() any {
	last := (*p)[len(*p)-1]
	*p = (*p)[:len(*p)-1]
	return last
}

// said holds, by number of words less one, the first words of a message as a
// phrase would have them.
type said []opening

// opening is some of the first words.
type opening struct {
	words  []string
	runes  []rune
	traits traits
}

func newSaid(in pattern.Input) said {
	var out said
	var words []string
	text := ""
	for i := range in.Len() {
		word, ok := in.Literal(i)
		if !ok || len(text)+1+len(word) > maxPhrase {
			break
		}
		if i > 0 {
			text += " "
		}
		text, words = text+word, append(words, word)
		runes := []rune(text)
		out = append(out, opening{words, runes, traitsOf(runes)})
	}
	return out
}

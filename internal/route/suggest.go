package route

import (
	"cmp"
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
	words int
	route *Route
}

type phrases []phrase

func (p *phrases) add(e entry) {
	literals := e.command.Literals()
	text := strings.Join(literals, " ")
	if text != "" && len(text) <= maxPhrase {
		*p = append(*p, phrase{text: text, runes: []rune(text), words: len(literals), route: e.route})
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
	for i := range p {
		f := &p[i]
		if d, ok := f.near(in, said); ok && may(f.route) {
			found = append(found, suggestion{f, d})
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
type said [][]rune

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
		out = append(out, []rune(text))
	}
	return out
}

// near gives the distance between the phrase and the beginning of the message.
func (f *phrase) near(in pattern.Input, said said) (distance int, ok bool) {
	limit := min(len(f.runes)/3, maxDistance)
	first := said[min(f.words, len(said))-1]
	if d := edits(first, f.runes, limit); d <= limit {
		return d, true
	}
	if whole := said[len(said)-1]; len(said) == in.Len() && strings.HasPrefix(f.text, string(whole)+" ") {
		return maxDistance + 1, true
	}
	return 0, false
}

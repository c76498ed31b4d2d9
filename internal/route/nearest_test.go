package route

import (
	"cmp"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/openchatops/oco/internal/pattern"
)

// TestSuggestionsAgainstAllDistances: what is left out early would not have been
// suggested.
func TestSuggestionsAgainstAllDistances(t *testing.T) {
	word := rapid.StringOfN(rapid.SampledFrom([]rune("abcdefgh")), 1, 7, -1)
	everybody := func(*Route) bool { return true }
	rapid.Check(t, func(t *rapid.T) {
		var p phrases
		for i, text := range rapid.SliceOfN(word, 1, 20).Draw(t, "commands") {
			c, err := pattern.Compile(text, nil)
			if err != nil {
				t.Fatal(err)
			}
			r := &Route{Plugin: "p", Definition: Definition{Name: text}}
			if i%3 == 2 && len(p) > 0 {
				r = p[len(p)-1].route // another pattern of the same route
			}
			p.add(entry{route: r, command: c})
		}
		in := pattern.Tokenize(word.Draw(t, "said"))
		got, want := p.suggest(in, everybody), p.suggestSlowly(in)
		if !slices.Equal(got, want) {
			t.Fatalf("%q suggests %v, want %v", in.Text(), keysOf(got), keysOf(want))
		}
	})
}

// suggestSlowly measures every distance and sorts them all.
func (p phrases) suggestSlowly(in pattern.Input) []*Route {
	var found []suggestion
	for i := range p {
		f := &p[i]
		if d := slow([]rune(in.Text()), f.runes); d <= min(len(f.runes)/3, maxDistance) {
			found = append(found, suggestion{f, d})
		}
	}
	slices.SortFunc(found, func(a, b suggestion) int {
		return cmp.Or(cmp.Compare(a.distance, b.distance), cmp.Compare(a.text, b.text), cmp.Compare(a.route.Key(), b.route.Key()))
	})
	var routes []*Route
	for _, s := range found {
		if !slices.Contains(routes, s.route) && len(routes) < maxSuggest {
			routes = append(routes, s.route)
		}
	}
	return routes
}

func keysOf(routes []*Route) (keys []string) {
	for _, r := range routes {
		keys = append(keys, r.Key())
	}
	return keys
}

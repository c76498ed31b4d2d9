package route

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/openchatops/oco/internal/pattern"
)

// TestSuggestionsAgainstAllDistances: what is left out early would not have been
// suggested, however commands came and went.
func TestSuggestionsAgainstAllDistances(t *testing.T) {
	word := rapid.StringOfN(rapid.SampledFrom([]rune("abcdefgh")), 1, 7, -1)
	phrase := rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(word, 1, 3).Draw(t, "words"), " ")
	})
	rapid.Check(t, func(t *rapid.T) {
		table := Empty(map[string]Override{"p:hidden": {Hidden: true}})
		for range rapid.IntRange(1, 3).Draw(t, "changes") {
			for _, plugin := range []string{"p", "q"} {
				var routes []*Route
				for i, text := range rapid.SliceOfN(phrase, 0, 12).Draw(t, "commands") {
					d := Definition{Kind: Command, Name: fmt.Sprint("n", i), Patterns: []string{text}}
					if i == 3 {
						d.Name = "hidden"
					}
					if i%3 == 2 {
						d.Patterns = append(d.Patterns, phrase.Draw(t, "another pattern"))
					}
					r, err := Compile(plugin, d)
					if err != nil {
						t.Fatal(err)
					}
					routes = append(routes, r)
				}
				b := table.Change()
				b.Replace(plugin, 0, routes)
				table = b.Table()
			}
		}
		text := phrase.Draw(t, "said")
		if rapid.IntRange(0, 5).Draw(t, "quoted") == 0 {
			text += ` "x"`
		}
		denied := rapid.SampledFrom([]string{"", "n0", "n1"}).Draw(t, "denied")
		may := func(r *Route) bool { return r.Name != denied }
		in := pattern.Tokenize(text)
		got, want := table.phrases.suggest(in, may), suggestSlowly(table, in, may)
		if !slices.Equal(got, want) {
			t.Fatalf("%q suggests %v, want %v", in.Text(), keysOf(got), keysOf(want))
		}
	})
}

// suggestSlowly measures every distance and sorts them all.
func suggestSlowly(table *Table, in pattern.Input, may func(*Route) bool) []*Route {
	var found []suggestion
	words := strings.Fields(in.Text())
	quoted := strings.Contains(in.Text(), `"`)
	if quoted {
		words = words[:len(words)-1]
	}
	for _, r := range table.Routes() {
		for _, c := range r.commands {
			literals := c.Literals()
			owner := table.commands.at(literals).owner(literals)
			if !may(r) || r.Hidden || owner != r.Plugin {
				continue
			}
			f := &phrase{text: strings.Join(literals, " ")}
			runes := []rune(f.text)
			said := strings.Join(words[:min(len(words), len(literals))], " ")
			if d := edits([]rune(said), runes, maxPhrase); d <= min(len(runes)/3, maxDistance) {
				found = append(found, suggestion{f, r, d})
			} else if whole := strings.Join(words, " "); !quoted && strings.HasPrefix(f.text, whole+" ") {
				found = append(found, suggestion{f, r, maxDistance + 1})
			}
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

package route_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/openchatops/oco/internal/route"
)

// TestSuggestions: did you mean, by Damerau-Levenshtein over the literal words.
func TestSuggestions(t *testing.T) {
	long := strings.Repeat("a", 255)
	cases := []struct {
		name     string
		commands []string
		text     string
		want     []string
	}{
		{"nearest first, not by the alphabet", []string{"abcxxf", "zbcdef"}, "abcdef", []string{"p:zbcdef", "p:abcxxf"}},
		{"at one distance by the alphabet", []string{"bake", "aake"}, "cake", []string{"p:aake", "p:bake"}},
		{"three at most", []string{"aaaa1", "aaaa2", "aaaa3", "aaaa4"}, "aaaa5", []string{"p:aaaa1", "p:aaaa2", "p:aaaa3"}},
		{"a route once, though two of its patterns are near", []string{"bake|lake", "make"}, "cake", []string{"p:bake", "p:make"}},
		{"one letter in three", []string{"abcdef"}, "abcdxx", []string{"p:abcdef"}},
		{"more than one letter in three", []string{"abcdef"}, "abcxxx", nil},
		{"one letter of a word of two", []string{"go"}, "ga", nil},
		{"three letters of a long word", []string{"abcdefghijklmno"}, "abcdefghijklxxx", []string{"p:abcdefghijklmno"}},
		{"four letters of a long word", []string{"abcdefghijklmno"}, "abcdefghijkxxxx", nil},
		{"the beginning of the words", []string{"deploy status all"}, "deploy", []string{"p:deploy status all"}},
		{"a beginning comes after a near miss", []string{"bake of bread", "bakery"}, "bake", []string{"p:bakery", "p:bake of bread"}},
		{"the beginning of a word", []string{"deploy status"}, "dep", nil},
		{"a beginning and something else", []string{"deploy status"}, "deploy the rest", nil},
		{"a beginning and a quoted word", []string{"deploy status"}, `deploy "web"`, nil},
		{"a quoted word", []string{"ping"}, `"pign"`, nil},
		{"words after the literals do not count", []string{"ping {host}"}, "pign a b c", []string{"p:ping"}},
		{"letters beyond ASCII count as one", []string{"éééé"}, "éééü", []string{"p:éééé"}},
		{"case does not count", []string{"ping"}, "PIGN", []string{"p:ping"}},
		{"without literal words nothing is near", []string{"{x:integer}=any"}, "ping", nil},
		{"as long as is compared", []string{long}, long[1:], []string{"p:" + long}},
		{"a longer message", []string{long + "a"}, long + "aa", nil},
		{"longer literal words", []string{long + "aaa:long"}, long, nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var routes []*route.Route
			for _, text := range c.commands {
				d := command(strings.Split(text, "|")...)
				if pattern, _, named := strings.Cut(text, "=any"); named {
					d = with(command(pattern), func(d *route.Definition) { d.Name = "any" })
				} else if strings.HasSuffix(text, ":long") {
					d = with(command(strings.TrimSuffix(text, ":long")), func(d *route.Definition) { d.Name = "long" })
				}
				routes = append(routes, compiled(t, "p", d))
			}
			got := newTable(t, routes...).Match(route.Message{Text: c.text, Addressed: true}, everybody)
			if got.Command != nil || got.Near != nil {
				t.Fatalf("%+v", got)
			}
			if keys := routeKeys(got.Suggest); !slices.Equal(keys, c.want) {
				t.Errorf("%q suggests %q, want %q", c.text, keys, c.want)
			}
		})
	}
}

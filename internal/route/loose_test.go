package route_test

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"testing"

	"github.com/openchatops/oco/internal/route"
)

// TestNoLooseRouteIsLost: a text for which the automaton would grow too large is
// tried by every expression, so that no route misses it.
func TestNoLooseRouteIsLost(t *testing.T) {
	var routes []*route.Route
	for _, d := range []route.Definition{hear("a", `[ab]*a[ab]{14}c`), hear("b", `b[ab]{13}a`), hear("c", `(?:a|b)*b[ab]{15}a$`)} {
		routes = append(routes, compiled(t, "p", d))
	}
	table := newTable(t, routes...)
	rng := rand.New(rand.NewPCG(1, 1))
	hits := 0
	for range 200 {
		text := make([]byte, 200)
		for i := range text {
			text[i] = "ab"[rng.IntN(2)]
		}
		var want []string
		for _, r := range routes {
			if regexp.MustCompile(r.Regex).Match(text) {
				want = append(want, r.Name)
			}
		}
		var got []string
		for _, h := range table.Match(route.Message{Text: string(text)}, everybody).Hears {
			got = append(got, h.Route.Name)
		}
		hits += len(got)
		if !slices.Equal(got, want) {
			t.Fatalf("%q is heard by %v, want %v", text, got, want)
		}
	}
	if hits < 200 {
		t.Errorf("only %d were heard", hits)
	}
}

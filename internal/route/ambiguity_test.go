package route

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/openchatops/oco/internal/pattern"
)

func commandsOf(t testing.TB, plugin string, patterns ...string) (all []*Route) {
	t.Helper()
	for i, p := range patterns {
		r, err := Compile(plugin, Definition{Kind: Command, Name: fmt.Sprintf("r%d", i), Patterns: strings.Split(p, " || ")})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	return all
}

// Commands of which only the order decides are found with an example, and those that
// are never reached (OCO-RTE-60).
func TestAmbiguities(t *testing.T) {
	disabled := commandsOf(t, "off", "deploy {x...}")
	table, _ := NewTable(slices.Concat(
		commandsOf(t, "p", "deploy {app}", "deploy {app} [{env}]", "deploy {what}", "deploy web", "scale {n:integer} || grow {n:integer}", "scale {how:up|down}", "grow {by...}"),
		commandsOf(t, "q", "deploy {app}", "{verb} {app}", "{a} {b} {c}", "{x} web"), disabled,
	), map[string]Override{"off:r0": {Disabled: true}, "p:r6": {Aliases: []string{"scale {by...}"}}})
	var got []string
	found := table.Ambiguities()
	for _, a := range found.Found {
		line := fmt.Sprintf("%s before %s: %s", a.First.Key(), a.Second.Key(), a.Example)
		if a.Never {
			line += ", never"
		}
		got = append(got, line)
	}
	want := []string{
		"q:r1 before q:r3: x web, never",
		"p:r0 before p:r1: deploy x",
		"p:r0 before p:r2: deploy x, never",
		"p:r1 before p:r2: deploy x, never",
		"p:r4 before p:r6: grow 1",
		"p:r6 before p:r4: scale 1, never",
		"p:r6 before p:r5: scale up, never",
	}
	if !slices.Equal(got, want) || found.Unknown != 0 {
		t.Errorf("got %d unknown and\n%s\nwant\n%s", found.Unknown, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// An example is taken by the first of the two, and the second would take it
// (OCO-RTE-60).
func TestAnExampleIsTakenByTheFirst(t *testing.T) {
	table, _ := NewTable(commandsOf(t, "p", "go {x}", "go {n:integer}", "go (up|down)", "go {x...}", "go [--fast] {x}", "{x} {y}", "{x...}"), nil)
	found := table.Ambiguities().Found
	if len(found) < 6 {
		t.Fatalf("found %v", found)
	}
	for _, a := range found {
		hit := table.Match(Message{Text: a.Example, Addressed: true}, func(*Route) bool { return true }).Command
		if hit == nil {
			t.Fatalf("nothing takes %q", a.Example)
		}
		if _, fit, _ := a.Second.commands[0].Match(pattern.Tokenize(a.Example)); fit != pattern.Yes {
			t.Errorf("%s does not take %q", a.Second.Key(), a.Example)
		}
		// Of three that take it the first one does.
		if hit.Route != a.First && !slices.ContainsFunc(found, func(b Ambiguity) bool { return b.First == hit.Route && b.Second == a.First }) {
			t.Errorf("%s takes %q, not %s", hit.Route.Key(), a.Example, a.First.Key())
		}
	}
}

// However many commands begin alike, the work is bounded, and what was not compared
// is counted (OCO-RTE-61).
func TestManyCommandsThatBeginAlike(t *testing.T) {
	var patterns []string
	for i := range 1000 {
		patterns = append(patterns, fmt.Sprintf("go {x} %d", i))
	}
	table, _ := NewTable(commandsOf(t, "p", patterns...), nil)
	found := table.Ambiguities()
	if most := 1000 * 999 / 2; len(found.Found) != 0 || found.Unknown < most-maxPairs || found.Unknown >= most {
		t.Errorf("%d found, %d not compared", len(found.Found), found.Unknown)
	}
}

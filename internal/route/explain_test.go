package route

import (
	"slices"
	"testing"
)

// Of many commands that nearly fit a few are named, and none of them is taken for one
// that is spelt otherwise.
func TestExplainNamesAFew(t *testing.T) {
	var patterns []string
	for _, word := range []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"} {
		patterns = append(patterns, "go {x} "+word)
	}
	table, _ := NewTable(slices.Concat(commandsOf(t, "p", patterns...), commandsOf(t, "q", "gone")), nil)
	got := table.Explain(Message{Text: "go x k", Addressed: true}, func(*Route) bool { return true })
	if got.Command == nil || got.Command.Key() != "p:r10" || got.Pattern != "go {x} k" || got.Bar != "" {
		t.Errorf("taken by %v with %q, %q", got.Command, got.Pattern, got.Bar)
	}
	spelt := 0
	for _, n := range got.Near {
		if n.Route == got.Command || n.Why == WhySpelling && n.Route.Plugin == "p" {
			t.Errorf("near is %s, %d", n.Route.Key(), n.Why)
		}
		if n.Why == WhySpelling {
			spelt++
		}
	}
	if len(got.Near) != maxNear+spelt {
		t.Errorf("%d are near, of which %d are spelt otherwise", len(got.Near), spelt)
	}
}

// Of two that nearly fit the one of which more does is named first.
func TestExplainNamesTheNearestFirst(t *testing.T) {
	table, _ := NewTable(commandsOf(t, "p", "go {x} home", "go {x} to {y} now", "go {x} to {y:a|b}"), nil)
	var got []string
	for _, n := range table.Explain(Message{Text: "go far to c later", Addressed: true}, nil).Near {
		got = append(got, n.Route.Name)
	}
	if !slices.Equal(got, []string{"r1", "r2", "r0"}) {
		t.Errorf("near are %q", got)
	}
}

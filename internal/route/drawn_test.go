package route

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/openchatops/oco/internal/pattern"
	"pgregory.net/rapid"
)

var (
	drawnPatterns = rapid.SampledFrom([]string{
		"go", "go {x}", "go to {x:integer}", "go to", "stop [{x}]", "{x} go", "{x...}", "go {x...}", "stop (go|to) {x}", "to go stop {x}",
	})
	drawnRegexps = rapid.SampledFrom([]string{"go", "(?i)GO", "s?top", `^go to (\d+)`, `(?P<n>\S+)`, `to (?P<n>\w*)|(?P<m>go)`, ".", "(go|stop) to", "(?i)stop", "to$"})
)

func drawRoutes(t *rapid.T) []*Route {
	var routes []*Route
	for i := range rapid.IntRange(0, 8).Draw(t, "routes") {
		d := Definition{Name: fmt.Sprint("n", i), Danger: rapid.Bool().Draw(t, "danger"), Priority: rapid.IntRange(-1, 1).Draw(t, "priority")}
		d.OnEdit = rapid.Bool().Draw(t, "on edit")
		if rapid.Bool().Draw(t, "command") {
			d.Kind = Command
			first := drawnPatterns.Draw(t, "pattern")
			d.Patterns = []string{first}
			further := func(label string) []string {
				if p := drawnPatterns.Draw(t, label); rapid.Bool().Draw(t, "has "+label) {
					return []string{p}
				}
				return nil
			}
			d.Patterns, d.Deprecated = append(d.Patterns, further("alias")...), further("deprecated")
		} else {
			d.Kind, d.Regex = Hear, drawnRegexps.Draw(t, "regex")
			d.AddressedOnly, d.Exclusive = rapid.Bool().Draw(t, "addressed only"), rapid.Bool().Draw(t, "exclusive")
			d.IncludeBots = rapid.Bool().Draw(t, "include bots")
			if strings.Contains(d.Regex, "?P<n>") {
				d.Arguments = []pattern.Spec{{Name: "n", Type: rapid.SampledFrom(groupTypes[:4]).Draw(t, "type")}}
			}
		}
		plugin := rapid.SampledFrom([]string{"a", "b"}).Draw(t, "plugin")
		r, err := Compile(plugin, d)
		if err != nil {
			d.Patterns, d.Deprecated = d.Patterns[:1], nil // the others have other arguments
			if r, err = Compile(plugin, d); err != nil {
				t.Fatal(err)
			}
		}
		routes = append(routes, r)
	}
	return routes
}

// drawOverrides draws the operator's word on routes, and on some that are not there.
func drawOverrides(t *rapid.T, routes []*Route) map[string]Override {
	overrides := map[string]Override{"a:gone": {Aliases: []string{"go"}}}
	for _, r := range routes {
		if rapid.IntRange(0, 2).Draw(t, "overridden") == 0 {
			overrides[r.Key()] = Override{
				Disabled: rapid.IntRange(0, 3).Draw(t, "disabled") == 0, Hidden: rapid.Bool().Draw(t, "hidden"),
				Aliases: rapid.SliceOfN(drawnPatterns, 0, 2).Draw(t, "aliases"),
			}
		}
	}
	return overrides
}

func drawMessage(t *rapid.T) Message {
	words := rapid.SliceOfN(rapid.SampledFrom([]string{"go", "GO", "to", "stop", "7", "web", "\"go\"", "\u200b"}), 0, 4).Draw(t, "words")
	unlikely := func(label string) bool { return rapid.IntRange(0, 7).Draw(t, label) == 0 }
	return Message{
		Text:      rapid.SampledFrom([]string{"", "", "a:", "b:", "c:"}).Draw(t, "plugin") + strings.Join(words, " "),
		Addressed: rapid.IntRange(0, 3).Draw(t, "addressed") > 0, Listening: rapid.Bool().Draw(t, "listening"),
		Bot: unlikely("bot"), Self: unlikely("self"), Edited: unlikely("edited"), Forwarded: unlikely("forwarded"),
	}
}

func TestMatchAgainstALinearReference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		routes := drawRoutes(t)
		overrides := drawOverrides(t, routes)
		denied := map[string]bool{}
		for _, r := range routes {
			denied[r.Key()] = rapid.IntRange(0, 3).Draw(t, "denied") == 0
		}
		may := func(r *Route) bool { return !denied[r.Key()] }
		table, _ := NewTable(routes, overrides)
		for range 5 {
			m := drawMessage(t)
			got := table.Match(m, may)
			if got, want := summary(got), (linear{routes, overrides, may}).match(m); got.String() != want.String() {
				t.Fatalf("%+v:\n got %s\nwant %s", m, got, want)
			}
			if bad := reveals(got, m, may); bad != "" {
				t.Fatalf("%+v: %s", m, bad)
			}
		}
	})
}

// reveals holds OCO-RTE-11 and OCO-RTE-37: nothing names a command that the person may
// not run, but the refusal of one that he wrote out in full; nor one that is hidden,
// but to who said its words. It gives what is wrong.
func reveals(got Result, m Message, may func(*Route) bool) string {
	for _, r := range append(slices.Clone(got.Suggest), got.Near) {
		if r != nil && !may(r) {
			return r.Key() + " is revealed"
		}
	}
	switch {
	case slices.ContainsFunc(got.Suggest, func(r *Route) bool { return r.Hidden }):
		return "one that is hidden is suggested"
	case got.Near != nil && got.Near.Hidden && !saysWordsOf(got.Near, m.Text):
		return "one that is hidden is near, and its words were not said"
	case got.Command != nil && !may(got.Command.Route):
		return got.Command.Route.Key() + " runs"
	case (got.Near == nil) != (got.Problem == nil) || (got.Near == nil) != (got.Usage == ""):
		return fmt.Sprintf("near %v, problem %v, usage %q", got.Near, got.Problem, got.Usage)
	}
	return ""
}

// saysWordsOf reports whether a text begins with the literal words of a pattern of a
// command.
func saysWordsOf(r *Route, text string) bool {
	text = pattern.Fold(strings.TrimPrefix(strings.TrimSpace(text), r.Plugin+":"))
	commands := slices.Concat(r.commands, r.deprecated)
	for _, alias := range r.Aliases {
		if c, err := r.compileAlias(alias); err == nil {
			commands = append(commands, c)
		}
	}
	return slices.ContainsFunc(commands, func(c *pattern.Command) bool {
		words := strings.Fields(text)
		return c.Name() != "" && len(words) >= len(c.Literals()) && slices.Equal(words[:len(c.Literals())], c.Literals())
	})
}

// TestTheOrderOfRegistrationDecidesPrecedenceOnly: routes that contend for no
// words give the same answers in any order.
func TestTheOrderOfRegistrationDecidesPrecedenceOnly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seen := map[string]bool{}
		routes := slices.DeleteFunc(drawRoutes(t), func(r *Route) bool {
			for _, c := range slices.Concat(r.commands, r.deprecated) {
				words := strings.Join(c.Literals(), " ")
				if seen[words] {
					return true
				}
				seen[words] = true
			}
			return false
		})
		one, _ := NewTable(routes, nil)
		other, impaired := NewTable(rapid.Permutation(routes).Draw(t, "order"), nil)
		if len(impaired) > 0 {
			t.Fatalf("impaired %v", impaired)
		}
		all := func(*Route) bool { return true }
		for range 5 {
			m := drawMessage(t)
			a, b := one.Match(m, all), other.Match(m, all)
			if summary(a).String() != summary(b).String() || !slices.EqualFunc(a.Suggest, b.Suggest, func(a, b *Route) bool { return cmp.Compare(a.Key(), b.Key()) == 0 }) {
				t.Fatalf("%+v:\n%s\n%s", m, summary(a), summary(b))
			}
		}
	})
}

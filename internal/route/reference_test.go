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

// linear resolves a message as the documentation says it, with neither index
// nor prefilter, on routes in order of precedence.
type linear struct {
	routes []*Route
	may    func(*Route) bool
}

// taken reports whether the words of a pattern belong to another plugin.
func (l linear) taken(r *Route, c *pattern.Command) bool {
	words := strings.Join(c.Literals(), " ")
	for _, other := range l.routes {
		for _, oc := range other.commands {
			if words != "" && strings.Join(oc.Literals(), " ") == words && !l.takenBefore(other, words) {
				return other.Plugin != r.Plugin
			}
		}
	}
	return false
}

// takenBefore reports whether a plugin other than that of r is earlier with
// these words.
func (l linear) takenBefore(r *Route, words string) bool {
	for _, other := range l.routes {
		if other == r {
			return false
		}
		for _, c := range other.commands {
			if strings.Join(c.Literals(), " ") == words {
				return other.Plugin != r.Plugin
			}
		}
	}
	return false
}

func (l linear) commands(text string, of func(*Route, *pattern.Command) bool) (fits, near *Route) {
	longest, longestNear := -1, -1
	for _, r := range l.routes {
		for _, c := range r.commands {
			if !of(r, c) {
				continue
			}
			_, verdict, _ := c.Match(pattern.Tokenize(text))
			n := len(c.Literals())
			if verdict == pattern.Yes && n > longest {
				fits, longest = r, n
			}
			if verdict == pattern.Near && n > longestNear && l.may(r) {
				near, longestNear = r, n
			}
		}
	}
	return fits, near
}

func (l linear) match(m Message) (out Result) {
	if m.Self {
		return out
	}
	stopped, answered := false, false
	for _, r := range slices.SortedFunc(slices.Values(l.routes), func(a, b *Route) int {
		return cmp.Or(cmp.Compare(b.Priority, a.Priority), cmp.Compare(a.Key(), b.Key()))
	}) {
		if r.Kind != Hear || stopped || m.Bot && !r.IncludeBots || m.Edited && !r.OnEdit ||
			r.AddressedOnly && (!m.Addressed || m.Forwarded) || r.Danger && pattern.HasHidden(m.Text) {
			continue
		}
		if groups, ok := r.regexp.Match(m.Text); ok && l.may(r) {
			out.Hears = append(out.Hears, Hit{Route: r, Groups: groups})
			stopped, answered = r.Exclusive, answered || r.AddressedOnly
		}
	}
	if !m.Addressed || m.Bot || m.Edited || m.Forwarded {
		return out
	}
	fits, near := l.commands(m.Text, func(r *Route, c *pattern.Command) bool { return !l.taken(r, c) })
	if plugin, rest, ok := strings.Cut(m.Text, ":"); ok && !strings.HasPrefix(rest, " ") {
		own, ownNear := l.commands(rest, func(r *Route, _ *pattern.Command) bool { return r.Plugin == plugin })
		fits, near = cmp.Or(own, fits), cmp.Or(ownNear, near)
	}
	switch {
	case fits != nil && l.may(fits) && !(fits.Danger && pattern.HasHidden(m.Text)):
		out.Command = &Hit{Route: fits}
	case fits != nil:
		out.Refused = &Hit{Route: fits}
	case !answered:
		out.Near = near
	}
	return out
}

// summary shows a result without suggestions, which have their own test.
func summary(r Result) string {
	key := func(r *Route) string {
		if r == nil {
			return "-"
		}
		return r.Key()
	}
	hit := func(h *Hit) string {
		if h == nil {
			return "-"
		}
		return h.Route.Key()
	}
	out := fmt.Sprintf("command %s refused %s near %s hears", hit(r.Command), hit(r.Refused), key(r.Near))
	for _, h := range r.Hears {
		out += fmt.Sprintf(" %s%v", h.Route.Key(), h.Groups)
	}
	return out
}

func drawRoutes(t *rapid.T) []*Route {
	patterns := rapid.SampledFrom([]string{
		"go", "go {x}", "go to {x:integer}", "go to", "stop [{x}]", "{x} go", "{x...}", "go {x...}", "stop (go|to) {x}", "to go stop {x}",
	})
	regexps := rapid.SampledFrom([]string{"go", "(?i)GO", "s?top", `^go to (\d+)`, ".", "(go|stop) to", "(?i)stop", "to$"})
	var routes []*Route
	for i := range rapid.IntRange(0, 8).Draw(t, "routes") {
		d := Definition{Name: fmt.Sprint("n", i), Danger: rapid.Bool().Draw(t, "danger"), Priority: rapid.IntRange(-1, 1).Draw(t, "priority")}
		if rapid.Bool().Draw(t, "command") {
			d.Kind = Command
			first := patterns.Draw(t, "pattern")
			d.Patterns = []string{first}
			if alias := patterns.Draw(t, "alias"); strings.Contains(alias, "integer") == strings.Contains(first, "integer") && rapid.Bool().Draw(t, "aliased") {
				d.Patterns = append(d.Patterns, alias)
			}
		} else {
			d.Kind, d.Regex = Hear, regexps.Draw(t, "regex")
			d.AddressedOnly, d.Exclusive = rapid.Bool().Draw(t, "addressed only"), rapid.Bool().Draw(t, "exclusive")
			d.IncludeBots, d.OnEdit = rapid.Bool().Draw(t, "include bots"), rapid.Bool().Draw(t, "on edit")
		}
		r, err := Compile(rapid.SampledFrom([]string{"a", "b"}).Draw(t, "plugin"), d)
		if err != nil {
			d.Patterns = d.Patterns[:1] // the alias has other arguments
			if r, err = Compile("a", d); err != nil {
				t.Fatal(err)
			}
		}
		routes = append(routes, r)
	}
	return routes
}

func drawMessage(t *rapid.T) Message {
	words := rapid.SliceOfN(rapid.SampledFrom([]string{"go", "GO", "to", "stop", "7", "web", "\"go\"", "\u200b"}), 0, 4).Draw(t, "words")
	unlikely := func(label string) bool { return rapid.IntRange(0, 7).Draw(t, label) == 0 }
	return Message{
		Text:      rapid.SampledFrom([]string{"", "", "a:", "b:", "c:"}).Draw(t, "plugin") + strings.Join(words, " "),
		Addressed: !unlikely("not addressed"), Bot: unlikely("bot"), Self: unlikely("self"), Edited: unlikely("edited"), Forwarded: unlikely("forwarded"),
	}
}

func TestMatchAgainstALinearReference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		routes := drawRoutes(t)
		denied := map[string]bool{}
		for _, r := range routes {
			denied[r.Key()] = rapid.IntRange(0, 3).Draw(t, "denied") == 0
		}
		may := func(r *Route) bool { return !denied[r.Key()] }
		table, _ := NewTable(routes, nil)
		for range 5 {
			m := drawMessage(t)
			got := table.Match(m, may)
			if got, want := summary(got), summary(linear{routes, may}.match(m)); got != want {
				t.Fatalf("%+v:\n got %s\nwant %s", m, got, want)
			}
			checkNeverReveals(t, got, may)
		}
	})
}

// checkNeverReveals holds OCO-RTE-11: nothing names a command that the person
// may not run, but the refusal of one that he wrote out in full.
func checkNeverReveals(t *rapid.T, got Result, may func(*Route) bool) {
	for _, r := range append(slices.Clone(got.Suggest), got.Near) {
		if r != nil && !may(r) {
			t.Fatalf("%s is revealed", r.Key())
		}
	}
	if got.Command != nil && !may(got.Command.Route) {
		t.Fatalf("%s runs", got.Command.Route.Key())
	}
	if (got.Near == nil) != (got.Problem == nil) || (got.Near == nil) != (got.Usage == "") {
		t.Fatalf("near %v, problem %v, usage %q", got.Near, got.Problem, got.Usage)
	}
}

// TestTheOrderOfRegistrationDecidesPrecedenceOnly: routes that contend for no
// words give the same answers in any order.
func TestTheOrderOfRegistrationDecidesPrecedenceOnly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seen := map[string]bool{}
		routes := slices.DeleteFunc(drawRoutes(t), func(r *Route) bool {
			for _, c := range r.commands {
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
			if summary(a) != summary(b) || !slices.Equal(a.Suggest, b.Suggest) {
				t.Fatalf("%+v:\n%s\n%s", m, summary(a), summary(b))
			}
		}
	})
}

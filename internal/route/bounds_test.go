package route

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/openchatops/oco/internal/pattern"
)

func hearsOf(t testing.TB, plugin string, expressions ...string) (routes []*Route) {
	t.Helper()
	for i, source := range expressions {
		r, err := Compile(plugin, Definition{Kind: Hear, Name: fmt.Sprintf("h%05d", i), Regex: source})
		if err != nil {
			t.Fatal(err)
		}
		routes = append(routes, r)
	}
	return routes
}

// hostileTable has thousands of dear expressions of one plugin that one text holds the
// literals of, and one of another plugin.
func hostileTable(t testing.TB) *Table {
	var all []string
	for i := range 4_000 {
		all = append(all, fmt.Sprintf("word(?:[ab]*a[ab]{%d}c|.%d)", 60+i%20, i))
	}
	for i := range 200 {
		all = append(all, fmt.Sprintf(`[ab]*a(?:[ab][^%d]?){%d}c`, i%10, 10+i/10))
	}
	b := Empty(nil).Change()
	b.Replace("hostile", 0, hearsOf(t, "hostile", all...))
	b.Replace("good", 1, hearsOf(t, "good", "word ab", `a$`, `^\S{4} a`))
	return b.Table()
}

func hostileMessage(size int) string {
	var b strings.Builder
	b.WriteString("word ab")
	for x := uint32(1); b.Len() < size; {
		x = x*1664525 + 1013904223
		b.WriteByte("ab"[x>>31])
	}
	return b.String()[:size-1] + "a"
}

// What a plugin's expressions cost on one message is bounded: those that are tried cost
// no more together than the dearest one may, and the routes of others are heard as if
// they were not there (OCO-RTE-63).
func TestAHostilePluginCostsABoundedMessage(t *testing.T) {
	table := hostileTable(t)
	for _, size := range []int{pattern.MaxRegexpText, 64 * 1024} {
		text := hostileMessage(size)
		ears, spent := table.hears.find(text)
		if !slices.Equal(spent, []string{"hostile"}) {
			t.Errorf("%d bytes: %q are too much", size, spent)
		}
		steps := map[string]int{}
		for _, e := range ears {
			steps[e.plugin] += e.regexp.Cost() * pattern.MaxRegexpText
		}
		if steps["hostile"] > pattern.MaxRegexpSteps || steps["hostile"] == 0 {
			t.Errorf("%d bytes: the expressions of one plugin may take %d steps, at most %d are allowed", size, steps["hostile"], pattern.MaxRegexpSteps)
		}
		got := table.Match(Message{Text: text}, func(*Route) bool { return true })
		if keys := hitKeys(got.Hears, "good"); !slices.Contains(keys, "good:h00000") || !slices.Contains(keys, "good:h00002") {
			t.Errorf("%d bytes: of the other plugin %q hear it", size, keys)
		}
		if !slices.Equal(got.Unheard, []string{"hostile"}) {
			t.Errorf("%d bytes: %q are said to be too much", size, got.Unheard)
		}
	}
	if got := table.Match(Message{Text: "word ab"}, func(*Route) bool { return true }); len(got.Unheard) > 0 {
		t.Errorf("a short text is too much for %q", got.Unheard)
	}
}

func hitKeys(hits []Hit, plugin string) (keys []string) {
	for _, h := range hits {
		if h.Route.Plugin == plugin {
			keys = append(keys, h.Route.Key())
		}
	}
	return keys
}

// The cheapest expressions of a plugin are tried first, whatever their order, so that
// the same message always reaches the same routes (OCO-RTE-20, OCO-RTE-63).
func TestTheCheapestAreTried(t *testing.T) {
	var all []string
	for i := range 12 {
		all = append(all, fmt.Sprintf("word.{%d}", 80*i), fmt.Sprintf("(?:word)+%d?", i))
	}
	one := Empty(nil).Change()
	one.Replace("p", 0, hearsOf(t, "p", all...))
	slices.Reverse(all)
	other := Empty(nil).Change()
	other.Replace("p", 0, hearsOf(t, "p", all...))
	text := strings.Repeat("word ", 1000)
	sources := func(table *Table) (out []string) {
		for _, h := range table.Match(Message{Text: text}, func(*Route) bool { return true }).Hears {
			out = append(out, h.Route.Regex)
		}
		slices.Sort(out)
		return out
	}
	got, again := sources(one.Table()), sources(other.Table())
	if !slices.Equal(got, again) || len(got) < 13 || len(got) >= 24 || slices.Contains(got, "word.{880}") {
		t.Errorf("%q hear it, in another order %q", got, again)
	}
}

// At most so many routes of a plugin hear one message: the first by their turn; those of
// others do not count (OCO-RTE-64).
func TestManyRoutesHearOneMessage(t *testing.T) {
	b := Empty(nil).Change()
	b.Replace("many", 0, hearsOf(t, "many", slices.Repeat([]string{"."}, 1000)...))
	b.Replace("other", 0, hearsOf(t, "other", ".", "x"))
	got := b.Table().Match(Message{Text: "x"}, func(r *Route) bool { return r.Name != "h00000" || r.Plugin == "other" })
	if keys := hitKeys(got.Hears, "many"); len(keys) != maxHeard || keys[0] != "many:h00001" || keys[maxHeard-1] != fmt.Sprintf("many:h%05d", maxHeard) {
		t.Errorf("%d hear it, from %s to %s", len(keys), keys[0], keys[len(keys)-1])
	}
	if len(hitKeys(got.Hears, "other")) != 2 || !slices.Equal(got.Unheard, []string{"many"}) {
		t.Errorf("%d, too much for %q", len(got.Hears), got.Unheard)
	}
}

// Routes that do not hear a message because a group is of another type are none of them
// (OCO-RTE-43, OCO-RTE-64).
func TestRoutesWithAGroupOfAnotherTypeDoNotCount(t *testing.T) {
	const regex = "(?P<id>.)"
	routes := hearsOf(t, "many", slices.Repeat([]string{regex}, 600)...)
	for i, r := range routes[:300] {
		typed, err := Compile("many", Definition{Kind: Hear, ID: r.ID, Name: r.Name, Regex: regex, Arguments: []pattern.Spec{{Name: "id", Type: pattern.TypeInteger}}})
		if err != nil {
			t.Fatal(err)
		}
		routes[i] = typed
	}
	b := Empty(nil).Change()
	b.Replace("many", 0, routes)
	table := b.Table()
	got := table.Match(Message{Text: "x"}, func(r *Route) bool { return r.Name < "h00556" })
	if keys := hitKeys(got.Hears, "many"); len(keys) != maxHeard || keys[0] != "many:h00300" || len(got.Unheard) > 0 {
		t.Errorf("%d hear it, too much for %q", len(keys), got.Unheard)
	}
}

// Equal expressions are one, compiled once, also of several plugins.
func TestEqualExpressionsAreOne(t *testing.T) {
	b := Empty(nil).Change()
	b.Replace("a", 0, hearsOf(t, "a", "word", "word", `\d+`))
	b.Replace("b", 0, hearsOf(t, "b", "word", `\d+`))
	table := b.Table()
	ears, _ := table.hears.find("word 7")
	regexps := map[*pattern.Regexp]bool{}
	for _, e := range ears {
		regexps[e.regexp] = true
	}
	if len(ears) != 4 || len(regexps) != 2 || table.hears.shared.Len() != 2 {
		t.Errorf("%d ears have %d expressions, of which %d are kept", len(ears), len(regexps), table.hears.shared.Len())
	}
	next := table.Change()
	next.Replace("a", 0, nil)
	next.Replace("b", 0, nil)
	if left := next.Table().hears; left.shared.Len() != 0 || left.likely.lists.Len() != 0 {
		t.Errorf("%d expressions and %d lists are left of nothing", left.shared.Len(), left.likely.lists.Len())
	}
}

func BenchmarkHostile(b *testing.B) {
	table := hostileTable(b)
	for _, size := range []int{200, 4 * 1024, 64 * 1024} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			text := hostileMessage(size)
			for b.Loop() {
				table.Match(Message{Text: text}, func(*Route) bool { return true })
			}
		})
	}
}

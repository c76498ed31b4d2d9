package route

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"
)

// drawExpression draws an OCO-RE over few letters, with and without literals that
// every match holds.
func drawExpression(t *rapid.T) string {
	part := rapid.SampledFrom([]string{
		"go", "stop", "to it", "abcd", "bcda", " ", `\d+`, "[a-d]", "[ab]*", "(a|bc)", "(?P<x>go|to)", "a?", ".", `\b`, "(?:ab){2}", "$", "s", "k", "é", `\S{3,}`,
	})
	for {
		source := rapid.SampledFrom([]string{"", "(?i)", "^", "(?is)^", "(?m)^"}).Draw(t, "flags") + strings.Join(rapid.SliceOfN(part, 1, 4).Draw(t, "parts"), "")
		if _, err := Compile("p", Definition{Kind: Hear, Name: "h", Regex: source}); err == nil {
			return source
		}
	}
}

// drawnTable is a table that changes, and what a fresh one is built of.
type drawnTable struct {
	table     *Table
	overrides map[string]Override
	ranks     map[string]int
	plugins   map[string][]*Route
}

// change lets one plugin register other routes, or none.
func (d *drawnTable) change(t *rapid.T, b *Builder) {
	plugin := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "who changes")
	var routes []*Route
	if rapid.IntRange(0, 4).Draw(t, "leaves") > 0 {
		for _, r := range drawRoutes(t) {
			own := *r
			own.Plugin = plugin
			if r.Kind == Hear && rapid.Bool().Draw(t, "own expression") {
				made, err := Compile(plugin, Definition{Kind: Hear, Name: r.Name, Regex: drawExpression(t), Priority: r.Priority, Exclusive: r.Exclusive})
				if err != nil {
					t.Fatal(err)
				}
				own = *made
			}
			routes = append(routes, &own)
		}
		if rapid.Bool().Draw(t, "event") {
			e, err := Compile(plugin, Definition{Kind: Event, Name: "e", Types: []string{"t", "u"}[:rapid.IntRange(1, 2).Draw(t, "types")]})
			if err != nil {
				t.Fatal(err)
			}
			routes = append(routes, e)
		}
	}
	b.Replace(plugin, d.ranks[plugin], routes)
	d.plugins[plugin] = routes
}

// inOrder gives all routes in order of precedence.
func (d *drawnTable) inOrder() (all []*Route) {
	for _, plugin := range slices.SortedFunc(maps.Keys(d.plugins), func(a, b string) int {
		return cmp.Or(cmp.Compare(d.ranks[a], d.ranks[b]), cmp.Compare(a, b))
	}) {
		all = append(all, d.plugins[plugin]...)
	}
	return all
}

// described is all that a table says but of messages.
func described(t *Table, routes []*Route) string {
	var out strings.Builder
	for _, r := range t.Routes() {
		fmt.Fprintf(&out, "%s %s %q hidden %v enabled %v\n", r.Key(), r.Usage(), r.Aliases, r.Hidden, t.Enabled(r))
	}
	for i, r := range routes {
		if err := t.Impaired(r); err != nil {
			fmt.Fprintf(&out, "%d %s: %v\n", i, r.Key(), err)
		}
	}
	for _, bad := range t.BadAliases() {
		fmt.Fprintf(&out, "%s %s: %v\n", bad.Route, bad.Alias, bad.Err)
	}
	for _, typ := range []string{"t", "u"} {
		fmt.Fprintln(&out, typ, keysOf(t.Events(typ)))
	}
	return out.String()
}

// checkChanges changes a table and holds each version to one that is built of the
// same routes, and to the linear reference.
func checkChanges(t *rapid.T) {
	d := drawnTable{plugins: map[string][]*Route{}, ranks: map[string]int{}}
	for _, plugin := range []string{"a", "b", "c"} {
		d.ranks[plugin] = rapid.IntRange(0, 2).Draw(t, "rank")
	}
	d.overrides = drawOverrides(t, drawRoutes(t))
	d.table = Empty(d.overrides)
	may := func(r *Route) bool { return r.Name != "n3" }
	for range rapid.IntRange(1, 6).Draw(t, "changes") {
		before, earlier := d.table, described(d.table, nil)
		b := d.table.Change()
		for range rapid.IntRange(1, 3).Draw(t, "together") {
			d.change(t, b)
		}
		d.table = b.Table()
		if now := described(before, nil); now != earlier {
			t.Fatalf("a table changed:\n%s\ninto\n%s", earlier, now)
		}
		routes := d.inOrder()
		fresh, _ := NewTable(routes, d.overrides)
		if got, want := described(d.table, routes), described(fresh, routes); got != want {
			t.Fatalf("got\n%s\nwant\n%s", got, want)
		}
		for range 4 {
			m := drawMessage(t)
			if rapid.Bool().Draw(t, "something else") {
				m.Text = rapid.StringOfN(rapid.SampledFrom([]rune("abcd gosk7é\n")), 0, 30, -1).Draw(t, "text")
			}
			got, want := d.table.Match(m, may), fresh.Match(m, may)
			if summary(got).String() != summary(want).String() || !slices.Equal(keysOf(got.Suggest), keysOf(want.Suggest)) {
				t.Fatalf("%+v:\n got %s %v\nwant %s %v", m, summary(got), keysOf(got.Suggest), summary(want), keysOf(want.Suggest))
			}
			if want := (linear{routes, d.overrides, may}).match(m); summary(got).String() != want.String() {
				t.Fatalf("%+v:\n got %s\nwant %s", m, summary(got), want)
			}
		}
	}
}

func TestAChangedTableIsAsOneBuiltAnew(t *testing.T) { rapid.Check(t, checkChanges) }

// FuzzChanges is the same, led by what the code does.
func FuzzChanges(f *testing.F) {
	check := rapid.MakeFuzz(checkChanges)
	f.Fuzz(func(t *testing.T, data []byte) {
		// What is drawn behind the end of the data is the least that there is: an
		// input that ends early is tried all the same.
		check(t, append(data[:len(data):len(data)], make([]byte, 1<<16)...))
	})
}

// TestManyMatchWhileTheTableChanges: who matches sees one version or another, and what
// is in all of them is always found.
func TestManyMatchWhileTheTableChanges(t *testing.T) {
	route := func(plugin string, d Definition) *Route {
		r, err := Compile(plugin, d)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	own := func(plugin string, i int) []*Route {
		return []*Route{
			route(plugin, Definition{Kind: Command, Patterns: []string{fmt.Sprintf("do%d {x}", i)}}),
			route(plugin, Definition{Kind: Hear, Name: "h", Regex: fmt.Sprintf("do%d", i)}),
			route(plugin, Definition{Kind: Hear, Name: "l", Regex: fmt.Sprintf(`^\S{%d,}!$`, 1+i%7)}),
		}
	}
	b := Empty(nil).Change()
	b.Replace("always", 0, own("always", 100))
	var live atomic.Pointer[Table]
	live.Store(b.Table())
	done := make(chan struct{})
	var wait sync.WaitGroup
	for range 2 {
		wait.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				got := live.Load().Match(Message{Text: "do100 it", Addressed: true}, func(*Route) bool { return true })
				if got.Command == nil || got.Command.Route.Plugin != "always" || len(got.Hears) == 0 {
					t.Errorf("%v", summary(got))
					return
				}
				live.Load().Match(Message{Text: "od7 it!", Addressed: true}, func(*Route) bool { return true })
				live.Load().Match(Message{Text: "do7ty!"}, func(*Route) bool { return true })
			}
		})
	}
	for i := range 300 {
		b := live.Load().Change()
		b.Replace(fmt.Sprint("p", i%40), i%3, own(fmt.Sprint("p", i%40), i)[:i%4])
		live.Store(b.Table())
	}
	close(done)
	wait.Wait()
}

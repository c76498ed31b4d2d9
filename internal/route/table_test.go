package route_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/route"
)

func everybody(*route.Route) bool { return true }

func newTable(t testing.TB, routes ...*route.Route) *route.Table {
	t.Helper()
	table, impaired := route.NewTable(routes, nil)
	for r, err := range impaired {
		t.Fatalf("%s: %v", r.Key(), err)
	}
	return table
}

func TestAnEmptyTableTakesNothing(t *testing.T) {
	table := newTable(t)
	got := table.Match(route.Message{Text: "ping", Addressed: true}, everybody)
	if got.Command != nil || got.Refused != nil || got.Near != nil || got.Suggest != nil || got.Hears != nil {
		t.Errorf("%+v", got)
	}
	if table.Events("a") != nil || table.Find("a", "b") != nil || len(table.Routes()) != 0 {
		t.Error("an empty table holds a route")
	}
}

// A check that is not there refuses (OCO-SEC-6, OCO-SEC-8).
func TestNobodyMayWithoutACheck(t *testing.T) {
	table := newTable(t, compiled(t, "core", command("ping")), compiled(t, "core", hear("all", ".")))
	got := table.Match(route.Message{Text: "ping", Addressed: true}, nil)
	if got.Command != nil || got.Refused == nil || got.Hears != nil {
		t.Errorf("without a check: %+v", got)
	}
	if got := table.Match(route.Message{Text: "pign", Addressed: true}, nil); got.Suggest != nil {
		t.Errorf("without a check it suggests %q", routeKeys(got.Suggest))
	}
}

func TestFindAndRoutes(t *testing.T) {
	b, a2, a1 := compiled(t, "b", command("x")), compiled(t, "a", hear("z", "z")), compiled(t, "a", event("e", "t"))
	table := newTable(t, b, a2, a1)
	if got := routeKeys(table.Routes()); !slices.Equal(got, []string{"a:e", "a:z", "b:x"}) {
		t.Errorf("routes %q", got)
	}
	if table.Find("b", "x") != b || table.Find("a", "z") != a2 || table.Find("a", "x") != nil {
		t.Error("a route is not found by plugin and name")
	}
	table.Routes()[0] = b
	if got := routeKeys(table.Routes()); got[0] != "a:e" {
		t.Errorf("the caller changed the table: %q", got)
	}
}

// An event goes to every route that names its type (OCO-RTE-19).
func TestEvents(t *testing.T) {
	first := with(event("late", "room.joined"), func(d *route.Definition) { d.Priority = 1 })
	table, _ := route.NewTable([]*route.Route{
		compiled(t, "b", event("one", "room.joined", "room.left")), compiled(t, "a", event("two", "room.joined")),
		compiled(t, "z", first), compiled(t, "a", event("off", "room.joined")),
	}, map[string]route.Override{"a:off": {Disabled: true}})
	for typ, want := range map[string][]string{
		"room.joined": {"z:late", "a:two", "b:one"}, "room.left": {"b:one"}, "room": nil, "room.joined.now": nil, "Room.left": nil, "": nil,
	} {
		if got := routeKeys(table.Events(typ)); !slices.Equal(got, want) {
			t.Errorf("%s goes to %q, want %q", typ, got, want)
		}
	}
	table.Events("room.left")[0] = nil
	if got := routeKeys(table.Events("room.left")); !slices.Equal(got, []string{"b:one"}) {
		t.Errorf("the caller changed the table: %q", got)
	}
}

func TestTwoRoutesOfOneName(t *testing.T) {
	first, second := compiled(t, "p", command("x")), compiled(t, "p", hear("x", "x"))
	table, impaired := route.NewTable([]*route.Route{first, second, compiled(t, "q", hear("x", "never"))}, nil)
	if err := impaired[second]; len(impaired) != 1 || err == nil || err.Reason != chat.FieldInvalid || err.Details["field"] != "name" {
		t.Errorf("impaired %v", impaired)
	}
	got := table.Match(route.Message{Text: "x", Addressed: true}, everybody)
	if hitKey(got.Command) != "p:x" || got.Hears != nil || table.Find("p", "x") != first {
		t.Errorf("the second route of a name lives: %+v", got)
	}
}

func TestOverrides(t *testing.T) {
	d := command("x")
	d.Allow = []string{"dev"}
	plain, off := compiled(t, "p", d), compiled(t, "p", command("y"))
	groups := []string{"ops"}
	table, impaired := route.NewTable([]*route.Route{plain, off}, map[string]route.Override{
		"p:x": {Allow: &groups}, "p:y": {Disabled: true, Allow: new([]string)},
	})
	groups[0] = "changed"
	if len(impaired) != 0 {
		t.Errorf("impaired %v", impaired)
	}
	live := table.Find("p", "x")
	if !slices.Equal(live.Allow, []string{"ops"}) || !slices.Equal(plain.Allow, []string{"dev"}) {
		t.Errorf("allow is %q, of the plugin's own %q", live.Allow, plain.Allow)
	}
	var asked []*route.Route
	got := table.Match(route.Message{Text: "x", Addressed: true}, func(r *route.Route) bool { asked = append(asked, r); return true })
	if got.Command == nil || got.Command.Route != live || !slices.Equal(asked, []*route.Route{live}) {
		t.Error("it is not the overridden route that matches and that is asked about")
	}
	if y := table.Find("p", "y"); y == nil || len(y.Allow) != 0 || table.Enabled(y) || table.Enabled(off) || !table.Enabled(live) || table.Enabled(plain) {
		t.Error("a disabled route is found and takes nothing; a route of another table does not either")
	}
	if got := table.Match(route.Message{Text: "y", Addressed: true}, everybody); got.Command != nil || got.Suggest != nil && slices.Contains(routeKeys(got.Suggest), "p:y") {
		t.Errorf("a disabled route takes %+v", got)
	}
}

func TestATakenCommandIsToldOnce(t *testing.T) {
	taken := compiled(t, "b", command("go", "run", "jump"))
	_, impaired := route.NewTable([]*route.Route{compiled(t, "a", command("go", "run")), taken, compiled(t, "b", command("fly"))}, nil)
	err := impaired[taken]
	if len(impaired) != 1 || err == nil || err.Reason != chat.CommandTaken {
		t.Fatalf("impaired %v", impaired)
	}
	const want = `the command "go" belongs to plugin a; this one is reached as "b:go", or after the other is disabled in the configuration`
	if err.Text != want || err.Details["command"] != "go" || err.Details["taken_by"] != "a" {
		t.Errorf("%v with %v", err, err.Details)
	}
}

func TestThePluginOfTheLongestName(t *testing.T) {
	name := strings.Repeat("p", 64)
	table, _ := route.NewTable([]*route.Route{compiled(t, "a", command("go")), compiled(t, name, command("go"))}, nil)
	if got := table.Match(route.Message{Text: name + ":go", Addressed: true}, everybody); hitKey(got.Command) != name+":go" {
		t.Errorf("%+v", got)
	}
}

func TestTheGroupsOfAHearRoute(t *testing.T) {
	table := newTable(t, compiled(t, "p", hear("h", `(?P<word>\w+)!`)))
	got := table.Match(route.Message{Text: "say \xffhi!"}, everybody)
	if len(got.Hears) != 1 {
		t.Fatalf("%+v", got)
	}
	g := got.Hears[0].Groups
	if len(g) != 2 || g[1].Name != "word" || g[1].Text != "hi" || g[1].Start != len("say \uFFFD") {
		t.Errorf("groups %+v", g)
	}
}

func TestManyMayMatchAtOnce(t *testing.T) {
	var routes []*route.Route
	for i := range 50 {
		routes = append(routes, compiled(t, "p", command(fmt.Sprintf("do%d {x}", i))), compiled(t, "p", hear(fmt.Sprintf("h%d", i), fmt.Sprintf("do%d", i))))
	}
	table := newTable(t, routes...)
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			for i := range 50 {
				got := table.Match(route.Message{Text: fmt.Sprintf("do%d it", i), Addressed: true}, everybody)
				if want := fmt.Sprintf("p:do%d", i); hitKey(got.Command) != want || len(got.Hears) == 0 {
					t.Errorf("%s: %+v", want, got)
				}
				table.Match(route.Message{Text: "od7 it", Addressed: true}, everybody)
			}
		})
	}
	wait.Wait()
}

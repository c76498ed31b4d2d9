package route_test

import (
	"slices"
	"testing"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/route"
)

func say(text string) route.Message { return route.Message{Text: text, Addressed: true} }

// aliased gives a table of routes, of which the first has aliases of the operator's.
func aliased(aliases []string, routes ...*route.Route) (*route.Table, map[*route.Route]*chat.Error) {
	return route.NewTable(routes, map[string]route.Override{routes[0].Key(): {Aliases: aliases}})
}

// An operator's alias takes the command with its typed arguments, and the plugin's
// own patterns take it too (OCO-RTE-36).
func TestAnAliasOfTheOperator(t *testing.T) {
	deploy := compiled(t, "ci", command("deploy {app} to {n:integer} {note...}"))
	table, impaired := aliased([]string{"d {n} {app} {note}", "push {app} {n:integer} {note...}"}, deploy)
	if len(impaired) != 0 || len(table.BadAliases()) != 0 {
		t.Fatalf("%v %v", impaired, table.BadAliases())
	}
	for _, text := range []string{"d 7 web hello", "push web 7 hello", "deploy web to 7 hello", "ci:d 7 web hello"} {
		got := table.Match(say(text), everybody)
		if hitKey(got.Command) != "ci:deploy" || len(got.Command.Args) != 3 {
			t.Errorf("%s: %+v", text, got)
			continue
		}
		for _, v := range got.Command.Args {
			if v.Name == "n" && v.Integer != 7 || v.Name == "app" && v.Text != "web" {
				t.Errorf("%s: %+v", text, v)
			}
		}
	}
	if live := table.Find("ci", "deploy"); !slices.Equal(live.Aliases, []string{"d {n} {app} {note}", "push {app} {n:integer} {note...}"}) || deploy.Aliases != nil {
		t.Errorf("the aliases are %q, and %q of the plugin's own", live.Aliases, deploy.Aliases)
	}
}

// It comes before what a plugin claims, whichever plugin comes first (OCO-RTE-36).
func TestAnAliasOfTheOperatorComesBeforeThePlugins(t *testing.T) {
	first, mine := compiled(t, "a", command("status", "health")), compiled(t, "z", command("ping"))
	table, impaired := route.NewTable([]*route.Route{first, mine}, map[string]route.Override{"z:ping": {Aliases: []string{"status"}}})
	err := impaired[first]
	if len(impaired) != 1 || err == nil || err.Reason != chat.CommandTaken || err.Details["taken_by"] != "z" || err.Details["command"] != "status" {
		t.Errorf("impaired %v", impaired)
	}
	for text, want := range map[string]string{"status": "z:ping", "a:status": "a:status", "health": "a:status", "z:status": "z:ping", "ping": "z:ping"} {
		if got := table.Match(say(text), everybody); hitKey(got.Command) != want {
			t.Errorf("%s runs %s, want %s", text, hitKey(got.Command), want)
		}
	}
}

// What cannot be is told, with the reason, and the rest lives.
func TestABadAliasOfTheOperator(t *testing.T) {
	for alias, want := range map[string]string{
		"d {":               "",
		"d":                 `the alias "d" lacks the argument app of the pattern`,
		"d {app} {to}":      `the alias "d {app} {to}" has an argument to that the pattern has not`,
		"d {app:integer}":   "",
		"d [{app}]":         `the alias "d [{app}]" declares the argument app in another way than the pattern`,
		"status {app}":      `the words "status" are those of an alias of plugin a: take one of the two away`,
		"deploy it {app=x}": `the alias "deploy it {app=x}" declares the argument app in another way than the pattern`,
	} {
		deploy, other := compiled(t, "ci", command("deploy {app}")), compiled(t, "a", command("x"))
		table, impaired := route.NewTable([]*route.Route{other, deploy}, map[string]route.Override{
			"ci:deploy": {Aliases: []string{alias, "good {app}"}}, "a:x": {Aliases: []string{"status"}},
		})
		bad := table.BadAliases()
		if len(impaired) != 0 || len(bad) != 1 || bad[0].Route != "ci:deploy" || bad[0].Alias != alias || bad[0].Err == nil || want != "" && bad[0].Err.Text != want {
			t.Errorf("%s: impaired %v, bad %+v", alias, impaired, bad)
		}
		if got := table.Match(say("good web"), everybody); hitKey(got.Command) != "ci:deploy" {
			t.Errorf("%s: the other alias takes nothing", alias)
		}
	}
}

func TestOnlyCommandsHaveAliases(t *testing.T) {
	table, _ := aliased([]string{"x"}, compiled(t, "p", hear("h", "x")))
	if bad := table.BadAliases(); len(bad) != 1 || bad[0].Err.Text != "a route of kind hear has no aliases" {
		t.Errorf("%+v", bad)
	}
	table, _ = route.NewTable([]*route.Route{compiled(t, "p", command("x"))}, map[string]route.Override{"p:x": {Aliases: []string{"y", "z {"}, Disabled: true}})
	if got := table.Match(say("y"), everybody); got.Command != nil || len(table.BadAliases()) != 0 {
		t.Errorf("an alias of a disabled route takes %+v", got)
	}
}

// A hidden route takes what it takes, and nobody is shown it (OCO-RTE-37).
func TestAHiddenRoute(t *testing.T) {
	table, _ := route.NewTable([]*route.Route{compiled(t, "p", command("backdoor {n:integer}")), compiled(t, "p", command("backpack"))},
		map[string]route.Override{"p:backdoor": {Hidden: true, Aliases: []string{"backdoors {n}"}}})
	if got := table.Match(say("backdoor 7"), everybody); hitKey(got.Command) != "p:backdoor" {
		t.Errorf("%+v", got)
	}
	for _, text := range []string{"backdor 7", "backdoor", "backdoors", "backpac"} {
		if got := table.Match(say(text), everybody); slices.ContainsFunc(got.Suggest, func(r *route.Route) bool { return r.Hidden }) {
			t.Errorf("%s suggests %q", text, routeKeys(got.Suggest))
		}
	}
	if got := table.Match(say("backpac"), everybody); !slices.Equal(routeKeys(got.Suggest), []string{"p:backpack"}) {
		t.Errorf("%q", routeKeys(got.Suggest))
	}
}

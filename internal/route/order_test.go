package route_test

import (
	"strings"
	"testing"

	"github.com/openchatops/oco/internal/route"
)

// Who says a deprecated pattern runs the command and can be told how it is called
// now. Nobody is shown it (OCO-RTE-41).
func TestADeprecatedPattern(t *testing.T) {
	d := command("deploy {n:integer}")
	d.Deprecated = []string{"rollout {n:integer}"}
	table := newTable(t, compiled(t, "ci", d))
	for text, deprecated := range map[string]bool{"deploy 7": false, "rollout 7": true, "ci:rollout 7": true} {
		got := table.Match(say(text), everybody)
		if hitKey(got.Command) != "ci:deploy" || got.Command.Deprecated != deprecated || len(got.Command.Args) != 1 {
			t.Errorf("%s: %+v", text, got.Command)
		}
	}
	if got := table.Match(say("rollout 7"), everybody); got.Command.Pattern != "rollout {n:integer}" || got.Command.Route.Usage() != "deploy {n:integer}" {
		t.Errorf("%+v", got.Command)
	}
	if got := table.Match(say("rollout x"), everybody); got.Near == nil || got.Usage != "deploy {n:integer}" {
		t.Errorf("usage %q of %v", got.Usage, got.Near)
	}
	if got := table.Match(say("ci:rollout x"), everybody); got.Near == nil || got.Usage != "ci:deploy {n:integer}" {
		t.Errorf("usage %q of %v", got.Usage, got.Near)
	}
}

// The new text of a message runs what its author says may run then. What another
// command would have taken, it does not run (OCO-RTE-23).
func TestCommandsOnEdit(t *testing.T) {
	again := command("again {n:integer}")
	again.OnEdit = true
	rest := command("{all...}")
	rest.Name, rest.OnEdit = "rest", true
	table := newTable(t, compiled(t, "p", command("once {n:integer}")), compiled(t, "p", again))
	all := newTable(t, compiled(t, "p", command("once {n:integer}")), compiled(t, "p", rest))
	edited := func(text string) route.Message { return route.Message{Text: text, Addressed: true, Edited: true} }
	for text, want := range map[string]string{"again 7": "p:again", "once 7": "", "p:again 7": "p:again", "p:once 7": ""} {
		if got := table.Match(edited(text), everybody); hitKey(got.Command) != want || got.Near != nil || got.Suggest != nil {
			t.Errorf("%s: %+v", text, got)
		}
	}
	if got := all.Match(edited("once 7"), everybody); got.Command != nil {
		t.Errorf("%s runs what is not its own", hitKey(got.Command))
	}
	if got := table.Match(edited("again x"), everybody); got.Near == nil || got.Usage != "again {n:integer}" {
		t.Errorf("a bad value: %+v", got)
	}
	if got := table.Match(edited("once x"), everybody); got.Near != nil || got.Suggest != nil {
		t.Errorf("a bad value of a command that takes no edits: %+v", got)
	}
	if got := table.Match(edited("agian 7"), everybody); got.Suggest != nil {
		t.Errorf("%+v", got)
	}
	for _, m := range []route.Message{
		{Text: "again 7", Edited: true}, {Text: "again 7", Edited: true, Addressed: true, Bot: true},
		{Text: "again 7", Edited: true, Addressed: true, Forwarded: true}, {Text: "again 7", Edited: true, Addressed: true, Self: true},
	} {
		if got := table.Match(m, everybody); got.Command != nil || got.Near != nil {
			t.Errorf("%+v: %+v", m, got)
		}
	}
}

// Where the bot listens, a command that takes a message whole needs no address,
// and nothing else is said to who did not address it (OCO-RTE-38).
func TestWhereTheBotListens(t *testing.T) {
	loud := hear("loud", `deploy \d`)
	loud.AddressedOnly = true
	table := newTable(t, compiled(t, "p", command("deploy {n:integer}")), compiled(t, "p", loud))
	got := table.Match(route.Message{Text: "deploy 7", Listening: true}, everybody)
	if hitKey(got.Command) != "p:deploy" || !got.Addressed || len(got.Hears) != 1 {
		t.Errorf("%+v", got)
	}
	for _, text := range []string{"deploy x", "deplyo 7", "deploy 7 now", "hello"} {
		if got := table.Match(route.Message{Text: text, Listening: true}, everybody); got.Command != nil || got.Addressed || got.Near != nil || got.Suggest != nil || got.Hears != nil {
			t.Errorf("%s: %+v", text, got)
		}
	}
	nobody := func(*route.Route) bool { return false }
	if got := table.Match(route.Message{Text: "deploy 7", Listening: true}, nobody); hitKey(got.Refused) != "p:deploy" || !got.Addressed {
		t.Errorf("who may not: %+v", got)
	}
	for _, m := range []route.Message{
		{Text: "deploy 7", Listening: true, Bot: true}, {Text: "deploy 7", Listening: true, Forwarded: true},
		{Text: "deploy 7", Listening: true, Edited: true}, {Text: "deploy 7", Listening: true, Self: true},
	} {
		if got := table.Match(m, everybody); got.Command != nil || got.Addressed {
			t.Errorf("%+v: %+v", m, got)
		}
	}
	if got := table.Match(route.Message{Text: "deploy x", Listening: true, Addressed: true}, everybody); got.Near == nil {
		t.Errorf("who addresses the bot where it listens is answered: %+v", got)
	}
}

// A command whose words another plugin has is shown as it can be said
// (OCO-RTE-6).
func TestATakenCommandIsShownWithItsPlugin(t *testing.T) {
	table, _ := route.NewTable([]*route.Route{compiled(t, "a", command("status")), compiled(t, "b", command("status", "health")), compiled(t, "c", command("x", "status"))}, nil)
	for key, want := range map[string]string{"a:status": "status", "b:status": "b:status", "c:x": "x"} {
		plugin, name, _ := strings.Cut(key, ":")
		if r := table.Find(plugin, name); r.Usage() != want || !table.Enabled(r) {
			t.Errorf("%s is used as %q, want %q", key, r.Usage(), want)
		}
	}
	old := command("status {n:integer}")
	old.Deprecated = []string{"state {n:integer}"}
	renamed, _ := route.NewTable([]*route.Route{compiled(t, "a", command("status")), compiled(t, "b", old)}, nil)
	for _, text := range []string{"state x", "b:state x"} {
		if got := renamed.Match(say(text), everybody); got.Usage != "b:status {n:integer}" {
			t.Errorf("who says %s is told %q", text, got.Usage)
		}
	}
	if got := renamed.Match(say("state 7"), everybody); got.Command == nil || got.Command.Usage() != "b:status {n:integer}" {
		t.Errorf("%+v", got)
	}
	if got := table.Match(say("helth"), everybody); len(got.Suggest) != 1 || got.Suggest[0].Usage() != "b:status" {
		t.Errorf("%+v", got)
	}
}

// What is explained of a message is what becomes of it, also where the bot listens.
func TestExplainWhereTheBotListens(t *testing.T) {
	loud := hear("loud", "deploy")
	loud.AddressedOnly = true
	table := newTable(t, compiled(t, "p", command("deploy {n:integer}")), compiled(t, "p", loud))
	for text, want := range map[string]int{"deploy 7": 0, "we deploy 7": 1} {
		x := table.Explain(route.Message{Text: text, Listening: true}, everybody)
		deaf := 0
		for _, n := range x.Near {
			if n.Why == route.WhyDeaf {
				deaf++
			}
		}
		if deaf != want {
			t.Errorf("%q: %+v", text, x)
		}
	}
}

package plugin_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/openchatops/oco/internal/plugin"
	"github.com/openchatops/oco/internal/route"
)

// An alias of the operator's that does not fit its command is a warning and is told
// once, whatever else changes, and again after it was mended (OCO-RTE-36).
func TestBadAliasesAreWarnedOf(t *testing.T) {
	r := newRows()
	var told []string
	with := func(aliases ...string) plugin.Options {
		return plugin.Options{
			Overrides: map[string]route.Override{"web:deploy": {Aliases: aliases}},
			BadAlias:  func(b route.BadAlias) { told = append(told, b.Route+" "+b.Alias) },
		}
	}
	reg := loadRegistry(t, r, with("d {app}", "d"))
	if w := reg.Warnings(); len(told) != 0 || len(w) != 1 || !strings.Contains(w[0], "no plugin is called web") {
		t.Fatalf("told %q, warned %q, before there is a command", told, w)
	}
	register(t, reg, r, "web", manifest(command("deploy {app}")))
	register(t, reg, r, "other", manifest(command("x")))
	want := `the alias "d" of the configuration for the route "web:deploy" takes nothing: the alias "d" lacks the argument app of the pattern`
	if w := reg.Warnings(); !slices.Equal(w, []string{want}) || !slices.Equal(told, []string{"web:deploy d"}) {
		t.Fatalf("told %q, warned %q", told, w)
	}
	reg.SetOptions(with("d {app}"))
	if w := reg.Warnings(); len(w) != 0 || len(told) != 1 {
		t.Fatalf("told %q, warned %q after it is mended", told, w)
	}
	reg.SetOptions(with("d"))
	if w := reg.Warnings(); len(w) != 1 || len(told) != 2 {
		t.Fatalf("told %q, warned %q", told, w)
	}
	loadRegistry(t, r, with("d"))
	if len(told) != 3 {
		t.Fatalf("told %q after a restart", told)
	}
}

// What the operator says of routes shows in the list of them.
func TestRoutesShowTheOperatorsWord(t *testing.T) {
	r := newRows()
	groups := []string{"ops"}
	reg := loadRegistry(t, r, plugin.Options{
		Order: []string{"a", "b"},
		Overrides: map[string]route.Override{
			"a:one": {Hidden: true, Aliases: []string{"eins", "{"}, Allow: &groups}, "a:two": {Disabled: true}, "b:three": {Aliases: []string{"one"}},
		},
	})
	register(t, reg, r, "a", manifest(command("one"), command("two")))
	register(t, reg, r, "b", manifest(command("three"), command("two")))
	var got []string
	for _, i := range reg.Routes("") {
		line := i.Plugin + ":" + i.Compiled.Name + " " + strings.Join(i.Live.Aliases, "|")
		if i.Live.Hidden {
			line += " hidden"
		}
		if i.Disabled {
			line += " disabled"
		}
		if i.Taken != nil {
			line += " taken by " + i.Taken.Details["taken_by"]
		}
		got = append(got, line+" "+strings.Join(i.Live.Allow, ""))
	}
	if want := []string{"a:one eins hidden taken by b ops", "a:two  disabled ", "b:three one ", "b:two  "}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	reg.SetOptions(plugin.Options{Leaving: []string{"a"}})
	if got := reg.Routes("a"); len(got) != 2 || got[0].Live == nil || got[0].Live.Hidden {
		t.Errorf("of a plugin that leaves: %+v", got)
	}
}

package plugin_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/plugin"
	"github.com/openchatops/oco/internal/route"
)

// What plugins and the operator said decides who takes what, and not who said it
// first, nor whether the bot was started again since (OCO-RTE-20, OCO-RTE-39).
func TestWhoComesFirstDecidesNothing(t *testing.T) {
	texts := []string{"go", "go web", "go web now", "stop", "stop web", "anything", "b:go", "c:go web", "d:stop", "ship web"}
	rapid.Check(t, func(rt *rapid.T) {
		patterns := rapid.SampledFrom([]string{"go", "go {x}", "go {x} now", "go web", "{x}", "{x} {y}", "stop", "stop {x}", "{x...}"})
		manifests := map[string]*ocov1.Manifest{}
		names := []string{"a", "b", "c", "d"}
		for _, name := range names {
			var routes []*ocov1.Route
			for i, p := range rapid.SliceOfNDistinct(patterns, 1, 4, rapid.ID[string]).Draw(rt, "patterns of "+name) {
				r := command(p)
				r.Name = fmt.Sprint("r", i)
				routes = append(routes, r)
			}
			manifests[name] = manifest(routes...)
		}
		o := plugin.Options{
			Order:     rapid.Permutation(names).Draw(rt, "configured")[:rapid.IntRange(0, 3).Draw(rt, "how many")],
			Overrides: map[string]route.Override{"c:r0": {Disabled: rapid.Bool().Draw(rt, "disabled")}},
		}
		var want []string
		for range 3 {
			r := newRows()
			reg := loadRegistry(t, r, o)
			for _, name := range rapid.Permutation(names).Draw(rt, "who comes") {
				register(t, reg, r, name, manifests[name])
			}
			for _, reg := range []*plugin.Registry{reg, loadRegistry(t, r, o)} {
				if got := whoTakes(reg, texts); want == nil {
					want = got
				} else if !slices.Equal(got, want) {
					rt.Fatalf("configured %q: %q, and in another order %q", o.Order, got, want)
				}
			}
		}
	})
}

func whoTakes(reg *plugin.Registry, texts []string) []string {
	var all []string
	for _, text := range texts {
		found := reg.Table().Match(route.Message{Text: text, Addressed: true}, func(*route.Route) bool { return true })
		taker := text + ": nobody"
		if found.Command != nil {
			taker = text + ": " + found.Command.Route.Key()
		}
		all = append(all, taker)
	}
	return append(all, reg.Warnings()...)
}

// A declaration that differs in anything is another definition.
func TestADefinitionHasAllThatWasDeclared(t *testing.T) {
	seen := map[string]bool{}
	for _, change := range []func(*ocov1.Route){
		func(*ocov1.Route) {},
		func(r *ocov1.Route) { r.Examples = []string{"deploy web"} },
		func(r *ocov1.Route) { r.GetCommand().Deprecated = []string{"rollout {app}"} },
		func(r *ocov1.Route) { r.GetCommand().Aliases = []string{"rollout {app}"} },
		func(r *ocov1.Route) { r.GetCommand().OnEdit = true },
	} {
		r := command("deploy {app}")
		change(r)
		id := must[string](t)(plugin.DefinitionID(r))
		if seen[id] {
			t.Errorf("%v has the id of another one", r)
		}
		seen[id] = true
	}
}

// Examples, deprecated patterns and edits reach the table from the wire
// (OCO-RTE-40, OCO-RTE-41, OCO-RTE-23).
func TestWhatACommandDeclares(t *testing.T) {
	r := newRows()
	reg := loadRegistry(t, r, plugin.Options{})
	deploy, bad := command("deploy {app}"), command("status {app}")
	deploy.Examples, deploy.GetCommand().Deprecated, deploy.GetCommand().OnEdit = []string{"deploy web"}, []string{"rollout {app}"}, true
	bad.Examples = []string{"stat web"}
	got := register(t, reg, r, "ci", manifest(deploy, bad))
	if got[0].Err != nil || got[1].Err == nil || got[1].Err.Details["field"] != "examples" {
		t.Fatalf("%+v", got)
	}
	everybody := func(*route.Route) bool { return true }
	found := reg.Table().Match(route.Message{Text: "rollout web", Addressed: true, Edited: true}, everybody)
	if found.Command == nil || !found.Command.Deprecated || found.Command.Route.Examples[0] != "deploy web" {
		t.Errorf("%+v", found)
	}
}

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

var orderPatterns = rapid.SampledFrom([]string{"go", "go {x}", "go {x} now", "go web", "{x}", "{x} {y}", "stop", "stop {x}", "{x...}"})

func drawManifest(t *rapid.T, name string) *ocov1.Manifest {
	var routes []*ocov1.Route
	for i, p := range rapid.SliceOfNDistinct(orderPatterns, 1, 4, rapid.ID[string]).Draw(t, "patterns of "+name) {
		r := command(p)
		r.Name = fmt.Sprint("r", i)
		routes = append(routes, r)
	}
	return manifest(routes...)
}

func drawOptions(t *rapid.T, names []string) plugin.Options {
	o := plugin.Options{
		Order:     rapid.Permutation(names).Draw(t, "configured")[:rapid.IntRange(0, 3).Draw(t, "how many")],
		Overrides: map[string]route.Override{},
	}
	for _, name := range names {
		if rapid.Bool().Draw(t, "overridden") {
			o.Overrides[name+":r0"] = route.Override{
				Disabled: rapid.IntRange(0, 3).Draw(t, "disabled") == 0, Hidden: rapid.Bool().Draw(t, "hidden"),
				Aliases: rapid.SliceOfN(orderPatterns, 0, 2).Draw(t, "aliases"),
			}
		}
	}
	return o
}

// What plugins and the operator said last decides who takes what, and not who said it
// first, what they said before, nor whether the bot was started again since
// (OCO-RTE-20, OCO-RTE-39).
func TestWhoComesFirstDecidesNothing(t *testing.T) {
	texts := []string{"go", "go web", "go web now", "stop", "stop web", "anything", "b:go", "c:go web", "d:stop", "ship web", "gp"}
	rapid.Check(t, func(rt *rapid.T) {
		names := []string{"a", "b", "c", "d"}
		manifests := map[string]*ocov1.Manifest{}
		for _, name := range names {
			manifests[name] = drawManifest(rt, name)
		}
		o := drawOptions(rt, names)
		var want []string
		for range 3 {
			r := newRows()
			reg := loadRegistry(t, r, drawOptions(rt, names))
			for _, name := range rapid.SliceOfN(rapid.SampledFrom(names), 0, 2).Draw(rt, "who was something else before") {
				register(t, reg, r, name, drawManifest(rt, name))
				if rapid.Bool().Draw(rt, "and left") {
					if err := reg.Unregister(t.Context(), name, r.put); err != nil {
						rt.Fatal(err)
					}
				}
			}
			order := rapid.Permutation(names).Draw(rt, "who comes")
			reloaded := rapid.IntRange(0, len(order)-1).Draw(rt, "reloaded after")
			for i, name := range order {
				register(t, reg, r, name, manifests[name])
				if i == reloaded {
					reg.SetOptions(o)
				}
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

// whoTakes says what the table makes of texts, and of what it warns.
func whoTakes(reg *plugin.Registry, texts []string) []string {
	var all []string
	for _, text := range texts {
		found := reg.Table().Match(route.Message{Text: text, Addressed: true}, func(*route.Route) bool { return true })
		line := text + ":"
		if found.Command != nil {
			line += " " + found.Command.Route.Key() + " by " + found.Command.Pattern
		}
		if found.Near != nil {
			line += " near " + found.Near.Key() + " " + found.Usage
		}
		for _, r := range found.Suggest {
			line += " or " + r.Key() + " " + r.Usage()
		}
		all = append(all, line)
	}
	for _, i := range reg.Routes("") {
		all = append(all, fmt.Sprint(i.Live.Key(), i.Live.Hidden, i.Disabled, i.Live.Aliases, i.Live.Usage(), i.Taken != nil))
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

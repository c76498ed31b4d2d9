package route_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/pattern"
	"github.com/openchatops/oco/internal/route"
)

type vectorRoute struct {
	Plugin        string   `json:"plugin"`
	Kind          string   `json:"kind"`
	Name          string   `json:"name,omitempty"`
	Patterns      []string `json:"patterns,omitempty"`
	Deprecated    []string `json:"deprecated,omitempty"`
	Regex         string   `json:"regex,omitempty"`
	Priority      int      `json:"priority,omitempty"`
	Allow         []string `json:"allow,omitempty"`
	Danger        bool     `json:"danger,omitempty"`
	AddressedOnly bool     `json:"addressed_only,omitempty"`
	Exclusive     bool     `json:"exclusive,omitempty"`
	IncludeBots   bool     `json:"include_bots,omitempty"`
	OnEdit        bool     `json:"on_edit,omitempty"`
	Arguments     []struct {
		Name    string   `json:"name"`
		Type    string   `json:"type"`
		Choices []string `json:"choices,omitempty"`
	} `json:"arguments,omitempty"`
}

type vectorTable struct {
	Routes    []vectorRoute `json:"routes"`
	Overrides map[string]struct {
		Disabled bool     `json:"disabled,omitempty"`
		Hidden   bool     `json:"hidden,omitempty"`
		Aliases  []string `json:"aliases,omitempty"`
	} `json:"overrides,omitempty"`
	// BadAliases are those of overrides that take nothing, by route.
	BadAliases map[string][]string `json:"bad_aliases,omitempty"`
	Impaired   map[string]struct {
		Command string `json:"command"`
		TakenBy string `json:"taken_by"`
	} `json:"impaired,omitempty"`
}

type resolutionVector struct {
	Name      string   `json:"name"`
	Table     string   `json:"table"`
	Text      string   `json:"text"`
	Addressed *bool    `json:"addressed,omitempty"`
	Listening bool     `json:"listening,omitempty"`
	Bot       bool     `json:"bot,omitempty"`
	Self      bool     `json:"self,omitempty"`
	Edited    bool     `json:"edited,omitempty"`
	Forwarded bool     `json:"forwarded,omitempty"`
	Deny      []string `json:"deny,omitempty"`
	Want      struct {
		Command string            `json:"command,omitempty"`
		Args    map[string]string `json:"args,omitempty"`
		Pattern string            `json:"pattern,omitempty"`
		// Deprecated says that the pattern that takes it is.
		Deprecated bool `json:"deprecated,omitempty"`
		// Counts says that a message that was not addressed counts as addressed.
		Counts  bool     `json:"counts,omitempty"`
		Refused string   `json:"refused,omitempty"`
		Hidden  string   `json:"hidden,omitempty"`
		Near    string   `json:"near,omitempty"`
		Problem string   `json:"problem,omitempty"`
		Usage   string   `json:"usage,omitempty"`
		Offset  int      `json:"offset,omitempty"`
		Suggest []string `json:"suggest,omitempty"`
		Usages  []string `json:"usages,omitempty"`
		Hears   []string `json:"hears,omitempty"`
		// Heard are the named groups, by route.
		Heard map[string]map[string]any `json:"heard,omitempty"`
	} `json:"want"`
}

var vectorTypes = map[string]pattern.Type{
	"text": pattern.TypeText, "integer": pattern.TypeInteger, "number": pattern.TypeNumber, "duration": pattern.TypeDuration, "choice": pattern.TypeChoice,
}

var vectorKinds = map[string]route.Kind{"command": route.Command, "hear": route.Hear, "event": route.Event}

func (v vectorTable) build(t *testing.T) *route.Table {
	t.Helper()
	var routes []*route.Route
	for _, r := range v.Routes {
		var arguments []pattern.Spec
		for _, a := range r.Arguments {
			arguments = append(arguments, pattern.Spec{Name: a.Name, Type: vectorTypes[a.Type], Choices: a.Choices})
		}
		routes = append(routes, compiled(t, r.Plugin, route.Definition{
			Kind: vectorKinds[r.Kind], Name: r.Name, Patterns: r.Patterns, Deprecated: r.Deprecated, Regex: r.Regex, Priority: r.Priority,
			Allow: r.Allow, Danger: r.Danger, AddressedOnly: r.AddressedOnly, Exclusive: r.Exclusive,
			IncludeBots: r.IncludeBots, OnEdit: r.OnEdit, Arguments: arguments,
		}))
	}
	overrides := map[string]route.Override{}
	for key, o := range v.Overrides {
		overrides[key] = route.Override{Disabled: o.Disabled, Hidden: o.Hidden, Aliases: o.Aliases}
	}
	table, impaired := route.NewTable(routes, overrides)
	if len(impaired) != len(v.Impaired) {
		t.Errorf("impaired are %v, want %v", impaired, v.Impaired)
	}
	for r, err := range impaired {
		want, ok := v.Impaired[r.Key()]
		if !ok || err.Reason != chat.CommandTaken || err.Details["command"] != want.Command || err.Details["taken_by"] != want.TakenBy {
			t.Errorf("%s: %v %v, want %+v", r.Key(), err, err.Details, want)
		}
	}
	bad := map[string][]string{}
	for _, b := range table.BadAliases() {
		bad[b.Route] = append(bad[b.Route], b.Alias)
	}
	if !maps.EqualFunc(bad, v.BadAliases, slices.Equal) {
		t.Errorf("bad aliases are %q, want %q", bad, v.BadAliases)
	}
	return table
}

func compiled(t testing.TB, plugin string, d route.Definition) *route.Route {
	t.Helper()
	r, err := route.Compile(plugin, d)
	if err != nil {
		t.Fatalf("%s %+v: %v", plugin, d, err)
	}
	return r
}

// The vectors of resolution, and OCO-RTE-11 in the cases that deny.
func TestResolutionVectors(t *testing.T) {
	var document struct {
		Description string                 `json:"description"`
		Tables      map[string]vectorTable `json:"tables"`
		Cases       []resolutionVector     `json:"cases"`
	}
	readVectors(t, "resolution.json", &document)
	if len(document.Cases) < 150 {
		t.Errorf("%d cases, want at least 150", len(document.Cases))
	}
	tables, used, seen := map[string]*route.Table{}, map[string]bool{}, map[string]bool{}
	for name, v := range document.Tables {
		tables[name] = v.build(t)
	}
	for _, v := range document.Cases {
		if seen[v.Name] {
			t.Errorf("two cases are called %q", v.Name)
		}
		seen[v.Name], used[v.Table] = true, true
		t.Run(v.Name, func(t *testing.T) { v.check(t, tables[v.Table]) })
	}
	if len(used) != len(tables) {
		t.Errorf("tables %v, of which %v are used", slices.Collect(maps.Keys(tables)), used)
	}
}

var problemNames = map[pattern.ProblemKind]string{
	pattern.ProblemBadValue: "bad_value", pattern.ProblemMissing: "missing", pattern.ProblemUnexpected: "unexpected",
}

func (v resolutionVector) check(t *testing.T, table *route.Table) {
	m := route.Message{
		Text: v.Text, Addressed: v.Addressed == nil || *v.Addressed, Listening: v.Listening,
		Bot: v.Bot, Self: v.Self, Edited: v.Edited, Forwarded: v.Forwarded,
	}
	got := table.Match(m, func(r *route.Route) bool { return !slices.Contains(v.Deny, r.Key()) })
	equal(t, "command", hitKey(got.Command), v.Want.Command)
	equal(t, "refused", hitKey(got.Refused), v.Want.Refused)
	equal(t, "hidden", got.Hidden, v.Want.Hidden)
	equal(t, "usage", got.Usage, v.Want.Usage)
	near, problem := "", ""
	if got.Near != nil {
		near = got.Near.Key()
	}
	if got.Problem != nil {
		problem = problemNames[got.Problem.Kind]
		if v.Want.Offset > 0 && got.Problem.Offset != v.Want.Offset {
			t.Errorf("problem at %d, want %d", got.Problem.Offset, v.Want.Offset)
		}
	}
	equal(t, "near", near, v.Want.Near)
	equal(t, "problem", problem, v.Want.Problem)
	if keys := routeKeys(got.Suggest); !slices.Equal(keys, v.Want.Suggest) {
		t.Errorf("suggest %q, want %q", keys, v.Want.Suggest)
	}
	if keys := hitKeys(got.Hears); !slices.Equal(keys, v.Want.Hears) {
		t.Errorf("hears %q, want %q", keys, v.Want.Hears)
	}
	if heard := heardOf(got.Hears); !maps.EqualFunc(heard, v.Want.Heard, maps.Equal) {
		t.Errorf("heard %v, want %v", heard, v.Want.Heard)
	}
	if v.Want.Usages != nil {
		var usages []string
		for _, r := range got.Suggest {
			usages = append(usages, r.Usage())
		}
		if !slices.Equal(usages, v.Want.Usages) {
			t.Errorf("suggested are %q, want %q", usages, v.Want.Usages)
		}
	}
	if want := (m.Addressed || v.Want.Counts) && !m.Forwarded && !m.Self; got.Addressed != want {
		t.Errorf("counts as addressed: %v, want %v", got.Addressed, want)
	}
	if got.Command != nil {
		equal(t, "deprecated", fmt.Sprint(got.Command.Deprecated), fmt.Sprint(v.Want.Deprecated))
		if v.Want.Pattern != "" {
			equal(t, "pattern", got.Command.Pattern, v.Want.Pattern)
		}
		args := map[string]string{}
		for _, a := range got.Command.Args {
			args[a.Name] = a.Text
		}
		if !maps.Equal(args, v.Want.Args) {
			t.Errorf("args %q, want %q", args, v.Want.Args)
		}
	}
}

// heardOf gives what hear routes are given, as JSON has it.
func heardOf(hits []route.Hit) map[string]map[string]any {
	all := map[string]map[string]any{}
	for _, h := range hits {
		for _, v := range h.Args {
			if all[h.Route.Key()] == nil {
				all[h.Route.Key()] = map[string]any{}
			}
			value := any(v.Text)
			switch v.Type {
			case pattern.TypeInteger:
				value = float64(v.Integer)
			case pattern.TypeNumber:
				value = v.Number
			case pattern.TypeDuration:
				value = v.Duration.Seconds()
			}
			all[h.Route.Key()][v.Name] = value
		}
	}
	return all
}

func equal(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s is %q, want %q", what, got, want)
	}
}

func hitKey(h *route.Hit) string {
	if h == nil {
		return ""
	}
	return h.Route.Key()
}

func hitKeys(hits []route.Hit) []string {
	var keys []string
	for i := range hits {
		keys = append(keys, hits[i].Route.Key())
	}
	return keys
}

func routeKeys(routes []*route.Route) []string {
	var keys []string
	for _, r := range routes {
		keys = append(keys, r.Key())
	}
	return keys
}

package route_test

import (
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
	Regex         string   `json:"regex,omitempty"`
	Priority      int      `json:"priority,omitempty"`
	Allow         []string `json:"allow,omitempty"`
	Danger        bool     `json:"danger,omitempty"`
	AddressedOnly bool     `json:"addressed_only,omitempty"`
	Exclusive     bool     `json:"exclusive,omitempty"`
	IncludeBots   bool     `json:"include_bots,omitempty"`
	OnEdit        bool     `json:"on_edit,omitempty"`
}

type vectorTable struct {
	Routes    []vectorRoute `json:"routes"`
	Overrides map[string]struct {
		Disabled bool `json:"disabled"`
	} `json:"overrides,omitempty"`
	Impaired map[string]struct {
		Command string `json:"command"`
		TakenBy string `json:"taken_by"`
	} `json:"impaired,omitempty"`
}

type resolutionVector struct {
	Name      string   `json:"name"`
	Table     string   `json:"table"`
	Text      string   `json:"text"`
	Addressed *bool    `json:"addressed,omitempty"`
	Bot       bool     `json:"bot,omitempty"`
	Self      bool     `json:"self,omitempty"`
	Edited    bool     `json:"edited,omitempty"`
	Forwarded bool     `json:"forwarded,omitempty"`
	Deny      []string `json:"deny,omitempty"`
	Want      struct {
		Command string            `json:"command,omitempty"`
		Args    map[string]string `json:"args,omitempty"`
		Refused string            `json:"refused,omitempty"`
		Hidden  string            `json:"hidden,omitempty"`
		Near    string            `json:"near,omitempty"`
		Problem string            `json:"problem,omitempty"`
		Usage   string            `json:"usage,omitempty"`
		Offset  int               `json:"offset,omitempty"`
		Suggest []string          `json:"suggest,omitempty"`
		Hears   []string          `json:"hears,omitempty"`
	} `json:"want"`
}

var vectorKinds = map[string]route.Kind{"command": route.Command, "hear": route.Hear, "event": route.Event}

func (v vectorTable) build(t *testing.T) *route.Table {
	t.Helper()
	var routes []*route.Route
	for _, r := range v.Routes {
		routes = append(routes, compiled(t, r.Plugin, route.Definition{
			Kind: vectorKinds[r.Kind], Name: r.Name, Patterns: r.Patterns, Regex: r.Regex, Priority: r.Priority,
			Allow: r.Allow, Danger: r.Danger, AddressedOnly: r.AddressedOnly, Exclusive: r.Exclusive,
			IncludeBots: r.IncludeBots, OnEdit: r.OnEdit,
		}))
	}
	overrides := map[string]route.Override{}
	for key, o := range v.Overrides {
		overrides[key] = route.Override{Disabled: o.Disabled}
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
	if len(document.Cases) < 80 {
		t.Errorf("%d cases, want at least 80", len(document.Cases))
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
		Text: v.Text, Addressed: v.Addressed == nil || *v.Addressed,
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
	if got.Command != nil {
		args := map[string]string{}
		for _, a := range got.Command.Args {
			args[a.Name] = a.Text
		}
		if !maps.Equal(args, v.Want.Args) {
			t.Errorf("args %q, want %q", args, v.Want.Args)
		}
	}
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

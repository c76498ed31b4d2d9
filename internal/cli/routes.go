package cli

import (
	"context"
	"strings"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// Routes is `oco routes`: what the plugins take, by plugin and name.
type Routes struct {
	Target
	JSON   bool   `help:"Print one JSON document."`
	Schema bool   `help:"Print what programs and chat services make of each command: a slash command and the JSON Schema of its arguments."`
	Plugin string `arg:"" optional:"" help:"Only those of this plugin."`
}

// Run asks and prints.
func (r *Routes) Run(ctx context.Context, env *Env) error {
	return r.with(ctx, env, callTimeout, func(ctx context.Context, c *client) error {
		if r.Schema {
			return r.schemas(ctx, env, c)
		}
		answer, err := c.routes(ctx, r.Plugin)
		if err != nil {
			return err
		}
		if r.JSON {
			return writeJSON(env.Stdout, answer)
		}
		return write(env.Stdout, []byte(routeTable(answer.GetRoutes()).render(env.Colour)))
	})
}

// routes asks for all routes of a plugin, or of all, page after page.
func (c *client) routes(ctx context.Context, plugin string) (*ocov1.ListRoutesResponse, error) {
	all := &ocov1.ListRoutesResponse{}
	request := &ocov1.ListRoutesRequest{PluginId: plugin, PageSize: pageSize}
	for {
		page, err := c.admin.ListRoutes(ctx, request)
		if err != nil {
			return nil, err
		}
		all.Routes = append(all.Routes, page.GetRoutes()...)
		if request.PageToken = page.GetNextPageToken(); request.PageToken == "" {
			return all, nil
		}
	}
}

func routeTable(routes []*ocov1.RegisteredRoute) *table {
	t := newTable("ROUTE", "KIND", "PATTERN", "WHO", "RUNS", "STATE", "HELP")
	for _, r := range routes {
		declared := r.GetRoute()
		kind, pattern := match(declared)
		who := strings.Join(declared.GetAllow(), " ")
		switch {
		case who == "" && declared.GetDanger():
			who = "nobody"
		case who == "":
			who = "everyone"
		}
		who += yes(declared.GetDanger(), " (danger)")
		for _, alias := range r.GetOperatorAliases() {
			pattern += " | " + alias
		}
		t.add(r.GetPluginId()+":"+declared.GetName(), kind, pattern, who, word(declared.GetRunPolicy()), routeState(r), declared.GetHelp())
	}
	return t
}

// routeState says in a few words what keeps a route from being found or run.
func routeState(r *ocov1.RegisteredRoute) string {
	var all []string
	for _, state := range []struct {
		holds bool
		word  string
	}{{r.GetDisabled(), "disabled"}, {r.GetHidden(), "hidden"}, {r.GetImpaired() != "", "words taken"}, {r.GetOrphaned(), "no replica"}} {
		if state.holds {
			all = append(all, state.word)
		}
	}
	return strings.Join(all, ", ")
}

func match(r *ocov1.Route) (kind, pattern string) {
	switch m := r.GetMatch().(type) {
	case *ocov1.Route_Command:
		pattern = strings.Join(append([]string{m.Command.GetPattern()}, m.Command.GetAliases()...), " | ")
		for _, old := range m.Command.GetDeprecated() {
			pattern += " | " + old + " (deprecated)"
		}
		return "command", pattern
	case *ocov1.Route_Hear:
		return "hear", "/" + m.Hear.GetRegex() + "/"
	case *ocov1.Route_Event:
		return "event", strings.Join(m.Event.GetTypes(), " ")
	}
	return "unknown", ""
}

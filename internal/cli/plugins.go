package cli

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// Plugins is `oco plugins`: the plugins, and their processes.
type Plugins struct {
	List    PluginsList    `cmd:"" default:"withargs" help:"List every plugin with its replicas (default)."`
	Restart PluginsRestart `cmd:"" help:"End the process of a plugin after its work in flight, and start it again."`
}

// PluginsList is `oco plugins list`: every plugin with its replicas.
type PluginsList struct {
	Target
	JSON bool `help:"Print one JSON document."`
}

// Run asks and prints.
func (p *PluginsList) Run(ctx context.Context, env *Env) error {
	return p.with(ctx, env, callTimeout, func(ctx context.Context, c *client) error {
		answer, err := c.admin.ListPlugins(ctx, &ocov1.ListPluginsRequest{})
		if err != nil {
			return err
		}
		if p.JSON {
			return writeJSON(env.Stdout, answer)
		}
		return write(env.Stdout, []byte(pluginTable(answer.GetPlugins()).render(env.Colour)))
	})
}

// PluginsRestart is `oco plugins restart`.
type PluginsRestart struct {
	Target
	JSON bool   `help:"Print one JSON document."`
	Name string `arg:"" help:"Name of the plugin."`
}

// Run asks and says what was restarted: a process may hold several plugins.
func (p *PluginsRestart) Run(ctx context.Context, env *Env) error {
	return p.with(ctx, env, workTimeout, func(ctx context.Context, c *client) error {
		answer, err := c.admin.RestartPlugin(ctx, &ocov1.RestartPluginRequest{PluginId: p.Name})
		if err != nil {
			return err
		}
		if p.JSON {
			return writeJSON(env.Stdout, answer)
		}
		text := "restarted: " + Printable(strings.Join(answer.GetPlugins(), ", "))
		if len(answer.GetPlugins()) > 1 {
			text += " (they share a process)"
		}
		_, err = fmt.Fprintln(env.Stdout, text)
		return err
	})
}

func pluginTable(plugins []*ocov1.Plugin) *table {
	plugins = slices.Clone(plugins)
	slices.SortFunc(plugins, func(a, b *ocov1.Plugin) int {
		// The adapter first: without it nothing works.
		return cmp.Or(cmp.Compare(b.GetRole(), a.GetRole()), cmp.Compare(a.GetPluginId(), b.GetPluginId()))
	})
	t := newTable("PLUGIN", "ROLE", "STATE", "REPLICAS", "RUNNING", "WAITING", "RESTARTS", "PID", "VERSION", "SCOPES", "DETAIL")
	for _, p := range plugins {
		state := p.GetState()
		if p.GetPaused() {
			state = strings.TrimPrefix(state+", paused", ", ")
		}
		if p.GetNextStart() != nil {
			state += ", next start in " + span(p.GetNextStart())
		}
		connected, running := 0, uint32(0)
		for _, r := range p.GetReplicas() {
			running += r.GetInFlight()
			if r.GetConnected() {
				connected++
			}
		}
		replicas := fmt.Sprint(connected)
		if gone := len(p.GetReplicas()) - connected; gone > 0 {
			replicas += fmt.Sprintf(" (%d gone)", gone)
		}
		detail := p.GetDetail()
		if p.GetPauseReason() != "" {
			detail = strings.TrimSuffix("paused: "+p.GetPauseReason()+"; "+detail, "; ")
		}
		if p.GetLastExitAgo() != nil && strings.Contains(detail, p.GetLastExit()) {
			detail += " (" + span(p.GetLastExitAgo()) + " ago)"
		}
		pid := ""
		if p.GetProcessId() != 0 {
			pid = count(p.GetProcessId())
		}
		t.add(p.GetPluginId(), word(p.GetRole()), state, replicas, count(running), count(p.GetWaiting()),
			count(p.GetRestarts()), pid, p.GetVersion(), strings.Join(p.GetScopes(), " "), detail)
	}
	return t
}

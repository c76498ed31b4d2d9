package plugin

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/route"
)

// An Info is what is known of a registered plugin.
type Info struct {
	Name        string
	Role        chat.Role
	Version     string
	Description string
	Granted     []string // by the configuration
	Paused      bool
	PauseReason string
	Refused     string // why a registration was refused last, for its settings
}

// Known says whether a plugin is registered or named by the configuration.
func (r *Registry) Known(name string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	e, ok := r.stand[name]
	return ok && e.manifest != nil || slices.Contains(r.options.Load().Order, name)
}

// Plugins returns every plugin that is registered or whose settings are refused,
// by name.
func (r *Registry) Plugins() []Info {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := r.stand[""] // the pause of every handler
	infos := []Info{}
	for _, name := range slices.Sorted(maps.Keys(r.stand)) {
		e := r.stand[name]
		if e.manifest == nil && e.refused == "" {
			continue
		}
		info := Info{
			Name: name, Role: e.role, Version: e.manifest.GetVersion(), Description: e.manifest.GetDescription(),
			Granted: r.options.Load().Grants[name], Paused: e.paused, PauseReason: e.reason, Refused: e.refused,
		}
		if all != nil && all.paused && e.role == chat.RoleHandler && !info.Paused {
			info.Paused, info.PauseReason = true, all.reason
		}
		infos = append(infos, info)
	}
	return infos
}

// names returns the names of what is registered, sorted. The caller holds mu.
func (r *Registry) names() []string {
	names := []string{}
	for name, e := range r.stand {
		if e.manifest != nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Adapter returns the name of the registered adapter and what it said of
// itself; ok is false while none is registered. Treat it as read-only.
func (r *Registry) Adapter() (name string, info *ocov1.AdapterInfo, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.adapter == nil || r.adapter.manifest == nil {
		return "", nil, false
	}
	return r.adapter.name, r.adapter.manifest.GetAdapter(), true
}

// Pauses returns what the state machine must be told at the start.
func (r *Registry) Pauses() []delivery.Pause {
	r.mu.Lock()
	defer r.mu.Unlock()
	pauses := []delivery.Pause{}
	for name, e := range r.stand {
		if e.paused {
			pauses = append(pauses, delivery.Pause{Plugin: name, Paused: true, Reason: e.reason})
		}
	}
	return pauses
}

// A RouteInfo is one route that compiled.
type RouteInfo struct {
	Plugin     string
	Definition string
	Declared   *ocov1.Route // as its manifest has it: read-only
	Compiled   *route.Route
	Live       *route.Route // with the operator's word
	Disabled   bool         // by the operator
	Taken      *chat.Error  // why it does not live
}

// Declare returns a copy of what was declared, with the name derived.
func (i RouteInfo) Declare() *ocov1.Route {
	out := proto.CloneOf(i.Declared)
	out.Name = i.Compiled.Name
	return out
}

// Commands returns the commands of all plugins.
func (r *Registry) Commands() []RouteInfo {
	return slices.DeleteFunc(r.Routes(""), func(i RouteInfo) bool { return i.Compiled.Kind != route.Command })
}

// Routes returns the routes of a plugin, or of all if name is empty, in the
// order of their manifests.
func (r *Registry) Routes(name string) []RouteInfo {
	table := r.Table()
	r.mu.Lock()
	defer r.mu.Unlock()
	infos := []RouteInfo{}
	for _, plugin := range r.names() {
		if name != "" && plugin != name {
			continue
		}
		e := r.stand[plugin]
		for i, compiled := range e.routes {
			if compiled == nil {
				continue
			}
			info := RouteInfo{
				Plugin: plugin, Definition: compiled.ID, Declared: e.manifest.Routes[i],
				Compiled: compiled, Live: compiled, Taken: table.Impaired(compiled),
			}
			if live := table.Find(plugin, compiled.Name); live != nil { // not of a plugin that leaves
				info.Live, info.Disabled = live, !table.Enabled(live)
			}
			infos = append(infos, info)
		}
	}
	return infos
}

// Warnings are sentences for the operator: groups that no configuration knows,
// so that nobody is allowed by them, commands that another plugin has, and the
// operator's rules for routes that are not there, which guard nothing.
func (r *Registry) Warnings() []string {
	warnings := slices.Concat(r.idleRules(), r.badAliases(), r.refusedSettings(), r.refusedRoutes())
	for _, info := range r.Routes("") {
		for _, group := range info.Live.Allow {
			if !slices.Contains(r.options.Load().Groups, group) {
				warnings = append(warnings, fmt.Sprintf(
					"route %q of %s allows the group %q, which the configuration does not have: nobody is allowed by it", info.Compiled.Name, info.Plugin, group))
			}
		}
		if info.Taken != nil {
			warnings = append(warnings, fmt.Sprintf("route %q of %s does not live: %s", info.Compiled.Name, info.Plugin, info.Taken.Text))
		}
	}
	return warnings
}

// badAliases warns of what the operator calls commands besides, and nobody can.
func (r *Registry) badAliases() []string {
	var warnings []string
	for _, bad := range r.Table().BadAliases() {
		warnings = append(warnings, fmt.Sprintf("the alias %q of the configuration for the route %q takes nothing: %s", bad.Alias, bad.Route, bad.Err.Text))
	}
	return warnings
}

// newlyBad are the aliases that take nothing, without those that did not in the table
// before, which may be nil.
func newlyBad(before, after *route.Table) []route.BadAlias {
	known := map[[3]string]bool{}
	if before != nil {
		for _, bad := range before.BadAliases() {
			known[[3]string{bad.Route, bad.Alias, bad.Err.Text}] = true
		}
	}
	return slices.DeleteFunc(after.BadAliases(), func(bad route.BadAlias) bool {
		return known[[3]string{bad.Route, bad.Alias, bad.Err.Text}]
	})
}

// refusedSettings warns of plugins that were refused for their settings.
func (r *Registry) refusedSettings() []string {
	var warnings []string
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(r.stand)) {
		if why := r.stand[name].refused; why != "" {
			warnings = append(warnings, fmt.Sprintf("%s is refused for its settings: %s", name, why))
		}
	}
	return warnings
}

// refusedRoutes warns of the routes that plugins registered and that do not
// live for what they are.
func (r *Registry) refusedRoutes() []string {
	var warnings []string
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(r.stand)) {
		e := r.stand[name]
		for i, compiled := range e.routes {
			if compiled != nil {
				continue
			}
			declared := e.manifest.GetRoutes()[i]
			if err := e.verdicts[i].Err; err != nil {
				warnings = append(warnings, fmt.Sprintf("route %d of %s (%q) does not live: %s", i+1, name, cmp.Or(declared.GetName(), declared.GetCommand().GetPattern(), declared.GetHear().GetRegex()), err.Text))
			}
		}
	}
	return warnings
}

// idleRules warns of the operator's rules for routes that nobody registered. A
// plugin of the configuration that never registered yet may still do so.
func (r *Registry) idleRules() []string {
	warnings, table := []string{}, r.Table()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, key := range slices.Sorted(maps.Keys(r.options.Load().Overrides)) {
		name, route, _ := strings.Cut(key, ":")
		e, ok := r.stand[name]
		registered := ok && e.manifest != nil
		if table.Find(name, route) != nil || !registered && slices.Contains(r.options.Load().Order, name) {
			continue
		}
		why := fmt.Sprintf("%s has no such route", name)
		if !registered {
			why = fmt.Sprintf("no plugin is called %s", name)
		}
		warnings = append(warnings, fmt.Sprintf("the configuration has a rule for the route %q, which does nothing: %s", key, why))
	}
	return warnings
}

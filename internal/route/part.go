package route

import (
	"cmp"
	"slices"
	"sync"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/pattern"
	"github.com/openchatops/oco/internal/snapshot"
)

// part is what one plugin has in a table. One that is in a table does not change.
type part struct {
	plugin   string
	members  []*member // by name
	byName   map[string]*member
	ears     []*ear
	impaired map[*Route]*chat.Error // of routes that are left out
	bad      []BadAlias             // that would take nothing in any table
	own      func() *index          // all its commands, whoever has their words
}

// member is one route of a part.
type member struct {
	given    *Route // as the plugin registered it
	route    *Route // as the table has it
	rank     int    // which plugins come first with their words
	number   int    // in its plugin
	disabled bool
	aliases  []made
}

// made is an alias of the operator's that compiles.
type made struct {
	source  string
	command *pattern.Command
}

// placed is a route on its way into a table.
type placed struct {
	route *Route
	rank  int
}

// newPart applies the operator's word to the routes of a plugin.
func newPart(plugin string, routes []placed, words map[string]Override) *part {
	p := &part{plugin: plugin, byName: make(map[string]*member, len(routes))}
	for i, given := range routes {
		r := given.route
		if p.byName[r.Name] != nil {
			if p.impaired == nil {
				p.impaired = make(map[*Route]*chat.Error)
			}
			p.impaired[r] = invalid("name", "the plugin %s has two routes with the name %q", r.Plugin, r.Name)
			continue
		}
		var word Override
		if words != nil {
			word = words[r.Key()]
		}
		m := &member{given: r, route: r.under(word), rank: given.rank, number: i, disabled: word.Disabled}
		p.byName[r.Name], p.members = m, append(p.members, m)
		if !m.disabled {
			p.callAlso(m, word.Aliases)
		}
	}
	slices.SortFunc(p.members, func(a, b *member) int { return cmp.Compare(a.route.Name, b.route.Name) })
	p.ears = newEars(p.members)
	p.own = sync.OnceValue(p.index)
	return p
}

// callAlso compiles what the operator calls a command besides.
func (p *part) callAlso(m *member, aliases []string) {
	for _, alias := range aliases {
		var c *pattern.Command
		err := invalid("aliases", "a route of kind %s has no aliases", m.given.Kind)
		if m.given.Kind == Command {
			c, err = m.given.compileAlias(alias)
		}
		if err != nil {
			p.bad = append(p.bad, BadAlias{Route: m.given.Key(), Alias: alias, Err: err})
			continue
		}
		m.aliases = append(m.aliases, made{alias, c})
	}
	if m.given.Kind == Command && len(aliases) > 0 {
		m.route.Aliases = nil // a copy: the operator said something of it
		for _, a := range m.aliases {
			m.route.Aliases = append(m.route.Aliases, a.source)
		}
	}
}

// with gives a part in which some members are others.
func (p *part) with(changed map[*member]*member) *part {
	out := &part{plugin: p.plugin, byName: make(map[string]*member, len(p.byName)), ears: p.ears, impaired: p.impaired, bad: p.bad}
	for _, m := range p.members {
		if other := changed[m]; other != nil {
			m = other
		}
		out.byName[m.route.Name], out.members = m, append(out.members, m)
	}
	out.own = sync.OnceValue(out.index)
	return out
}

// claims gives all patterns of a command of the table, as it has them.
func (m *member) claims() (all []claim) {
	if m.disabled || m.given.Kind != Command {
		return nil
	}
	add := func(c *pattern.Command, source string, alias, deprecated bool) {
		all = append(all, claim{
			entry: entry{route: m.route, command: c, source: source, deprecated: deprecated}, member: m,
			alias: alias, number: len(all), literals: c.Literals(),
		})
	}
	for _, a := range m.aliases {
		add(a.command, a.source, true, false)
	}
	for i, c := range m.given.commands {
		add(c, m.given.Patterns[i], false, false)
	}
	for i, c := range m.given.deprecated {
		add(c, m.given.Deprecated[i], false, true)
	}
	return all
}

// index finds all commands of the plugin, but by no alias that is another's.
func (p *part) index() *index {
	var all []claim
	for _, m := range p.members {
		for _, c := range m.claims() {
			if !c.alias || slices.Contains(m.route.Aliases, c.source) {
				all = append(all, c)
			}
		}
	}
	slices.SortFunc(all, byPrecedence)
	x, e := &index{}, new(snapshot.Edit)
	for _, c := range all {
		x = x.with(e, c.literals, func(place *index) {
			place.claims, place.live = append(place.claims, c), append(place.live, c.entry)
		})
	}
	return x
}

// takers gives the routes that take events, by type.
func (p *part) takers() map[string][]*Route {
	all := make(map[string][]*Route)
	for _, m := range p.members {
		if m.route.Kind == Event && !m.disabled {
			for _, typ := range m.route.Types {
				all[typ] = append(all[typ], m.route)
			}
		}
	}
	return all
}

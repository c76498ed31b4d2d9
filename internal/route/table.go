package route

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/snapshot"
)

// An Override is the operator's word on a route.
type Override struct {
	Allow    *[]string // replaces the groups, also by none; nil: as the plugin wrote
	Disabled bool      // the route takes nothing and claims no words
	Aliases  []string  // of a command: patterns that come before all that plugins claim
	Hidden   bool      // nobody is shown the route; it takes what it takes all the same
}

// A BadAlias is an alias of the operator's that takes nothing.
type BadAlias struct {
	Route string // see [Route.Key]
	Alias string
	Err   *chat.Error
}

// A Table answers which routes take an event. It is immutable and safe for
// concurrent use. The routes that it gives are its own: those of the plugins
// with the operator's word applied. [Table.Change] makes another one out of it.
type Table struct {
	words    map[string]Override
	parts    snapshot.Map[string, *part]
	commands *index
	phrases  phrases
	hears    hears
	events   snapshot.Map[string, []*Route] // in the order of their turns
}

// Empty gives a table without routes. overrides are keyed by [Route.Key]; those of
// routes that are not there mean nothing. The aliases in them come before all
// patterns of plugins; one that cannot be impairs no route, and is told by
// [Table.BadAliases].
func Empty(overrides map[string]Override) *Table {
	words := maps.Clone(overrides)
	for key, word := range words {
		if word.Allow != nil {
			allow := slices.Clone(*word.Allow)
			word.Allow = &allow
		}
		word.Aliases = slices.Clone(word.Aliases)
		words[key] = word
	}
	return &Table{words: words, commands: &index{}}
}

// NewTable builds a table. The routes come in order of precedence: the literal
// words at the beginning of a command belong to the plugin that comes first
// with them, and of several commands with the same literal words (of one
// plugin, or with none) the first that fits takes the message. For overrides see
// [Empty].
//
// The second value tells of routes that are impaired; see [Table.Impaired].
func NewTable(routes []*Route, overrides map[string]Override) (*Table, map[*Route]*chat.Error) {
	b := Empty(overrides).Change()
	of := make(map[string][]placed)
	for i, r := range routes {
		of[r.Plugin] = append(of[r.Plugin], placed{r, i})
	}
	for plugin, all := range of {
		b.replace(plugin, all)
	}
	t, impaired := b.Table(), make(map[*Route]*chat.Error)
	for _, r := range routes {
		if err := t.Impaired(r); err != nil {
			impaired[r] = err
		}
	}
	return t, impaired
}

// Impaired says what is wrong with a route that a plugin registered; nil if nothing
// is. COMMAND_TAKEN: another plugin has the words of a pattern, which is then
// reached by "plugin:command" only; details "command" and "taken_by".
// FIELD_INVALID: the plugin has a route of this name already, and this one is left
// out.
func (t *Table) Impaired(given *Route) *chat.Error {
	p, ok := t.parts.Get(given.Plugin)
	if !ok {
		return nil
	}
	if err := p.impaired[given]; err != nil {
		return err
	}
	m := p.byName[given.Name]
	if m == nil || m.given != given || m.disabled {
		return nil
	}
	for _, c := range slices.Concat(given.commands, given.deprecated) {
		literals := c.Literals()
		if owner := t.commands.at(literals).owner(literals); owner != "" && owner != given.Plugin {
			return taken(given, strings.Join(literals, " "), owner)
		}
	}
	return nil
}

// BadAliases gives the aliases of the operator's that take nothing, by route.
func (t *Table) BadAliases() (all []BadAlias) {
	for key, word := range t.words {
		m := t.member(key)
		if m == nil || len(word.Aliases) == 0 {
			continue
		}
		p, _ := t.parts.Get(m.route.Plugin)
		for _, alias := range word.Aliases {
			bad := BadAlias{Route: key, Alias: alias}
			if i := slices.IndexFunc(p.bad, func(b BadAlias) bool { return b.Route == key && b.Alias == alias }); i >= 0 {
				bad.Err = p.bad[i].Err
			} else if !m.disabled && !slices.Contains(m.route.Aliases, alias) {
				i := slices.IndexFunc(m.aliases, func(a made) bool { return a.source == alias })
				literals := m.aliases[i].command.Literals()
				bad.Err = takenAlias(m.aliases[i].command, t.commands.at(literals).owner(literals))
			}
			if bad.Err != nil {
				all = append(all, bad)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b BadAlias) int { return cmp.Compare(a.Route, b.Route) })
	return all
}

// Find gives a route by plugin and name, disabled or not; nil if there is none.
func (t *Table) Find(plugin, name string) *Route {
	if m := t.member(plugin + ":" + name); m != nil {
		return m.route
	}
	return nil
}

func (t *Table) member(key string) *member {
	plugin, name, _ := strings.Cut(key, ":")
	p, ok := t.parts.Get(plugin)
	if !ok {
		return nil
	}
	return p.byName[name]
}

// members gives what is in the table, by plugin and name.
func (t *Table) members() (all []*member) {
	for _, p := range slices.SortedFunc(maps.Values(maps.Collect(t.parts.All())), func(a, b *part) int { return cmp.Compare(a.plugin, b.plugin) }) {
		all = append(all, p.members...)
	}
	return all
}

// Routes gives all routes by plugin and name, disabled ones too.
func (t *Table) Routes() (all []*Route) {
	for _, m := range t.members() {
		all = append(all, m.route)
	}
	return all
}

// Enabled reports whether a route of this table takes events.
func (t *Table) Enabled(r *Route) bool {
	m := t.member(r.Key())
	return m != nil && m.route == r && !m.disabled
}

// Events gives the routes that take events of a type, by priority descending,
// plugin and name.
func (t *Table) Events(typ string) []*Route {
	takers, _ := t.events.Get(typ)
	return slices.Clone(takers)
}

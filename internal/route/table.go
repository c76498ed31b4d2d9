package route

import (
	"cmp"
	"maps"
	"slices"

	"github.com/openchatops/oco/internal/chat"
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
// with the operator's word applied.
type Table struct {
	routes   []*Route // by plugin and name
	byKey    map[string]*Route
	disabled map[*Route]bool
	commands *index
	plugins  map[string]*index // by plugin: all its commands, taken or not
	phrases  phrases
	hears    hears
	events   map[string][]*Route
	bad      []BadAlias
}

// NewTable builds a table. The routes come in order of precedence: the literal
// words at the beginning of a command belong to the plugin that comes first
// with them, and of several commands with the same literal words (of one
// plugin, or with none) the first that fits takes the message. overrides are
// keyed by [Route.Key]; those of routes that are not there mean nothing. The
// aliases in them come before all patterns of plugins; one that cannot be
// impairs no route, and is told by [Table.BadAliases].
//
// The second value tells of routes that are impaired. COMMAND_TAKEN: another
// plugin has the words of a pattern, which is then reached by "plugin:command"
// only; details "command" and "taken_by". FIELD_INVALID: the plugin has a route
// of this name already, and this one is left out.
func NewTable(routes []*Route, overrides map[string]Override) (*Table, map[*Route]*chat.Error) {
	b := builder{
		table: &Table{
			byKey: make(map[string]*Route), disabled: make(map[*Route]bool), commands: &index{},
			plugins: make(map[string]*index), events: make(map[string][]*Route),
		},
		impaired: make(map[*Route]*chat.Error),
	}
	for _, r := range routes {
		b.add(r, overrides[r.Key()])
	}
	for _, c := range b.commands {
		b.addAliases(c)
	}
	for _, c := range b.commands {
		b.addCommand(c)
	}
	t := b.table
	t.routes = slices.SortedFunc(maps.Values(t.byKey), func(a, b *Route) int {
		return cmp.Or(cmp.Compare(a.Plugin, b.Plugin), cmp.Compare(a.Name, b.Name))
	})
	slices.SortStableFunc(t.bad, func(a, b BadAlias) int { return cmp.Compare(a.Route, b.Route) })
	t.hears = newHears(b.hears)
	for _, takers := range t.events {
		slices.SortFunc(takers, byTurn)
	}
	return t, b.impaired
}

// Find gives a route by plugin and name, disabled or not; nil if there is none.
func (t *Table) Find(plugin, name string) *Route { return t.byKey[plugin+":"+name] }

// Routes gives all routes by plugin and name, disabled ones too.
func (t *Table) Routes() []*Route { return slices.Clone(t.routes) }

// Enabled reports whether a route of this table takes events.
func (t *Table) Enabled(r *Route) bool { return t.byKey[r.Key()] == r && !t.disabled[r] }

// Events gives the routes that take events of a type, by priority descending,
// plugin and name.
func (t *Table) Events(typ string) []*Route { return slices.Clone(t.events[typ]) }

// BadAliases gives the aliases of the operator's that take nothing, by route.
func (t *Table) BadAliases() []BadAlias { return slices.Clone(t.bad) }

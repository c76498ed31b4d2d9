package route

import (
	"strings"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/pattern"
)

// builder fills a table, route by route in order of precedence.
type builder struct {
	table    *Table
	commands []claim
	hears    []*Route
	impaired map[*Route]*chat.Error
}

// claim is a command that wants words of its own.
type claim struct {
	given *Route // as the plugin registered it
	route *Route // as the table has it
}

func (b *builder) add(given *Route, word Override) {
	key := given.Key()
	if b.table.byKey[key] != nil {
		b.impaired[given] = invalid("name", "the plugin %s has two routes with the name %q", given.Plugin, given.Name)
		return
	}
	r := given.under(word)
	b.table.byKey[key] = r
	if word.Disabled {
		b.table.disabled[r] = true
		return
	}
	switch r.Kind {
	case Command:
		b.commands = append(b.commands, claim{given, r})
		return
	case Hear:
		b.hears = append(b.hears, r)
	case Event:
		for _, typ := range r.Types {
			b.table.events[typ] = append(b.table.events[typ], r)
		}
	}
	for _, alias := range word.Aliases {
		b.refuse(r, alias, invalid("aliases", "a route of kind %s has no aliases", r.Kind))
	}
}

// addAliases adds what the operator calls a command besides. It comes before
// what any plugin calls its own.
func (b *builder) addAliases(c claim) {
	if len(c.route.Aliases) == 0 {
		return
	}
	var entries []entry
	for _, alias := range c.route.Aliases {
		made, err := c.given.compileAlias(alias)
		if err == nil {
			if owner := b.ownerOther(c.route.Plugin, made); owner != "" {
				err = takenAlias(made, owner)
			}
		}
		if err != nil {
			b.refuse(c.route, alias, err)
			continue
		}
		entries = append(entries, entry{route: c.route, command: made, source: alias})
	}
	c.route.Aliases = nil
	for _, e := range entries {
		c.route.Aliases = append(c.route.Aliases, e.source)
		b.own(c.route.Plugin).add(e)
		b.table.commands.add(e)
		b.table.phrases.add(e)
	}
}

func (b *builder) refuse(r *Route, alias string, err *chat.Error) {
	b.table.bad = append(b.table.bad, BadAlias{Route: r.Key(), Alias: alias, Err: err})
}

// own gives the index of all that a plugin calls its commands.
func (b *builder) own(plugin string) *index {
	own := b.table.plugins[plugin]
	if own == nil {
		own = &index{}
		b.table.plugins[plugin] = own
	}
	return own
}

func (b *builder) addCommand(c claim) {
	if b.ownerOther(c.route.Plugin, c.given.commands[0]) != "" {
		c.route = b.apart(c)
		c.route.taken = true
	}
	for i, made := range c.given.commands {
		b.claim(c.given, entry{route: c.route, command: made, source: c.route.Patterns[i]})
	}
	for i, made := range c.given.deprecated {
		b.claim(c.given, entry{route: c.route, command: made, source: c.route.Deprecated[i], deprecated: true})
	}
}

// apart gives the route of the table, which is not the plugin's own any more.
func (b *builder) apart(c claim) *Route {
	if c.route != c.given {
		return c.route
	}
	changed := *c.given
	b.table.byKey[changed.Key()] = &changed
	return &changed
}

// claim gives a pattern its words, if they are not those of another plugin.
func (b *builder) claim(given *Route, e entry) {
	b.own(e.route.Plugin).add(e)
	owner := b.ownerOther(e.route.Plugin, e.command)
	if owner == "" {
		b.table.commands.add(e)
		b.table.phrases.add(e)
	} else if b.impaired[given] == nil {
		b.impaired[given] = taken(e.route, strings.Join(e.command.Literals(), " "), owner)
	}
}

// ownerOther gives the plugin to which the words of a pattern belong, if it is
// another one.
func (b *builder) ownerOther(plugin string, made *pattern.Command) string {
	if owner := b.table.commands.owner(made.Literals()); owner != plugin {
		return owner
	}
	return ""
}

// owner gives the plugin to which literal words belong. No plugin owns the
// commands that begin with none.
func (x *index) owner(literals []string) string {
	place := x.at(literals)
	if len(literals) == 0 || len(place.entries) == 0 {
		return ""
	}
	return place.entries[0].route.Plugin
}

func taken(r *Route, command, owner string) *chat.Error {
	return chat.Refuse(chat.CommandTaken,
		"the command %q belongs to plugin %s; this one is reached as %q, or after the other is disabled in the configuration",
		command, owner, r.Plugin+":"+command).With("command", command).With("taken_by", owner)
}

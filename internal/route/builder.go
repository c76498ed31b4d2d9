package route

import (
	"slices"
	"strings"

	"github.com/openchatops/oco/internal/chat"
)

// builder fills a table, route by route in order of precedence.
type builder struct {
	table    *Table
	hears    []*Route
	impaired map[*Route]*chat.Error
}

func (b *builder) add(given *Route, word Override) {
	key := given.Key()
	if b.table.byKey[key] != nil {
		b.impaired[given] = invalid("name", "the plugin %s has two routes with the name %q", given.Plugin, given.Name)
		return
	}
	r := given
	if word.Allow != nil {
		changed := *given
		changed.Allow = slices.Clone(*word.Allow)
		r = &changed
	}
	b.table.byKey[key] = r
	if word.Disabled {
		b.table.disabled[r] = true
		return
	}
	switch r.Kind {
	case Command:
		b.addCommand(given, r)
	case Hear:
		b.hears = append(b.hears, r)
	case Event:
		for _, typ := range r.Types {
			b.table.events[typ] = append(b.table.events[typ], r)
		}
	}
}

func (b *builder) addCommand(given, r *Route) {
	t := b.table
	own := t.plugins[r.Plugin]
	if own == nil {
		own = &index{}
		t.plugins[r.Plugin] = own
	}
	for _, c := range r.commands {
		e := entry{route: r, command: c}
		own.add(e)
		if owner := t.commands.owner(c.Literals()); owner != "" && owner != r.Plugin {
			if b.impaired[given] == nil {
				b.impaired[given] = taken(r, strings.Join(c.Literals(), " "), owner)
			}
			continue
		}
		t.commands.add(e)
		t.phrases.add(e)
	}
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

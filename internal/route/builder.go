package route

import (
	"slices"
	"strings"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/snapshot"
)

// A Builder makes one table out of another, which stays as it is. What the two
// have in common they share, so that the work is about that for what changes. It is
// for one goroutine, and makes one table.
type Builder struct {
	before  *Table
	table   *Table
	edit    *snapshot.Edit
	places  map[string]*place
	gone    map[*member]bool
	hearing hearing
}

// place is a place of the index where claims come or go.
type place struct {
	literals []string
	coming   []claim
}

// Change begins a table that differs from this one.
func (t *Table) Change() *Builder {
	e, next := new(snapshot.Edit), *t
	return &Builder{
		before: t, table: &next, edit: e, places: make(map[string]*place), gone: make(map[*member]bool),
		hearing: hearing{edit: e},
	}
}

// Replace puts the routes of a plugin in the place of those that it had. Of two
// plugins that want the same words the one of the lower rank has them, and of one
// rank that whose name comes first.
func (b *Builder) Replace(plugin string, rank int, routes []*Route) {
	all := make([]placed, len(routes))
	for i, r := range routes {
		all[i] = placed{r, rank}
	}
	b.replace(plugin, all)
}

func (b *Builder) replace(plugin string, routes []placed) {
	if old, ok := b.table.parts.Get(plugin); ok {
		b.remove(old)
	}
	if len(routes) == 0 {
		b.table.parts.Delete(b.edit, plugin)
		return
	}
	p := newPart(plugin, routes, b.table.words)
	b.table.parts.Set(b.edit, plugin, p)
	for _, m := range p.members {
		b.claim(m)
	}
	for typ, takers := range p.takers() {
		there, _ := b.table.events.Get(typ)
		takers = append(takers, there...)
		slices.SortFunc(takers, byTurn)
		b.table.events.Set(b.edit, typ, takers)
	}
	b.hearing.add(p.ears)
}

func (b *Builder) remove(p *part) {
	for _, m := range p.members {
		b.unclaim(m)
	}
	for typ := range p.takers() {
		there, _ := b.table.events.Get(typ)
		left := slices.DeleteFunc(slices.Clone(there), func(r *Route) bool { return r.Plugin == p.plugin })
		if b.table.events.Set(b.edit, typ, left); len(left) == 0 {
			b.table.events.Delete(b.edit, typ)
		}
	}
	b.hearing.remove(p.ears)
}

func (b *Builder) claim(m *member) {
	for _, c := range m.claims() {
		p := b.place(c.literals)
		p.coming = append(p.coming, c)
	}
}

func (b *Builder) unclaim(m *member) {
	b.gone[m] = true
	for _, c := range m.claims() {
		b.place(c.literals)
	}
}

func (b *Builder) place(literals []string) *place {
	key := strings.Join(literals, " ")
	p := b.places[key]
	if p == nil {
		p = &place{literals: literals}
		b.places[key] = p
	}
	return p
}

// Table gives the table. The builder is not to be used any more.
func (b *Builder) Table() *Table {
	b.settle()
	if changed := b.derive(); len(changed) > 0 {
		b.exchange(changed)
		b.settle()
	}
	b.table.phrases = b.table.phrases.with(b.edit, b.places, b.before.commands, b.table.commands)
	b.table.hears = b.hearing.apply(b.before.hears)
	return b.table
}

// settle lets claims come and go at their places.
func (b *Builder) settle() {
	for _, p := range b.places {
		b.table.commands = b.table.commands.with(b.edit, p.literals, func(x *index) {
			if len(b.gone) > 0 {
				x.claims = slices.DeleteFunc(x.claims, func(c claim) bool { return b.gone[c.member] })
			}
			for _, c := range p.coming {
				if !b.gone[c.member] {
					x.claims = append(x.claims, c)
				}
			}
			x.settle(p.literals)
		})
		p.coming = nil
	}
	if b.table.commands == nil {
		b.table.commands = &index{}
	}
}

// derive gives the routes of which the table must say something else, since their
// words are another's now or are not any more.
func (b *Builder) derive() map[*member]*member {
	changed := make(map[*member]*member)
	for _, p := range b.places {
		now, before := b.table.commands.at(p.literals), b.before.commands.at(p.literals)
		if !now.contested(p.literals) && !before.contested(p.literals) || now == nil {
			continue
		}
		for _, c := range now.claims {
			if other := b.derived(c.member); other != nil {
				changed[c.member] = other
			}
		}
	}
	return changed
}

// derived gives a member as it must be; nil if it is so.
func (b *Builder) derived(m *member) *member {
	mine := func(literals []string) bool {
		owner := b.table.commands.at(literals).owner(literals)
		return owner == "" || owner == m.route.Plugin
	}
	var aliases []string
	for _, a := range m.aliases {
		if mine(a.command.Literals()) {
			aliases = append(aliases, a.source)
		}
	}
	taken := !mine(m.given.commands[0].Literals())
	if m.route.taken == taken && slices.Equal(m.route.Aliases, aliases) {
		return nil
	}
	changed, other := *m.route, *m
	changed.taken, changed.Aliases = taken, aliases
	other.route = &changed
	return &other
}

// exchange puts members in the place of others, in their parts and in the index.
func (b *Builder) exchange(changed map[*member]*member) {
	plugins := make(map[string]bool)
	for m, other := range changed {
		plugins[m.route.Plugin] = true
		b.unclaim(m)
		b.claim(other)
	}
	for plugin := range plugins {
		p, _ := b.table.parts.Get(plugin)
		b.table.parts.Set(b.edit, plugin, p.with(changed))
	}
}

func taken(r *Route, command, owner string) *chat.Error {
	return chat.Refuse(chat.CommandTaken,
		"the command %q belongs to plugin %s; this one is reached as %q, or after the other is disabled in the configuration",
		command, owner, r.Plugin+":"+command).With("command", command).With("taken_by", owner)
}

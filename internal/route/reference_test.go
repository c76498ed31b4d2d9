package route

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/openchatops/oco/internal/pattern"
)

// linear resolves a message as the documentation says it, with neither index
// nor prefilter, on routes in order of precedence.
type linear struct {
	routes    []*Route // as their plugins wrote them
	overrides map[string]Override
	may       func(*Route) bool
}

// spoken is one pattern of a command.
type spoken struct {
	route      *Route
	command    *pattern.Command
	source     string
	alias      bool // of the operator's
	deprecated bool
}

func (s spoken) words() string { return strings.Join(s.command.Literals(), " ") }

// enabled gives the routes that take anything: the first of each name, unless it is
// disabled.
func (l linear) enabled() (routes []*Route) {
	seen := map[string]bool{}
	for _, r := range l.routes {
		if !seen[r.Key()] && !l.overrides[r.Key()].Disabled {
			routes = append(routes, r)
		}
		seen[r.Key()] = true
	}
	return routes
}

// spoken gives all patterns in order of precedence: those of the operator first.
func (l linear) spoken() (all []spoken) {
	for _, r := range l.enabled() {
		for _, alias := range l.overrides[r.Key()].Aliases {
			if r.Kind != Command {
				continue
			}
			c, err := r.compileAlias(alias)
			s := spoken{route: r, command: c, source: alias, alias: true}
			if err == nil && !slices.ContainsFunc(all, func(o spoken) bool { return o.route.Plugin != r.Plugin && s.words() != "" && o.words() == s.words() }) {
				all = append(all, s)
			}
		}
	}
	for _, r := range l.enabled() {
		for i, c := range r.commands {
			all = append(all, spoken{route: r, command: c, source: r.Patterns[i]})
		}
		for i, c := range r.deprecated {
			all = append(all, spoken{route: r, command: c, source: r.Deprecated[i], deprecated: true})
		}
	}
	return all
}

// takenWords reports whether the words of a pattern belong to another plugin: that of the
// first pattern that has them.
func takenWords(all []spoken, s spoken) bool {
	for _, o := range all {
		if o.words() == s.words() && s.words() != "" {
			return o.route.Plugin != s.route.Plugin
		}
	}
	return false
}

// decision is what a linear search finds for a text.
type decision struct{ fits, near *spoken }

func (l linear) commands(m Message, text string, of []spoken) (out decision) {
	longest, longestNear := -1, -1
	for i := range of {
		s := &of[i]
		_, verdict, _ := s.command.Match(pattern.Tokenize(text))
		n := len(s.command.Literals())
		if verdict == pattern.Yes && n > longest {
			out.fits, longest = s, n
		}
		shown := l.may(s.route) && (!m.Edited || s.route.OnEdit) && (!l.overrides[s.route.Key()].Hidden || n > 0)
		if verdict == pattern.Near && n > longestNear && shown {
			out.near, longestNear = s, n
		}
	}
	return out
}

// resolve gives what the commands make of a text: those of the plugin first that it
// names, then all.
func (l linear) resolve(m Message) decision {
	all := l.spoken()
	found := l.commands(m, m.Text, slices.DeleteFunc(slices.Clone(all), func(s spoken) bool { return takenWords(all, s) }))
	trimmed := strings.TrimSpace(m.Text)
	plugin, rest, ok := strings.Cut(trimmed, ":")
	if !ok || strings.TrimSpace(rest) != rest {
		return found
	}
	own := l.commands(m, rest, slices.DeleteFunc(slices.Clone(all), func(s spoken) bool { return s.route.Plugin != pattern.Fold(plugin) }))
	switch {
	case own.fits != nil || found.fits == nil && own.near != nil:
		return own
	}
	return found
}

// usage is how a near miss is told to use a command.
func (s *spoken) usage() string {
	if s.deprecated {
		return s.route.commands[0].Usage()
	}
	return s.command.Usage()
}

// told is what the table should say of a message, without suggestions, which have
// their own test.
type told struct {
	command, refused string
	near, usage      string // the usage without the plugin
	addressed        bool
	hears            []string
}

func (t told) String() string {
	return fmt.Sprintf("command %s, refused %s, near %s used as %s, addressed %v, hears %q", t.command, t.refused, t.near, t.usage, t.addressed, t.hears)
}

func (l linear) match(m Message) (out told) {
	if m.Self {
		return out
	}
	var found decision
	if (m.Addressed || m.Listening) && !m.Bot && !m.Forwarded {
		found = l.resolve(m)
	}
	if s := found.fits; s != nil && (!m.Edited || s.route.OnEdit) {
		said := fmt.Sprintf("%s by %s deprecated %v", s.route.Key(), s.source, s.deprecated)
		if !l.may(s.route) || s.route.Danger && pattern.HasHidden(m.Text) {
			out.refused = said
		} else {
			out.command = said
		}
		out.addressed = true
	}
	out.addressed = (out.addressed || m.Addressed) && !m.Forwarded
	var answered bool
	out.hears, answered = l.hears(m, out.addressed)
	if found.fits == nil && found.near != nil && !answered && m.Addressed {
		out.near, out.usage = found.near.route.Key(), found.near.usage()
	}
	return out
}

func (l linear) hears(m Message, addressed bool) (hits []string, answered bool) {
	for _, r := range slices.SortedFunc(slices.Values(l.enabled()), func(a, b *Route) int {
		return cmp.Or(cmp.Compare(b.Priority, a.Priority), cmp.Compare(a.Plugin, b.Plugin), cmp.Compare(a.Name, b.Name))
	}) {
		if r.Kind != Hear || m.Bot && !r.IncludeBots || m.Edited && !r.OnEdit || r.AddressedOnly && !addressed || r.Danger && pattern.HasHidden(m.Text) {
			continue
		}
		if groups, ok := r.regexp.Match(m.Text); ok && l.may(r) && l.fits(r, groups) {
			hits, answered = append(hits, fmt.Sprint(r.Key(), groups)), answered || r.AddressedOnly
			if r.Exclusive {
				break
			}
		}
	}
	return hits, answered
}

// fits says whether every group that took part is what the route says of it.
func (l linear) fits(r *Route, groups []pattern.Group) bool {
	for _, g := range groups {
		for _, spec := range r.Arguments {
			if _, ok := spec.Convert(g.Text); g.Matched && g.Name == spec.Name && !ok {
				return false
			}
		}
	}
	return true
}

// summary is what the table says, as told.
func summary(r Result) (out told) {
	hit := func(h *Hit) string {
		if h == nil {
			return ""
		}
		return fmt.Sprintf("%s by %s deprecated %v", h.Route.Key(), h.Pattern, h.Deprecated)
	}
	out = told{command: hit(r.Command), refused: hit(r.Refused), addressed: r.Addressed}
	if r.Near != nil {
		out.near, out.usage = r.Near.Key(), strings.TrimPrefix(r.Usage, r.Near.Plugin+":")
	}
	for _, h := range r.Hears {
		out.hears = append(out.hears, fmt.Sprint(h.Route.Key(), h.Groups))
	}
	return out
}

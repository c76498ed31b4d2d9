package route

import (
	"cmp"
	"slices"

	"github.com/openchatops/oco/internal/pattern"
)

// hears are the hear routes in the order in which they fire.
type hears struct {
	routes []*Route
	likely prefilter
	loose  loose
}

func byTurn(a, b *Route) int {
	return cmp.Or(-cmp.Compare(a.Priority, b.Priority), cmp.Compare(a.Plugin, b.Plugin), cmp.Compare(a.Name, b.Name))
}

func newHears(routes []*Route) hears {
	routes = slices.SortedFunc(slices.Values(routes), byTurn)
	likely := newPrefilter(routes)
	return hears{routes: routes, likely: likely, loose: newLoose(routes, likely.free)}
}

// match gives the routes that take the message. answered says that one of them
// takes nothing but what is said to the bot, so that the bot itself need not
// answer.
func (h hears) match(m Message, text string, may func(*Route) bool) (hits []Hit, answered bool) {
	if len(h.routes) == 0 {
		return nil, false
	}
	lower := lowerASCII(text[:min(len(text), pattern.MaxRegexpText)])
	addressed := m.Addressed && !m.Forwarded
	likely := append(h.likely.candidates(lower), h.loose.candidates(text)...)
	slices.Sort(likely)
	for _, i := range likely {
		r := h.routes[i]
		switch {
		case m.Bot && !r.IncludeBots,
			m.Edited && !r.OnEdit,
			r.AddressedOnly && !addressed,
			r.Danger && pattern.HasHidden(text):
			continue
		}
		groups, ok := r.regexp.Match(text)
		if !ok || !may(r) {
			continue
		}
		hits = append(hits, Hit{Route: r, Groups: groups})
		answered = answered || r.AddressedOnly
		if r.Exclusive {
			break
		}
	}
	return hits, answered
}

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
	for _, i := range h.candidates(text) {
		r := h.routes[i]
		if r.deaf(m, text) != "" {
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

// candidates gives the hear routes that a text may match, in the order in which
// they fire.
func (h hears) candidates(text string) []int32 {
	lower := lowerASCII(text[:min(len(text), pattern.MaxRegexpText)])
	likely := append(h.likely.candidates(lower), h.loose.candidates(text)...)
	slices.Sort(likely)
	return likely
}

// deaf says why a hear route does not listen to a message, whatever its text says;
// nothing if it does.
func (r *Route) deaf(m Message, text string) string {
	switch {
	case m.Bot && !r.IncludeBots:
		return "it does not listen to other bots"
	case m.Edited && !r.OnEdit:
		return "it does not listen to the new text of a message that was changed"
	case r.AddressedOnly && (!m.Addressed || m.Forwarded):
		return "it listens only to what is addressed to the bot"
	case r.Danger && pattern.HasHidden(text):
		return "the text has characters that cannot be seen"
	}
	return ""
}

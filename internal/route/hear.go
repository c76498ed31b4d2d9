package route

import (
	"cmp"
	"slices"

	"github.com/openchatops/oco/internal/pattern"
	"github.com/openchatops/oco/internal/snapshot"
)

// hears are the hear routes of a table, by their expressions.
type hears struct {
	shared snapshot.Map[string, shared] // by source
	likely prefilter
	loose  loose
}

// shared is an expression that ears have, compiled once for all of them.
type shared struct {
	regexp *pattern.Regexp
	ears   int
}

func byTurn(a, b *Route) int {
	return cmp.Or(-cmp.Compare(a.Priority, b.Priority), cmp.Compare(a.Plugin, b.Plugin), cmp.Compare(a.Name, b.Name))
}

// maxHeard is how many hear routes of one plugin one message fires at most
// (OCO-RTE-64).
const maxHeard = 256

// match gives the routes that take the message, in the order in which they fire.
// answered says that one of them takes nothing but what is said to the bot, so that
// the bot itself need not answer. spent are the plugins of which not all was
// tried or fires, since it is too much for one message.
func (h *hears) match(m Message, text string, may func(*Route) bool) (hits []Hit, answered bool, spent []string) {
	ears, spent := h.find(text)
	var found []Hit
	for _, e := range ears {
		if !slices.ContainsFunc(e.routes, func(r *Route) bool { return r.deaf(m, text) == "" }) {
			continue
		}
		groups, ok := e.regexp.Match(text)
		if !ok {
			continue
		}
		for _, r := range e.routes {
			if r.deaf(m, text) == "" {
				found = append(found, Hit{Route: r, Groups: groups})
			}
		}
	}
	if len(found) == 0 {
		return nil, false, spent
	}
	slices.SortFunc(found, func(a, b Hit) int { return byTurn(a.Route, b.Route) })
	heard := make(map[string]int)
	for _, hit := range found {
		if !may(hit.Route) {
			continue
		}
		if heard[hit.Route.Plugin] == maxHeard {
			if !slices.Contains(spent, hit.Route.Plugin) {
				spent = append(spent, hit.Route.Plugin)
			}
			continue
		}
		if hit.Route.misfit(hit.Groups) != nil {
			continue
		}
		heard[hit.Route.Plugin]++
		hit.Args = hit.Route.values(hit.Groups)
		hits = append(hits, hit)
		answered = answered || hit.Route.AddressedOnly
		if hit.Route.Exclusive {
			break
		}
	}
	return hits, answered, spent
}

// find gives the ears that are to be tried on a text, and the plugins that have
// more of them.
func (h *hears) find(text string) (ears []*ear, spent []string) {
	ears = h.likely.candidates(lowerASCII(text[:min(len(text), pattern.MaxRegexpText)]))
	ears, late := h.loose.candidates(ears, text)
	ears, spent = ration(ears, min(len(text), pattern.MaxRegexpText))
	if len(late) > 0 {
		spent = slices.Compact(slices.Sorted(slices.Values(append(spent, late...))))
	}
	return ears, spent
}

// candidates gives the hear routes that a text may match, in the order in which
// they fire.
func (h *hears) candidates(text string) (routes []*Route) {
	ears, _ := h.find(text)
	for _, e := range ears {
		routes = append(routes, e.routes...)
	}
	slices.SortFunc(routes, byTurn)
	return routes
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

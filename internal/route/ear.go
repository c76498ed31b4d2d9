package route

import (
	"cmp"
	"slices"

	"github.com/openchatops/oco/internal/pattern"
)

// ear is one expression of a plugin, with all its hear routes that have it.
type ear struct {
	plugin   string
	regexp   *pattern.Regexp
	required []string // of that of the routes the longest
	routes   []*Route
}

func newEars(members []*member) (all []*ear) {
	of := make(map[string]*ear, len(members))
	for _, m := range members {
		r := m.route
		if r.Kind != Hear || m.disabled {
			continue
		}
		e := of[r.Regex]
		if e == nil {
			e = &ear{plugin: r.Plugin, regexp: r.regexp, required: telling(r.required)}
			of[r.Regex], all = e, append(all, e)
		}
		e.routes = append(e.routes, r)
	}
	return all
}

// maxRequired is how many literals of an expression are looked for before it is
// tried: the longest tell most.
const maxRequired = 4

func telling(literals []string) []string {
	all := slices.Compact(slices.SortedFunc(slices.Values(literals), func(a, b string) int {
		return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b))
	}))
	return slices.Clip(all[:min(len(all), maxRequired)])
}

// ration keeps the ears that may be tried on a text of some bytes: of each plugin the
// cheapest, together for what the dearest expression may cost on the longest text.
// It says which plugins have more (OCO-RTE-63). It changes the order of ears.
func ration(ears []*ear, size int) (tried []*ear, spent []string) {
	price := func(e *ear) int { return e.regexp.Cost() * size }
	sum := 0
	for _, e := range ears {
		sum += price(e)
	}
	if sum <= pattern.MaxRegexpSteps {
		return ears, nil
	}
	slices.SortFunc(ears, func(a, b *ear) int {
		return cmp.Or(cmp.Compare(a.plugin, b.plugin), cmp.Compare(price(a), price(b)), cmp.Compare(a.regexp.String(), b.regexp.String()))
	})
	plugin, left := "", 0
	for _, e := range ears {
		if e.plugin != plugin {
			plugin, left = e.plugin, pattern.MaxRegexpSteps
		}
		if left -= price(e); left >= 0 {
			tried = append(tried, e)
		} else if len(spent) == 0 || spent[len(spent)-1] != plugin {
			spent = append(spent, plugin)
		}
	}
	return tried, spent
}

package route

import (
	"maps"
	"slices"

	"github.com/openchatops/oco/internal/pattern"
)

// commands looks at every command whose words begin the text: those of the plugin
// that it names, those that have their words, those whose words another plugin has,
// and disabled ones.
func (x *explainer) commands() {
	if own, rest := x.table.named(x.in.Text()); own != nil {
		in := x.in.From(len(x.in.Text()) - len(rest))
		for e := range own.candidates(in) {
			x.look(e, in, e.route.Plugin+":")
		}
	}
	for e := range x.table.commands.candidates(x.in) {
		x.look(e, x.in, "")
	}
	for _, name := range slices.Sorted(maps.Keys(x.table.plugins)) {
		for e := range x.table.plugins[name].candidates(x.in) {
			if holder := x.table.commands.holder(e.command.Literals()); holder != nil && holder.Plugin != name {
				x.keptFrom(e, Near{Why: WhyTaken, By: holder})
			}
		}
	}
	for _, r := range x.table.routes {
		if !x.table.disabled[r] {
			continue
		}
		for _, c := range slices.Concat(r.commands, r.deprecated) {
			x.keptFrom(entry{route: r, command: c}, Near{Why: WhyDisabled})
		}
	}
	for _, n := range x.near {
		if !x.said[n.Route] {
			x.add(n)
		}
	}
}

// look looks at a command that may take the text.
func (x *explainer) look(e entry, in pattern.Input, prefix string) {
	_, verdict, problem := e.command.Match(in)
	n := Near{Route: e.route, Pattern: prefix + e.usage(), By: x.out.Command}
	words := len(e.command.Literals())
	if prefix != "" {
		words = pattern.MaxWords // who names the plugin means no other
	}
	switch {
	case verdict == pattern.Near && len(x.near) < maxNear:
		n.Why, n.Problem, n.By = WhyProblem, problem, nil
		x.near = append(x.near, n)
	case verdict != pattern.Yes || x.said[e.route]:
	case x.out.Command == nil:
		x.out.Command, x.out.Pattern, x.words = e.route, n.Pattern, words
		x.said[e.route] = true
	case words == x.words:
		n.Why = WhyLater
		x.add(n)
	default:
		n.Why = WhyShorter
		x.add(n)
	}
}

// keptFrom looks at a command that is kept from the text.
func (x *explainer) keptFrom(e entry, n Near) {
	if _, verdict, _ := e.command.Match(x.in); verdict == pattern.Yes && !x.said[e.route] {
		n.Route, n.Pattern = e.route, e.command.Usage()
		x.add(n)
	}
}

func (x *explainer) add(n Near) {
	if len(x.out.Near) < 2*maxNear && !x.said[n.Route] {
		x.out.Near = append(x.out.Near, n)
	}
	x.said[n.Route] = true
}

// holder gives the command that stands first with these literal words; nil if none
// does.
func (x *index) holder(literals []string) *Route {
	for _, word := range literals {
		if x = x.next[word]; x == nil {
			return nil
		}
	}
	if len(literals) == 0 || len(x.entries) == 0 {
		return nil
	}
	return x.entries[0].route
}

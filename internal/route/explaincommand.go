package route

import (
	"cmp"
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
	for e, holder := range x.table.commands.lost(x.in) {
		x.keptFrom(e, Near{Why: WhyTaken, By: holder})
	}
	for _, m := range x.table.members() {
		if !m.disabled {
			continue
		}
		for _, c := range slices.Concat(m.route.commands, m.route.deprecated) {
			x.keptFrom(entry{route: m.route, command: c}, Near{Why: WhyDisabled})
		}
	}
	// Of which more fits is nearer.
	slices.SortStableFunc(x.near, func(a, b Near) int { return cmp.Compare(b.Problem.Offset, a.Problem.Offset) })
	for n := 0; len(x.near) > 0 && n < maxNear; x.near = x.near[1:] {
		if !x.said[x.near[0].Route] {
			x.add(x.near[0])
			n++
		}
	}
}

// look looks at a command that may take the text.
func (x *explainer) look(e entry, in pattern.Input, prefix string) {
	_, verdict, problem := e.command.Match(in)
	n := Near{Route: e.route, Pattern: e.usage(prefix), By: x.out.Command}
	words := len(e.command.Literals())
	if prefix != "" {
		words = pattern.MaxWords // who names the plugin means no other
	}
	switch {
	case verdict == pattern.Near:
		x.met[e.route] = true
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

package intake

import (
	"github.com/openchatops/oco/internal/pattern"
	"github.com/openchatops/oco/internal/route"
	"github.com/openchatops/oco/internal/texts"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// inEnglish is for operators at the command line, as all that is said of a message to
// them but what the bot would answer.
var inEnglish *texts.Catalogue

// near adds the routes that nearly take the message. What fits it as well as the
// command that takes it is an ambiguity.
func (x *explanation) near() {
	if first := x.details.Command; first != nil && x.out.Command == nil {
		x.add(first, x.details.Pattern, x.notFirst())
	}
	for _, n := range x.details.Near {
		if n.Why == route.WhyLater && x.out.Command != nil {
			x.out.Ambiguities = append(x.out.Ambiguities, &ocov1.Ambiguity{
				First:   &ocov1.RouteKey{PluginId: n.By.Plugin, Route: n.By.Name, Pattern: x.details.Pattern},
				Second:  &ocov1.RouteKey{PluginId: n.Route.Plugin, Route: n.Route.Name, Pattern: n.Pattern},
				Example: pattern.EscapeHidden(x.p.text),
			})
			continue
		}
		usage := n.Pattern
		if n.Route.Kind == route.Hear {
			usage = "/" + usage + "/"
		}
		x.add(n.Route, usage, x.whyNot(n))
	}
}

func (x *explanation) add(r *route.Route, usage, problem string) {
	x.out.Near = append(x.out.Near, &ocov1.NearMatch{
		PluginId: r.Plugin, Route: r.Name, Usage: usage, Problem: problem, Allowed: x.p.may(r),
	})
}

// notFirst says why the command that fits does not take the message all the same.
func (x *explanation) notFirst() string {
	switch {
	case x.out.Ignored:
		return "it fits, but the user is ignored: see `ignore` in the configuration"
	case x.problem != nil:
		return inEnglish.Text(problem(x.problem))
	case x.out.OwnWord != "":
		return "it fits, but \"" + x.out.OwnWord + "\" with the id of a delivery is a word of the bot's own"
	}
	return "it fits, but " + x.details.Bar
}

// whyNot says in a sentence what keeps a route from the message.
func (x *explanation) whyNot(n route.Near) string {
	by := ""
	if n.By != nil {
		by = n.By.Key()
	}
	switch n.Why {
	case route.WhyProblem:
		return inEnglish.Text(problem(n.Problem))
	case route.WhySpelling:
		return "it begins with other words, which are spelt nearly alike"
	case route.WhyLater:
		return "it fits as well, but " + by + " begins with the same words and comes first"
	case route.WhyShorter:
		return "it fits as well, but " + by + " begins with more words that are said, and so comes first"
	case route.WhyTaken:
		return "it fits, but its words belong to " + by + ": say it with " + n.Route.Plugin + ": before it"
	case route.WhyDisabled:
		return "it fits, but the operator disabled it: see `routes` in the configuration"
	case route.WhyStopped:
		return "it is found, but " + by + " is exclusive and fires before it"
	case route.WhyNotHeard:
		return "it is found, but what this user says is not for it: " + x.p.ask(n.Route).Why
	}
	return "it is found, but " + n.Text
}

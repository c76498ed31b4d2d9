package route

import (
	"slices"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/pattern"
)

// groupTypes are what a named group of an expression may be.
var groupTypes = []pattern.Type{pattern.TypeText, pattern.TypeInteger, pattern.TypeNumber, pattern.TypeDuration, pattern.TypeChoice}

// checkGroups completes what a hear route says of the groups of its expression, of
// which names are the names.
func (r *Route) checkGroups(names []string) *chat.Error {
	for i := range r.Arguments {
		spec := &r.Arguments[i]
		if spec.Type == pattern.TypeUnspecified {
			spec.Type = pattern.TypeText
		}
		wrong := ""
		switch {
		case spec.Name == "" || !slices.Contains(names, spec.Name):
			wrong = "it is no named group of the expression, such as (?P<id>x)"
		case slices.ContainsFunc(r.Arguments[:i], func(other pattern.Spec) bool { return other.Name == spec.Name }):
			wrong = "it is described twice"
		case !slices.Contains(groupTypes, spec.Type):
			wrong = "a group is a text, an integer, a number, a duration or a choice; " + spec.Type.String() + " is none of these"
		case spec.Check != pattern.CheckNone:
			wrong = "a group has no check: the expression is one"
		case spec.List || spec.Rest:
			wrong = "a group is one value"
		case spec.HasDefault:
			wrong = "a group has no default: one that takes no part is absent"
		default:
			wrong = spec.Mistake()
		}
		if wrong != "" {
			return invalid("hear.arguments", "the argument %.64q: %s", pattern.EscapeHidden(spec.Name), wrong)
		}
	}
	return nil
}

// GroupCost is what a message costs beside the expression in which the groups of a
// hear route have to be read.
func (r *Route) GroupCost() (n int) {
	if r.Kind != Hear {
		return 0
	}
	for _, spec := range r.Arguments {
		n += 1 + len(spec.Choices)
	}
	return n
}

// values reads the named groups of a match that took part in it, or says which of them
// is something else than the route says (OCO-RTE-43).
func (r *Route) values(groups []pattern.Group) ([]pattern.Value, *pattern.Problem) {
	var all []pattern.Value
	for _, g := range groups {
		if g.Name == "" || !g.Matched {
			continue
		}
		spec := pattern.Spec{Name: g.Name, Type: pattern.TypeText}
		if i := slices.IndexFunc(r.Arguments, func(s pattern.Spec) bool { return s.Name == g.Name }); i >= 0 {
			spec = r.Arguments[i]
		}
		value, fits := spec.Convert(g.Text)
		if !fits {
			wrong := spec.Misfit(g.Text, g.Start)
			if r.Secret() {
				wrong.Value = ""
			}
			return nil, wrong
		}
		value.Raw, value.Start, value.End = g.Text, g.Start, g.End
		all = append(all, value)
	}
	return all, nil
}

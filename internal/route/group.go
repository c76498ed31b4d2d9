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
	if len(r.Arguments) > 0 {
		r.described = make([]*pattern.Spec, len(names))
	}
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
		if wrong == "" {
			r.described[slices.Index(names, spec.Name)] = spec
		} else {
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

// misfit says which group of a match is something else than the route says, if one is
// (OCO-RTE-43). It costs what GroupCost counts, and groups that are not described nothing.
func (r *Route) misfit(groups []pattern.Group) *pattern.Problem {
	for i, spec := range r.described {
		if spec == nil || !groups[i].Matched {
			continue
		}
		if _, fits := spec.Convert(groups[i].Text); !fits {
			wrong := spec.Misfit(groups[i].Text, groups[i].Start)
			if r.Secret() {
				wrong.Value = ""
			}
			return wrong
		}
	}
	return nil
}

// values are the named groups of a match that took part in it, all of which fit.
func (r *Route) values(groups []pattern.Group) (all []pattern.Value) {
	for i, g := range groups {
		if g.Name == "" || !g.Matched {
			continue
		}
		value := pattern.Value{Name: g.Name, Type: pattern.TypeText, Text: g.Text}
		if r.described != nil && r.described[i] != nil {
			value, _ = r.described[i].Convert(g.Text)
		}
		value.Raw, value.Start, value.End = g.Text, g.Start, g.End
		all = append(all, value)
	}
	return all
}

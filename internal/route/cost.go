package route

import "github.com/openchatops/oco/internal/pattern"

// Expression gives the expression of a hear route, its weight, and whether it is
// loose: whether no text of at least four bytes stands in all that it matches, so that
// every message has to be tried. ok is false for other routes.
func (r *Route) Expression() (source string, weight int, loose, ok bool) {
	if r.Kind != Hear {
		return "", 0, false, false
	}
	_, gram := longest(r.required)
	return r.Regex, r.regexp.Weight(), !gram, true
}

// Commands gives all patterns of a command as they were compiled.
func (r *Route) Commands() []*pattern.Command {
	return append(r.commands[:len(r.commands):len(r.commands)], r.deprecated...)
}

package route

import (
	"slices"
	"strings"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/pattern"
)

// checkExamples refuses examples that would not work for who says them
// (OCO-RTE-40).
func (r *Route) checkExamples() *chat.Error {
	if len(r.Examples) > maxExamples {
		return invalid("examples", "the command has %d examples, at most %d are allowed", len(r.Examples), maxExamples)
	}
	for i, example := range r.Examples {
		switch {
		case len(example) > maxExample:
			return invalid("examples", "example %d has %d bytes, at most %d are allowed", i+1, len(example), maxExample)
		case example == "" || strings.TrimSpace(example) != example || strings.ContainsAny(example, "\r\n\t") || pattern.HasHidden(example):
			return invalid("examples", "the example %q is empty or has white space at an edge, a line end, a tab or an invisible character", pattern.EscapeHidden(example))
		case slices.Contains(r.Examples[:i], example):
			return invalid("examples", "the example %q stands twice", example)
		}
		if err := r.tryExample(example); err != nil {
			return err
		}
	}
	return nil
}

// tryExample holds an example to the patterns of its own route, but not to those
// that are not shown any more. It may be said with a file.
func (r *Route) tryExample(example string) *chat.Error {
	in := pattern.Tokenize(example).WithFiles(1)
	why := "it is used as " + r.Usage()
	for _, c := range r.commands {
		_, fit, problem := c.Match(in)
		switch fit {
		case pattern.Yes:
			return nil
		case pattern.Near:
			why = problem.String()
		}
	}
	return invalid("examples", "the command does not take its example %q: %s", example, why)
}

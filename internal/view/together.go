package view

import (
	"slices"
	"strings"

	"github.com/openchatops/oco/internal/pattern"
)

// together gives what is missing for parts that are said, or excludes another.
func (w *writer) together(parts []pattern.Part) *Mistake {
	for _, part := range parts {
		switch part.Kind {
		case pattern.PartArgument:
			spec := w.specs[part.Argument]
			if _, given := w.args[part.Argument]; !given && !spec.HasDefault {
				return wrong(spec.Name, "it is missing, it must be %s", spec.Accepts())
			}
		case pattern.PartOptional:
			if w.given(part.Branches[0]) > 0 {
				if mistake := w.together(part.Branches[0]); mistake != nil {
					return mistake
				}
			}
		case pattern.PartChoice:
			if mistake := w.oneOf(part.Branches); mistake != nil {
				return mistake
			}
		case pattern.PartLiteral, pattern.PartFlag:
		}
	}
	return nil
}

// oneOf gives why none of some alternatives can be said.
func (w *writer) oneOf(branches [][]pattern.Part) *Mistake {
	var said []string
	var chosen []pattern.Part
	for _, branch := range branches {
		if names := w.names(branch); len(names) > 0 {
			said, chosen = append(said, names[0]), branch
		}
	}
	switch {
	case len(said) > 1:
		return wrong("", "%s exclude each other", strings.Join(said, " and "))
	case len(said) == 1:
		return w.together(chosen)
	}
	var missing *Mistake
	for _, branch := range slices.Backward(branches) {
		if missing = w.together(branch); missing == nil {
			return nil
		}
	}
	return missing
}

// names gives the arguments of some parts that were filled in.
func (w *writer) names(parts []pattern.Part) []string {
	var out []string
	for _, part := range parts {
		if _, ok := w.args[part.Argument]; ok && part.Argument != "" {
			out = append(out, part.Argument)
		}
		for _, branch := range part.Branches {
			out = append(out, w.names(branch)...)
		}
	}
	return out
}

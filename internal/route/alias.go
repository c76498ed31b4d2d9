package route

import (
	"cmp"
	"slices"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/pattern"
)

// sameArguments holds a further pattern to the placeholders of the first one, so
// that the callback may rely on its arguments whichever pattern matched. field is
// where the pattern stands.
func sameArguments(field, source string, first, other []pattern.Spec) *chat.Error {
	if err := sameNames(field, source, first, other); err != nil {
		return err
	}
	first, other = byName(first), byName(other)
	for i := range first {
		if !sameMeaning(first[i], other[i]) {
			return aliasError(field, source, "declares the argument %s in another way than the pattern", first[i].Name)
		}
	}
	return nil
}

func sameNames(field, source string, first, other []pattern.Spec) *chat.Error {
	first, other = byName(first), byName(other)
	for i := range max(len(first), len(other)) {
		switch {
		case i >= len(other) || i < len(first) && first[i].Name < other[i].Name:
			return aliasError(field, source, "lacks the argument %s of the pattern", first[i].Name)
		case i >= len(first) || first[i].Name > other[i].Name:
			return aliasError(field, source, "has an argument %s that the pattern has not", other[i].Name)
		}
	}
	return nil
}

// sameMeaning leaves out Rest, which a callback does not see, and what only the
// route's own specs can say, which is the same for all its patterns. An alias that
// forgot that a text is secret would tell it.
func sameMeaning(a, b pattern.Spec) bool {
	return a.Type == b.Type && a.Check == b.Check && a.Sensitive == b.Sensitive && slices.Equal(a.Choices, b.Choices) && a.HasDefault == b.HasDefault &&
		a.Default == b.Default && a.Optional == b.Optional && a.List == b.List
}

func byName(specs []pattern.Spec) []pattern.Spec {
	return slices.SortedFunc(slices.Values(specs), func(a, b pattern.Spec) int { return cmp.Compare(a.Name, b.Name) })
}

func aliasError(field, source, format, argument string) *chat.Error {
	what := "alias"
	if field == "command.deprecated" {
		what = "deprecated pattern"
	}
	return invalid(field, "the %s %q "+format, what, source, argument)
}

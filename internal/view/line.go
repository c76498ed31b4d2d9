package view

import (
	"maps"
	"reflect"
	"slices"

	"github.com/openchatops/oco/internal/pattern"
)

// maxTries bounds how many ways to say a command are looked at.
const maxTries = 128

// Line gives the text, without the address of the bot, that the command takes
// with exactly these arguments. Of several the one that says the least: what may
// be left out is, a default is only written where a word could be taken for it,
// and a value is quoted where it must be. It is a [Mistake] if they do not fit, do
// not go together, or cannot be said because another argument would take the
// words (OCO-RTE-67).
func Line(c *pattern.Command, args Arguments) (string, *Mistake) {
	if mistake := args.check(c); mistake != nil {
		return "", mistake
	}
	w := writer{command: c, parts: c.Parts(), specs: specsOf(c), args: args}
	if mistake := w.together(w.parts); mistake != nil {
		return "", mistake
	}
	w.walk(w.parts, nil, w.try)
	if w.found {
		return w.line, nil
	}
	return "", wrong("", "no text of the command says these arguments: another argument would take some of the words")
}

// writer looks for the line.
type writer struct {
	command *pattern.Command
	parts   []pattern.Part
	specs   map[string]pattern.Spec
	args    Arguments
	tries   int
	line    string
	found   bool
}

// item is a word of a line, or its rest.
type item struct {
	text string
	spec *pattern.Spec // nil: a literal
}

// walk goes through all that may be said of some parts, and calls next with each
// until it returns true.
func (w *writer) walk(parts []pattern.Part, line []item, next func([]item) bool) bool {
	if len(parts) == 0 {
		return next(line)
	}
	part := parts[0]
	line = slices.Clip(line)
	after := func(line []item) bool { return w.walk(parts[1:], line, next) }
	switch part.Kind {
	case pattern.PartLiteral:
		return after(append(line, item{text: part.Word}))
	case pattern.PartArgument:
		return w.walkArgument(w.specs[part.Argument], line, after)
	case pattern.PartOptional, pattern.PartChoice:
		return w.walkBranches(part, line, after)
	}
	return after(line) // a flag stands at the end
}

func (w *writer) walkArgument(spec pattern.Spec, line []item, after func([]item) bool) bool {
	texts, given := w.args[spec.Name]
	switch {
	case spec.Type == pattern.TypeFile:
		return after(line)
	case !given:
		return after(line) || !(spec.Rest && spec.Default == "") && after(append(line, item{spec.Default, &spec}))
	}
	for _, text := range texts {
		line = append(line, item{text, &spec})
	}
	return after(line)
}

func (w *writer) walkBranches(part pattern.Part, line []item, after func([]item) bool) bool {
	all := 0
	for _, branch := range part.Branches {
		all += w.given(branch)
	}
	if part.Kind == pattern.PartOptional && all == 0 && after(line) {
		return true
	}
	for _, branch := range part.Branches {
		if w.given(branch) == all && w.whole(branch) && w.walk(branch, line, after) {
			return true
		}
	}
	return false
}

// given counts the arguments of some parts that were filled in.
func (w *writer) given(parts []pattern.Part) int { return len(w.names(parts)) }

// whole says whether all was filled in that must be if these parts are said.
func (w *writer) whole(parts []pattern.Part) bool { return w.together(parts) == nil }

// try looks whether a line does it, with as few quotes as possible. It returns
// true to end the search.
func (w *writer) try(items []item) bool {
	for _, quotes := range []quoting{quoteLeast, quoteSpace, quoteAll} {
		if line := w.write(items, quotes); w.means(line) {
			w.line, w.found = line, true
			return true
		}
	}
	w.tries++
	return w.tries >= maxTries
}

// means says whether the command takes a line with exactly the arguments.
func (w *writer) means(line string) bool {
	files := 0
	for name, texts := range w.args {
		if w.specs[name].Type == pattern.TypeFile {
			files += len(texts)
		}
	}
	values, verdict, _ := w.command.Match(pattern.Tokenize(line).WithFiles(files))
	if verdict != pattern.Yes {
		return false
	}
	got := map[string][]pattern.Value{}
	for _, v := range values {
		got[v.Name] = valuesOf(v)
	}
	return reflect.DeepEqual(got, w.wanted())
}

// wanted gives the values that a match is to have, by name.
func (w *writer) wanted() map[string][]pattern.Value {
	want := map[string][]pattern.Value{}
	for name, spec := range w.specs {
		texts, given := w.args[name]
		if !given && spec.HasDefault {
			texts = []string{spec.Default}
		}
		for n, text := range texts {
			value, _ := spec.Convert(text) // of a file it gives none
			value.File = n
			if spec.Type != pattern.TypeFile {
				value.File = 0
			}
			want[name] = append(want[name], bare(value))
		}
	}
	return want
}

// valuesOf gives the values of an argument.
func valuesOf(v pattern.Value) []pattern.Value {
	if !v.IsList {
		return []pattern.Value{bare(v)}
	}
	var out []pattern.Value
	for _, one := range v.List {
		out = append(out, bare(one))
	}
	return out
}

// bare is a value without how and where it was typed.
func bare(v pattern.Value) pattern.Value {
	v.Raw, v.Start, v.End = "", 0, 0
	switch v.Type {
	case pattern.TypeText, pattern.TypeChoice, pattern.TypeUser, pattern.TypeRoom:
	default:
		v.Text = "" // the same can be said in several ways
	}
	return v
}

func sortedNames[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

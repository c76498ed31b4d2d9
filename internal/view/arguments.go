package view

import (
	"fmt"
	"strings"

	"github.com/openchatops/oco/internal/pattern"
)

// Arguments is what somebody filled in: by the name of the argument one text, or
// of a list one for each of its items. A text is as a person would type it,
// without quotes. Of a file the text does not matter: it is attached.
type Arguments map[string][]string

// Mistake says what is wrong with what was filled in.
type Mistake struct {
	Argument string // empty: not one alone
	Reason   string // for the author of the program that filled it in
}

// Error gives the argument and the reason.
func (m *Mistake) Error() string {
	if m.Argument == "" {
		return m.Reason
	}
	return "argument " + m.Argument + ": " + m.Reason
}

func wrong(argument, format string, args ...any) *Mistake {
	return &Mistake{Argument: argument, Reason: fmt.Sprintf(format, args...)}
}

// specsOf gives the arguments of a command by name.
func specsOf(c *pattern.Command) map[string]pattern.Spec {
	specs := map[string]pattern.Spec{}
	for _, spec := range c.Arguments() {
		specs[spec.Name] = spec
	}
	return specs
}

// check gives what is wrong with the arguments one by one.
func (a Arguments) check(c *pattern.Command) *Mistake {
	specs := specsOf(c)
	for _, name := range sortedNames(a) {
		spec, known := specs[name]
		texts := a[name]
		switch {
		case !known:
			return wrong(name, "the command has no such argument")
		case len(texts) == 0:
			return wrong(name, "it has no value; leave it out")
		case len(texts) > 1 && !spec.List:
			return wrong(name, "it has %d values, and takes one", len(texts))
		}
		if spec.Rest && (texts[0] == "" || strings.TrimSpace(texts[0]) != texts[0]) {
			return wrong(name, "it is the end of the message: it is not empty, and no white space is around it")
		}
		for _, text := range texts {
			if _, ok := spec.Convert(text); !ok && spec.Type != pattern.TypeFile {
				return wrong(name, "%s does not fit, it must be %s", shown(spec, text), spec.Accepts())
			}
		}
	}
	return nil
}

// shown quotes a value, unless it is a secret.
func shown(spec pattern.Spec, text string) string {
	if spec.Sensitive {
		return "the value"
	}
	return fmt.Sprintf("%q", short(text, maxDescription))
}

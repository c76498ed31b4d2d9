package pattern

import (
	"fmt"
	"slices"
	"unicode/utf8"
)

// refine merges specs into the arguments of the pattern and checks the result.
func (p *parser) refine(nodes []node, specs []Spec) *Error {
	seen := make(map[string]bool, len(specs))
	for _, spec := range specs {
		i := p.argumentNamed(spec.Name)
		if i < 0 {
			return p.fail(len(p.source), "the argument %q is described but does not stand in the pattern", EscapeHidden(spec.Name))
		}
		arg := &p.arguments[i]
		if seen[spec.Name] {
			return p.fail(arg.offset, "argument %s: it is described twice", spec.Name)
		}
		seen[spec.Name] = true
		if reason := arg.merge(spec); reason != "" {
			return p.fail(arg.offset, "argument %s: %s", spec.Name, reason)
		}
	}
	p.markOptional(nodes, false)
	for _, spec := range specs {
		if arg := p.arguments[p.argumentNamed(spec.Name)]; spec.Optional && !arg.Optional {
			return p.fail(arg.offset, "argument %s: it is described as optional; write [{%s}] in the pattern", spec.Name, spec.Name)
		}
	}
	for i := range p.arguments {
		arg := &p.arguments[i]
		if reason := arg.check(); reason != "" {
			return p.fail(arg.offset, "argument %s: %s", arg.Name, reason)
		}
		arg.accepts = expected(&arg.Spec)
	}
	foldChoices(p.arguments)
	return p.oneFile()
}

// oneFile refuses a second placeholder for what comes with a message.
func (p *parser) oneFile() *Error {
	first := ""
	for _, arg := range p.arguments {
		switch {
		case arg.Type != TypeFile:
		case first != "":
			return p.fail(arg.offset, "argument %s: the pattern takes files as %s already; {%s*:file} takes all that come with a message", arg.Name, first, first)
		default:
			first = arg.Name
		}
	}
	return nil
}

func (p *parser) argumentNamed(name string) int {
	return slices.IndexFunc(p.arguments, func(arg argument) bool { return arg.Name == name })
}

// markOptional notes which arguments a message may leave out.
func (p *parser) markOptional(nodes []node, inside bool) {
	for _, item := range nodes {
		switch item.kind {
		case nodeArgument:
			arg := &p.arguments[item.argument]
			arg.Optional = inside || arg.HasDefault
		case nodeFlag:
			p.arguments[item.argument].Optional = true
		}
		for _, branch := range item.branches {
			p.markOptional(branch, true)
		}
	}
}

// merge adds what spec says; it gives what contradicts the pattern, or nothing.
func (a *argument) merge(spec Spec) string {
	if len(spec.Choices) > 0 && spec.Type == TypeUnspecified {
		spec.Type = TypeChoice
	}
	if spec.Type == TypeChoice && len(spec.Choices) == 0 {
		spec.Choices = a.Choices
	}
	switch {
	case spec.Type < TypeUnspecified || spec.Type > TypeChoice:
		return fmt.Sprintf("type %d does not exist", int(spec.Type))
	case spec.Check < CheckNone || spec.Check > CheckRegex:
		return fmt.Sprintf("check %d does not exist", int(spec.Check))
	case spec.Check != CheckNone && a.Check != CheckNone && spec.Check != a.Check:
		return fmt.Sprintf("it is described as %s, the pattern says %s", spec.Check, a.Check)
	case a.typed && spec.Type != TypeUnspecified && spec.Type != a.Type:
		return fmt.Sprintf("it is described as %s, the pattern says %s", spec.Type, a.Type)
	case spec.Type != TypeChoice && len(spec.Choices) > 0:
		return fmt.Sprintf("a %s has no choices", spec.Type)
	case a.typed && spec.Type == TypeChoice && !slices.Equal(spec.Choices, a.Choices):
		return "its choices differ from those of the pattern"
	case spec.List && !a.List:
		return fmt.Sprintf("it is described as a list; write {%s*} in the pattern", a.Name)
	case spec.Rest && !a.Rest:
		return fmt.Sprintf("it is described as the rest; write {%s...} in the pattern", a.Name)
	case spec.HasDefault && a.HasDefault && spec.Default != a.Default:
		return "its default differs from that of the pattern"
	}
	if spec.Type != TypeUnspecified {
		a.Type, a.Choices = spec.Type, slices.Clone(spec.Choices)
	}
	if spec.HasDefault {
		a.Default, a.HasDefault = spec.Default, true
	}
	if spec.Check != CheckNone {
		a.Check = spec.Check
	}
	a.Help, a.Sensitive = spec.Help, a.Sensitive || spec.Sensitive
	return ""
}

// check gives what is wrong with an argument once everything is known of it.
func (a *argument) check() string {
	if a.Type == TypeChoice {
		if len(a.Choices) < 2 {
			return "a choice needs two or more values"
		}
		if reason := checkChoices(a.Choices); reason != "" {
			return reason
		}
	}
	switch {
	case a.Rest && a.Type != TypeText:
		return typedRest
	case a.Check != CheckNone && a.Type != TypeText:
		return fmt.Sprintf("a %s is not checked: %s is a check of a text", a.Type, a.Check)
	case a.Type == TypeFile && a.valued:
		return "a file comes with the message and is not typed: a flag cannot carry it"
	case len(a.spellings) > 0 && !a.valued && a.HasDefault:
		return "a flag without a value has no default: it is there or not"
	case !a.HasDefault:
		return ""
	case a.List:
		return "a list has no default"
	case a.Type == TypeFile:
		return "a file has no default: write [{" + a.Name + ":file}] if it may be left out"
	case a.Sensitive:
		return "a sensitive argument has no default: patterns are public"
	case len(a.Default) > MaxSource || !utf8.ValidString(a.Default):
		return fmt.Sprintf("a default is valid UTF-8 of at most %d bytes", MaxSource)
	case HasHidden(a.Default):
		return fmt.Sprintf("its default %q has an invisible character", EscapeHidden(a.Default))
	}
	if _, ok := convert(&a.Spec, a.Default); !ok {
		return fmt.Sprintf("its default %q does not fit; it must be %s", a.Default, expected(&a.Spec))
	}
	return ""
}

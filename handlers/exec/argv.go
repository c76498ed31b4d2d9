package exec

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/openchatops/oco/internal/nearest"
	"github.com/openchatops/oco/internal/pattern"
)

// An item is one argument of the program as the operator wrote it: text with
// placeholders. It becomes one argument, or none if an argument that it names was left
// out, or several if it is a list.
type item []part

// A part is a text, or an argument if that is not nil.
type part struct {
	text     string
	argument *placeholder
	// instead is what stands there if the argument is given, of {name?TEXT} and of a
	// flag; empty: its value does.
	instead string
	// setter is a program that takes a value at the begin of an item for a variable if
	// there is a = in it.
	setter string
}

// reference is what stands between braces; anything else is text, such as that of
// awk, jq and Go templates.
var reference = regexp.MustCompile(`^([A-Za-z_][A-Za-z0-9_]*)(\*|\?.*)?$`)

// like is what looks like a reference to an argument and is none.
var like = regexp.MustCompile(`^\s*([A-Za-z_][A-Za-z0-9_]*)\s*(\*|\.\.\.|[:=?].*)?\s*$`)

// item reads one argument of the program.
func (p *program) item(text string) (item, error) {
	if strings.IndexByte(text, 0) >= 0 {
		return nil, errors.New("it contains a NUL byte")
	}
	var made item
	literal := func(text string) {
		if n := len(made); n > 0 && made[n-1].argument == nil {
			made[n-1].text += text
		} else if text != "" {
			made = append(made, part{text: text})
		}
	}
	rest := text
	for {
		open := strings.IndexByte(rest, '{')
		if open < 0 {
			literal(rest)
			break
		}
		if open > 0 && rest[open-1] == '\\' {
			literal(rest[:open-1] + "{")
			rest = rest[open+1:]
			continue
		}
		literal(rest[:open])
		inner, behind, closed := strings.Cut(rest[open+1:], "}")
		if !closed {
			literal(rest[open:])
			break
		}
		one, is, err := p.reference(inner)
		switch {
		case err != nil:
			return nil, err
		case is:
			made = append(made, one)
			rest = behind
		default:
			literal("{")
			rest = rest[open+1:]
		}
	}
	return made, made.check()
}

// reference reads what stands between braces; it may be none.
func (p *program) reference(inner string) (one part, is bool, err error) {
	found := reference.FindStringSubmatch(inner)
	if found == nil {
		if near := like.FindStringSubmatch(inner); near != nil && p.argument(near[1]) != nil {
			return part{}, false, fmt.Errorf("`{%s}` is no placeholder here: `{%s}` stands for the argument, `{%s*}` for all of a list", inner, near[1], near[1])
		}
		return part{}, false, nil
	}
	name, suffix := found[1], found[2]
	a := p.argument(name)
	if a == nil {
		var names []string
		for _, other := range p.arguments {
			names = append(names, other.Name)
		}
		return part{}, false, fmt.Errorf("the pattern has no `{%s}`%s; `\\{%s}` is taken as it is", name, nearest.DidYouMean(name, names), name)
	}
	one = part{argument: a}
	instead, conditional := strings.CutPrefix(suffix, "?")
	if conditional {
		one.instead = instead
	}
	switch {
	case a.Sensitive:
		return part{}, false, fmt.Errorf("`%s` is a secret, and everybody on the machine can see the arguments of a program: give it by `stdin: json`", name)
	case conditional && instead == "":
		return part{}, false, fmt.Errorf("`{%s?}` lacks what stands there if the argument is given: `{%s?--%s}`", name, name, name)
	case conditional && !a.absent():
		return part{}, false, fmt.Errorf("`%s` is always given, so `{%s}` has nothing to depend on", name, inner)
	case conditional:
	case a.List && suffix != "*":
		return part{}, false, fmt.Errorf("`%s` is a list: `{%s*}`, as an item of its own, stands for all of it", name, name)
	case !a.List && suffix == "*":
		return part{}, false, fmt.Errorf("`%s` is no list: write `{%s}`", name, name)
	case a.spelling != "":
		one.instead = a.spelling
	}
	return one, true, nil
}

func (p *program) argument(name string) *placeholder {
	if i := slices.IndexFunc(p.arguments, func(a placeholder) bool { return a.Name == name }); i >= 0 {
		return &p.arguments[i]
	}
	return nil
}

// absent says whether a person may leave it out so that nothing stands in for it.
func (a *placeholder) absent() bool {
	return a.Type == pattern.TypeFlag || a.Optional && !a.HasDefault
}

// check finds what cannot stand beside other text.
func (m item) check() error {
	for i, one := range m {
		if one.argument == nil {
			continue
		}
		name := one.argument.Name
		switch {
		case len(m) > 1 && one.argument.List && one.instead == "":
			return fmt.Errorf("`{%s*}` becomes several arguments, so it is an item of its own", name)
		case len(m) > 1 && one.instead != "":
			return fmt.Errorf("`{%s}` stands there or does not, so it is an item of its own", name)
		case i == 1 && m[0].argument == nil && strings.Trim(m[0].text, "-") == "":
			return fmt.Errorf("`{%s}` behind a bare dash would be whatever option somebody says: write the option out", name)
		}
	}
	return nil
}

func (m item) fixed() bool {
	return !slices.ContainsFunc(m, func(p part) bool { return p.argument != nil })
}

func (m item) names(argument string) bool {
	return slices.ContainsFunc(m, func(p part) bool { return p.argument != nil && p.argument.Name == argument })
}

// text is a fixed item.
func (m item) text() string {
	if len(m) == 0 {
		return ""
	}
	return m[0].text
}

// loses says that the item before would stand without its value if this one is left
// out.
func (m item) loses(before item) error {
	if len(m) != 1 || m[0].argument == nil || !m[0].argument.absent() || m[0].instead != "" || !before.fixed() {
		return nil
	}
	option, name := before.text(), m[0].argument.Name
	if !strings.HasPrefix(option, "-") || option == "--" {
		return nil
	}
	return fmt.Errorf("`%s` would stand alone if `%s` is left out: write `{%s?%s}` before it, or `--` behind an option that takes no value", option, name, name, option)
}

// A refusal says to a person why the program was not run. It holds no value.
type refusal string

// Error returns the text for the person.
func (r refusal) Error() string { return string(r) }

// argv gives the arguments of the program, or a refusal.
func (p *program) argv(values values) ([]string, error) {
	var all []string
	ended := false // no options come behind --
	for _, m := range p.items {
		if m.fixed() {
			// Behind the -- of a program that starts another stands that other, for whose
			// options there is a -- of its own.
			ended = m.text() == "--" || ended && !p.runs()
			all = append(all, m.text())
			continue
		}
		made, err := m.fill(values, ended)
		if err != nil {
			return nil, err
		}
		all = append(all, made...)
	}
	return all, nil
}

func (m item) fill(values values, ended bool) ([]string, error) {
	for _, one := range m {
		if one.argument != nil && !values[one.argument.Name].given {
			return nil, nil
		}
	}
	if one := m[0]; len(m) == 1 && one.instead != "" {
		return []string{one.instead}, nil
	} else if len(m) == 1 && one.argument.List {
		var all []string
		for _, text := range values[one.argument.Name].texts {
			if err := one.argument.takes(text, "", ended, one.setter); err != nil {
				return nil, err
			}
			all = append(all, text)
		}
		return all, nil
	}
	var made strings.Builder
	for _, one := range m {
		if one.argument == nil {
			made.WriteString(one.text)
			continue
		}
		for _, text := range values[one.argument.Name].texts {
			if err := one.argument.takes(text, made.String(), ended, m[0].setter); err != nil {
				return nil, err
			}
			made.WriteString(text)
		}
	}
	return []string{made.String()}, nil
}

// takes says what is wrong with a value behind what stands in its item already. The
// operator may have it unchecked, but for what no program can be given.
func (a *placeholder) takes(text, before string, ended bool, setter string) error {
	if strings.IndexByte(text, 0) >= 0 {
		return a.refuse("holds a NUL character, which no program can be given")
	}
	if a.match != nil && !a.match.MatchString(text) {
		return a.refuse("does not fit what the operator allows")
	}
	if a.unchecked {
		return nil
	}
	switch {
	case text == "":
		return a.refuse("is empty")
	case strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && !(a.Rest && (r == '\n' || r == '\t')) }):
		return a.refuse("holds a line break or another control character")
	case before == "" && !ended && text[0] == '-':
		return a.refuse("begins with a dash, and the program could take it for an option")
	case (before == "" || strings.HasSuffix(before, "=")) && text[0] == '@':
		return a.refuse("begins with @, and the program could take it for the name of a file")
	case before == "" && setter != "" && strings.Contains(text, "="):
		return a.refuse("holds a =, and " + setter + " would take it for a variable")
	}
	return nil
}

func (a *placeholder) refuse(why string) refusal {
	return refusal(fmt.Sprintf("I do not take this for %s: it %s.", a.Name, why))
}

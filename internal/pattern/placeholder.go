package pattern

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxName    = 64  // bytes of the name of an argument, a group or a flag
	maxChoices = 256 // values of one choice
	maxChoice  = 128 // bytes of one of them
)

// placeholder reads {name}, {name...}, {name*}, with :type and =default.
func (p *parser) placeholder() (node, *Error) {
	start := p.at
	p.at++
	name, err := p.name()
	if err != nil {
		return node{}, err
	}
	arg := argument{Spec: Spec{Name: name, Type: TypeText}, offset: start}
	switch {
	case p.take("..."):
		arg.Rest = true
	case p.take("*"):
		arg.List = true
	}
	if p.take(":") {
		if err := p.kind(&arg); err != nil {
			return node{}, err
		}
	}
	if p.take("=") {
		if arg.Default, err = p.until("}"); err != nil {
			return node{}, err
		}
		arg.HasDefault = true
	}
	r, size := p.peek()
	switch {
	case size == 0:
		return node{}, p.fail(start, "{ is not closed; write \\{ for the character")
	case r != '}':
		return node{}, p.fail(p.at, "%q cannot stand here: a placeholder is {name}, {name...} or {name*}, then :type, then =default", r)
	}
	p.at++
	index, err := p.declare(arg)
	return node{kind: nodeArgument, offset: start, argument: index}, err
}

// declare adds an argument, whose name must be new.
func (p *parser) declare(arg argument) (int, *Error) {
	for _, other := range p.arguments {
		if Fold(other.Name) == Fold(arg.Name) {
			return 0, p.fail(arg.offset, "the argument %s stands in the pattern twice", arg.Name)
		}
	}
	p.arguments = append(p.arguments, arg)
	return len(p.arguments) - 1, nil
}

func (p *parser) name() (string, *Error) {
	start := p.at
	for {
		r, size := p.peek()
		letter := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || r == '_'
		if size == 0 || !letter && (p.at == start || r < '0' || r > '9') {
			break
		}
		p.at += size
	}
	switch name := p.source[start:p.at]; {
	case name == "":
		return "", p.fail(start, "a placeholder needs a name of ASCII letters, digits and _ that does not begin with a digit")
	case len(name) > maxName:
		return "", p.fail(start, "a name has at most %d characters", maxName)
	default:
		return name, nil
	}
}

// kind reads what follows the colon: the name of a type or the values of a choice.
func (p *parser) kind(arg *argument) *Error {
	start := p.at
	var values []string
	for {
		at := p.at
		value, err := p.until("|=}")
		if err != nil {
			return err
		}
		if value == "" {
			return p.fail(at, "a type or a value is missing here")
		}
		values = append(values, value)
		if !p.take("|") {
			break
		}
	}
	arg.typed = true
	if len(values) > 1 {
		if err := checkChoices(values); err != "" {
			return p.fail(start, "%s", err)
		}
		arg.Type, arg.Choices = TypeChoice, values
	} else {
		if !arg.is(values[0]) {
			return p.fail(start, "%q is not a type; there are %s, and a choice is two or more values: {env:prod|staging}", values[0], namesOfTypes())
		}
	}
	if arg.Rest && arg.Type != TypeText {
		return p.fail(start, typedRest)
	}
	return nil
}

const typedRest = "the rest of the message is a text; of the types it can only be text, url, json, regex or secret"

// is makes the argument what a word after the colon says; false if it says
// nothing.
func (a *argument) is(name string) (ok bool) {
	if a.Check, ok = checkNamed(name); ok {
		a.Type = TypeText
		return true
	}
	if name == secretType {
		a.Type, a.Sensitive = TypeText, true
		return true
	}
	a.Type, ok = typeNamed(name)
	return ok
}

// checkChoices gives what is wrong with the values of a choice, or nothing.
func checkChoices(values []string) string {
	if len(values) > maxChoices {
		return fmt.Sprintf("a choice has at most %d values", maxChoices)
	}
	seen := make(map[string]bool, len(values))
	for _, value := range values {
		folded := Fold(value)
		switch {
		case value == "":
			return "a value of a choice cannot be empty"
		case len(value) > maxChoice:
			return fmt.Sprintf("a value of a choice has at most %d bytes", maxChoice)
		case !utf8.ValidString(value):
			return "a value of a choice is not valid UTF-8"
		case strings.TrimFunc(value, unicode.IsSpace) != value:
			return "a value of a choice cannot begin or end with white space: " + value
		case HasHidden(value):
			return "a value of a choice holds an invisible character: " + EscapeHidden(value)
		case seen[folded]:
			return "a value of a choice stands there twice: " + value
		}
		seen[folded] = true
	}
	return ""
}

// until reads up to one of the characters of stop, which it leaves.
func (p *parser) until(stop string) (string, *Error) {
	var out strings.Builder
	for {
		r, size := p.peek()
		switch {
		case size == 0:
			return out.String(), nil // the caller misses the }
		case strings.ContainsRune(stop, r):
			return out.String(), nil
		case r == '{':
			return "", p.fail(p.at, "a placeholder cannot stand inside another; write \\{ for the character")
		}
		r, err := p.character()
		if err != nil {
			return "", err
		}
		out.WriteRune(r)
	}
}

package pattern

import (
	"fmt"
	"unicode/utf8"
)

// foldChoices prepares the values of choices to be looked up. Arguments with the
// same choices share them.
func foldChoices(arguments []argument) {
	made := map[string]map[string]string{}
	for i := range arguments {
		arg := &arguments[i]
		if arg.Type != TypeChoice {
			continue
		}
		key := fmt.Sprintf("%q", arg.Choices)
		if made[key] == nil {
			made[key] = make(map[string]string, len(arg.Choices))
			for _, choice := range arg.Choices {
				made[key][Fold(choice)] = choice
			}
		}
		arg.byFold = made[key]
	}
}

// A converter is how text becomes a value, of all arguments that are no choices.
type converter struct {
	typ   Type
	check Check
}

// costly reports whether it takes more to convert a word than to look it up.
func (s *Spec) costly() bool {
	switch s.Type {
	case TypeUser, TypeRoom, TypeFile:
		return false
	case TypeText:
		return s.Check != CheckNone
	}
	return true
}

// A memoKey is what was converted: some words, or with last -1 the rest from a
// word on, or with last -2 what stands behind the = of a flag.
type memoKey struct {
	converter   converter
	first, last int
}

const (
	lastOfRest = -1
	lastOfFlag = -2
)

// convert gives the value of an argument, which was typed as text, or as raw with
// what quotes it. Each part of a message is read once as each kind of value,
// however often a way through the program comes by: a match stays cheap whatever
// the pattern.
func (m *matcher) convert(arg *argument, first, last int, text, raw string) (Value, bool) {
	switch {
	case arg.Type == TypeChoice:
		choice, ok := "", false
		if len(text) <= utf8.UTFMax*maxChoice { // a character may fold to a shorter one
			choice, ok = arg.byFold[Fold(text)]
		}
		return Value{Name: arg.Name, Type: TypeChoice, Raw: raw, Text: choice, Sensitive: arg.Sensitive}, ok
	case !arg.costly():
		return convertTyped(&arg.Spec, text, raw)
	}
	key := memoKey{converter{arg.Type, arg.Check}, first, last}
	known, ok := m.memo[key]
	if !ok {
		m.converted++
		if value, fits := convertTyped(&arg.Spec, text, raw); fits {
			known = &value
		}
		if m.memo == nil {
			m.memo = make(map[memoKey]*Value)
		}
		m.memo[key] = known
	}
	if known == nil {
		return Value{}, false
	}
	value := *known
	value.Name, value.Sensitive = arg.Name, arg.Sensitive
	return value, true
}

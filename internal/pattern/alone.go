package pattern

import (
	"fmt"
	"unicode/utf8"
)

// Mistake gives what is wrong with a description that belongs to no pattern, or
// nothing: its type, its choices, and a default that does not fit.
func (s Spec) Mistake() string {
	if s.Type != TypeChoice && len(s.Choices) > 0 {
		return fmt.Sprintf("a %s has no choices", s.Type)
	}
	if !utf8.ValidString(s.Help) {
		return "its help is not valid UTF-8"
	}
	if s.Check < CheckNone || s.Check > CheckRegex {
		return fmt.Sprintf("check %d does not exist", int(s.Check))
	}
	alone := argument{Spec: s}
	return alone.check()
}

// Convert gives the value that a text stands for that belongs to no message;
// false if it does not fit. Raw is empty.
func (s Spec) Convert(text string) (Value, bool) {
	if !utf8.ValidString(text) {
		return Value{}, false
	}
	return convert(&s, text)
}

// Misfit says of a text that Convert does not take, which stands at an offset, why.
func (s Spec) Misfit(text string, offset int) *Problem {
	return &Problem{Kind: ProblemBadValue, Argument: s.Name, Value: text, Offset: offset, Expected: []Expectation{expected(&s)}}
}

// Accepts says for people what one value may be.
func (s Spec) Accepts() string {
	if s.Type == TypeText && s.Check == CheckNone {
		return "a text"
	}
	return expected(&s).String()
}

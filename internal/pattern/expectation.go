package pattern

import "strings"

// ExpectationKind says what may stand at a place of a message.
type ExpectationKind int

// The kinds of expectations. Those from ExpectWord on are values of an argument,
// whose name is Expectation.Text.
const (
	ExpectLiteral  ExpectationKind = iota + 1 // the word Expectation.Text
	ExpectEnd                                 // nothing more
	ExpectFlags                               // one of the flags Expectation.Choices
	ExpectWord                                // one word or a quoted text
	ExpectWords                               // one or more of these
	ExpectRest                                // some text
	ExpectInteger                             // a whole number
	ExpectNumber                              // a number
	ExpectFlag                                // yes or no
	ExpectDuration                            // a duration
	ExpectTime                                // a time
	ExpectUser                                // a user
	ExpectRoom                                // a room
	ExpectFile                                // one file that comes with the message
	ExpectFiles                               // one or more of them
	ExpectChoice                              // one of Expectation.Choices
	ExpectURL                                 // see CheckURL
	ExpectJSON                                // see CheckJSON
	ExpectRegex                               // see CheckRegex
)

// Expectation is what may stand at a place of a message, for a sentence in any
// language.
type Expectation struct {
	Kind    ExpectationKind
	Text    string   // a literal as the pattern writes it, or the name of the argument
	Choices []string // of a choice, or the spellings of flags
}

// expected gives what a value of spec may be.
func expected(spec *Spec) Expectation {
	e := Expectation{Text: spec.Name}
	switch spec.Type {
	case TypeInteger:
		e.Kind = ExpectInteger
	case TypeNumber:
		e.Kind = ExpectNumber
	case TypeFlag:
		e.Kind = ExpectFlag
	case TypeDuration:
		e.Kind = ExpectDuration
	case TypeTime:
		e.Kind = ExpectTime
	case TypeUser:
		e.Kind = ExpectUser
	case TypeRoom:
		e.Kind = ExpectRoom
	case TypeFile:
		e.Kind = ExpectFile
		if spec.List {
			e.Kind = ExpectFiles
		}
	case TypeChoice:
		e.Kind, e.Choices = ExpectChoice, spec.Choices
	default:
		switch {
		case spec.Check != CheckNone:
			e.Kind = ExpectURL + ExpectationKind(spec.Check-CheckURL)
		case spec.Rest:
			e.Kind = ExpectRest
		case spec.List:
			e.Kind = ExpectWords
		default:
			e.Kind = ExpectWord
		}
	}
	return e
}

// String gives the expectation in English, for the author of a pattern.
func (e Expectation) String() string {
	switch e.Kind {
	case ExpectLiteral:
		return e.Text
	case ExpectEnd:
		return "the end"
	case ExpectFlags:
		return strings.Join(e.Choices, ", ")
	case ExpectWord:
		return "a word or a quoted text"
	case ExpectWords:
		return "one or more words"
	case ExpectRest:
		return "some text"
	case ExpectInteger:
		return "a whole number such as 3 or -20"
	case ExpectNumber:
		return "a number such as 3 or 0.5"
	case ExpectFlag:
		return "true or false, yes or no, on or off"
	case ExpectDuration:
		return "a duration such as 30s, 1h30m or 2d"
	case ExpectTime:
		return "a time such as 17:30, tomorrow 9am, in 2h or 2026-12-01"
	case ExpectUser:
		return "a user, such as @alice, me or an id"
	case ExpectRoom:
		return "a room, such as #ops, here or an id"
	case ExpectFile:
		return "a file that comes with the message"
	case ExpectFiles:
		return "one or more files that come with the message"
	case ExpectChoice:
		return "one of " + strings.Join(e.Choices, ", ")
	case ExpectURL:
		return "an address such as https://example.org/page"
	case ExpectJSON:
		return "JSON, such as {\"a\": 1} in single quotes"
	case ExpectRegex:
		return "a regular expression of OCO-RE"
	}
	return "something else"
}

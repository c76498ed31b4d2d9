package pattern

import (
	"math"
	"regexp"
	"strconv"
	"strings"
)

var (
	integerForm = regexp.MustCompile(`\A[+-]?[0-9]+\z`)
	numberForm  = regexp.MustCompile(`\A[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\z`)
)

// maxTyped bounds what is read as a number, a flag or a duration, in bytes.
const maxTyped = 64

// convert gives the value that text stands for under spec; false if it stands
// for none. Raw is left to the caller.
func convert(spec *Spec, text string) (Value, bool) {
	value := Value{Name: spec.Name, Type: spec.Type, Text: text, Sensitive: spec.Sensitive}
	ok := true
	switch spec.Type {
	case TypeInteger, TypeNumber, TypeFlag, TypeDuration:
		if len(text) > maxTyped {
			return value, false
		}
	}
	switch spec.Type {
	case TypeInteger:
		value.Integer, ok = parseInteger(text)
	case TypeNumber:
		value.Number, ok = parseNumber(text)
	case TypeFlag:
		value.Flag, ok = parseFlag(text)
	case TypeDuration:
		value.Duration, ok = parseDuration(text)
	case TypeChoice:
		value.Text, ok = parseChoice(spec.Choices, text)
	case TypeTime:
		value.When, ok = ParseWhen(text)
	case TypeUser, TypeRoom:
		ok = text != ""
	case TypeFile:
		ok = false // it is never typed
	case TypeText:
		value.Text, _, ok = spec.Check.holds(text)
	}
	return value, ok
}

// plainDash gives the plain dash for those of a number, a date or a flag that
// phones and word processors put in its place.
func plainDash(r rune) rune {
	switch r {
	case '\u2010', '\u2011', '\u2012', '\u2013', '\u2212':
		return '-'
	}
	return r
}

func parseInteger(text string) (int64, bool) {
	text = strings.Map(plainDash, text)
	if !integerForm.MatchString(text) {
		return 0, false
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil
}

func parseNumber(text string) (float64, bool) {
	text = strings.Map(plainDash, text)
	if !numberForm.MatchString(text) {
		return 0, false
	}
	n, err := strconv.ParseFloat(text, 64)
	return n, err == nil && !math.IsInf(n, 0)
}

func parseFlag(text string) (on, ok bool) {
	switch Fold(text) {
	case "true", "yes", "on":
		return true, true
	case "false", "no", "off":
		return false, true
	}
	return false, false
}

func parseChoice(choices []string, text string) (string, bool) {
	for _, choice := range choices {
		if equalFolded(Fold(choice), text) {
			return choice, true
		}
	}
	return "", false
}

package pattern

import "unicode/utf8"

// Check is what a text is held to. The numbers are those of the wire. A value
// that holds it stays the text that it is (OCO-RTE-45).
type Check int

// The checks.
const (
	CheckNone  Check = iota
	CheckURL         // an absolute URL of scheme http or https, with a host
	CheckJSON        // one JSON value
	CheckRegex       // an OCO-RE
)

var checkNames = [...]string{"none", "url", "json", "regex"}

// String gives the name of the check as patterns spell it.
func (c Check) String() string {
	if c < 0 || int(c) >= len(checkNames) {
		return "invalid"
	}
	return checkNames[c]
}

// secretType is the name in a pattern of a text that is sensitive.
const secretType = "secret"

// checkNamed finds the check that a placeholder names in the place of a type.
func checkNamed(name string) (Check, bool) {
	for c := CheckURL; c <= CheckRegex; c++ {
		if checkNames[c] == name {
			return c, true
		}
	}
	return CheckNone, false
}

// holds gives the text that a value is which was typed as text, and where it
// begins to be wrong if it is.
func (c Check) holds(text string) (value string, wrong int, ok bool) {
	switch c {
	case CheckURL:
		wrong, ok = checkURL(text)
	case CheckJSON:
		return checkJSON(text)
	case CheckRegex:
		wrong, ok = checkRegex(text)
	default:
		return text, 0, true
	}
	return text, wrong, ok
}

// column gives where a text begins not to hold the check, in characters from 1;
// 0 if there is no check.
func (c Check) column(text string) int {
	_, wrong, ok := c.holds(text)
	if c == CheckNone || ok {
		return 0
	}
	return utf8.RuneCountInString(text[:wrong]) + 1
}

func checkRegex(text string) (wrong int, ok bool) {
	if err := checkRegexp(text); err != nil {
		return err.Offset, false
	}
	return 0, true
}

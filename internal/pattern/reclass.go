package pattern

import (
	"fmt"
	"regexp/syntax"
	"strings"
	"unicode"
	"unicode/utf8"
)

// asciiWords keeps \w or \W in ASCII under the flag i, where the engine would
// fold the Kelvin sign and the long s into it.
func (p *regexpParser) asciiWords(shorthand string) string {
	if p.fold {
		return "(?-i:" + shorthand + ")"
	}
	return shorthand
}

// escape reads a backslash outside of a class; repeatable unless an anchor.
func (p *regexpParser) escape() (repeatable bool, err *Error) {
	token, err := p.escapeToken()
	if err != nil {
		return false, err
	}
	switch token {
	case `\w`, `\W`:
		token = p.asciiWords(token)
	case `\b`, `\B`, `\A`, `\z`:
		p.out.WriteString(token)
		return false, nil
	}
	if ranges := p.scriptRanges(token); ranges != "" {
		token = "[" + ranges + "]"
	}
	p.out.WriteString(token)
	return true, nil
}

// escapeToken moves over a backslash and what belongs to it.
func (p *regexpParser) escapeToken() (string, *Error) {
	start := p.at
	if start+1 == len(p.source) {
		return "", p.fail(start, "a backslash must be followed by the character that it escapes")
	}
	c := p.source[start+1]
	switch {
	case c == 'p' || c == 'P':
		return p.property()
	case strings.IndexByte("dDsSwWbBAznrtfv", c) >= 0, isPunctuation(c):
		p.at += 2
		return p.source[start:p.at], nil
	case '0' <= c && c <= '9':
		return "", p.fail(start, "backreferences and octal escapes are not supported")
	}
	r, _ := utf8.DecodeRuneInString(p.source[start+1:])
	return "", p.fail(start, `\%c is not supported; the escapes are \d \w \s \D \W \S \b \B \A \z \p{..} \P{..} \n \r \t \f \v and a backslash before punctuation`, r)
}

func isPunctuation(c byte) bool {
	return '!' <= c && c <= '~' && (c == '_' || !isWordByte(c))
}

// property reads \p{Name} or \P{Name}.
func (p *regexpParser) property() (string, *Error) {
	start := p.at
	after, found := strings.CutPrefix(p.source[start+2:], "{")
	name, _, closed := strings.Cut(after, "}")
	if !found || !closed {
		return "", p.fail(start, `write \p{Name}, such as \p{L} or \p{Greek}`)
	}
	_, category := unicode.Categories[name]
	_, script := unicode.Scripts[name]
	if !script && (!category || len(name) > 2) {
		return "", p.fail(start+3, "%q is neither a general category nor a script of Unicode", name)
	}
	p.at = start + 3 + len(name) + 1
	return p.source[start:p.at], nil
}

// class reads [...].
func (p *regexpParser) class() *Error {
	start := p.at
	p.at++
	negated := p.startsWith("^")
	if negated {
		p.at++
	}
	first := p.at
	var items, words strings.Builder // words: \w and \W
	for !p.startsWith("]") {
		item, isWord, err := p.classItem(start, p.at == first)
		if err != nil {
			return err
		}
		if isWord {
			words.WriteString(item)
		} else {
			items.WriteString(item)
		}
	}
	if p.at == first {
		return p.fail(start, `a class cannot be empty; write \] for the character`)
	}
	p.at++
	sign := ""
	if negated {
		sign = "^"
	}
	if !p.fold || words.Len() == 0 || p.checkOnly {
		p.out.WriteString("[" + sign + items.String() + words.String() + "]")
		return nil
	}
	folded, err := foldedRanges(items.String())
	if err != nil {
		return p.fail(start, "the class does not compile: %v", err)
	}
	p.out.WriteString("(?-i:[" + sign + folded + words.String() + "])")
	return nil
}

// classItem reads a character, a range or an escape of the class that opened at
// start.
func (p *regexpParser) classItem(start int, first bool) (item string, isWord bool, err *Error) {
	begin := p.at
	low, lowToken, err := p.classCharacter(start)
	if err != nil {
		return "", false, err
	}
	if low < 0 {
		if p.startsWith("-") && !p.startsWith("-]") {
			return "", false, p.fail(p.at, `a range needs a character on both sides; write \- for the character`)
		}
		if ranges := p.scriptRanges(lowToken); ranges != "" {
			return ranges, false, nil
		}
		return lowToken, lowToken == `\w` || lowToken == `\W`, nil
	}
	if lowToken == "-" && !first && !p.startsWith("]") {
		return "", false, p.fail(begin, `write \- for the character, or put it first or last`)
	}
	if p.startsWith("--") {
		return "", false, p.fail(p.at, `the set operator -- is not supported; write \- for the character`)
	}
	if !p.startsWith("-") || p.startsWith("-]") {
		return quoteInClass(lowToken), false, nil
	}
	p.at++
	high, highToken, err := p.classCharacter(start)
	switch {
	case err != nil:
		return "", false, err
	case high < 0 || lowToken == "-" || highToken == "-":
		return "", false, p.fail(begin, `a range needs a character on both sides; write \- for the character`)
	case high < low:
		return "", false, p.fail(begin, "the range ends before it begins")
	}
	return quoteInClass(lowToken) + "-" + quoteInClass(highToken), false, nil
}

// classCharacter reads one character of a class; it is -1 for a shorthand.
func (p *regexpParser) classCharacter(start int) (r rune, token string, err *Error) {
	at := p.at
	r, size := p.peek()
	switch {
	case size == 0:
		return 0, "", p.fail(start, `[ is not closed; write \[ for the character`)
	case r == '[':
		return 0, "", p.fail(at, `classes cannot be nested and [:names:] are not supported; write \[ for the character`)
	case p.startsWith("&&"), p.startsWith("--"), p.startsWith("~~"):
		return 0, "", p.fail(at, `the set operator %s is not supported; write \%c for the character`, p.source[at:at+2], r)
	case r == ']':
		return 0, "", p.fail(at, `a range needs a character on both sides; write \- for the character`)
	case r != '\\':
		p.at += size
		return r, p.source[at:p.at], nil
	}
	if token, err = p.escapeToken(); err != nil {
		return 0, "", err
	}
	switch c := token[1]; {
	case strings.IndexByte("bBAz", c) >= 0:
		return 0, "", p.fail(at, `\%c means nothing in a class`, c)
	case strings.IndexByte("dDsSwWpP", c) >= 0:
		return -1, token, nil
	case strings.IndexByte("nrtfv", c) >= 0:
		return rune("\n\r\t\f\v"[strings.IndexByte("nrtfv", c)]), token, nil
	default:
		return rune(c), token, nil
	}
}

// quoteInClass protects a bare ^ or - from the engine.
func quoteInClass(token string) string {
	if token == "^" || token == "-" {
		return `\` + token
	}
	return token
}

// foldedRanges gives the items of a class with their case folded, as ranges.
func foldedRanges(items string) (string, error) {
	if items == "" {
		return "", nil
	}
	tree, err := syntax.Parse(`(?i)[`+items+`]`, syntax.Perl)
	if err != nil {
		return "", err
	}
	var ranges []rune
	switch tree.Op {
	case syntax.OpCharClass:
		ranges = tree.Rune
	case syntax.OpLiteral: // a class of one letter
		r := tree.Rune[0]
		ranges = []rune{r, r}
		for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
			ranges = append(ranges, other, other)
		}
	default: // any character: nothing to fold
		return items, nil
	}
	var out strings.Builder
	for i := 0; i < len(ranges); i += 2 {
		fmt.Fprintf(&out, `\x{%X}-\x{%X}`, ranges[i], ranges[i+1])
	}
	return out.String(), nil
}

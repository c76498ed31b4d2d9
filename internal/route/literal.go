package route

import (
	"regexp/syntax"
	"strings"
	"unicode/utf8"
)

// requiredLiterals gives texts, in lower-cased ASCII, each of which stands in
// every text, lower-cased likewise, in which the expression is found.
func requiredLiterals(re *syntax.Regexp) []string {
	switch re.Op {
	case syntax.OpLiteral:
		return literalParts(string(re.Rune), re.Flags&syntax.FoldCase != 0)
	case syntax.OpCapture, syntax.OpPlus:
		return requiredLiterals(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return requiredLiterals(re.Sub[0])
		}
	case syntax.OpConcat:
		var all []string
		for _, sub := range re.Sub {
			all = append(all, requiredLiterals(sub)...)
		}
		return all
	}
	return nil
}

// literalParts gives what of a literal survives lower-casing of ASCII. Under
// folding other characters may stand for k and s and for all beyond ASCII, so
// the literal is split there.
func literalParts(literal string, folds bool) []string {
	literal = lowerASCII(literal)
	if !folds {
		return []string{literal}
	}
	return strings.FieldsFunc(literal, func(r rune) bool { return r == 'k' || r == 's' || r >= utf8.RuneSelf })
}

func lowerASCII(s string) string {
	upper := func(c byte) bool { return 'A' <= c && c <= 'Z' }
	for i := range len(s) {
		if !upper(s[i]) {
			continue
		}
		lower := []byte(s)
		for ; i < len(lower); i++ {
			if upper(lower[i]) {
				lower[i] += 'a' - 'A'
			}
		}
		return string(lower)
	}
	return s
}

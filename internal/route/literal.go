package route

import (
	"regexp/syntax"
	"strings"
	"unicode/utf8"
)

// requiredLiteral gives the longest text, in lower-cased ASCII, that stands in
// every text, lower-cased likewise, in which the expression is found; empty if
// none is known.
func requiredLiteral(re *syntax.Regexp) string {
	switch re.Op {
	case syntax.OpLiteral:
		return literalPart(string(re.Rune), re.Flags&syntax.FoldCase != 0)
	case syntax.OpCapture, syntax.OpPlus:
		return requiredLiteral(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return requiredLiteral(re.Sub[0])
		}
	case syntax.OpConcat:
		best := ""
		for _, sub := range re.Sub {
			if part := requiredLiteral(sub); len(part) > len(best) {
				best = part
			}
		}
		return best
	}
	return ""
}

// literalPart gives the longest part of a literal that survives lower-casing
// of ASCII. Under folding other characters may stand for k and s and for all
// beyond ASCII, so the literal is split there.
func literalPart(literal string, folds bool) string {
	literal = lowerASCII(literal)
	if !folds {
		return literal
	}
	best := ""
	for _, part := range strings.FieldsFunc(literal, func(r rune) bool { return r == 'k' || r == 's' || r >= utf8.RuneSelf }) {
		if len(part) > len(best) {
			best = part
		}
	}
	return best
}

func lowerASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + ('a' - 'A')
		}
		return r
	}, s)
}

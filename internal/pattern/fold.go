package pattern

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// foldRune maps a character to the one by which it is compared: that of the
// simple case folding of Unicode, in lower case. ASCII folds within ASCII and the
// rest within the rest, so that no look-alike of an ASCII letter, such as the
// Kelvin sign, is ever taken for it (OCO-GRM-2).
func foldRune(r rune) rune {
	if r < utf8.RuneSelf {
		if 'A' <= r && r <= 'Z' {
			return r + ('a' - 'A')
		}
		return r
	}
	if lower := unicode.ToLower(unicode.ToUpper(r)); lower >= utf8.RuneSelf {
		return lower // of the letters that share an upper case, as σ and ς, the first
	}
	if lower := unicode.ToLower(r); lower >= utf8.RuneSelf {
		return lower
	}
	return r
}

// Fold gives the form of a word under which literals and choices are compared.
// It does not normalise: é as one character and as two are different words.
func Fold(word string) string { return strings.Map(foldRune, word) }

// equalFolded reports whether Fold(word) == folded, without allocating.
func equalFolded(folded, word string) bool {
	for _, r := range word {
		want, size := utf8.DecodeRuneInString(folded)
		if size == 0 || want != foldRune(r) {
			return false
		}
		folded = folded[size:]
	}
	return folded == ""
}

package route

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/openchatops/oco/internal/pattern"
)

// Address is what the bot answers to (OCO-RTE-8). It is not changed once in
// use.
type Address struct {
	Name    string
	Aliases []string
	Prefix  string // such as "!"; empty: none
}

// Strip reports whether a text is addressed to the bot and gives it without the
// address. A text that is not addressed comes back as it was. In a direct room
// every text is addressed; a mention of the bot's account is the caller's
// business.
//
// A name or alias, in any case, with or without @ before it, addresses the bot
// at the beginning of a text if it ends there or white space, a colon or a
// comma follows. The prefix does if a letter, a number or a pictograph follows
// at once; one that ends in a letter or number must be followed like a name.
func (a Address) Strip(text string, direct bool) (rest string, addressed bool) {
	trimmed := strings.TrimLeftFunc(text, unicode.IsSpace)
	if rest, ok := a.cutName(trimmed); ok {
		return rest, true
	}
	if rest, ok := a.cutPrefix(trimmed); ok {
		return rest, true
	}
	if direct {
		return trimmed, true
	}
	return text, false
}

func (a Address) cutName(text string) (string, bool) {
	end := strings.IndexFunc(text, endsName)
	if end < 0 {
		end = len(text)
	}
	word := strings.TrimPrefix(text[:end], "@")
	if !a.answersTo(word) {
		return "", false
	}
	return trimAddress(text[end:]), true
}

func (a Address) answersTo(word string) bool {
	if same(word, a.Name) {
		return true
	}
	for _, alias := range a.Aliases {
		if same(word, alias) {
			return true
		}
	}
	return false
}

// same compares under folding, without folding a text that is far too long.
func same(word, name string) bool {
	return name != "" && len(word) <= utf8.UTFMax*len(name) && pattern.Fold(word) == pattern.Fold(name)
}

func (a Address) cutPrefix(text string) (string, bool) {
	rest, found := strings.CutPrefix(text, a.Prefix)
	if a.Prefix == "" || !found {
		return "", false
	}
	last, _ := utf8.DecodeLastRuneInString(a.Prefix)
	next, size := utf8.DecodeRuneInString(rest)
	if begins(last) {
		return trimAddress(rest), size == 0 || endsName(next)
	}
	return rest, size > 0 && begins(next)
}

// marks may stand between an address and the text, also as East Asian keyboards
// write them.
const marks = ":,：，"

func endsName(r rune) bool { return strings.ContainsRune(marks, r) || unicode.IsSpace(r) }

func begins(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.Is(unicode.So, r)
}

// trimAddress takes away what stands between an address and the text: at most
// one colon or comma, and white space.
func trimAddress(rest string) string {
	rest = strings.TrimLeftFunc(rest, unicode.IsSpace)
	if mark, size := utf8.DecodeRuneInString(rest); size > 0 && strings.ContainsRune(marks, mark) {
		rest = rest[size:]
	}
	return strings.TrimLeftFunc(rest, unicode.IsSpace)
}

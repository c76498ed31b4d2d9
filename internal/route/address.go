package route

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/openchatops/oco/internal/pattern"
)

// Address is what the bot answers to (OCO-RTE-25). It is not changed once in
// use.
type Address struct {
	Name    string
	Aliases []string
	Prefix  string // such as "!"; empty: none
}

// Addressing says how a text is addressed to the bot.
type Addressing uint8

// The ways of addressing.
const (
	NotAddressed Addressing = iota
	ByRoom                  // the room is direct, and nothing else says so
	ByName                  // by the name, an alias, the prefix or a mention
)

// Strip says how a text is addressed to the bot and gives it without the address:
// always an end of the text, and all of it if it is not addressed. In a direct
// room every text is addressed.
//
// The address stands at the beginning, after white space and after lines that
// quote: those that begin with ">". A name or alias, in any case, with or without
// @ before it, addresses the bot if it ends there or white space, a colon or a
// comma follows; so does a mention. The prefix does if a letter, a number or a
// pictograph follows at once; one that ends in a letter or number must be followed
// like a name.
func (a Address) Strip(text string, direct bool, mentions ...Mention) (rest string, how Addressing) {
	own := text
	calls := make(map[int]int, len(mentions)) // where they end, by where they begin
	for _, s := range Places(text, mentions) {
		if s.End > s.Start {
			calls[s.Start] = s.End
		}
	}
	for {
		own = strings.TrimLeftFunc(own, unicode.IsSpace)
		if rest, ok := a.cut(text, own, calls); ok {
			return rest, ByName
		}
		quotes := strings.HasPrefix(own, ">")
		_, after, more := strings.Cut(own, "\n")
		if !quotes || !more {
			break
		}
		own = after
	}
	switch {
	case !direct:
		return text, NotAddressed
	case strings.HasPrefix(own, ">") || own == "": // nothing but what others said
		return strings.TrimLeftFunc(text, unicode.IsSpace), ByRoom
	}
	return own, ByRoom
}

// cut takes the address off what is the end of a text.
func (a Address) cut(text, own string, calls map[int]int) (rest string, ok bool) {
	if end := calls[len(text)-len(own)]; end > 0 {
		next, size := utf8.DecodeRuneInString(text[end:])
		if size == 0 || endsName(next) {
			return trimAddress(text[end:]), true
		}
	}
	if rest, ok := a.cutName(own); ok {
		return rest, true
	}
	return a.cutPrefix(own)
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
const marks = ":,：，、"

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

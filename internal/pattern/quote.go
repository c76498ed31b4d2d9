package pattern

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// quoteFamilies are the quotes that open and close one another. Phones and
// word processors mix the members of a family.
var quoteFamilies = [...]string{"\"“”„", "'‘’"}

func quoteFamily(r rune) int {
	if r < utf8.RuneSelf && r != '"' && r != '\'' {
		return -1 // nearly all
	}
	for i, family := range quoteFamilies {
		if strings.ContainsRune(family, r) {
			return i
		}
	}
	return -1
}

// quoteScanner finds quoted texts. It remembers for each family that nothing
// closes any more, which keeps a text full of open quotes linear.
type quoteScanner struct {
	text string
	dry  [len(quoteFamilies)]bool
}

// quoted gives the quoted text that opens at offset at, if one does.
func (s *quoteScanner) quoted(at int) (word, bool) {
	if c := s.text[at]; c < utf8.RuneSelf && c != '"' && c != '\'' {
		return word{}, false // nearly all
	}
	open, size := utf8.DecodeRuneInString(s.text[at:])
	family := quoteFamily(open)
	if family < 0 || s.dry[family] {
		return word{}, false
	}
	inner, escaped := at+size, false
	for i := inner; i < len(s.text); {
		r, n := utf8.DecodeRuneInString(s.text[i:])
		next := i + n
		switch {
		case r == '\\' && isEscape(s.text[next:], family):
			_, m := utf8.DecodeRuneInString(s.text[next:])
			next, escaped = next+m, true
		case quoteFamily(r) == family && endsWord(s.text[next:]):
			text := s.text[inner:i]
			if escaped {
				text = unescape(text, family)
			}
			return word{start: at, end: next, text: text, quoted: true}, true
		}
		i = next
	}
	s.dry[family] = true
	return word{}, false
}

// word gives the word at offset at, which no quote opens. It goes on over the
// quoted value of a flag.
func (s *quoteScanner) word(at int) word {
	end := wordEnd(s.text, at)
	if mayBeFlag(s.text[at]) {
		spelling, value, found := strings.Cut(s.text[at:end], "=")
		if begin := end - len(value); found && value != "" && flagSpelling(spelling) != "" {
			if quoted, ok := s.quoted(begin); ok {
				return word{start: at, end: quoted.end, text: s.text[at:quoted.end], value: &quoted}
			}
		}
	}
	return word{start: at, end: end, text: s.text[at:end]}
}

func isEscape(after string, family int) bool {
	r, _ := utf8.DecodeRuneInString(after)
	return r == '\\' || quoteFamily(r) == family
}

func endsWord(after string) bool {
	r, size := utf8.DecodeRuneInString(after)
	return size == 0 || unicode.IsSpace(r)
}

func unescape(text string, family int) string {
	var out strings.Builder
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		i += n
		if r == '\\' && isEscape(text[i:], family) {
			r, n = utf8.DecodeRuneInString(text[i:])
			i += n
		}
		out.WriteRune(r)
	}
	return out.String()
}

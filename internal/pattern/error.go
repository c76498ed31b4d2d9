package pattern

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// MaxSource is the greatest length of a pattern of either language, in bytes.
const MaxSource = 1024

// Error says why a pattern was refused and where.
type Error struct {
	Pattern string // the source as given, cut to MaxSource bytes
	Offset  int    // byte offset in Pattern of what was refused
	Reason  string // what is wrong and what to write instead
}

// Error gives the reason with the pattern and the column, counted in
// characters from 1.
func (e *Error) Error() string {
	offset := min(e.Offset, len(e.Pattern))
	column := utf8.RuneCountInString(e.Pattern[:offset]) + 1
	return fmt.Sprintf("pattern %q, column %d: %s", e.Pattern, column, e.Reason)
}

func errorAt(pattern string, offset int, format string, args ...any) *Error {
	return &Error{Pattern: pattern, Offset: offset, Reason: fmt.Sprintf(format, args...)}
}

// checkSource refuses what neither language takes: too long a source, bytes
// that are not UTF-8, and characters that a reviewer cannot see unless allowed.
func checkSource(source, allowed string) *Error {
	if len(source) > MaxSource {
		cut := cutAtRune(source, MaxSource)
		return errorAt(cut, len(cut), "the pattern has %d bytes, at most %d are allowed", len(source), MaxSource)
	}
	for offset := 0; offset < len(source); {
		r, size := utf8.DecodeRuneInString(source[offset:])
		if r == utf8.RuneError && size == 1 {
			return errorAt(source, offset, "byte 0x%02X is not valid UTF-8", source[offset])
		}
		if isHidden(r) && !strings.ContainsRune(allowed, r) {
			return errorAt(source, offset, "the invisible character U+%04X is not allowed in a pattern", r)
		}
		offset += size
	}
	return nil
}

// cutAtRune gives the longest prefix of text that has at most limit bytes and
// does not end inside a character.
func cutAtRune(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	for limit > 0 && !utf8.RuneStart(text[limit]) {
		limit--
	}
	return text[:limit]
}

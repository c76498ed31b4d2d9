package cli

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Printable gives text in one line without anything that a terminal would obey
// or a reader could not see: control characters, line ends, characters that
// reorder or hide text and bytes that are not UTF-8 are shown as escapes. Text
// without them is given back as it is.
func Printable(text string) string { return escape(text, "") }

// PrintableLines is Printable for a text of several lines: line ends and tabs
// stay.
func PrintableLines(text string) string { return escape(text, "\n\t") }

func escape(text, keep string) string {
	shown := func(r rune) bool { return unicode.IsGraphic(r) && !breaks(r) || strings.ContainsRune(keep, r) }
	if utf8.ValidString(text) && strings.IndexFunc(text, func(r rune) bool { return !shown(r) }) < 0 {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02X`, text[i])
		case shown(r):
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\r':
			b.WriteString(`\r`)
		default:
			fmt.Fprintf(&b, `\u{%02X}`, r)
		}
		i += size
	}
	return b.String()
}

// breaks says whether a graphic character is shown as nothing at all, so that
// two texts which differ look alike.
func breaks(r rune) bool {
	switch r {
	case 0x115F, 0x1160, 0x3164, 0xFFA0: // Hangul fillers
		return true
	case 0x2800: // the empty Braille pattern
		return true
	}
	return false
}

// ASCII is a JSON document in which what [Printable] would escape is escaped.
func ASCII(document []byte) []byte { return asciiJSON(document) }

// asciiJSON escapes in a JSON document what Printable would: JSON itself only
// escapes the controls of ASCII. The document means the same as before. Such
// characters stand in its strings only.
func asciiJSON(document []byte) []byte {
	out := make([]byte, 0, len(document))
	for i := 0; i < len(document); {
		r, size := utf8.DecodeRune(document[i:])
		switch {
		case r == '\n' || unicode.IsGraphic(r) && !breaks(r):
			out = append(out, document[i:i+size]...)
		case r > 0xFFFF:
			high, low := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		i += size
	}
	return out
}

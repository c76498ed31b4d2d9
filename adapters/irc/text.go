package irc

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// windows1252 are the characters of the bytes 0x80 to 0x9f.
var windows1252 = []rune("€\ufffd‚ƒ„…†‡ˆ‰Š‹Œ\ufffdŽ\ufffd\ufffd‘’“”•–—˜™š›œ\ufffdžŸ")

// repair makes UTF-8 of a line. Bytes that are none, sent by clients that still
// write Latin-1, are read as Windows-1252.
func repair(line string) string {
	if utf8.ValidString(line) {
		return line
	}
	var b strings.Builder
	for i := 0; i < len(line); {
		r, size := utf8.DecodeRuneInString(line[i:])
		if r == utf8.RuneError && size == 1 {
			r = rune(line[i])
			if r < 0xa0 {
				r = windows1252[r-0x80]
			}
		}
		b.WriteRune(r)
		i += size
	}
	return b.String()
}

// The codes of formatting.
const (
	colourCode    = '\x03'
	hexColourCode = '\x04'
	ctcpMark      = '\x01'
)

// plain takes formatting and every other control character but tab out.
func plain(text string) string {
	if strings.IndexFunc(text, control) < 0 {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		i += size
		switch {
		case r == colourCode:
			i += colours(text[i:], 2, decimal)
		case r == hexColourCode:
			i += colours(text[i:], 6, hexadecimal)
		case !control(r):
			b.WriteRune(r)
		}
	}
	return b.String()
}

func control(r rune) bool { return r != '\t' && unicode.IsControl(r) }

// colours returns the length of the colours, one or "one,two", at the beginning
// of text. A colour is up to most digits; in hexadecimal exactly most.
func colours(text string, most int, digit func(byte) bool) int {
	first := digits(text, most, digit)
	if first == 0 {
		return 0
	}
	if first < len(text) && text[first] == ',' {
		if second := digits(text[first+1:], most, digit); second > 0 {
			return first + 1 + second
		}
	}
	return first
}

func digits(text string, most int, digit func(byte) bool) int {
	n := 0
	for n < len(text) && n < most && digit(text[n]) {
		n++
	}
	if most == 6 && n < most {
		return 0
	}
	return n
}

func decimal(c byte) bool { return '0' <= c && c <= '9' }

func hexadecimal(c byte) bool {
	return decimal(c) || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// ctcp takes a CTCP message apart. ok is false for a text.
func ctcp(text string) (command, rest string, ok bool) {
	if text == "" || text[0] != ctcpMark {
		return "", "", false
	}
	command, rest, _ = strings.Cut(strings.TrimSuffix(text[1:], string(ctcpMark)), " ")
	return strings.ToUpper(command), rest, true
}

// sayable takes out of a text what may not be said: controls, among them what
// ends a line or begins a CTCP message. Formatting and tabs stay.
func sayable(line string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '\t', '\x02', colourCode, hexColourCode, '\x0f', '\x11', '\x16', '\x1d', '\x1e', '\x1f':
			return r
		}
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(line, "\ufffd"))
}

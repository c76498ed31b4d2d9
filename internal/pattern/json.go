package pattern

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"unicode/utf8"
)

const (
	maxJSON      = 64 * 1024 // bytes of a JSON value
	maxJSONDepth = 64        // arrays and objects inside one another
)

// typographic are the double quotes that phones make of plain ones.
var typographic = strings.NewReplacer("“", `"`, "”", `"`, "„", `"`)

// checkJSON holds a text to be one JSON value (OCO-GRM-8). One that is none
// because of its typographic quotes is read with plain ones. It gives where the
// text begins to be none. Of a text that begins to be wrong little more is read:
// a message has a thousand places where a text may begin.
func checkJSON(text string) (value string, wrong int, ok bool) {
	if len(text) > maxJSON {
		return text, len(cutAtRune(text, maxJSON)), false
	}
	r := jsonReader{text: text}
	if wrong, ok = r.value(); ok {
		return text, 0, true
	}
	r = jsonReader{text: text, plain: true}
	if _, ok = r.value(); ok {
		return typographic.Replace(text), 0, true
	}
	return text, wrong, false
}

// A jsonReader gives a text to a decoder as far as that asks for more.
type jsonReader struct {
	text     string
	plain    bool // typographic quotes are read as plain ones
	at       int
	depth    int
	inString bool
	escaped  bool
}

var errTooDeep = errors.New("too many arrays and objects inside one another")

// value reads one value and nothing more. It gives where the text begins to be
// none: its end if something is missing there.
func (r *jsonReader) value() (wrong int, ok bool) {
	d := json.NewDecoder(r)
	var all json.RawMessage
	err := d.Decode(&all)
	if err == nil {
		after := int(d.InputOffset())
		if _, err = d.Token(); errors.Is(err, io.EOF) {
			return 0, true
		}
		return len(r.text) - len(strings.TrimLeft(r.text[min(after, len(r.text)):], " \t\r\n")), false
	}
	if at := (*json.SyntaxError)(nil); errors.As(err, &at) {
		return len(cutAtRune(r.text, max(int(at.Offset)-1, 0))), false
	}
	return r.at, false // too deep, or at the end
}

// Read gives the next bytes, up to where arrays and objects are too deep.
func (r *jsonReader) Read(p []byte) (n int, err error) {
	for n < len(p) && r.at < len(r.text) {
		c, size := r.text[r.at], 1
		if r.plain && c >= utf8.RuneSelf {
			if quote, long := utf8.DecodeRuneInString(r.text[r.at:]); quoteFamily(quote) == 0 {
				c, size = '"', long
			}
		}
		if r.deepens(c) > maxJSONDepth {
			return n, errTooDeep
		}
		p[n] = c
		n, r.at = n+1, r.at+size
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// deepens gives how many arrays and objects are open behind a byte, but for those
// that stand in strings.
func (r *jsonReader) deepens(c byte) int {
	switch {
	case r.escaped:
		r.escaped = false
	case r.inString && c == '\\':
		r.escaped = true
	case c == '"':
		r.inString = !r.inString
	case r.inString:
	case c == '[', c == '{':
		r.depth++
	case c == ']', c == '}':
		r.depth--
	}
	return r.depth
}

package pattern

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
)

const (
	maxJSON      = 64 * 1024 // bytes of a JSON value
	maxJSONDepth = 64        // arrays and objects inside one another
)

// typographic are the double quotes that phones make of plain ones.
var typographic = strings.NewReplacer("“", `"`, "”", `"`, "„", `"`)

// checkJSON holds a text to be one JSON value (OCO-GRM-8). One that is none
// because of its typographic quotes is read with plain ones. It gives where the
// text begins to be none.
func checkJSON(text string) (value string, wrong int, ok bool) {
	if len(text) > maxJSON {
		return text, len(cutAtRune(text, maxJSON)), false
	}
	if at, deep := tooDeep(text); deep {
		return text, at, false
	}
	var all json.RawMessage
	err := json.Unmarshal([]byte(text), &all)
	if err == nil {
		return text, 0, true
	}
	if plain := typographic.Replace(text); plain != text && json.Valid([]byte(plain)) {
		if _, deep := tooDeep(plain); !deep {
			return plain, 0, true
		}
	}
	return text, wrongInJSON(text, err), false
}

// wrongInJSON gives where a text begins to be no JSON: its end if something is
// missing there.
func wrongInJSON(text string, err error) int {
	var all json.RawMessage
	short := json.NewDecoder(strings.NewReader(text)).Decode(&all)
	at := (*json.SyntaxError)(nil)
	if !errors.As(err, &at) || errors.Is(short, io.ErrUnexpectedEOF) || errors.Is(short, io.EOF) {
		return len(text)
	}
	return len(cutAtRune(text, max(int(at.Offset)-1, 0)))
}

// tooDeep finds where a text opens more arrays and objects than a value may have
// inside one another, leaving out what stands in strings.
func tooDeep(text string) (at int, deep bool) {
	depth, inString := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '[', c == '{':
			if depth++; depth > maxJSONDepth {
				return i, true
			}
		case c == ']', c == '}':
			depth--
		}
	}
	return 0, false
}

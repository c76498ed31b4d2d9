package config

import (
	"bytes"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// maxNesting is the depth of the deepest value. The parser recurses, so what is deeper
// must not reach it.
const maxNesting = 32

// parse returns the root of the file, or nil after recording why there is none.
func (r *reader) parse(data []byte) ast.Node {
	if len(data) > MaxSize {
		r.wrongAt(place{1, 1}, "the file is larger than %d KiB", MaxSize>>10)
		return nil
	}
	if at, ok := firstInvalid(data); !ok {
		r.wrongAt(at, "the file is not UTF-8: save it in that encoding")
		return nil
	}
	data = bytes.TrimPrefix(data, []byte("\uFEFF"))
	file, err := parseYAML(data)
	if err != nil {
		at, text := place{1, 1}, err.Error()
		if syntax, ok := errors.AsType[yaml.Error](err); ok {
			text = syntax.GetMessage()
			if tk := syntax.GetToken(); tk != nil {
				at = placeOf(tk)
			}
		}
		r.wrongAt(at, "this is no YAML: %s", printable(text))
		return nil
	}
	var root ast.Node
	for _, doc := range file.Docs {
		if doc == nil || doc.Body == nil {
			continue
		}
		if root != nil {
			r.wrongAt(startOf(doc.Body), "a second document begins here: a configuration is one")
			return nil
		}
		root = doc.Body
	}
	if root == nil {
		r.wrongAt(place{1, 1}, "the file is empty: at least `adapter: {name: terminal}` is needed")
	}
	return root
}

// parseYAML parses without trusting the parser: the deep input that would exhaust the
// stack is refused before, and a panic on odd input is an error like another.
func parseYAML(data []byte) (file *ast.File, err error) {
	defer func() {
		if p := recover(); p != nil {
			file, err = nil, fmt.Errorf("the parser cannot read it (%v)", p)
		}
	}()
	tokens := lexer.Tokenize(string(data))
	if deep := tooDeep(tokens); deep != nil {
		return nil, &yaml.SyntaxError{Message: fmt.Sprintf("nested deeper than %d", maxNesting), Token: deep}
	}
	return parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
}

// tooDeep returns the first token that is nested too deep, or nil. It counts open
// brackets, and the entries that are opened on one line (`- - -`); deeper blocks of
// their own lines are bounded by their indentation.
func tooDeep(tokens token.Tokens) *token.Token {
	flow, onLine, line := 0, 0, 0
	for _, tk := range tokens {
		if tk.Position != nil && tk.Position.Line != line {
			line, onLine = tk.Position.Line, 0
		}
		switch tk.Type {
		case token.MappingStartType, token.SequenceStartType:
			flow++
		case token.MappingEndType, token.SequenceEndType:
			flow--
		case token.SequenceEntryType, token.MappingKeyType, token.MappingValueType, token.AnchorType, token.TagType:
			onLine++
		}
		if flow > maxNesting || flow == 0 && onLine > maxNesting || tk.Position != nil && tk.Position.IndentNum > 8*maxNesting {
			return tk
		}
	}
	return nil
}

// untorn puts a plain text together that the parser tore at a colon. In a list inside
// braces it takes `user:1:alice` for the mapping `user: 1:alice`; by YAML's own rules a
// colon separates only if a space follows.
func untorn(item ast.Node) ast.Node {
	var pair *ast.MappingValueNode
	switch v := item.(type) {
	case *ast.MappingValueNode:
		pair = v
	case *ast.MappingNode:
		if len(v.Values) == 1 && (v.Start == nil || v.Start.Type != token.MappingStartType) {
			pair = v.Values[0]
		}
	}
	if pair == nil || pair.Start == nil || pair.Value == nil {
		return item
	}
	key, colon, value := pair.Key.GetToken(), pair.Start, pair.Value.GetToken()
	if !isPlain(key) || !isPlain(value) || colon.Position.Line != value.Position.Line || colon.Position.Column+1 != value.Position.Column {
		return item
	}
	whole := *key
	whole.Type, whole.Value = token.StringType, key.Value+":"+value.Value
	return ast.String(&whole)
}

// isPlain says whether the token is a scalar without quotes.
func isPlain(tk *token.Token) bool {
	return tk != nil && tk.Position != nil && tk.Indicator == token.NotIndicator
}

// firstInvalid returns where the first byte stands that is not part of UTF-8.
func firstInvalid(data []byte) (at place, ok bool) {
	at = place{1, 1}
	for len(data) > 0 {
		c, size := utf8.DecodeRune(data)
		if c == utf8.RuneError && size == 1 {
			return at, false
		}
		if at.column++; c == '\n' {
			at = place{at.line + 1, 1}
		}
		data = data[size:]
	}
	return at, true
}

func placeOf(tk *token.Token) place {
	if tk == nil || tk.Position == nil {
		return place{1, 1}
	}
	return place{max(tk.Position.Line, 1), max(tk.Position.Column, 1)}
}

package pattern

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// looksLikeFlag reports whether a word of a pattern is a flag: two dashes, or a
// dash and a letter.
func looksLikeFlag(text string) bool {
	if len(text) < 2 || text[0] != '-' {
		return false
	}
	r, _ := utf8.DecodeRuneInString(text[1:])
	return r == '-' || unicode.IsLetter(r)
}

// flag reads [--force], [--force|-f] or [--count={n:integer}] from its first
// spelling on. The argument of a flag without a value is named after its first
// long spelling, with _ for -.
func (p *parser) flag(start int) (node, *Error) {
	if p.depth > 0 {
		return node{}, p.fail(start, "a flag stands outside of all brackets and parentheses: it may come anywhere in the message")
	}
	arg := argument{Spec: Spec{Type: TypeFlag}, offset: start, typed: true}
	for {
		spelling, err := p.spelling()
		if err != nil {
			return node{}, err
		}
		arg.spellings = append(arg.spellings, spelling)
		if !p.take("|") {
			break
		}
	}
	if p.take("=") {
		return p.valuedFlag(start, arg.spellings)
	}
	if err := p.closeFlag(start); err != nil {
		return node{}, err
	}
	arg.Name = nameOfFlag(arg.spellings)
	return p.declareFlag(arg)
}

func (p *parser) valuedFlag(start int, spellings []string) (node, *Error) {
	if r, _ := p.peek(); r != '{' {
		return node{}, p.fail(p.at, "the value of a flag is a placeholder: [--count={count:integer}]")
	}
	item, err := p.placeholder()
	if err != nil {
		return node{}, err
	}
	if err := p.closeFlag(start); err != nil {
		return node{}, err
	}
	arg := p.arguments[item.argument]
	p.arguments = p.arguments[:item.argument]
	if arg.Rest || arg.List {
		return node{}, p.fail(arg.offset, "a flag takes one value: {%s}", arg.Name)
	}
	arg.spellings, arg.valued, arg.offset = spellings, true, start
	return p.declareFlag(arg)
}

func (p *parser) closeFlag(start int) *Error {
	p.skipSpace()
	if !p.take("]") {
		return p.fail(p.at, "a flag stands alone in its brackets and ends with ]; it opened at column %d", start+1)
	}
	return nil
}

func (p *parser) declareFlag(arg argument) (node, *Error) {
	for _, other := range p.arguments {
		for _, spelling := range other.spellings {
			for _, mine := range arg.spellings {
				if mine == spelling {
					return node{}, p.fail(arg.offset, "the flag %s stands in the pattern twice", mine)
				}
			}
		}
	}
	index, err := p.declare(arg)
	return node{kind: nodeFlag, offset: arg.offset, argument: index}, err
}

// spelling reads --word or -letter, folded.
func (p *parser) spelling() (string, *Error) {
	start := p.at
	dashes := 0
	for p.take("-") {
		dashes++
	}
	begin := p.at
	for p.at < len(p.source) && isFlagByte(p.source[p.at]) {
		p.at++
	}
	word := Fold(p.source[begin:p.at])
	switch {
	case dashes == 1 && len(word) == 1 && 'a' <= word[0] && word[0] <= 'z':
	case dashes == 2 && word != "" && 'a' <= word[0] && word[0] <= 'z' && len(word) <= maxName:
	default:
		return "", p.fail(start, "a flag is two dashes and a word of ASCII letters, digits and dashes, or one dash and a letter")
	}
	return p.source[start:begin] + word, nil
}

func isFlagByte(c byte) bool {
	return c == '-' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

func nameOfFlag(spellings []string) string {
	name := spellings[0]
	for _, spelling := range spellings {
		if strings.HasPrefix(spelling, "--") {
			name = spelling
			break
		}
	}
	return strings.ReplaceAll(strings.TrimLeft(name, "-"), "-", "_")
}

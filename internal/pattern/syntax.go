package pattern

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

type nodeKind int

const (
	nodeLiteral nodeKind = iota
	nodeArgument
	nodeOptional // one branch
	nodeChoice   // two branches or more
	nodeFlag
)

// node is one item of a command pattern.
type node struct {
	kind     nodeKind
	offset   int
	word     string // of a literal, as written
	argument int    // of an argument or a flag: index into parser.arguments
	branches [][]node
}

// argument is a placeholder or a flag with where it stands in the source.
type argument struct {
	Spec
	offset    int
	typed     bool     // the placeholder names a type or choices
	spellings []string // of a flag, folded: --force, -f
	valued    bool     // the flag carries a value
	accepts   Expectation
	byFold    map[string]string // of a choice: its values by their folded form
}

const maxDepth = 16

type parser struct {
	source    string
	at        int
	depth     int
	arguments []argument
}

func (p *parser) fail(offset int, format string, args ...any) *Error {
	return errorAt(p.source, offset, format, args...)
}

// peek gives the next character; size 0 at the end.
func (p *parser) peek() (r rune, size int) { return utf8.DecodeRuneInString(p.source[p.at:]) }

func (p *parser) skipSpace() { p.at = skipSpace(p.source, p.at) }

// take moves over token if it comes next.
func (p *parser) take(token string) bool {
	if !strings.HasPrefix(p.source[p.at:], token) {
		return false
	}
	p.at += len(token)
	return true
}

func (p *parser) parse() ([]node, *Error) {
	nodes, err := p.sequence()
	if err != nil {
		return nil, err
	}
	if r, size := p.peek(); size != 0 {
		switch r {
		case '|':
			return nil, p.fail(p.at, "alternatives stand in parentheses: (at|on); write \\| for the character")
		default:
			return nil, p.fail(p.at, "%c closes nothing; write \\%c for the character", r, r)
		}
	}
	if len(nodes) == 0 {
		return nil, p.fail(0, "the pattern is empty")
	}
	return nodes, nil
}

// sequence reads items up to the end or to a ], ) or | that is not its own.
func (p *parser) sequence() ([]node, *Error) {
	var nodes []node
	for {
		p.skipSpace()
		r, size := p.peek()
		if size == 0 || r == ']' || r == ')' || r == '|' {
			return nodes, nil
		}
		if last := len(nodes) - 1; last >= 0 && p.endsInRest(nodes[last]) {
			return nil, p.fail(p.at, "nothing can follow the rest of the message; move the {name...} to the end")
		}
		item, err := p.item(r)
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, item)
		if r, size := p.peek(); size != 0 && !unicode.IsSpace(r) && r != ']' && r != ')' && r != '|' {
			return nil, p.fail(p.at, "a space must stand before %c", r)
		}
	}
}

func (p *parser) endsInRest(item node) bool {
	if item.kind == nodeArgument {
		return p.arguments[item.argument].Rest
	}
	for _, branch := range item.branches {
		if p.endsInRest(branch[len(branch)-1]) {
			return true
		}
	}
	return false
}

func (p *parser) item(r rune) (node, *Error) {
	switch r {
	case '[':
		return p.optional()
	case '(':
		return p.choice()
	case '{':
		return p.placeholder()
	case '}':
		return node{}, p.fail(p.at, "} closes nothing; write \\} for the character")
	}
	return p.literal()
}

func (p *parser) literal() (node, *Error) {
	start := p.at
	if looksLikeFlag(p.source[p.at:]) {
		return node{}, p.fail(start, "a flag is optional: write it in brackets, such as [--force]")
	}
	var word strings.Builder
	for {
		r, size := p.peek()
		if size == 0 || unicode.IsSpace(r) || strings.ContainsRune("[](){}|", r) {
			break
		}
		r, err := p.character()
		if err != nil {
			return node{}, err
		}
		if unicode.IsSpace(r) {
			return node{}, p.fail(p.at-1, "a literal word cannot hold white space")
		}
		word.WriteRune(r)
	}
	if first, _ := utf8.DecodeRuneInString(word.String()); quoteFamily(first) >= 0 {
		return node{}, p.fail(start, "a literal word cannot begin with a quote: a quoted text is never a literal")
	}
	return node{kind: nodeLiteral, offset: start, word: word.String()}, nil
}

// character reads one character, a backslash with the one that it escapes.
func (p *parser) character() (rune, *Error) {
	r, size := p.peek()
	p.at += size
	if r != '\\' {
		return r, nil
	}
	r, size = p.peek()
	if size == 0 {
		return 0, p.fail(p.at-1, "a backslash must be followed by the character that it escapes")
	}
	p.at += size
	return r, nil
}

func (p *parser) enter(offset int) *Error {
	if p.depth++; p.depth > maxDepth {
		return p.fail(offset, "brackets and parentheses are nested more than %d deep", maxDepth)
	}
	return nil
}

func (p *parser) optional() (node, *Error) {
	start := p.at
	p.at++
	p.skipSpace()
	if looksLikeFlag(p.source[p.at:]) {
		return p.flag(start)
	}
	if err := p.enter(start); err != nil {
		return node{}, err
	}
	inner, err := p.sequence()
	if err != nil {
		return node{}, err
	}
	p.depth--
	switch r, size := p.peek(); {
	case size == 0:
		return node{}, p.fail(start, "[ is not closed; write \\[ for the character")
	case r == '|':
		return node{}, p.fail(p.at, "alternatives in an optional part stand in parentheses: [(at|on)]")
	case r != ']':
		return node{}, p.fail(p.at, "%c closes nothing here: the part opened with [", r)
	}
	if len(inner) == 0 {
		return node{}, p.fail(start, "an optional part cannot be empty")
	}
	p.at++
	return node{kind: nodeOptional, offset: start, branches: [][]node{inner}}, nil
}

func (p *parser) choice() (node, *Error) {
	start := p.at
	if err := p.enter(start); err != nil {
		return node{}, err
	}
	out := node{kind: nodeChoice, offset: start}
	for {
		p.at++ // the ( or |
		branch, err := p.sequence()
		if err != nil {
			return node{}, err
		}
		if len(branch) == 0 {
			return node{}, p.fail(p.at, "an alternative cannot be empty; write [...] for a part that may be left out")
		}
		out.branches = append(out.branches, branch)
		switch r, size := p.peek(); {
		case size == 0:
			return node{}, p.fail(start, "( is not closed; write \\( for the character")
		case r == ']':
			return node{}, p.fail(p.at, "] closes nothing here: the part opened with (")
		case r == ')':
			if len(out.branches) < 2 {
				return node{}, p.fail(start, "parentheses hold two or more alternatives: (at|on)")
			}
			p.at++
			p.depth--
			return out, nil
		}
	}
}

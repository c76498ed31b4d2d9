package pattern

import (
	"strings"
	"unicode/utf8"
)

// regexpParser checks that a source is OCO-RE, adds up its cost and writes the
// same for the engine of the standard library.
type regexpParser struct {
	source string
	at     int
	depth  int
	fold   bool // the flag i
	names  map[string]bool
	out    strings.Builder

	checkOnly bool // nobody reads what is written
}

func (p *regexpParser) fail(offset int, format string, args ...any) *Error {
	return errorAt(p.source, offset, format, args...)
}

func (p *regexpParser) peek() (r rune, size int) { return utf8.DecodeRuneInString(p.source[p.at:]) }

func (p *regexpParser) startsWith(token string) bool {
	return strings.HasPrefix(p.source[p.at:], token)
}

// copy writes the next n bytes as they are.
func (p *regexpParser) copy(n int) {
	p.out.WriteString(p.source[p.at : p.at+n])
	p.at += n
}

func (p *regexpParser) parse() (cost int, err *Error) {
	if err := p.flags(); err != nil {
		return 0, err
	}
	cost, err = p.alternatives()
	if err != nil {
		return 0, err
	}
	if p.at < len(p.source) {
		return 0, p.fail(p.at, `) closes nothing; write \) for the character`)
	}
	return cost, nil
}

// flags reads (?ims) at the beginning.
func (p *regexpParser) flags() *Error {
	end := strings.IndexAny(p.source, ":)<")
	if !p.startsWith("(?") || end < 3 || p.source[end] != ')' || strings.Trim(p.source[2:end], "imsU-") != "" {
		return nil // not flags; a group says what is wrong with it
	}
	seen := ""
	for i, flag := range p.source[2:end] {
		if !strings.ContainsRune("ims", flag) || strings.ContainsRune(seen, flag) {
			return p.fail(2+i, "the flags are i, m and s, each at most once")
		}
		seen += string(flag)
	}
	p.fold = strings.Contains(seen, "i")
	p.copy(end + 1)
	return nil
}

func (p *regexpParser) alternatives() (cost int, err *Error) {
	for {
		branch, err := p.sequence()
		if err != nil {
			return 0, err
		}
		cost += branch
		if !p.startsWith("|") {
			return cost, nil
		}
		p.copy(1)
		cost++
	}
}

func (p *regexpParser) sequence() (cost int, err *Error) {
	for {
		r, size := p.peek()
		if size == 0 || r == '|' || r == ')' {
			return max(cost, 1), nil
		}
		start := p.at
		item, repeatable, err := p.atom(r, size)
		if err != nil {
			return 0, err
		}
		if item, err = p.repetition(item, repeatable); err != nil {
			return 0, err
		}
		if cost += item; cost > MaxRegexpCost {
			return 0, p.fail(start, "the pattern is too costly: its cost exceeds %d here; use smaller repetitions", MaxRegexpCost)
		}
	}
}

func (p *regexpParser) atom(r rune, size int) (cost int, repeatable bool, err *Error) {
	switch r {
	case '(':
		cost, err = p.group()
		return cost, true, err
	case '[':
		return 1, true, p.class()
	case '\\':
		repeatable, err = p.escape()
		return 1, repeatable, err
	case '^', '$':
		p.copy(size)
		return 1, false, nil
	case '*', '+', '?':
		return 0, false, p.fail(p.at, `%c repeats nothing; write \%c for the character`, r, r)
	case '{', '}', ']':
		return 0, false, p.fail(p.at, `write \%c for the character`, r)
	}
	p.copy(size)
	return 1, true, nil
}

func (p *regexpParser) group() (cost int, err *Error) {
	start := p.at
	if p.depth++; p.depth > maxDepth {
		return 0, p.fail(start, "groups are nested more than %d deep", maxDepth)
	}
	switch {
	case p.startsWith("(?:"):
		p.copy(3)
	case p.startsWith("(?"):
		if err := p.groupName(); err != nil {
			return 0, err
		}
		cost = 2
	default:
		p.copy(1)
		cost = 2
	}
	inner, err := p.alternatives()
	if err != nil {
		return 0, err
	}
	if p.at == len(p.source) {
		return 0, p.fail(start, `( is not closed; write \( for the character`)
	}
	p.copy(1)
	p.depth--
	return cost + inner, nil
}

func (p *regexpParser) groupName() *Error {
	start, prefix := p.at, 3
	switch {
	case p.startsWith("(?="), p.startsWith("(?!"), p.startsWith("(?<="), p.startsWith("(?<!"):
		return p.fail(start, "lookahead and lookbehind are not supported")
	case p.startsWith("(?>"):
		return p.fail(start, "atomic groups are not supported")
	case p.startsWith("(?P<"):
		prefix = 4
	case p.startsWith("(?<"):
	default:
		return p.fail(start, "groups are (x), (?:x), (?P<name>x) and (?<name>x); flags stand only at the very beginning: (?ims)")
	}
	end := p.at + prefix
	for end < len(p.source) && (isWordByte(p.source[end])) {
		end++
	}
	name := p.source[p.at+prefix : end]
	switch {
	case name == "" || '0' <= name[0] && name[0] <= '9' || end == len(p.source) || p.source[end] != '>':
		return p.fail(start+prefix, "the name of a group is of ASCII letters, digits and _, does not begin with a digit and ends with >")
	case len(name) > maxName:
		return p.fail(start+prefix, "a name has at most %d characters", maxName)
	case p.names[name]:
		return p.fail(start+prefix, "two groups are called %s", name)
	}
	p.names[name] = true
	p.at = end + 1
	p.out.WriteString("(?P<" + name + ">")
	return nil
}

func isWordByte(c byte) bool { return c == '_' || c != '-' && isFlagByte(c) }

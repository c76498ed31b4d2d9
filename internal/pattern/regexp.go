package pattern

import (
	"regexp"
	"regexp/syntax"
	"sync"
)

const (
	// MaxRegexpCost is the greatest cost of an OCO-RE; see [CompileRegexp].
	MaxRegexpCost = 1000
	// MaxRegexpText is how much of a text an OCO-RE looks at, in bytes.
	MaxRegexpText = 4 * 1024
)

// joiners are the invisible characters of OCO-RE: emoji and the writing of
// several languages need them.
const joiners = "\u200C\u200D\uFE0F"

// Regexp is an OCO-RE that was read. It is safe for concurrent use. The engine
// compiles it when the first text is matched: of many routes most never are.
type Regexp struct {
	source string
	cost   int
	ranges int    // of all its classes
	engine string // the same for the engine of the standard library
	once   sync.Once
	re     *regexp.Regexp
}

// Group is what one group of a match holds; group 0 is the whole match.
type Group struct {
	Name       string // empty if the group has none
	Text       string
	Start, End int  // bytes of the text that was matched
	Matched    bool // false: the group took no part; the fields above but Name are zero
}

// CompileRegexp reads an OCO-RE, the subset of RE2 that is written here and is
// the same in every bot:
//
//   - literals; a backslash before an ASCII punctuation mark makes a literal of
//     it, and [ ] { } ( ) . * + ? ^ $ | \ need one; \n \r \t \f \v
//   - . is any character but \n
//   - classes [a-z] and [^a-z] without nesting or set operators; in them [ ] \
//     need a backslash, and - unless it stands first or last
//   - \d is [0-9], \w is [0-9A-Za-z_], \s is [\t\n\f\r ], \D \W \S the opposite,
//     and \b \B look at \w, always in ASCII; \p{L} and \P{Greek} are the
//     general categories and scripts of Unicode by their exact names
//   - * + ? {m} {m,} {m,n} up to 1,000, lazy with ? after them
//   - | between alternatives, of which one may be empty
//   - (x), (?:x), (?P<name>x) and (?<name>x)
//   - ^ and \A are the beginning of the text, $ and \z its end; under the flag m
//     ^ and $ are those of each line
//   - flags i, m and s, only as (?ims) at the very beginning. Under i, simple
//     Unicode case folding: k is also U+212A and s also U+017F. \d \w \s \b
//     stay ASCII.
//
// The leftmost match is taken, and of several there the first in the order of
// the alternatives.
//
// The source has at most MaxSource bytes and costs at most MaxRegexpCost: a
// character, class, anchor or empty part costs 1, * + ? 2 more, a capturing
// group 2 more, each | 1 more, {m,n} n times its operand and n-m more, {m,}
// (at least once) m times its operand and 2 more.
//
// An error is an [*Error].
func CompileRegexp(source string) (*Regexp, error) {
	re, _, err := ParseRegexp(source)
	return re, err
}

// ParseRegexp is CompileRegexp for who wants the syntax tree too, as of
// [Regexp.Syntax], without parsing twice.
func ParseRegexp(source string) (*Regexp, *syntax.Regexp, error) {
	p, cost, err := parseRegexp(source, false)
	if err != nil {
		return nil, nil, err
	}
	re := &Regexp{source: source, cost: cost, engine: p.out.String()}
	tree, failure := re.Syntax()
	if failure != nil { // the engine is stricter than the subset: refuse too
		return nil, nil, errorAt(source, 0, "the pattern does not compile: %v", failure)
	}
	re.ranges = rangesOf(tree)
	return re, tree, nil
}

// checkRegexp holds a text to be an OCO-RE, at a price that goes with its length
// alone: what the engine makes of some classes is a thousand times as long.
func checkRegexp(text string) *Error {
	_, _, err := parseRegexp(text, true)
	return err
}

func parseRegexp(source string, checkOnly bool) (p *regexpParser, cost int, err *Error) {
	if err := checkSource(source, joiners); err != nil {
		return nil, 0, err
	}
	p = &regexpParser{source: source, names: make(map[string]bool), checkOnly: checkOnly}
	cost, err = p.parse()
	return p, cost, err
}

// compiled is the expression as the engine has it. What could be parsed compiles.
func (r *Regexp) compiled() *regexp.Regexp {
	r.once.Do(func() { r.re = regexp.MustCompile(r.engine) })
	return r.re
}

// Cost gives what the expression costs, at most MaxRegexpCost.
func (r *Regexp) Cost() int { return r.cost }

// Weight gives the cost and a step for each range of characters in its classes, of
// which one like \p{L} has hundreds. What the expression takes of memory goes with it.
func (r *Regexp) Weight() int { return r.cost + r.ranges }

func rangesOf(tree *syntax.Regexp) (n int) {
	if tree.Op == syntax.OpCharClass {
		n = len(tree.Rune) / 2
	}
	for _, sub := range tree.Sub {
		n += rangesOf(sub)
	}
	return n
}

// String gives the source.
func (r *Regexp) String() string { return r.source }

// Syntax gives the syntax tree of an equivalent RE2, unsimplified and the
// caller's own, from which required literals can be drawn.
func (r *Regexp) Syntax() (*syntax.Regexp, error) { return syntax.Parse(r.engine, syntax.Perl) }

// Match searches a text, which must be valid UTF-8. Only its first
// MaxRegexpText bytes are looked at, cut before a character that crosses them;
// $ and \z then mean the end of what is left. The time is bounded by the
// product of cost and length.
func (r *Regexp) Match(text string) (groups []Group, ok bool) {
	text = cutAtRune(text, MaxRegexpText)
	re := r.compiled()
	at := re.FindStringSubmatchIndex(text)
	if at == nil {
		return nil, false
	}
	names := re.SubexpNames()
	groups = make([]Group, len(names))
	for i, name := range names {
		groups[i].Name = name
		if start, end := at[2*i], at[2*i+1]; start >= 0 {
			groups[i] = Group{Name: name, Text: text[start:end], Start: start, End: end, Matched: true}
		}
	}
	return groups, true
}

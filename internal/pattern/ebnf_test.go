package pattern_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// A grammar is what a block of EBNF in the specification says.
type grammar map[string]*rule

// A rule is a part of a grammar: a text, a range, a set of characters, a name, or
// other parts.
type rule struct {
	op    byte // 't' text, 'r' range, 'c' characters, 'n' name, '|', '+' one after the other, '?', '*'
	text  string
	parts []*rule
}

var ebnfBlock = regexp.MustCompile("(?s)```ebnf\n(.*?)```")

// grammars are those of the two languages in spec/grammar.md: of command patterns
// and of OCO-RE.
func grammars(t *testing.T) (command, expression grammar) {
	t.Helper()
	return readGrammar(t, ebnfOf(t, 0)), readGrammar(t, ebnfOf(t, 2))
}

// ebnfOf gives a block of EBNF of spec/grammar.md; 1 is that of values.
func ebnfOf(t *testing.T, n int) string {
	t.Helper()
	page, err := os.ReadFile("../../spec/grammar.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := ebnfBlock.FindAllSubmatch(page, -1)
	if len(blocks) != 3 {
		t.Fatalf("%d grammars, want three", len(blocks))
	}
	return string(blocks[n][1])
}

// unicodeSets are the characters that a grammar names by their category.
var unicodeSets = map[string]*unicode.RangeTable{
	"UnicodeLetter": unicode.L, "UnicodeMark": unicode.M, "UnicodeDigit": unicode.Nd,
}

var ebnfToken = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|[A-Za-z]+|[=.|()\[\]{}…]`)

type ebnfReader struct {
	t      *testing.T
	tokens []string
}

func readGrammar(t *testing.T, text string) grammar {
	t.Helper()
	r := &ebnfReader{t, ebnfToken.FindAllString(text, -1)}
	g := grammar{}
	for len(r.tokens) > 0 {
		name := r.next()
		r.want("=")
		g[name] = r.alternatives()
		r.want(".")
	}
	for name, made := range g {
		made.names(func(used string) {
			if g[used] == nil && used != "Any" && used != "Space" && unicodeSets[used] == nil {
				t.Fatalf("%s uses %s, which there is not", name, used)
			}
		})
	}
	return g
}

// holds reports whether a character is of a range, or of those that are left over.
func (r *rule) holds(c rune) bool {
	if r.op == 'r' {
		return rune(r.text[0]) <= c && c <= rune(r.text[len(r.text)-1])
	}
	return !strings.ContainsRune(r.text, c) && !(strings.Contains(r.text, " ") && unicode.IsSpace(c))
}

func (r *rule) names(visit func(string)) {
	if r.op == 'n' {
		visit(r.text)
	}
	for _, part := range r.parts {
		part.names(visit)
	}
}

func (r *ebnfReader) peek() string {
	if len(r.tokens) == 0 {
		return ""
	}
	return r.tokens[0]
}

func (r *ebnfReader) next() string {
	token := r.peek()
	if token == "" {
		r.t.Fatal("the grammar ends too early")
	}
	r.tokens = r.tokens[1:]
	return token
}

func (r *ebnfReader) want(token string) {
	if got := r.next(); got != token {
		r.t.Fatalf("%q where %q was expected, before %q", got, token, r.tokens)
	}
}

func (r *ebnfReader) alternatives() *rule {
	out := &rule{op: '|', parts: []*rule{r.sequence()}}
	for r.peek() == "|" {
		r.next()
		out.parts = append(out.parts, r.sequence())
	}
	return out
}

func (r *ebnfReader) sequence() *rule {
	out := &rule{op: '+'}
	for !strings.Contains("|.)]}", r.peek()) {
		out.parts = append(out.parts, r.item())
	}
	return out
}

func (r *ebnfReader) item() *rule {
	closing := map[string]struct {
		token string
		op    byte
	}{"(": {")", '|'}, "[": {"]", '?'}, "{": {"}", '*'}}
	token := r.next()
	if c, ok := closing[token]; ok {
		inner := r.alternatives()
		r.want(c.token)
		if c.op == '|' {
			return inner
		}
		return &rule{op: c.op, parts: []*rule{inner}}
	}
	if token[0] != '"' {
		if token == "Any" && r.peek() == "but" {
			r.next()
			return &rule{op: 'c', text: r.unquote(r.next())}
		}
		return &rule{op: 'n', text: token}
	}
	text := r.unquote(token)
	if r.peek() != "…" {
		return &rule{op: 't', text: text}
	}
	r.next()
	return &rule{op: 'r', text: text + r.unquote(r.next())}
}

func (r *ebnfReader) unquote(token string) string {
	text, err := strconv.Unquote(token)
	if err != nil {
		r.t.Fatalf("%s: %v", token, err)
	}
	return text
}

// draw gives a random text that the grammar derives. Below some depth it leaves
// out what may be.
func (g grammar) draw(rng *rand.Rand, r *rule, depth int, out *strings.Builder) {
	const alphabet = `abcXYZ019é ~!@#%&,;:'<>/"_-=+*?.^$|()[]{}\`
	switch r.op {
	case 't':
		out.WriteString(r.text)
	case 'r':
		low, high := r.text[0], r.text[len(r.text)-1]
		out.WriteByte(low + byte(rng.IntN(int(high-low)+1)))
	case 'c':
		for {
			c := []rune(alphabet)[rng.IntN(utf8.RuneCountInString(alphabet))]
			if r.holds(c) {
				out.WriteRune(c)
				return
			}
		}
	case 'n':
		switch r.text {
		case "Any":
			out.WriteRune([]rune(alphabet)[rng.IntN(utf8.RuneCountInString(alphabet))])
		case "Space":
			out.WriteString([]string{" ", "  ", "\u00a0"}[rng.IntN(3)])
		case "UnicodeLetter":
			out.WriteRune([]rune("abZéßж中")[rng.IntN(7)])
		case "UnicodeMark":
			out.WriteRune('\u0301')
		case "UnicodeDigit":
			out.WriteRune([]rune("019٣")[rng.IntN(4)])
		default:
			g.draw(rng, g[r.text], depth+1, out)
		}
	case '|':
		n := rng.IntN(len(r.parts))
		if depth > 8 {
			n = 0 // the simplest stands first
		}
		g.draw(rng, r.parts[n], depth, out)
	case '+':
		for _, part := range r.parts {
			g.draw(rng, part, depth, out)
		}
	case '?':
		if depth < 12 && rng.IntN(3) == 0 {
			g.draw(rng, r.parts[0], depth, out)
		}
	case '*':
		for depth < 12 && rng.IntN(5) < 2 {
			g.draw(rng, r.parts[0], depth, out)
		}
	}
}

// A recognizer finds whether a grammar derives a text, looking at each pair of
// rule and place once.
type recognizer struct {
	grammar
	text []rune
	seen map[string][]int
}

func (g grammar) derives(start, text string) bool {
	z := &recognizer{g, []rune(text), map[string][]int{}}
	for _, end := range z.ends(&rule{op: 'n', text: start}, 0) {
		if end == len(z.text) {
			return true
		}
	}
	return false
}

// ends are the places at which the rule may end that begins at a place.
func (z *recognizer) ends(r *rule, at int) []int {
	switch r.op {
	case 't':
		if text := []rune(r.text); len(z.text)-at >= len(text) && string(z.text[at:at+len(text)]) == r.text {
			return []int{at + len(text)}
		}
		return nil
	case 'r', 'c':
		if at == len(z.text) {
			return nil
		}
		if !r.holds(z.text[at]) {
			return nil
		}
		return []int{at + 1}
	case 'n':
		return z.named(r.text, at)
	case '|':
		var all []int
		for _, part := range r.parts {
			all = union(all, z.ends(part, at))
		}
		return all
	case '+':
		here := []int{at}
		for _, part := range r.parts {
			here = z.after(here, part)
		}
		return here
	case '?':
		return union([]int{at}, z.ends(r.parts[0], at))
	default: // '*'
		all := []int{at}
		for last := all; len(last) > 0; {
			next := z.after(last, r.parts[0])
			last = nil
			for _, end := range next {
				if grown := union(all, []int{end}); len(grown) > len(all) {
					all, last = grown, append(last, end)
				}
			}
		}
		return all
	}
}

func (z *recognizer) after(from []int, r *rule) []int {
	var all []int
	for _, at := range from {
		all = union(all, z.ends(r, at))
	}
	return all
}

func (z *recognizer) named(name string, at int) []int {
	key := fmt.Sprint(name, " ", at)
	if ends, ok := z.seen[key]; ok {
		return ends
	}
	var ends []int
	switch name {
	case "Any":
		if at < len(z.text) {
			ends = []int{at + 1}
		}
	case "Space":
		for end := at; end < len(z.text) && unicode.IsSpace(z.text[end]); end++ {
			ends = append(ends, end+1)
		}
	default:
		set := unicodeSets[name]
		switch {
		case set == nil:
			ends = z.ends(z.grammar[name], at)
		case at < len(z.text) && unicode.Is(set, z.text[at]):
			ends = []int{at + 1}
		}
	}
	z.seen[key] = ends
	return ends
}

func union(a, b []int) []int {
	for _, n := range b {
		found := false
		for _, m := range a {
			found = found || m == n
		}
		if !found {
			a = append(a, n)
		}
	}
	return a
}

package pattern

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// reference is the meaning of a pattern without flags, written down as plainly
// as can be and exponential: each node tries its ways in order of preference
// and hands on to what follows it.
type reference struct {
	args []argument
	in   Input
}

func (r reference) match(nodes []node, at int, got map[int][]string, then func(int, map[int][]string) bool) bool {
	if len(nodes) == 0 {
		return then(at, got)
	}
	head, tail := nodes[0], nodes[1:]
	next := func(at int, got map[int][]string) bool { return r.match(tail, at, got, then) }
	switch head.kind {
	case nodeLiteral:
		word, ok := r.in.Literal(at)
		return ok && word == Fold(head.word) && next(at+1, got)
	case nodeOptional:
		return r.match(head.branches[0], at, got, next) || next(at, got)
	case nodeChoice:
		for _, branch := range head.branches {
			if r.match(branch, at, got, next) {
				return true
			}
		}
		return false
	}
	arg := r.args[head.argument]
	taken := r.take(arg, head.argument, at, got, next)
	return taken || arg.HasDefault && next(at, got)
}

func (r reference) take(arg argument, index, at int, got map[int][]string, next func(int, map[int][]string) bool) bool {
	if at >= r.in.Len() {
		return false
	}
	if arg.Rest {
		return next(r.in.Len(), with(got, index, r.in.rest(at)))
	}
	for n := min(arg.words(), r.in.Len()-at); n >= 1; n-- {
		text := r.in.words[at].text
		if n > 1 {
			text = r.in.raw(at, at+n-1)
		}
		value, ok := convert(&arg.Spec, text)
		if !ok {
			continue
		}
		taken := with(got, index, value.Text)
		if arg.List && r.take(arg, index, at+n, taken, next) || next(at+n, taken) {
			return true
		}
	}
	return false
}

func with(got map[int][]string, index int, text string) map[int][]string {
	out := map[int][]string{}
	for key, texts := range got {
		out[key] = texts
	}
	out[index] = append(append([]string(nil), got[index]...), text)
	return out
}

// drawPattern draws a pattern over few words, so that it is ambiguous.
func drawPattern(t *rapid.T, depth int, names *int, last bool) string {
	var items []string
	count := rapid.IntRange(1, 4).Draw(t, "items")
	for i := range count {
		end := last && i == count-1
		kinds := 5
		if depth > 2 {
			kinds = 3
		}
		placeholder := func(form string) string {
			*names++
			return fmt.Sprintf(form, *names)
		}
		switch rapid.IntRange(0, kinds).Draw(t, "kind") {
		case 0, 1:
			items = append(items, rapid.SampledFrom([]string{"a", "b"}).Draw(t, "literal"))
		case 2:
			form := rapid.SampledFrom([]string{
				"{x%d}", "{x%d:integer}", "{x%d:a|b}", "{x%d=d}", "{x%d:integer=7}", "{x%d:duration}", "{x%d*:duration}", "{x%d:time=now}",
			}).Draw(t, "form")
			items = append(items, placeholder(form))
		case 3:
			form := "{x%d*}"
			if end && rapid.Bool().Draw(t, "rest") {
				form = "{x%d...}"
			}
			items = append(items, placeholder(form))
		case 4:
			items = append(items, "["+drawPattern(t, depth+1, names, end)+"]")
		case 5:
			items = append(items, "("+drawPattern(t, depth+1, names, end)+"|"+drawPattern(t, depth+1, names, end)+")")
		}
	}
	return strings.Join(items, " ")
}

func drawText(t *rapid.T) string {
	words := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "A", "1", "'b'", "c", "1h", "5 m", "9am", "monday"}), 0, 7).Draw(t, "words")
	return strings.Join(words, " ")
}

func compileDrawn(t *rapid.T) *Command {
	names := 0
	source := drawPattern(t, 0, &names, true)
	c, err := Compile(source, nil)
	if err != nil {
		t.Fatalf("drawn pattern is refused: %v", err)
	}
	return c
}

func TestMatchAgreesWithReference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, in := compileDrawn(t), Tokenize(drawText(t))
		var want map[int][]string
		r := reference{args: c.arguments, in: in}
		matches := r.match(c.nodes, 0, map[int][]string{}, func(at int, got map[int][]string) bool {
			want = got
			return at == in.Len()
		})
		args, verdict, problem := c.Match(in)
		if (verdict == Yes) != matches {
			t.Fatalf("%s on %q: verdict %d, want a match: %v", c.Usage(), in.Text(), verdict, matches)
		}
		if (verdict == Near) != (problem != nil) {
			t.Fatalf("verdict %d with problem %v", verdict, problem)
		}
		if matches {
			compareWithReference(t, c, args, want)
		}
	})
}

func compareWithReference(t *rapid.T, c *Command, args []Value, want map[int][]string) {
	for i, arg := range c.arguments {
		texts, taken := want[i]
		if !taken && arg.HasDefault {
			texts, taken = []string{arg.Default}, true
		}
		if !taken {
			continue
		}
		if len(args) == 0 || args[0].Name != arg.Name {
			t.Fatalf("%s: %s is missing from %+v", c.Usage(), arg.Name, args)
		}
		got := []string{args[0].Text}
		if arg.List {
			got = nil
			for _, item := range args[0].List {
				got = append(got, item.Text)
			}
		}
		if strings.Join(got, "\n") != strings.Join(texts, "\n") {
			t.Fatalf("%s: %s is %q, want %q", c.Usage(), arg.Name, got, texts)
		}
		args = args[1:]
	}
	if len(args) != 0 {
		t.Fatalf("%s: superfluous arguments %+v", c.Usage(), args)
	}
}

func TestUsageCompilesToTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := compileDrawn(t)
		again, err := Compile(c.Usage(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if again.Usage() != c.Usage() || fmt.Sprint(again.program) != fmt.Sprint(c.program) {
			t.Fatalf("%q became %q", c.Usage(), again.Usage())
		}
	})
}

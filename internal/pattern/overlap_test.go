package pattern

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func overlap(t *testing.T, a, b string) (string, bool) {
	t.Helper()
	var both [2]*Command
	for i, source := range []string{a, b} {
		c, err := Compile(source, nil)
		if err != nil {
			t.Fatal(err)
		}
		both[i] = c
	}
	steps := math.MaxInt
	text, found := Overlap(both[0], both[1], &steps)
	other, again := Overlap(both[1], both[0], &steps)
	if found != again || len(strings.Fields(text)) != len(strings.Fields(other)) {
		t.Errorf("%q and %q: %q, the other way round %q", a, b, text, other)
	}
	return text, found
}

// The shortest text that two commands both take, or that there is none.
func TestOverlap(t *testing.T) {
	for _, c := range []struct{ a, b, want string }{
		{"deploy {app}", "deploy {what}", "deploy x"},
		{"deploy {app}", "deploy {app} to {env}", ""},
		{"deploy {app} [to {env}]", "deploy {what} to {where}", "deploy x to x"},
		{"deploy {app} [to {env}]", "deploy {rest...}", "deploy x"},
		{"scale {app} {n:integer}", "scale {app} {how:up|down}", ""},
		{"scale {app} {n:integer}", "scale {app} {n:number}", "scale x 1"},
		{"scale {app} {n:number}", "scale {app} {n:1.50|2.50}", "scale x 1.50"},
		{"scale {n:integer}", "scale {n:1|x}", "scale 1"},
		{"show {what:new york|paris}", "show {where:rome|New York}", `show "new york"`},
		{"show {what:a|b}", "show b {more}", ""},
		{"go (left|right) {n:integer}", "go {where:up|right} {n}", "go right 1"},
		{"wait {d:duration}", "wait {n:integer}", ""},
		{"wait {d:duration} {n:integer}", "wait {a} {b} {c}", "wait 2h 30m 1"},
		{"at {t:time}", "at tomorrow {x}", "at tomorrow 9am"},
		{"at {t:time} {x}", "at {a} {b} {c} {d}", "at 1 am tomorrow x"},
		{"note {text...}", "note {a} {b} {c}", "note x x x"},
		{"set {v:json}", "set {v:flag}", "set true"},
		{"set {v:json}", "set {v:url}", `set "https://example.com"`},
		{"set {v...:json}", "set {a} {b}", ""},
		{"set {v...:json}", "set {a:true|false}", "set true"},
		{"run {x} {y}", "run [--fast] [--deep]", "run --fast --deep"},
		{"run {x} {y}", "run [--n={n:integer}] {y}", "run x --n=1"},
		{"run [--n={n:integer}] go", "run [--n] 3 go", "run --n 3 go"},
		{"run [--fast]", "run [--fast]", "run"},
		{"run {x}", "run [--fast] \\--deep", "run --deep"},
		{"run [--deep] {x} {y}", "run {x} \\--deep", ""},
		{"run [--deep] {x}", "run \\-- \\--deep", "run -- --deep"},
		{"up {f:file} {x}", "up {x}", "up x"},
		{"up {f:file}", "up {f:file}", "up"},
		{"{a} {b}", "{n:integer} {x...}", "1 x"},
		{"{who:user}", "{where:room}", "x"},
		{"say {x}", "say (a|b) [c]", "say a"},
		{"{x*} end", "{y*} stop", ""},
		{"{x*} end", "{y*} (end|stop)", "x end"},
		{"r {e:regex}", "r {n:integer}", "r 1"},
		{"say \\{ {x}", "say {y} {z}", "say { x"},
	} {
		got, found := overlap(t, c.a, c.b)
		if got != c.want || found != (c.want != "") {
			t.Errorf("%q and %q: %q, want %q", c.a, c.b, got, c.want)
		}
	}
}

// drawOverlapping draws a pattern over few words, with flags.
func drawOverlapping(t *rapid.T) *Command {
	names := 0
	source := "go " + drawPattern(t, 1, &names, true)
	for _, flag := range []string{"[--p]", "[--q={q:integer}]", "[-r]"} {
		if rapid.IntRange(0, 3).Draw(t, "flag") == 0 {
			source = strings.Replace(source, "go", "go "+flag, 1)
		}
	}
	c, err := Compile(source, nil)
	if err != nil {
		t.Fatalf("drawn pattern is refused: %v", err)
	}
	return c
}

// eachText gives all texts of so many words at most.
func eachText(words []string, most int, take func(string) bool) bool {
	texts := []string{"go"}
	for range most + 1 {
		var longer []string
		for _, text := range texts {
			if !take(text) {
				return false
			}
			for _, w := range words {
				longer = append(longer, text+" "+w)
			}
		}
		texts = longer
	}
	return true
}

// Where trying all short texts finds one that both take, the walk finds one that is
// no longer; and what it finds both take.
func TestOverlapAgreesWithTrying(t *testing.T) {
	tried := []string{"a", "b", "1", "c", "'b'", "--p", "--q", "--q=1", "-r", "--"}
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawOverlapping(t), drawOverlapping(t)
		steps := math.MaxInt
		example, found := Overlap(a, b, &steps)
		if found && !bothTake(a, b, example) {
			t.Fatalf("%s and %s do not both take %q", a.Usage(), b.Usage(), example)
		}
		most := 3
		if found {
			most = min(most, len(Tokenize(example).words)-2)
		}
		eachText(tried, most, func(text string) bool {
			if bothTake(a, b, text) {
				t.Fatalf("%s and %s both take %q; the walk found %q, %v", a.Usage(), b.Usage(), text, example, found)
			}
			return true
		})
	})
}

// The work of a walk is bounded: what is not found within its steps is not found.
func TestOverlapGivesUp(t *testing.T) {
	a, err := Compile("go "+strings.Repeat("[(a {x}|b)] ", 1)+strings.Repeat("[(a|b)] ", 30)+"end", nil)
	if err != nil {
		t.Fatal(err)
	}
	b, err := Compile("go "+strings.Repeat("a b ", 15)+"{n:integer} end", nil)
	if err != nil {
		t.Fatal(err)
	}
	steps := 1000
	if text, found := Overlap(a, b, &steps); found || steps > 0 {
		t.Errorf("found %q with %d steps left", text, steps)
	}
}

// Whatever two patterns say, what is found both take, either way round, and a command
// that takes all of another's texts takes that one.
func FuzzOverlap(f *testing.F) {
	for _, seed := range [][2]string{
		{"deploy {app} [to {env:a|b}]", "deploy {rest...}"}, {"go [--n={n:integer}] {x*}", "go {t:time} [--n]"},
		{"set {v...:json}", "set {u:url}"}, {"a (b|c {d:duration})", "{x} {y} [{z=1}]"}, {"up {f:file}", "up [{f*:file}]"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, one, two string) {
		a, err := Compile(one, nil)
		if err != nil {
			return
		}
		b, err := Compile(two, nil)
		if err != nil {
			return
		}
		const most = 5_000
		steps := most
		text, found := Overlap(a, b, &steps)
		if !found {
			return
		}
		if !bothTake(a, b, text) {
			t.Fatalf("%q and %q do not both take %q", one, two, text)
		}
		again := most
		if other, found := Overlap(b, a, &again); found && len(Tokenize(other).words) != len(Tokenize(text).words) {
			t.Fatalf("%q and %q: %q, the other way round %q", one, two, text, other)
		}
		steps = most
		_, fit, _ := a.Match(Tokenize(text).WithFiles(1))
		if _, narrow, _ := b.Match(Tokenize(text).WithFiles(1)); a.Covers(b, &steps) && narrow == Yes && fit != Yes {
			t.Fatalf("%q covers %q and does not take %q", one, two, text)
		}
	})
}

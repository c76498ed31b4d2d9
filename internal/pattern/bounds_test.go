package pattern

import (
	"fmt"
	"regexp/syntax"
	"strings"
	"testing"
)

// The patterns on which a backtracking matcher needs exponential time.
func pathological() map[string]string {
	optionals, lists, nested := "x", "x", "end"
	for i := range 60 {
		optionals += fmt.Sprintf(" [{a%d}]", i)
	}
	for i := range 40 {
		lists += fmt.Sprintf(" {a%d*}", i)
	}
	for i := range 16 {
		nested = fmt.Sprintf("[{a%d} %s]", i, nested)
	}
	choices := "x"
	for i := range 20 {
		choices += fmt.Sprintf(" (a {a%d}|a a|{b%d*})", i, i)
	}
	return map[string]string{
		"optionals": optionals + " end",
		"lists":     lists + " end",
		"nested":    "x " + nested,
		"choices":   choices + " end",
		"flags":     "x [--f] [--g={g}] {a*} {b*} end",
	}
}

func TestStepsAreBounded(t *testing.T) {
	texts := map[string]string{
		"words":      "x " + strings.Repeat("a ", 32*1024),
		"few words":  "x " + strings.Repeat("a ", 200),
		"integers":   "x " + strings.Repeat("1 ", 500),
		"flags":      "x " + strings.Repeat("--f --g a ", 6000),
		"one word":   "x " + strings.Repeat("a", 64*1024),
		"quotes":     "x " + strings.Repeat(`" `, 32*1024),
		"open quote": "x " + strings.Repeat(`"a `, 20*1024),
	}
	for name, source := range pathological() {
		c, err := Compile(source, nil)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for what, text := range texts {
			in := Tokenize(text)
			_, _, _, steps := c.match(in)
			if bound := len(c.program) * (in.Len() + 1); steps > bound {
				t.Errorf("%s on %s: %d steps, at most %d are allowed", name, what, steps, bound)
			}
		}
	}
}

// A part of a message is converted once for all arguments of a kind, on whatever
// way it is reached: a pattern that goes everywhere would take seconds otherwise.
func TestConversionsAreBounded(t *testing.T) {
	for kind, typed := range map[string]string{
		"time": "9am", "duration": "5 m", "integer": "7", "json": "[1]", "url": "http://a", "regex": `(?:a|b){2,3}`, "flag": "on",
	} {
		source, rest := "x [--f={f:"+kind+"}]", "(z"
		for i := range 50 {
			source += fmt.Sprintf(" {a%d*:%s}", i, kind)
		}
		if kind == "json" || kind == "url" || kind == "regex" {
			rest = fmt.Sprintf("(y|{b...:%s}|[{c*:%s}] {d...:%s})", kind, kind, kind)
		}
		c, err := Compile(source+strings.TrimSuffix(" "+rest, " (z"), nil)
		if err != nil {
			t.Fatal(err)
		}
		in := Tokenize("x " + strings.Repeat(typed+" ", 300) + "--f=" + typed + strings.Repeat(" "+typed, 200) + " (")
		m := newMatcher(c, in)
		if _, verdict, _ := m.match(); verdict != Near {
			t.Errorf("%s: verdict %d", kind, verdict)
		}
		if most := (maxWhenWords + 2) * in.Len(); m.converted > most || m.converted == 0 || m.steps < 10*in.Len() {
			t.Errorf("%s: %d conversions in %d steps, at most %d are allowed", kind, m.converted, m.steps, most)
		}
	}
}

// To find the value of a choice takes as much of 256 as of two.
func TestChoicesAreLookedUp(t *testing.T) {
	allocated := func(n int) float64 {
		choices := make([]string, n)
		for i := range choices {
			choices[i] = fmt.Sprintf("Value %d", i)
		}
		c, err := Compile("x {a*}", []Spec{{Name: "a", Choices: choices}})
		if err != nil {
			t.Fatal(err)
		}
		in := Tokenize("x " + strings.Repeat(`"VALUE 1" `, 50))
		return testing.AllocsPerRun(5, func() { c.Match(in) })
	}
	if two, many := allocated(2), allocated(256); many > two {
		t.Errorf("a match allocates %v times with two choices, %v with 256", two, many)
	}
}

// A message about something else costs one comparison, however long it is.
func TestOtherLiteralsCostNothing(t *testing.T) {
	for name, source := range pathological() {
		c, err := Compile(source, nil)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if _, verdict, _, steps := c.match(Tokenize("y " + strings.Repeat("a ", 1000))); verdict != No || steps != 0 {
			t.Errorf("%s: verdict %d after %d steps", name, verdict, steps)
		}
	}
}

// A command without lists never looks further than its own length.
func TestLongMessagesCostShortCommandsLittle(t *testing.T) {
	c, err := Compile("deploy {app} [to {env}]", nil)
	if err != nil {
		t.Fatal(err)
	}
	_, verdict, problem, steps := c.match(Tokenize("deploy " + strings.Repeat("web ", 1000)))
	if bound := len(c.program) * (c.reach() + 1); verdict != Near || steps > bound {
		t.Errorf("verdict %d, %v, after %d steps of at most %d", verdict, problem, steps, bound)
	}
}

func TestWordsAreBounded(t *testing.T) {
	text := "echo " + strings.Repeat("a ", 32*1024)
	in := Tokenize(text)
	if in.Len() != MaxWords || !in.more {
		t.Fatalf("%d words, more: %v", in.Len(), in.more)
	}
	echo, err := Compile("echo {text...}", nil)
	if err != nil {
		t.Fatal(err)
	}
	args, verdict, _ := echo.Match(in)
	if want := strings.TrimSpace(text[len("echo "):]); verdict != Yes || args[0].Text != want {
		t.Errorf("the rest of a long message is cut")
	}
	for _, source := range []string{"echo {words*}", "echo {words*} end"} {
		c, err := Compile(source, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, verdict, problem := c.Match(in); verdict != Near || problem.Kind != ProblemTooManyWords {
			t.Errorf("%s: verdict %d, problem %v", source, verdict, problem)
		}
	}
}

// Once a quote is known to be closed nowhere, it is not searched for again.
func TestOpenQuotesAreSearchedOnce(t *testing.T) {
	s := quoteScanner{text: strings.Repeat(`"a 'b `, 100)}
	for at := 0; at < len(s.text); at += 3 {
		if _, ok := s.quoted(at); ok {
			t.Fatalf("a quote at %d closes", at)
		}
		if !s.dry[0] || at > 0 && !s.dry[1] {
			t.Fatalf("at %d: %v", at, s.dry)
		}
	}
}

func TestProgramIsBounded(t *testing.T) {
	_, err := Compile("x "+strings.Repeat("[a] ", 250), nil)
	if err == nil || !strings.Contains(err.Error(), "parts") {
		t.Errorf("500 parts are taken: %v", err)
	}
}

// The written cost bounds the program of the engine.
func TestRegexpCostBoundsTheProgram(t *testing.T) {
	for _, source := range []string{
		"a{1000}", "(?:.{0,400}){0,1}x", "(?i)(?:[a-zé]{1,100}){2,3}", "(?:(a)|b|){0,50}(?:){100}",
		`(?i)(?:[\w-]+\W*?){90}`, "((((a*)*)*)*)*", "(?:a|b|c|d){0,80}",
	} {
		re, err := CompileRegexp(source)
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		checkProgram(t, re)
	}
}

func checkProgram(t testing.TB, re *Regexp) {
	t.Helper()
	tree, err := re.Syntax()
	if err != nil {
		t.Fatal(err)
	}
	program, err := syntax.Compile(tree.Simplify())
	if err != nil {
		t.Fatal(err)
	}
	if re.cost > MaxRegexpCost || len(program.Inst) > re.cost+4 {
		t.Errorf("%s costs %d and has %d instructions", re, re.cost, len(program.Inst))
	}
}

// TestRegexpTextIsCut (OCO-GRM-9).
func TestRegexpTextIsCut(t *testing.T) {
	re, err := CompileRegexp(`(?s)^.*$`)
	if err != nil {
		t.Fatal(err)
	}
	groups, ok := re.Match(strings.Repeat("x", MaxRegexpText-1) + "é" + "tail")
	if !ok || groups[0].End != MaxRegexpText-1 {
		t.Errorf("matched %v up to %d", ok, groups[0].End)
	}
	groups, ok = re.Match(strings.Repeat("x", MaxRegexpText))
	if !ok || groups[0].End != MaxRegexpText {
		t.Errorf("matched %v up to %d", ok, groups[0].End)
	}
}

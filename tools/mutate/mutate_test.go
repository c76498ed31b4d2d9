package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openchatops/oco/tools/explained"
)

// tree writes files, by name, into a directory.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const code = `package p

import "time"

const Limit = 2 * 3

const unit = 1 << bits - 1

const bits = 4

type T struct{ n, size int; by map[string]int }

func (t *T) Grow(by int) { t.n++; t.size += by }

func Span(n int) time.Duration { return time.Duration(n) * 2 * time.Second }

func Max(a, b int) int {
	if a > b {
		return a
	}
	return b
}

func Word(s string, ok bool) string {
	switch {
	case s == "" && ok:
		return "a" + "b"
	case ok ||
		s == "x":
		s += "!"
	}
	return s
}

func Find(all []int, one int) int {
	for i, n := range all {
		if n != one {
			continue
		}
		return i - 0
	}
	return -1
}

func Halve(n int) int {
	for {
		if n < 100 {
			return n & 0xff
		}
		n /= 2
		continue
	}
}

func Uncalled(n uint8) uint8 { return n << 1 }
`

const tests = `package p

import (
	"testing"
	"time"
)

func Test(t *testing.T) {
	x := &T{}
	x.Grow(2)
	x.Grow(3)
	if *&x.n != 2 || x.size != 5 || Span(3) != 6*time.Second || Max(1, 2) != 2 || Max(2, 1) != 2 {
		t.Error()
	}
	for _, c := range []struct{ s string; ok bool; want string }{{"", true, "ab"}, {"y", true, "y!"}, {"x", false, "x!"}, {"", false, ""}, {"z", false, "z"}} {
		if got := Word(c.s, c.ok); got != c.want {
			t.Error(c, got)
		}
	}
	if Find([]int{1, 2}, 2) != 1 || Find(nil, 1) != -1 {
		t.Error()
	}
}

func TestLong(t *testing.T) {
	if !testing.Short() && Halve(404) != 50 {
		t.Error()
	}
}
`

func TestEveryMutantHasItsFate(t *testing.T) {
	root := tree(t, map[string]string{"go.mod": "module m\n\ngo 1.26\n", "p/p.go": code, "p/p_test.go": tests})
	scratch := t.TempDir()
	p, err := compile(root, "p", scratch, regexp.MustCompile(""))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]fate{}
	err = p.fates(t.Context(), scratch, 2, false, func(m *mutant, f fate) { got[strings.TrimPrefix(m.key(), "p/p.go ")] = f })
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]fate{
		"T.Grow: t.n++: ++ becomes --":                          killed,
		"T.Grow: t.size += by: += becomes -=":                   killed,
		"T.Grow: t.size += by: += becomes =":                    killed,
		"Span: time.Duration(n) * 2 * time.Second: * becomes /": killed,
		"Span: time.Duration(n) * 2: * becomes /":               killed,
		"Max: a > b: > becomes <=":                              killed,
		"Max: a > b: > becomes >=":                              survived,
		`Word: s == "" && ok: && becomes ||`:                    killed,
		`Word: s == "": == becomes !=`:                          killed,
		`Word: ok || s == "x": || becomes &&`:                   killed,
		`Word: s == "x": == becomes !=`:                         killed,
		`Word: s += "!": += becomes =`:                          killed,
		"Find: n != one: != becomes ==":                         killed,
		"Find: continue: continue becomes break":                killed,
		"Find: i - 0: - becomes +":                              survived,
		"Find: -1: - becomes +":                                 killed,
		"Halve: n < 100: < becomes >=":                          killed,
		"Halve: n < 100: < becomes <=":                          survived,
		"Halve: n & 0xff: & becomes |":                          killed,
		"Halve: n /= 2: /= becomes *=":                          killed,
		"Halve: n /= 2: /= becomes =":                           killed,
		"Uncalled: n << 1: << becomes >>":                       notReached,
	}
	for key, f := range want {
		if g, ok := got[key]; !ok || g != f {
			t.Errorf("%s: %s (there: %t), want %s", key, names[g], ok, names[f])
		}
	}
	for key, f := range got {
		if _, ok := want[key]; !ok {
			t.Errorf("%s (%s) is not wanted", key, names[f])
		}
	}
	if p.unviable != 1 { // what comes behind a loop that can be left is missing
		t.Errorf("%d did not compile, want 1", p.unviable)
	}
}

func TestTestsThatFailAnywayProveNothing(t *testing.T) {
	root := tree(t, map[string]string{"go.mod": "module m\n\ngo 1.26\n", "p/p.go": "package p\n\nfunc Less(a, b int) bool { return a < b }\n", "p/p_test.go": "package p\n\nimport \"testing\"\n\nfunc TestBad(t *testing.T) { t.Fatal(\"bad\") }\n"})
	scratch := t.TempDir()
	p, err := compile(root, "p", scratch, regexp.MustCompile(""))
	if err != nil {
		t.Fatal(err)
	}
	err = p.fates(t.Context(), scratch, 1, true, func(*mutant, fate) { t.Error("a mutant was tried") })
	if err == nil || !strings.Contains(err.Error(), "TestBad of p fails without a mutant") {
		t.Errorf("%v", err)
	}
}

func TestAMutantThatDoesNotEndIsHung(t *testing.T) {
	root := tree(t, map[string]string{
		"go.mod": "module m\n\ngo 1.26\n", "p/p.go": "package p\n\nfunc Wait(done bool) {\n\tfor done != true {\n\t}\n}\n",
		"p/p_test.go": "package p\n\nimport \"testing\"\n\nfunc Test(t *testing.T) { Wait(true) }\n",
	})
	scratch := t.TempDir()
	p, err := compile(root, "p", scratch, regexp.MustCompile(""))
	if err != nil {
		t.Fatal(err)
	}
	p.grace = 0
	var fates []fate
	if err := p.fates(t.Context(), scratch, 1, true, func(_ *mutant, f fate) { fates = append(fates, f) }); err != nil || !slices.Equal(fates, []fate{hung}) {
		t.Errorf("%v, %v; want it to hang", fates, err)
	}
}

func TestTheReportCountsEquivalentsAndFindsStaleLines(t *testing.T) {
	of := func(expr string) *mutant {
		return &mutant{file: "p/p.go", function: "F", expr: expr, from: "<", to: "<="}
	}
	var out bytes.Buffer
	r := report{
		program: &program{path: "p", mutants: make([]*mutant, 5)}, out: &out, whole: true, began: time.Now(), count: map[fate]int{}, listed: map[string]bool{},
		equivalent: &explained.List{File: "list", Why: map[string]string{
			of("a").key(): "", of("b").key(): "", of("gone").key(): "", "q/q.go F: of another package": "",
		}},
	}
	for expr, f := range map[string]fate{"a": survived, "b": killed, "c": killed, "d": survived, "e": hung} {
		r.tell(of(expr), f)
	}
	if percent := r.sum(); percent != 50 || r.known != 1 || r.stale != 2 {
		t.Errorf("%.0f %% killed, %d known, %d stale; want 50, 1, 2", percent, r.known, r.stale)
	}
	var lines []string
	for line := range strings.Lines(out.String()) {
		before, _, _ := strings.Cut(line, ";")
		lines = append(lines, strings.Join(strings.Fields(before), " "))
	}
	slices.Sort(lines)
	want := []string{
		"HUNG 0: p/p.go F: e: < becomes <=",
		"SURVIVED 0: p/p.go F: d: < becomes <=",
		"list lists what is not there, take it out: p/p.go F: gone: < becomes <=",
		"list lists what tests notice, take it out: p/p.go F: b: < becomes <=",
		"p: 50.0 % killed: 5 mutants, 2 killed, 2 survived (1 of them equivalent), 0 not reached, 1 hung (not counted), 0 did not compile",
	}
	if !slices.Equal(lines, want) {
		t.Errorf("it says\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
	}
}

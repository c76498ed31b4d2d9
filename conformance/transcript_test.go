package conformance

import (
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	cases, err := Parse("x.txt", strings.NewReader(`# What it shows.  [OCO-RTE-3] [OCO-RTE-4]
# And more.
alice #ops> oco: hi\nthere
oco   #ops> hi
notice dm> …

# Another.
bob dm~ other
silence
`))
	if err != nil || len(cases) != 2 {
		t.Fatalf("%d cases, %v", len(cases), err)
	}
	first, second := cases[0], cases[1]
	if first.Name() != "x.txt:1 What it shows. And more." || strings.Join(first.Requirements, " ") != "OCO-RTE-3 OCO-RTE-4" || second.Line != 7 {
		t.Errorf("%q %v, line %d", first.Name(), first.Requirements, second.Line)
	}
	want := []step{
		{3, said, "alice", "ops", "oco: hi\nthere"}, {4, heard, "", "ops", "hi"}, {5, notice, "", "dm-alice", "…"},
		{8, edited, "bob", "dm-bob", "other"}, {9, quiet, "", "", ""},
	}
	for i, got := range append(first.steps, second.steps...) {
		if got != want[i] {
			t.Errorf("step %d: %+v, want %+v", i, got, want[i])
		}
	}
}

func TestParseSaysWhatIsWrong(t *testing.T) {
	for text, want := range map[string]string{
		"alice #ops> hi\n":                   "x.txt:1: a case begins with a comment",
		"# a\n\n":                            "x.txt:1: the case shows nothing",
		"# a\nsilence\n# b\n":                "x.txt:3: a comment stands at the beginning",
		"# a\nalice says hi\n":               "x.txt:2: \"alice says hi\" is neither",
		"# a\nAlice #ops> hi\n":              "is neither",
		"# a\noco #ops~ hi\n":                "only people are made to edit",
		"# a\nnotice alice> hi\n":            "is neither",
		"# a\nalice #ops> hi\nsilence now\n": "x.txt:3",
	} {
		if _, err := Parse("x.txt", strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func TestFits(t *testing.T) {
	for _, c := range []struct {
		want, text string
		fits       bool
	}{
		{"hi", "hi", true}, {"hi", "hi ", false}, {"…", "", true}, {"…b…", "abc", true}, {"…b…", "ac", false},
		{"a…c", "abc", true}, {"a…c", "ac", true}, {"a…c", "abcd", false}, {"a…b…b", "ab", false}, {"a…b…b", "abb", true},
	} {
		if got := fits(c.want, c.text); got != c.fits {
			t.Errorf("%q fits %q: %t", c.text, c.want, got)
		}
	}
}

func TestEveryCaseIsReadable(t *testing.T) {
	all, err := HandlerCases()
	if err != nil || len(all) < 20 {
		t.Fatalf("%d cases: %v", len(all), err)
	}
	seen := map[string]bool{}
	for _, c := range all {
		if len(c.Requirements) == 0 {
			t.Errorf("%s: it names no requirement that it shows", c.Name())
		}
		if c.Title == "" || seen[c.Title] {
			t.Errorf("%s: its title is empty, or that of another one", c.Name())
		}
		seen[c.Title] = true
	}
}

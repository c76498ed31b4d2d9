package irc

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rivo/uniseg"
	"pgregory.net/rapid"
)

func TestRepair(t *testing.T) {
	for in, want := range map[string]string{
		"plain":             "plain",
		"Zürich":            "Zürich",
		"Z\xfcrich":         "Zürich",
		"5 \x80 \x96 \x93x": "5 € – “x",
		"a\x81b":            "a\ufffdb",
		"é \xe9 日":          "é é 日",
		"\xe2\x82":          "â‚",
	} {
		if got := repair(in); got != want {
			t.Errorf("%q is repaired to %q, want %q", in, got, want)
		}
	}
}

func TestPlain(t *testing.T) {
	for in, want := range map[string]string{
		"a\tb":                                "a\tb",
		"\x02bold\x02 \x1ditalic\x0f":         "bold italic",
		"\x0304,12red\x03 \x033x \x03,5 \x03": "red x ,5 ",
		"\x0312345":                           "345",
		"\x031,x":                             ",x",
		"\x04ff0000,00FF00hex\x04 \x04ff00":   "hex ff00",
		"\x1b]0;title\x07\x00\x7f\u009b31m":   "]0;title31m",
	} {
		if got := plain(in); got != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
	}
}

func TestCTCP(t *testing.T) {
	for in, want := range map[string][2]string{
		"\x01ACTION waves\x01": {"ACTION", "waves"},
		"\x01action waves":     {"ACTION", "waves"},
		"\x01VERSION\x01":      {"VERSION", ""},
		"\x01":                 {"", ""},
	} {
		command, rest, ok := ctcp(in)
		if !ok || command != want[0] || rest != want[1] {
			t.Errorf("%q: %q, %q, %v", in, command, rest, ok)
		}
	}
	for _, in := range []string{"", "hello", "a\x01ACTION\x01"} {
		if _, _, ok := ctcp(in); ok {
			t.Errorf("%q is CTCP", in)
		}
	}
}

func TestLines(t *testing.T) {
	for name, test := range map[string]struct {
		text  string
		limit int
		want  []string
	}{
		"one":              {"hello", 10, []string{"hello"}},
		"several":          {"a\r\nb\rc\nd\u2028e", 10, []string{"a", "b", "c", "d", "e"}},
		"empty are left":   {"\n a \n\n \nb\n", 10, []string{" a", "b"}},
		"at a space":       {"one two three", 8, []string{"one two", "three"}},
		"space at the end": {"one two ", 7, []string{"one two"}},
		"space just after": {"one two three", 7, []string{"one two", "three"}},
		"no good space":    {"a bcdefghijk", 6, []string{"a bcde", "fghijk"}},
		"no space":         {"abcdefgh", 3, []string{"abc", "def", "gh"}},
		"no broken rune":   {"ééé", 5, []string{"éé", "é"}},
		"combining":        {"xe\u0301e\u0301", 4, []string{"xe\u0301", "e\u0301"}},
		"a family":         {"ab👩‍👩‍👧", 19, []string{"ab", "👩‍👩‍👧"}},
		"a flag":           {"a🇩🇪🇫🇷", 12, []string{"a🇩🇪", "🇫🇷"}},
		"too long a one":   {"e" + strings.Repeat("\u0301", 4), 4, []string{"e\u0301", "\u0301\u0301", "\u0301"}},
		"controls":         {"a\x00b\x01c\x1b[1m\x02d\x07", 20, []string{"abc[1m\x02d"}},
		"nothing":          {" \n\t\n\x00", 20, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got := lines(test.text, test.limit, 100)
			if strings.Join(got, "|") != strings.Join(test.want, "|") {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
	got := lines(strings.Repeat("x\n", 50), 20, 4)
	if len(got) != 4 || got[2] != "x" || got[3] != "(47 more lines are left out)" {
		t.Errorf("of fifty lines remain %q", got)
	}
	if got := lines("a\nb\nc", 20, 3); len(got) != 3 || got[2] != "c" {
		t.Errorf("of three lines remain %q", got)
	}
}

func TestLinesKeepWhatWasSaid(t *testing.T) {
	letters := rapid.StringOf(rapid.SampledFrom([]rune("ab é\u0301日👩\u200d👧🇩🇪\u0e01\u0e33\t\x00\r\n\x01\x02")))
	rapid.Check(t, func(t *rapid.T) {
		text := letters.Draw(t, "text")
		limit := rapid.IntRange(4, 60).Draw(t, "limit")
		got := lines(text, limit, 1<<20)
		// A text of many lines is looked at as one; lines only ever drop spaces.
		bare := func(s string) string { return strings.Join(strings.Fields(s), "") }
		if a, b := bare(sayable(lineEnds.Replace(text))), bare(strings.Join(got, "")); strings.ReplaceAll(a, "\n", "") != b {
			t.Fatalf("%q became %q", text, got)
		}
		for _, line := range got {
			if line == "" || len(line) > limit || !utf8.ValidString(line) || strings.ContainsAny(line, "\r\n\x00\x01") {
				t.Fatalf("%q cannot be posted", line)
			}
		}
		for _, whole := range wrapped(text, limit) {
			checkBreaks(t, whole.line, whole.parts, limit)
		}
	})
}

// A character may be as long as the text, and looking at it once a line would
// take minutes.
func TestOneEndlessCharacter(t *testing.T) {
	text := "e" + strings.Repeat("\u0301", 32<<10-1)
	got := lines(text, 100, 1<<20)
	if strings.Join(got, "") != text || len(got) != 656 {
		t.Errorf("%d lines", len(got))
	}
	if n := testing.AllocsPerRun(1, func() { room(text, 100) }); n > 10 {
		t.Errorf("a look at one line allocates %v times", n)
	}
}

type wrapping struct {
	line  string
	parts []string
}

func wrapped(text string, limit int) (all []wrapping) {
	for line := range strings.SplitSeq(lineEnds.Replace(text), "\n") {
		line = sayable(line)
		all = append(all, wrapping{line, wrap(line, limit)})
	}
	return all
}

// checkBreaks says whether every part begins where a character does, unless it
// is in one that is too long for a line.
func checkBreaks(t *rapid.T, line string, parts []string, limit int) {
	starts, long := map[int]bool{}, map[int]bool{}
	at := 0
	for g := uniseg.NewGraphemes(line); g.Next(); {
		starts[at] = true
		for i := range len(g.Str()) {
			long[at+i] = len(g.Str()) > limit
		}
		at += len(g.Str())
	}
	pos := 0
	for _, part := range parts {
		i := strings.Index(line[pos:], part)
		if i < 0 {
			t.Fatalf("%q is no part of %q", part, line)
		}
		pos += i
		// A combining mark after a space makes one character with it.
		if afterSpace := pos > 0 && line[pos-1] == ' '; !starts[pos] && !long[pos] && !afterSpace {
			t.Fatalf("%q of %q begins within a character", part, line)
		}
		pos += len(part)
	}
}

func FuzzWhatIsSaid(f *testing.F) {
	for _, seed := range []string{"hello\r\nQUIT", "\x01VERSION\x01", "\xff\xfe\x80", strings.Repeat("\u0301", 600)} {
		f.Add(seed, 64)
	}
	f.Fuzz(func(t *testing.T, text string, limit int) {
		limit = max(limit%500, shortestText)
		for _, line := range lines(text, limit, 20) {
			m := message{command: "PRIVMSG", params: []string{"#ops", line}}
			out, err := m.encode()
			if err != nil || len(line) > limit || !utf8.ValidString(out) || strings.ContainsAny(out, "\r\n\x00\x01") {
				t.Errorf("%q would be posted as %q, error %v", line, out, err)
			}
		}
		in := plain(repair(text))
		if !utf8.ValidString(in) || strings.IndexFunc(in, control) >= 0 {
			t.Errorf("%q is read as %q", text, in)
		}
	})
}

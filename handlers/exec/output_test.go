package exec

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestWhatIsPrintedIsHarmless(t *testing.T) {
	for name, c := range map[string]struct{ raw, want string }{
		"plain":                  {"a\tb\nc ä €\n", "a\tb\nc ä €\n"},
		"colours":                {"\x1b[1;31mred\x1b[0m \x1b[Kx", "red x"},
		"a title":                {"\x1b]0;owned\x07a\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "alink"},
		"a title without an end": {"a\x1b]0;owned\nb", "a\nb"},
		"other strings":          {"\x1bPq#0\x1b\\a\x1b^x\x1b\\b\x1b_y\x07c\x1bXz\x1b\\d", "abcd"},
		"eight bits":             {"\u009b31mred\u009d0;t\u009cx\u0090y\u009cz", "redxz"},
		"short ones":             {"\x1bca\x1b(Bb\x1b7c\x1b=d\x1b", "abcd"},
		"one that is cut":        {"a\x1b[31", "a"},
		"an escape in one":       {"\x1b[\x1b[31mb", "b"},
		"written over":           {"10%\r50%\r100%\nnext\r\n", "100%\nnext\n"},
		"bells and backspaces":   {"a\x07\x08\x00b\x7f\x0b\x0cc", "abc"},
		"no UTF-8":               {"a\xff\xfeb\xc3", "a\uFFFDb\uFFFD"},
		"reordering":             {"a\u202eb\u2066c", `a\u{202E}b\u{2066}c`},
		"bare C1 bytes":          {"a\x9b31mb", "a\uFFFD31mb"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := strings.Join(clean([]byte(c.raw)), "\n"); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// Whatever is printed, nothing of it can speak to a terminal.
func FuzzClean(f *testing.F) {
	f.Add([]byte("\x1b]0;a\x07\u009b1m\x1b[\x1b\xff\r\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, line := range clean(raw) {
			if !utf8.ValidString(line) || strings.ContainsFunc(line, func(r rune) bool { return r != printable(r) || r == '\n' }) {
				t.Errorf("%q is cleaned to %q", raw, line)
			}
		}
	})
}

func printed(texts ...string) *output {
	o := &output{}
	for _, text := range texts {
		_, _ = o.Write([]byte(text))
	}
	return o
}

func numbered(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%d\n", i+1)
	}
	return b.String()
}

func TestOutputIsCutInItsMiddle(t *testing.T) {
	long := strings.Repeat("ä", 1000)
	for name, c := range map[string]struct {
		o           *output
		bytes, most int
		want        string
	}{
		"nothing":           {printed(), 1000, 10, ""},
		"empty lines":       {printed("\n \n", "\n"), 1000, 10, ""},
		"all of it":         {printed("a\n", "\nb\n\n"), 1000, 10, "a\n\nb"},
		"too many lines":    {printed(numbered(100)), 1000, 4, "1\n2\n[… 96 lines left out …]\n99\n100"},
		"an odd number":     {printed(numbered(10)), 1000, 3, "1\n[… 7 lines left out …]\n9\n10"},
		"one":               {printed(numbered(3)), 1000, 2, "1\n[… 1 line left out …]\n3"},
		"one line":          {printed(numbered(3)), 1000, 1, "[… 2 lines left out …]\n3"},
		"too many bytes":    {printed(numbered(1000)), 84, 1000, "1\n2\n3\n4\n5\n[… 993 lines left out …]\n999\n1000"},
		"a long line":       {printed(long), 264, 10, strings.Repeat("ä", 48) + "…"},
		"one at the end":    {printed("a\n", long), 264, 10, "a\n…" + strings.Repeat("ä", 97)},
		"one in the middle": {printed("a\n", long, "\nb\n"), 264, 10, "a\n[… 1 line left out …]\nb"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := c.o.text(c.bytes, c.most); got != c.want || len(got) > c.bytes {
				t.Errorf("%d bytes, got\n%s\nwant\n%s", len(got), got, c.want)
			}
		})
	}
}

// What is beyond all bounds is dropped while it is printed, and counted.
func TestAFloodIsBounded(t *testing.T) {
	o := &output{}
	line := []byte(strings.Repeat("y", 99) + "\n")
	_, _ = o.Write([]byte("first\n"))
	for range 100_000 {
		_, _ = o.Write(line)
	}
	_, _ = o.Write([]byte("last\n"))
	if len(o.head) > kept || cap(o.tail) > 8*kept {
		t.Errorf("%d and %d bytes are kept", len(o.head), cap(o.tail))
	}
	if got, want := o.text(16384, 4), "first\n"+strings.Repeat("y", 99)+"\n[… 99998 lines left out …]\n"+strings.Repeat("y", 99)+"\nlast"; got != want {
		t.Errorf("got\n%s", got)
	}
	if got := o.last(1000, 2); got != strings.Repeat("y", 99)+"\nlast" {
		t.Errorf("last: %s", got)
	}
	if o.size() != 6+10_000_000+5 {
		t.Error(o.size())
	}
}

func TestABlockCannotBeClosed(t *testing.T) {
	if got := block("a"); got != "```\na\n```" {
		t.Error(got)
	}
	if got := block("a\n````\n@everyone"); !strings.HasPrefix(got, "`````\na\n") || !strings.HasSuffix(got, "\n`````") {
		t.Error(got)
	}
}

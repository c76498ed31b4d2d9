package terminal

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// shown is a buffer with a mark where the cursor is.
func (b buffer) shown() string { return b.text[:b.at] + "|" + b.text[b.at:] }

func bufferOf(shown string) buffer {
	before, after, _ := strings.Cut(shown, "|")
	return buffer{before + after, len(before)}
}

func TestKeysInALine(t *testing.T) {
	const family, flag, accent = "👩‍👩‍👧", "🇩🇪", "e\u0301"
	for _, test := range []struct{ from, key, want string }{
		{"a|b", "x", "ax|b"}, {"a|b", "漢", "a漢|b"}, {"e|b", "\u0301", accent + "|b"}, {"a|b", "\x00", "a|b"},
		{"a漢|b", "\x1b[D", "a|漢b"}, {"|ab", "\x02", "|ab"}, {"a|漢b", "\x1b[C", "a漢|b"}, {"ab|", "\x06", "ab|"},
		{"a" + family + "|b", "\x7f", "a|b"}, {flag + flag + "|", "\x7f", flag + "|"}, {accent + "|x", "\x08", "|x"}, {"|x", "\x7f", "|x"},
		{"a|" + family + "b", "\x1b[3~", "a|b"}, {"|" + accent + "b", "\x1b[3~", "|b"}, {"ab|", "\x1b[3~", "ab|"},
		{"a b|c", "\x01", "|a bc"}, {"a|b c", "\x05", "ab c|"}, {"a|b", "\x1b[H", "|ab"}, {"a|b", "\x1b[F", "ab|"},
		{"one two  thr|ee", "\x17", "one two  |ee"}, {"one two  |x", "\x17", "one |x"}, {"|x", "\x17", "|x"}, {"漢字|", "\x17", "|"},
		{"one two  |x", "\x1b[1;3D", "one |two  x"}, {"o|ne  two x", "\x1b[1;3C", "one  |two x"}, {"o|ne", "\x1b[1;3C", "one|"}, {"one|  ", "\x1b[1;3C", "one  |"},
		{"ab|cd", "\x15", "|cd"}, {"ab|cd", "\x0b", "ab|"},
		{"a漢|b", "\x14", "ab漢|"}, {"a漢|", "\x14", "漢a|"}, {"|ab", "\x14", "|ab"}, {"a|", "\x14", "a|"}, {"|", "\x14", "|"},
	} {
		b := bufferOf(test.from)
		b.press(test.key)
		if b.shown() != test.want {
			t.Errorf("%q in %q gives %q, want %q", test.key, test.from, b.shown(), test.want)
		}
	}
}

func TestRowsOfALine(t *testing.T) {
	for _, test := range []struct {
		prompt, painted, text string
		width                 int
		want                  string // rows with / between; a mark where the cursor is
	}{
		{"> ", "", "ab|c", 10, "> ab|c"},
		{"> ", "", "abcd|", 6, "> abcd/|"}, // where the next character will be
		{"> ", "", "abcde|f", 6, "> abcd/e|f"},
		{"> ", "", "漢字|", 5, "> 漢/字|"},
		{"> ", "", "漢|字", 5, "> 漢/|字"}, // it does not fit into what is left
		{"> ", "", "|漢字漢", 6, "> |漢字/漢"},
		{"> ", "", "e\u0301👩‍👩‍👧|", 5, "> e\u0301👩‍👩‍👧/|"},
		{"> ", "\x1b[1m> \x1b[0m", "a|", 10, "\x1b[1m> \x1b[0ma|"},
		{"> ", "\x1b[1m> \x1b[0m", "a|", 2, "> /a|"}, // no codes in what is broken
		{"漢 > ", "", "|", 4, "漢 >/ |"},
		{"> ", "", "漢|", 1, ">/ /漢/|"}, // nothing is left out
	} {
		l := layOut(test.prompt, test.painted, bufferOf(test.text), test.width)
		plain, at := l.rows[l.row], len(l.rows[l.row])
		// The cursor's place in the row, in bytes, by taking columns off the end.
		for at > 0 && columnsOf(plain[:at]) > l.col {
			_, size := utf8.DecodeLastRuneInString(plain[:at])
			at -= size
		}
		l.rows[l.row] = plain[:at] + "|" + plain[at:]
		if got := strings.Join(l.rows, "/"); got != test.want {
			t.Errorf("%q and %q in %d columns are %q, want %q", test.prompt, test.text, test.width, got, test.want)
		}
	}
}

// columnsOf is how many columns a text takes without its codes.
func columnsOf(text string) int {
	for {
		before, after, found := strings.Cut(text, "\x1b[")
		if !found {
			l := layOut("", "", buffer{text, len(text)}, 1000)
			return l.col
		}
		_, after, _ = strings.Cut(after, "m")
		text = before + after
	}
}

func TestALineHigherThanTheTerminal(t *testing.T) {
	rows := strings.Split("abcdefgh", "")
	for _, test := range []struct {
		row, height int
		want        string
	}{{0, 3, "|abc"}, {1, 3, "a|bc"}, {4, 3, "d|ef"}, {7, 3, "fg|h"}, {7, 8, "abcdefg|h"}, {3, 0, "|d"}} {
		l := layout{rows: rows, row: test.row}.window(test.height)
		got := strings.Join(l.rows[:l.row], "") + "|" + strings.Join(l.rows[l.row:], "")
		if got != test.want {
			t.Errorf("row %d in %d rows: %q, want %q", test.row, test.height, got, test.want)
		}
	}
}

// FuzzLine: whatever is pressed, the cursor is between two characters and no row
// is wider than the terminal.
func FuzzLine(f *testing.F) {
	f.Add("a漢\x7f\x01字", 5)
	f.Add("👩‍👩‍👧\x02\x14🇩🇪e\u0301\x17", 3)
	f.Fuzz(func(t *testing.T, keys string, width int) {
		width = max(width%40, 2)
		var b buffer
		for _, key := range printable(keys) {
			b.press(string(key))
			if b.at < 0 || b.at > len(b.text) || !utf8.ValidString(b.text[:b.at]) || !utf8.ValidString(b.text[b.at:]) {
				t.Fatalf("after %q the line is %q", key, b.shown())
			}
		}
		l := layOut("> ", "", b, width)
		if strings.Join(l.rows, "") != "> "+b.text {
			t.Errorf("%q is shown as %q", b.text, l.rows)
		}
		if l.row < 0 || l.row >= len(l.rows) || l.col < 0 || l.col > width {
			t.Errorf("the cursor is in row %d of %d, column %d of %d", l.row, len(l.rows), l.col, width)
		}
		for _, row := range l.rows {
			if columns := columnsOf(row); columns > width && utf8.RuneCountInString(row) > 1 {
				t.Errorf("%q has %d columns of %d", row, columns, width)
			}
		}
	})
}

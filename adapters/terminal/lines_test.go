package terminal

import (
	"bufio"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"
)

// lines reads everything; with one byte a read, so that no result depends on
// where a read happens to end.
func lines(t *testing.T, in string) (got []line) {
	t.Helper()
	r := lineReader{in: bufio.NewReader(iotest.OneByteReader(strings.NewReader(in)))}
	for {
		l := r.next()
		if l.end != nil {
			if l.end != io.EOF {
				t.Fatal(l.end)
			}
			return got
		}
		got = append(got, l)
	}
}

func TestLines(t *testing.T) {
	full := strings.Repeat("x", maxLine)
	for name, test := range map[string]struct {
		in   string
		want []line
	}{
		"nothing":           {"", nil},
		"no end":            {"a", []line{{number: 1, text: "a"}}},
		"both ends":         {"a\nb\r\nc", []line{{number: 1, text: "a"}, {number: 2, text: "b"}, {number: 3, text: "c"}}},
		"empty are counted": {"\n\na\n \n", []line{{number: 3, text: "a"}}},
		"one return only":   {"a\r\r\n", []line{{number: 1, text: "a\r"}}},
		"spaces stay":       {" a \n", []line{{number: 1, text: " a "}}},
		"broken UTF-8":      {"a\xff\xfeb\n", []line{{number: 1, text: "a\ufffdb"}}},
		"just fits":         {full + "\r\n" + full + "\n" + full, []line{{number: 1, text: full}, {number: 2, text: full}, {number: 3, text: full}}},
		"one too many":      {full + "x\nb\n", []line{{number: 1, tooLong: true}, {number: 2, text: "b"}}},
		"far too many":      {full + full + full + "\nb", []line{{number: 1, tooLong: true}, {number: 2, text: "b"}}},
		"too long at last":  {full + "x", []line{{number: 1, tooLong: true}}},
		"grows by repair":   {full[:maxLine-1] + "\xff\nb", []line{{number: 1, tooLong: true}, {number: 2, text: "b"}}},
	} {
		t.Run(name, func(t *testing.T) {
			got := lines(t, test.in)
			if len(got) != len(test.want) {
				t.Fatalf("%d lines, want %d", len(got), len(test.want))
			}
			for i := range got {
				if got[i] != test.want[i] {
					t.Errorf("line %d is number %d, %d bytes, too long %v; want %d, %d, %v", i,
						got[i].number, len(got[i].text), got[i].tooLong, test.want[i].number, len(test.want[i].text), test.want[i].tooLong)
				}
			}
		})
	}
}

func TestALineThatIsTooLongIsNotDone(t *testing.T) {
	for _, interactive := range []bool{false, true} {
		bubble(t, func(t *testing.T) {
			s := start(t, interactive)
			s.write(strings.Repeat("x", maxLine+1) + "\n")
			err := s.end()
			if interactive == errors.Is(err, ErrNotDone) {
				t.Errorf("interactive %v: Run: %v", interactive, err)
			}
			said := s.err.String()
			if interactive {
				said = s.out.String()
			}
			if !strings.Contains(said, "longer than 64 KiB") {
				t.Errorf("interactive %v: said %q", interactive, said)
			}
			if n := len(s.bot.published()); n != 0 {
				t.Error("it was published")
			}
		})
	}
}

func FuzzLines(f *testing.F) {
	for _, seed := range []string{"", "a\nb", "a\r\n\r\n", "\xff\n", "\x00", strings.Repeat("x", maxLine) + "\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		number := 0
		for _, l := range lines(t, in) {
			switch {
			case l.number <= number:
				t.Errorf("line %d comes after line %d", l.number, number)
			case l.tooLong && l.text != "":
				t.Error("a line that is too long has a text")
			case !l.tooLong && strings.TrimSpace(l.text) == "":
				t.Error("an empty line was not skipped")
			case len(l.text) > maxLine || !utf8.ValidString(l.text) || strings.Contains(l.text, "\n"):
				t.Errorf("%q cannot be a message", l.text)
			}
			number = l.number
		}
		if most := strings.Count(in, "\n") + 1; number > most {
			t.Errorf("line %d of %d", number, most)
		}
	})
}

func FuzzPrintable(f *testing.F) {
	for _, seed := range []string{"plain", "\x1b[31m", "a\r\nb", "\u202e", "\xff", "\u009b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		out := printable(in)
		if strings.IndexFunc(out, unsafe) >= 0 || !utf8.ValidString(out) {
			t.Errorf("%q is not safe", out)
		}
		if again := printable(out); again != out {
			t.Errorf("%q is changed again, to %q", out, again)
		}
	})
}

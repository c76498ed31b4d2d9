package ptytest

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// show writes output one byte after the other: no result depends on where a
// write happens to end.
func show(t *testing.T, s *Screen, output string) {
	t.Helper()
	if _, err := io.Copy(s, iotest.OneByteReader(strings.NewReader(output))); err != nil {
		t.Fatal(err)
	}
}

func TestScreen(t *testing.T) {
	for name, test := range map[string]struct{ output, want string }{
		"nothing":            {"", "█\n"},
		"lines":              {"one\r\ntwo", "one\ntwo█\n"},
		"line feed only":     {"a\nb", "a\n b█\n"},
		"over the same":      {"abc\rX", `X\e[7mb\e[0mc` + "\n"},
		"wraps":              {"0123456789ab", "0123456789\nab█\n"},
		"full line and end":  {"0123456789\r\nab", "0123456789\nab█\n"},
		"back and clear":     {"abcdef\x1b[3D\x1b[K", "abc█\n"},
		"clears below":       {"ab\r\ncd\r\nef\x1b[A\x1b[D\x1b[J", "ab\nc█\n"},
		"clears all":         {"ab\r\ncd\x1b[2J\x1b[Hx", "x█\n"},
		"moves":              {"\x1b[2B\x1b[4Cx\x1b[A\x1b[2Dy", "\n   y█\n    x\n"},
		"colours":            {"\x1b[1;32mgo\x1b[0m \x1b[36mcode\x1b[0m", `\e[1;32mgo\e[0m \e[36mcode\e[0m█` + "\n"},
		"colours add up":     {"\x1b[1m\x1b[36mx", `\e[1;36mx\e[0m█` + "\n"},
		"scrolls":            {"1\r\n2\r\n3\r\n4\r\n5", "1\n2\n3\n4\n5█\n"},
		"characters":         {"é⏎\tx", "é⏎      x█\n"},
		"wide characters":    {"漢字\x1b[2D!", "漢!█\n"},
		"wide at the end":    {"012345678漢", "012345678\n漢█\n"},
		"one of several":     {"e\u0301👩\u200d👧x\x1b[3Cy", "e\u0301👩\u200d👧x   y█\n"},
		"does not go too up": {"\x1b[9Aa\x1b[99D", `\e[7ma\e[0m` + "\n"},
	} {
		t.Run(name, func(t *testing.T) {
			s := NewScreen(10, 3)
			show(t, s, test.output)
			if got := s.Styled(); got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
			if len(s.Strange()) > 0 {
				t.Errorf("strange: %q", s.Strange())
			}
		})
	}
}

func TestWhatIsStrange(t *testing.T) {
	s := NewScreen(10, 3)
	show(t, s, "a\ab\x1b]c\x1b[3Zd\u009be\x1b[?2004h")
	if want := []string{`'\a'`, `"\x1b]"`, `"\x1b[3Z"`, `'\u009b'`}; !slices.Equal(s.Strange(), want) {
		t.Errorf("strange: %q, want %q", s.Strange(), want)
	}
	if s.Text() != "abcde█\n" || !s.Mode("?2004") {
		t.Errorf("screen %q, mode %v", s.Text(), s.Mode("?2004"))
	}
}

func TestResizeKeepsWhatIsShown(t *testing.T) {
	s := NewScreen(10, 3)
	show(t, s, "1\r\n2\r\n\x1b[1m345678\x1b[0m")
	s.Resize(4, 2)
	if got := s.Text(); got != "1\n2\n3456\n" {
		t.Errorf("narrow: %q", got)
	}
	s.Resize(10, 4)
	show(t, s, "\r\nx")
	if got := s.Text(); got != "1\n2\n3456\nx█\n" {
		t.Errorf("wide: %q", got)
	}
}

func TestSeat(t *testing.T) {
	s := Sit(t)
	if _, err := io.WriteString(s.Program, "name? "); err != nil {
		t.Fatal(err)
	}
	s.Await("name? █")
	s.Type("bob\n")
	got := make([]byte, 4)
	if _, err := io.ReadFull(s.Program, got); err != nil || string(got) != "bob\n" {
		t.Errorf("read %q, error %v", got, err)
	}
	s.Await("name? bob\n█") // the system's own echo
	s.HangUp()
	if _, err := s.Program.Read(got); err == nil || errors.Is(err, io.ErrShortBuffer) {
		t.Errorf("read after the end: %v", err)
	}
}

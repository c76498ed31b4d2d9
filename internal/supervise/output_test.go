package supervise

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestOutputIsLoggedByTheLine(t *testing.T) {
	var log bytes.Buffer
	o := &output{log: slog.New(slog.NewTextHandler(&log, nil)), name: "p"}
	long := strings.Repeat("x", 3*maxLine+5)
	o.copyLines("stdout", strings.NewReader("one\r\n\n  \ntwo\x1b[31m\tred\n"+long+"\nlast"))
	for _, want := range []string{`msg=one plugin=p stream=stdout`, `two\\x1b[31m red`, `[cut]`, `msg=last`} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %s:\n%s", want, log.String())
		}
	}
	if n := strings.Count(log.String(), "\n"); n != 4 {
		t.Errorf("%d records for four lines that say something:\n%.2000s", n, log.String())
	}
	if o.lastLine() != "last" {
		t.Errorf("last line: %q", o.lastLine())
	}
	o.line("stderr", []byte(strings.Repeat("ä", 300)), false)
	if got := o.lastLine(); len(got) > 210 || !utf8.ValidString(got) {
		t.Errorf("last line is not cut well: %q", got)
	}
}

func FuzzNeutral(f *testing.F) {
	for _, s := range []string{"", "plain", "\x1b]0;x\x07", "a\u202eb", "\xff\xfe", "tab\there", "ä\u200b", " \n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		got := neutral(line)
		if !utf8.ValidString(got) {
			t.Fatalf("%q is not valid", got)
		}
		if i := strings.IndexFunc(got, func(r rune) bool { return !unicode.IsPrint(r) }); i >= 0 {
			t.Fatalf("%q has something that does not print at %d", got, i)
		}
	})
}

package terminal

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode"
	"unicode/utf8"
)

// pressed is what the editor gets of keys; byte by byte, so that no result
// depends on where a read ends.
func pressed(t *testing.T, keys string) string {
	t.Helper()
	got, err := io.ReadAll(&keyReader{in: iotest.OneByteReader(strings.NewReader(keys)), before: func() {}})
	if err != nil {
		t.Fatal(err)
	}
	return string(got)
}

func TestKeys(t *testing.T) {
	for name, test := range map[string]struct{ keys, want string }{
		"text":                {"ping é\r", "ping é\r"},
		"line feed":           {"a\nb", "a\rb"},
		"controls":            {"\x01\x17\t\x04\x7f", "\x01\x17\t\x04\x7f"},
		"Ctrl-C":              {"a\x03", "a\ue000"},
		"not to be forged":    {"a\ue000b", "ab"},
		"broken UTF-8":        {"a\xffb\ufffdc", "a?b?c"},
		"C1 and directions":   {"a\u009bb\u202ec", "abc"},
		"arrows":              {"\x1b[A\x1bOB\x1b[C\x1bOD", "\x1b[A\x1b[B\x1b[C\x1b[D"},
		"home and end":        {"\x1b[1~\x1b[4~\x1bOH\x1bOF\x1b[7~\x1b[8~", "\x1b[H\x1b[F\x1b[H\x1b[F\x1b[H\x1b[F"},
		"words":               {"\x1bb\x1bf\x1b[1;5D\x1b[1;5C", "\x1b[1;3D\x1b[1;3C\x1b[1;3D\x1b[1;3C"},
		"unknown":             {"\x1b[15~\x1b[<0;1;2M\x1bOPx\x1bzy", "xy"},
		"ESC twice":           {"\x1b\x1b[A", "\x1b[A"},
		"a code without end":  {"\x1b[" + strings.Repeat("1;", 40) + "x", strings.Repeat("1;", 25) + "x"},
		"paste":               {"\x1b[200~a\r\nb\nc\rd\te\x1b[201~\r", "\x1b[200~a⏎b⏎c⏎d⇥e\x1b[201~\r"},
		"codes in a paste":    {"\x1b[200~\x1b[2J\x07\x03\x04\ue000\u202e\x7fok\x1b[201~", "\x1b[200~[2Jok\x1b[201~"},
		"a paste in a paste":  {"\x1b[200~a\x1b[200~b\x1b[201~", "\x1b[200~a[200~b\x1b[201~"},
		"an end without one":  {"\x1b[201~a", "a"},
		"half a code in it":   {"\x1b[200~\x1b[20x\x1b[201~", "\x1b[200~[20x\x1b[201~"},
		"cut off by the end":  {"ab\x1b[", "ab"},
		"half a character":    {"ab\xc3", "ab"},
		"a key after a paste": {"\x1b[200~x\x1b[201~\x1b[A", "\x1b[200~x\x1b[201~\x1b[A"},
	} {
		if got := pressed(t, test.keys); got != test.want {
			t.Errorf("%s: %q gives %q, want %q", name, test.keys, got, test.want)
		}
	}
}

func TestALargePasteIsCutAndSaidToBe(t *testing.T) {
	k := &keyReader{in: strings.NewReader("\x1b[200~" + strings.Repeat("x", 3*maxLine) + "\x1b[201~"), before: func() {}}
	got, err := io.ReadAll(k)
	if err != nil || len(got) > 2*maxLine+20 {
		t.Errorf("%d bytes, error %v", len(got), err)
	}
	if !k.entered() || k.entered() {
		t.Error("the line that was cut is not the only one said to be")
	}
}

func TestTheErrorOfTheTerminalComesAfterItsKeys(t *testing.T) {
	unplugged := errors.New("unplugged")
	k := &keyReader{in: io.MultiReader(strings.NewReader("ab"), iotest.ErrReader(unplugged)), before: func() {}}
	got, err := io.ReadAll(k)
	if string(got) != "ab" || !errors.Is(err, unplugged) {
		t.Errorf("%q, error %v", got, err)
	}
}

// FuzzKeys: whatever is pressed, the editor gets only what it can take.
func FuzzKeys(f *testing.F) {
	for _, seed := range []string{"ping\r", "\x1b[A", "\x1b[200~a\r\nb\x1b[201~", "\xff\x1b", "\x1b[1;5D", "\u009b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, keys string) {
		got := pressed(t, keys)
		for _, code := range known {
			got = strings.ReplaceAll(got, code, "")
		}
		got = strings.ReplaceAll(got, "\x1b"+pasteEnds, "")
		for _, r := range got {
			if r == 0x1b || r == utf8.RuneError || r >= 0x80 && (unicode.IsControl(r) || unsafe(r)) {
				t.Errorf("%q gives %q, with %q", keys, got, r)
			}
		}
	})
}

package cli

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/timeline"
)

func TestPrintable(t *testing.T) {
	for text, want := range map[string]string{
		"":                       "",
		"plain äöü 日本 🚀":         "plain äöü 日本 🚀",
		"a\x1b[31mb":             `a\u{1B}[31mb`,
		"a\nb\tc\rd":             `a\nb\tc\rd`,
		"\x9b2J":                 `\x9B2J`,
		"\u009b2J":               `\u{9B}2J`,
		"\u202etxt.exe":          `\u{202E}txt.exe`,
		"zero\u200bwidth":        `zero\u{200B}width`,
		"fill\u3164er":           `fill\u{3164}er`,
		"tag\U000E0041":          `tag\u{E0041}`,
		"bell\a del\x7f nul\x00": `bell\u{07} del\u{7F} nul\u{00}`,
	} {
		if got := Printable(text); got != want {
			t.Errorf("%q is printed as %q, want %q", text, got, want)
		}
	}
	if got := PrintableLines("a\tb\nc\x1b"); got != "a\tb\nc\\u{1B}" {
		t.Errorf("lines: %q", got)
	}
}

func TestNothingThatATerminalObeysIsPrinted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")) + rapid.String().Draw(t, "text")
		for _, r := range Printable(text) {
			if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
				t.Fatalf("%U is printed", r)
			}
		}
		if once := Printable(text); Printable(once) != once {
			t.Fatal("what is printable changes")
		}
	})
}

func TestSafeJSONMeansTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		document, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		safe := asciiJSON(document)
		var back string
		if err := json.Unmarshal(safe, &back); err != nil || back != text {
			t.Fatalf("%q came back as %q: %v", text, back, err)
		}
		if Printable(string(safe)) != string(safe) {
			t.Fatalf("the terminal would get %q", safe)
		}
	})
}

func TestWordsOfEnums(t *testing.T) {
	for e, want := range map[timeline.Enum]string{
		ocov1.Outcome_OUTCOME_DONE: "done", ocov1.SendState_SEND_STATE_SENT: "sent", ocov1.Role_ROLE_UNSPECIFIED: "", ocov1.Role(99): "(99)",
		ocov1.DeliveryState_DELIVERY_STATE_LEASED: "leased",
	} {
		if got := word(e); got != want {
			t.Errorf("%v is %q, want %q", e, got, want)
		}
		if want == "" || strings.HasPrefix(want, "(") {
			continue
		}
		if n, err := number(e, want); err != nil || n != e.Number() {
			t.Errorf("%s is %d, %v", want, n, err)
		}
	}
}

func TestTablesAreAligned(t *testing.T) {
	table := newTable("A", "EMPTY", "WIDE")
	table.add("x", "", "日本")
	table.add("longer", "", "")
	if got, want := table.render(false), "A       WIDE\nx       日本\nlonger  -\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if got := table.render(true); !strings.HasPrefix(got, "\x1b[1mA       WIDE\x1b[0m\nx ") {
		t.Errorf("colours: %q", got)
	}
}

func TestShellWords(t *testing.T) {
	for text, want := range map[string]string{
		"unix:///a/b.sock": "unix:///a/b.sock", "": "''", "a b": "'a b'", "$(x)": "'$(x)'", "it's": `'it'\''s'`, "a#b": "'a#b'", "a\nb": `'a\nb'`,
	} {
		if got := shellQuote(text); got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
}

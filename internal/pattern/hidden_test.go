package pattern_test

import (
	"os"
	"regexp"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/openchatops/oco/internal/pattern"
)

func TestHidden(t *testing.T) {
	for text, want := range map[string]string{
		"approve \u202eecila":         `approve \u{202E}ecila`,
		"ap\u200bprove":               `ap\u{200B}prove`,
		"approve\U000E0061\U000E007F": `approve\u{E0061}\u{E007F}`,
		"\x1b]0;title\a":              `\u{001B}]0;title\u{0007}`,
		"a\x00b":                      `a\u{0000}b`,
		"\u2066a\u2069":               `\u{2066}a\u{2069}`,
		"soft\u00adhyphen":            `soft\u{00AD}hyphen`,
		"\ufeffbom":                   `\u{FEFF}bom`,
		"\u3164":                      `\u{3164}`,
	} {
		if !pattern.HasHidden(text) {
			t.Errorf("%q hides nothing", text)
		}
		if got := pattern.EscapeHidden(text); got != want {
			t.Errorf("%q is shown as %q, want %q", text, got, want)
		}
	}
	for _, text := range []string{"", "deploy web", "größe\tnaïve\r\n", "\u00a0", "日本語", "Ελλάς", "שלום", "🚀"} {
		if pattern.HasHidden(text) {
			t.Errorf("%q hides something", text)
		}
		if got := pattern.EscapeHidden(text); got != text {
			t.Errorf("%q is shown as %q", text, got)
		}
	}
}

// TestHiddenAreThoseOfThePage: what is invisible is written down in full.
func TestHiddenAreThoseOfThePage(t *testing.T) {
	page, err := os.ReadFile("../../spec/grammar.md")
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`(?m)^- Invisible are the control characters but tab and line ends, (.*)$`).FindSubmatch(page)
	if line == nil {
		t.Fatal("the page does not say what is invisible")
	}
	written := map[rune]bool{}
	for _, m := range regexp.MustCompile(`U\+([0-9A-F]+)(?: to U\+([0-9A-F]+))?`).FindAllStringSubmatch(string(line[1]), -1) {
		low, _ := strconv.ParseInt(m[1], 16, 32)
		high, err := strconv.ParseInt(m[2], 16, 32)
		if err != nil {
			high = low
		}
		for r := rune(low); r <= rune(high); r++ {
			written[r] = true
		}
	}
	for r := rune(0); r <= 0x10FFFF; r++ {
		control := r < 0x20 && r != '\t' && r != '\n' && r != '\r' || 0x7F <= r && r < 0xA0 && r != 0x85
		if text := string(r); text != "\uFFFD" && pattern.HasHidden(text) != (written[r] || control) {
			t.Errorf("%U is invisible: %v", r, pattern.HasHidden(text))
		}
	}
}

func TestEscapedTextHidesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		if shown := pattern.EscapeHidden(text); pattern.HasHidden(shown) {
			t.Fatalf("%q is shown as %q", text, shown)
		}
	})
}

func TestFoldKeepsLookAlikesApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rapid.Rune().Draw(t, "character")
		folded := []rune(pattern.Fold(string(r)))
		if len(folded) != 1 || (folded[0] < 0x80) != (r < 0x80) {
			t.Fatalf("U+%04X folds to %q", r, string(folded))
		}
		if again := pattern.Fold(string(folded)); again != string(folded) {
			t.Fatalf("%q folds on to %q", string(folded), again)
		}
	})
}

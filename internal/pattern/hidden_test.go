package pattern_test

import (
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

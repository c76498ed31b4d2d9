package pattern_test

import (
	"testing"
	"unicode"

	"github.com/openchatops/oco/internal/pattern"
)

// TestFoldIsSimpleCaseFolding: two characters are compared as equal exactly if
// the simple case folding of Unicode makes them equal and both or neither are of
// ASCII (OCO-GRM-2). Of the characters of ASCII the letters alone fold.
func TestFoldIsSimpleCaseFolding(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if 0xD800 <= r && r < 0xE000 {
			continue // no characters
		}
		folded := pattern.Fold(string(r))
		same := folded == string(r)
		for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
			equal := pattern.Fold(string(other)) == folded
			if (r < 0x80) == (other < 0x80) != equal {
				t.Errorf("%c (%U) and %c (%U) are equal: %v", r, r, other, other, equal)
			}
			same = same || folded == string(other)
		}
		if !same {
			t.Errorf("%c (%U) folds to %q, which is none of its cases", r, r, folded)
		}
	}
}

package pattern_test

import (
	"testing"
	"unicode"

	"github.com/openchatops/oco/internal/pattern"
)

// TestEveryPropertyOfUnicode: each general category and script by its exact name
// is found where it is and its opposite elsewhere, also in a class. The engine of
// Go 1.26 knows no script with a low line in its name.
func TestEveryPropertyOfUnicode(t *testing.T) {
	tables := map[string]*unicode.RangeTable{}
	for name, table := range unicode.Categories {
		if len(name) <= 2 {
			tables[name] = table
		}
	}
	for name, table := range unicode.Scripts {
		tables[name] = table
	}
	for name, table := range tables {
		samples := []rune{0, 'a', 'Z', '0', ' ', 'é', 'ω', '漢', 0xFFFF, unicode.MaxRune}
		for _, r := range table.R16 {
			samples = append(samples, rune(r.Lo)-1, rune(r.Lo), rune(r.Lo)+1, rune(r.Hi), rune(r.Hi)+1)
		}
		for _, r := range table.R32 {
			samples = append(samples, rune(r.Lo)-1, rune(r.Lo), rune(r.Lo)+1, rune(r.Hi), rune(r.Hi)+1)
		}
		for source, want := range map[string]bool{
			`^\p{` + name + `}$`: true, `^\P{` + name + `}$`: false,
			`(?s)^[\p{` + name + `}]$`: true, `^[^\P{` + name + `}]$`: true, `^[\P{` + name + `}]$`: false,
		} {
			re, err := pattern.CompileRegexp(source)
			if err != nil {
				t.Errorf("%s: %v", source, err)
				continue
			}
			for _, r := range samples {
				if text := string(r); r >= 0 && text != "\uFFFD" {
					if _, found := re.Match(text); found != (unicode.Is(table, r) == want) {
						t.Errorf("%s is found in %U: %v", source, r, found)
					}
				}
			}
		}
	}
}

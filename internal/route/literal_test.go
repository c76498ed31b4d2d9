package route

import (
	"slices"
	"strings"
	"testing"

	"github.com/openchatops/oco/internal/pattern"
	"github.com/openchatops/oco/internal/snapshot"
	"pgregory.net/rapid"
)

func required(t interface{ Fatal(...any) }, source string) (*pattern.Regexp, []string) {
	re, err := pattern.CompileRegexp(source)
	if err != nil {
		t.Fatal(err)
	}
	tree, err := re.Syntax()
	if err != nil {
		t.Fatal(err)
	}
	return re, requiredLiterals(tree)
}

func TestRequiredLiterals(t *testing.T) {
	for source, want := range map[string][]string{
		"deploy":               {"deploy"},
		"Deploy":               {"deploy"},
		`^deploy\s+(\S+) to x`: {"deploy", " to x"},
		`\S+ is down$`:         {" is down"},
		"(?:abc)+d":            {"abc", "d"},
		"(abc){2,3}":           {"abc"},
		"(abc){0,3}x":          {"x"},
		"(abc)*":               nil,
		"abc?":                 {"ab"},
		"abc|abd":              {"ab"},
		"one|two":              nil,
		`\d+`:                  nil,
		"":                     nil,
		"(?i)deploy":           {"deploy"},
		"(?i)how do i ask":     {"how do i a"},
		"(?i)ks":               nil,
		"(?i)straße":           {"tra", "e"},
		"straße":               {"straße"},
		"É":                    {"É"},
	} {
		if _, got := required(t, source); !slices.Equal(got, want) {
			t.Errorf("%q requires %q, want %q", source, got, want)
		}
	}
}

// TestARequiredLiteralLosesNoMatch: the prefilter is allowed to pass too much,
// never to stop a match.
func TestARequiredLiteralLosesNoMatch(t *testing.T) {
	atom := rapid.SampledFrom([]string{"a", "K", "s", "é", ".", `\d`, "[a-c]", "ab", "Ss"})
	part := rapid.Custom(func(t *rapid.T) string {
		return rapid.SampledFrom([]string{"%s", "(%s)", "(?:%s)*", "(?:%s)+", "(?:%s)?", "(?:%s){2}", "(?:%s|b)", "(?:%s){0,1}"}).Draw(t, "form")
	})
	rapid.Check(t, func(t *rapid.T) {
		source := rapid.SampledFrom([]string{"", "(?i)"}).Draw(t, "flags")
		for range rapid.IntRange(1, 4).Draw(t, "parts") {
			source += strings.ReplaceAll(part.Draw(t, "part"), "%s", atom.Draw(t, "atom"))
		}
		re, literals := required(t, source)
		letters := rapid.SampledFrom([]rune("aAbBcsSſkK\u212aéÉ1"))
		text := string(rapid.SliceOfN(letters, 0, 12).Draw(t, "text"))
		_, ok := re.Match(text)
		for _, literal := range literals {
			if ok && !strings.Contains(lowerASCII(text), literal) {
				t.Fatalf("%q matches %q, which has no %q", source, text, literal)
			}
		}
	})
}

// TestAMessageMeetsFewCommands: 10,000 commands are not scanned.
func TestAMessageMeetsFewCommands(t *testing.T) {
	x, e := &index{}, new(snapshot.Edit)
	for i := range 10_000 {
		c, err := pattern.Compile("do"+strings.Repeat("x", i%100)+" it"+strings.Repeat("y", i/100)+" {arg}", nil)
		if err != nil {
			t.Fatal(err)
		}
		x = x.with(e, c.Literals(), func(place *index) {
			place.claims = append(place.claims, claim{entry: entry{route: &Route{Plugin: "p"}, command: c}})
			place.settle(c.Literals())
		})
	}
	for text, want := range map[string]int{"doxx ityyy web": 1, "DOXX ITYYY web": 1, "doxx": 0, "other": 0, "": 0, "\"doxx\" ityyy web": 0} {
		met := 0
		for _, place := range x.path(pattern.Tokenize(text)) {
			met += len(place.live)
		}
		if met != want {
			t.Errorf("%q meets %d commands, want %d", text, met, want)
		}
	}
}

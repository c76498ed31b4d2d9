package route_test

import (
	"strings"
	"testing"
	"unicode"

	"github.com/openchatops/oco/internal/pattern"
	"github.com/openchatops/oco/internal/route"
	"pgregory.net/rapid"
)

type addressVector struct {
	Name      string   `json:"name"`
	Bot       string   `json:"bot"`
	Aliases   []string `json:"aliases,omitempty"`
	Prefix    string   `json:"prefix,omitempty"`
	Text      string   `json:"text"`
	Direct    bool     `json:"direct,omitempty"`
	Addressed bool     `json:"addressed"`
	Rest      string   `json:"rest"`
}

// TestAddressVectors holds OCO-RTE-25.
func TestAddressVectors(t *testing.T) {
	var document struct {
		Description string          `json:"description"`
		Cases       []addressVector `json:"cases"`
	}
	readVectors(t, "addressing.json", &document)
	if len(document.Cases) < 40 {
		t.Errorf("%d cases, want at least 40", len(document.Cases))
	}
	seen := map[string]bool{}
	for _, v := range document.Cases {
		if seen[v.Name] {
			t.Errorf("two cases are called %q", v.Name)
		}
		seen[v.Name] = true
		t.Run(v.Name, func(t *testing.T) {
			a := route.Address{Name: v.Bot, Aliases: v.Aliases, Prefix: v.Prefix}
			rest, addressed := a.Strip(v.Text, v.Direct)
			if rest != v.Rest || addressed != v.Addressed {
				t.Errorf("Strip(%q, %v) = %q, %v, want %q, %v", v.Text, v.Direct, rest, addressed, v.Rest, v.Addressed)
			}
		})
	}
}

// TestAddressProperties holds OCO-RTE-25 over texts that nobody thought of.
func TestAddressProperties(t *testing.T) {
	piece := rapid.SampledFrom([]string{"oco", "OCO", "@", ":", ",", "：", " ", "\u00a0", "\n", "!", "ping", "é", "\u200b", "\xff", "-", "bot"})
	a := route.Address{Name: "oco", Aliases: []string{"bot"}, Prefix: "!"}
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(piece, 0, 6).Draw(t, "text"), "")
		rest, addressed := a.Strip(text, false)
		if !addressed && rest != text {
			t.Fatalf("Strip(%q) changes a text that is not addressed: %q", text, rest)
		}
		if !strings.HasSuffix(text, rest) {
			t.Fatalf("Strip(%q) = %q, which is no end of it", text, rest)
		}
		if first := strings.TrimLeftFunc(rest, unicode.IsSpace); addressed && first != rest {
			t.Fatalf("Strip(%q) = %q begins with white space", text, rest)
		}
		direct, always := a.Strip(text, true)
		if !always || addressed && direct != rest {
			t.Fatalf("Strip(%q) = %q in a room and %q, %v in a direct room", text, rest, direct, always)
		}
		if named, ok := a.Strip("oco: "+text, false); !ok || !strings.HasSuffix(text, named) {
			t.Fatalf("%q after the name is %q, %v", text, named, ok)
		}
		if word, _, _ := strings.Cut(strings.TrimSpace(text), " "); addressed && !strings.HasPrefix(word, "!") {
			word = pattern.Fold(strings.TrimPrefix(word, "@"))
			if !strings.HasPrefix(word, "oco") && !strings.HasPrefix(word, "bot") {
				t.Fatalf("%q is taken to be addressed", text)
			}
		}
	})
}

func TestAnAddressWithoutNameTakesNothing(t *testing.T) {
	a := route.Address{Aliases: []string{""}}
	for _, text := range []string{"", " ", "@", "@ ping", ": ping", ", ping", "ping"} {
		if rest, addressed := a.Strip(text, false); addressed || rest != text {
			t.Errorf("Strip(%q) = %q, %v", text, rest, addressed)
		}
	}
}

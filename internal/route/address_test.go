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
	Name    string   `json:"name"`
	Bot     string   `json:"bot"`
	Aliases []string `json:"aliases,omitempty"`
	Prefix  string   `json:"prefix,omitempty"`
	Text    string   `json:"text"`
	Direct  bool     `json:"direct,omitempty"`
	// Mentions are where the bot's account is named: start and length in code points.
	Mentions  [][2]int `json:"mentions,omitempty"`
	Addressed bool     `json:"addressed"`
	// ByRoom says that it is addressed by nothing but the room.
	ByRoom bool   `json:"by_room,omitempty"`
	Rest   string `json:"rest"`
}

// TestAddressVectors holds OCO-RTE-21, OCO-RTE-25 and OCO-RTE-42.
func TestAddressVectors(t *testing.T) {
	var document struct {
		Description string          `json:"description"`
		Cases       []addressVector `json:"cases"`
	}
	readVectors(t, "addressing.json", &document)
	if len(document.Cases) < 100 {
		t.Errorf("%d cases, want at least 100", len(document.Cases))
	}
	seen := map[string]bool{}
	for _, v := range document.Cases {
		if seen[v.Name] {
			t.Errorf("two cases are called %q", v.Name)
		}
		seen[v.Name] = true
		t.Run(v.Name, func(t *testing.T) {
			a := route.Address{Name: v.Bot, Aliases: v.Aliases, Prefix: v.Prefix}
			var mentions []route.Mention
			for _, m := range v.Mentions {
				mentions = append(mentions, route.Mention{Start: m[0], Length: m[1]})
			}
			want := route.NotAddressed
			switch {
			case v.ByRoom:
				want = route.ByRoom
			case v.Addressed:
				want = route.ByName
			}
			rest, how := a.Strip(v.Text, v.Direct, mentions...)
			if rest != v.Rest || how != want || v.ByRoom && !v.Addressed {
				t.Errorf("Strip(%q, %v, %v) = %q, %v, want %q, %v", v.Text, v.Direct, mentions, rest, how, v.Rest, want)
			}
		})
	}
}

// TestAddressProperties holds OCO-RTE-25 over texts that nobody thought of.
func TestAddressProperties(t *testing.T) {
	piece := rapid.SampledFrom([]string{"oco", "OCO", "@", ":", ",", "：", " ", "\u00a0", "\n", "!", ">", "> ", "ping", "é", "\u200b", "\xff", "-", "bot"})
	a := route.Address{Name: "oco", Aliases: []string{"bot"}, Prefix: "!"}
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(piece, 0, 8).Draw(t, "text"), "")
		rest, how := a.Strip(text, false)
		if how == route.NotAddressed && rest != text || how == route.ByRoom {
			t.Fatalf("Strip(%q) = %q, %v: changed, and not addressed", text, rest, how)
		}
		if !strings.HasSuffix(text, rest) {
			t.Fatalf("Strip(%q) = %q, which is no end of it", text, rest)
		}
		if first := strings.TrimLeftFunc(rest, unicode.IsSpace); how == route.ByName && first != rest {
			t.Fatalf("Strip(%q) = %q begins with white space", text, rest)
		}
		direct, always := a.Strip(text, true)
		if always == route.NotAddressed || how == route.ByName && (direct != rest || always != how) || !strings.HasSuffix(text, direct) {
			t.Fatalf("Strip(%q) = %q, %v in a room and %q, %v in a direct room", text, rest, how, direct, always)
		}
		if named, how := a.Strip("oco: "+text, false); how != route.ByName || !strings.HasSuffix(text, named) {
			t.Fatalf("%q after the name is %q, %v", text, named, how)
		}
		if quoted, how := a.Strip("> "+strings.ReplaceAll(text, "\n", " "), false); how != route.NotAddressed {
			t.Fatalf("what somebody quotes addresses the bot: %q", quoted)
		}
		if how == route.ByName && !named(text) {
			t.Fatalf("%q is taken to be addressed", text)
		}
	})
}

// named reports whether the first line of a text that quotes nothing begins with
// something like an address.
func named(text string) bool {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, ">") {
			continue
		}
		word := pattern.Fold(strings.TrimPrefix(line, "@"))
		return strings.HasPrefix(word, "!") || strings.HasPrefix(word, "oco") || strings.HasPrefix(word, "bot")
	}
	return false
}

// A mention addresses the bot where a name would (OCO-RTE-25). What an adapter
// states wrongly of where it stands addresses nobody.
func TestMentionsOutOfTheText(t *testing.T) {
	a := route.Address{Name: "oco"}
	for _, m := range []route.Mention{{0, 0}, {0, -1}, {-1, 3}, {0, 9}, {1, 3}, {7, 1}, {0, 1 << 30}, {1 << 30, 1}} {
		if rest, how := a.Strip("@U1 ping", false, m); how != route.NotAddressed || rest != "@U1 ping" {
			t.Errorf("%v: %q, %v", m, rest, how)
		}
	}
	if rest, how := a.Strip("@U1 ping", false, route.Mention{4, 4}, route.Mention{0, 3}); how != route.ByName || rest != "ping" {
		t.Errorf("%q, %v", rest, how)
	}
}

func TestAnAddressWithoutNameTakesNothing(t *testing.T) {
	a := route.Address{Aliases: []string{""}}
	for _, text := range []string{"", " ", "@", "@ ping", ": ping", ", ping", "ping"} {
		if rest, how := a.Strip(text, false); how != route.NotAddressed || rest != text {
			t.Errorf("Strip(%q) = %q, %v", text, rest, how)
		}
	}
}

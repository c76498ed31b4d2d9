package route_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/openchatops/oco/internal/pattern"
	"github.com/openchatops/oco/internal/route"
)

// Mentions stand where the adapter says, as far as that can be.
func TestPlaces(t *testing.T) {
	span := func(from, to int) pattern.Span { return pattern.Span{Start: from, End: to} }
	for _, c := range []struct {
		text     string
		mentions []route.Mention
		want     []pattern.Span
	}{
		{"ask @bob", nil, nil},
		{"ask @bob", []route.Mention{{4, 4}}, []pattern.Span{span(4, 8)}},
		{"é @é é", []route.Mention{{5, 1}, {2, 2}, {0, 1}}, []pattern.Span{span(7, 9), span(3, 6), span(0, 2)}},
		{"ask @bob", []route.Mention{{4, 4}, {4, 2}, {6, 1}, {0, 3}}, []pattern.Span{span(4, 8), {}, {}, span(0, 3)}},
		{"ask @bob", []route.Mention{{4, 0}, {4, -1}, {-1, 2}, {4, 4}}, []pattern.Span{{}, {}, {}, span(4, 8)}},
		{"ask @bob", []route.Mention{{4, 5}, {8, 1}, {1 << 30, 1}, {0, 3}}, []pattern.Span{{}, {}, {}, span(0, 3)}},
		{"a\xff@b", []route.Mention{{2, 2}}, []pattern.Span{span(2, 4)}},
	} {
		if got := route.Places(c.text, c.mentions); !reflect.DeepEqual(got, c.want) {
			t.Errorf("Places(%q, %v) = %v, want %v", c.text, c.mentions, got, c.want)
		}
	}
}

// As many mentions as fit into a batch, each of the whole text, and as many lines of
// others as fit into a message: it ends within the time of a test, where walking the
// text for each of them would not.
func TestManyMentionsAreReadOnce(t *testing.T) {
	mentions := make([]route.Mention, 500_000)
	text := strings.Repeat("é", 32<<10)
	for i := range mentions {
		mentions[i] = route.Mention{Start: 0, Length: len(text)/2 - i%1000}
	}
	a := route.Address{Name: "oco"}
	if _, how := a.Strip(text, false, mentions...); how != route.ByName {
		t.Errorf("the mention of the whole text: %v", how)
	}
	quoted := strings.Repeat(">\n", 30<<10) + "ping"
	for i := range mentions {
		mentions[i].Start, mentions[i].Length = len(quoted)-1, 1
	}
	if rest, how := a.Strip(quoted, false, mentions...); how != route.NotAddressed {
		t.Errorf("mentions in a word behind quotes: %v, %.20q", how, rest)
	}
}

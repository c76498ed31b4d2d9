package route

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestThePrefilterLosesNoRoute: a route is found if all its literals are there,
// and only if one of them is.
func TestThePrefilterLosesNoRoute(t *testing.T) {
	word := rapid.StringOfN(rapid.SampledFrom([]rune("abé")), 1, 6, -1)
	rapid.Check(t, func(t *rapid.T) {
		var routes []*Route
		for range rapid.IntRange(0, 12).Draw(t, "routes") {
			routes = append(routes, &Route{required: rapid.SliceOfN(word, 0, 3).Draw(t, "required")})
		}
		p := newPrefilter(routes)
		text := rapid.StringOfN(rapid.SampledFrom([]rune("aabé")), 0, 40, -1).Draw(t, "text")
		got := p.candidates(text)
		if !slices.IsSorted(got) || len(slices.Compact(slices.Clone(got))) != len(got) {
			t.Fatalf("candidates %v are out of order or twice", got)
		}
		for i, r := range routes {
			missing := func(literal string) bool { return !strings.Contains(text, literal) }
			all, some := !slices.ContainsFunc(r.required, missing), slices.ContainsFunc(r.required, func(l string) bool { return !missing(l) })
			found := slices.Contains(got, int32(i))
			if all && !found {
				t.Fatalf("%q is not found in %q", r.required, text)
			}
			if found && !some && len(r.required) > 0 {
				t.Fatalf("%q is found in %q", r.required, text)
			}
		}
	})
}

// TestTheRarestLiteralDecides: routes that share a long literal are told apart
// by the short one, so that a message meets few of 10,000.
func TestTheRarestLiteralDecides(t *testing.T) {
	var routes []*Route
	for i := range 10_000 {
		routes = append(routes, &Route{required: []string{"how do i configure ", fmt.Sprintf("n%04d", i)}})
	}
	p := newPrefilter(routes)
	for text, want := range map[string][]int32{
		"how do i configure n1234": {1234}, "how do i configure it": nil, "n1234 and n0042": {42, 1234}, "": nil, "n12": nil,
	} {
		if got := p.candidates(text); !slices.Equal(got, want) {
			t.Errorf("%q may be %v, want %v", text, got, want)
		}
	}
}

func TestTheShortestLiteralThatWaits(t *testing.T) {
	p := newPrefilter([]*Route{{required: []string{"abc"}}, {required: []string{"abcd"}}, {required: []string{"abcd"}}, {}})
	if len(p.free) != 2 || !slices.Equal(p.free[0].routes, []int32{0}) || !slices.Equal(p.free[1].routes, []int32{3}) {
		t.Errorf("free are %v: three bytes are too short, four are not", p.free)
	}
	for text, want := range map[string][]int32{"": {3}, "abc": {0, 3}, "abcd": {0, 1, 2, 3}, "abcd abcd abcd": {0, 1, 2, 3}} {
		if got := p.candidates(text); !slices.Equal(got, want) {
			t.Errorf("%q may be %v, want %v", text, got, want)
		}
	}
}

// TestShortLiteralsAreLookedForOnce: routes that need the same ones share a look.
func TestShortLiteralsAreLookedForOnce(t *testing.T) {
	p := newPrefilter([]*Route{{required: []string{"++", "a"}}, {required: []string{"a", "++"}}, {required: []string{"++"}}, {}, {}})
	if len(p.free) != 3 {
		t.Errorf("%d looks for three kinds of needs", len(p.free))
	}
	if got, want := p.candidates("a ++"), []int32{0, 1, 2, 3, 4}; !slices.Equal(got, want) {
		t.Errorf("the candidates are %v, want %v", got, want)
	}
}

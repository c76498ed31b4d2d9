package route

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestThePrefilterLosesNoRoute: a route is found if all its literals are there, and
// only then.
func TestThePrefilterLosesNoRoute(t *testing.T) {
	word := rapid.StringOfN(rapid.SampledFrom([]rune("abé")), 1, 6, -1)
	rapid.Check(t, func(t *rapid.T) {
		var routes []*Route
		for range rapid.IntRange(0, 12).Draw(t, "routes") {
			routes = append(routes, &Route{required: rapid.SliceOfN(word, 0, 3).Draw(t, "required")})
		}
		p := newPrefilter(routes)
		text := rapid.StringOfN(rapid.SampledFrom([]rune("aabé")), 0, 40, -1).Draw(t, "text")
		got := append(p.candidates(text), p.free...)
		slices.Sort(got)
		if len(slices.Compact(slices.Clone(got))) != len(got) {
			t.Fatalf("candidates %v are there twice", got)
		}
		for i, r := range routes {
			missing := func(literal string) bool { return !strings.Contains(text, literal) }
			all := !slices.ContainsFunc(r.required, missing)
			found := slices.Contains(got, int32(i))
			if all && !found {
				t.Fatalf("%q is not found in %q", r.required, text)
			}
			if found && !all && !slices.Contains(p.free, int32(i)) {
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
		"how do i configure n1234": {1234}, "how do i configure it": nil, "how do i configure n1234 and n0042": {42, 1234}, "n1234 and n0042": nil, "": nil, "n12": nil,
	} {
		got := p.candidates(text)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%q may be %v, want %v", text, got, want)
		}
	}
}

func TestTheShortestLiteralThatWaits(t *testing.T) {
	p := newPrefilter([]*Route{{required: []string{"abc"}}, {required: []string{"abcd"}}, {required: []string{"abcd"}}, {}})
	if !slices.Equal(p.free, []int32{0, 3}) {
		t.Errorf("free are %v: three bytes are too short, four are not", p.free)
	}
	for text, want := range map[string][]int32{"": nil, "abc": nil, "abcd": {1, 2}, "abcd abcd abcd": {1, 2}} {
		if got := p.candidates(text); !slices.Equal(got, want) {
			t.Errorf("%q may be %v, want %v", text, got, want)
		}
	}
}

package route

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/openchatops/oco/internal/snapshot"
)

func earOf(i int, required ...string) *ear {
	return &ear{plugin: fmt.Sprint("p", i), required: telling(required)}
}

// plugins gives the plugins of ears, sorted.
func plugins(ears []*ear) (all []string) {
	for _, e := range ears {
		all = append(all, e.plugin)
	}
	slices.Sort(all)
	return all
}

// TestThePrefilterLosesNoEar: one is found if all its literals are there, and only
// then, however ears came and went before.
func TestThePrefilterLosesNoEar(t *testing.T) {
	word := rapid.StringOfN(rapid.SampledFrom([]rune("abé")), 1, 6, -1)
	rapid.Check(t, func(t *rapid.T) {
		var p prefilter
		var all []*ear
		for range rapid.IntRange(1, 6).Draw(t, "changes") {
			gone := map[*ear]bool{}
			all = slices.DeleteFunc(all, func(e *ear) bool {
				if rapid.IntRange(0, 3).Draw(t, "leaves") == 0 {
					gone[e] = true
				}
				return gone[e]
			})
			var coming []*ear
			for range rapid.IntRange(0, 12).Draw(t, "coming") {
				e := earOf(len(all), rapid.SliceOfN(word, 0, 6).Draw(t, "required")...)
				if _, ok := longest(e.required); ok {
					coming, all = append(coming, e), append(all, e)
				}
			}
			p = p.with(new(snapshot.Edit), coming, gone)
			if p.ears != len(all) {
				t.Fatalf("%d ears are counted, want %d", p.ears, len(all))
			}
			text := rapid.StringOfN(rapid.SampledFrom([]rune("aabé")), 0, 40, -1).Draw(t, "text")
			got := p.candidates(text)
			for _, e := range all {
				missing := func(literal string) bool { return !strings.Contains(text, literal) }
				n := 0
				for _, g := range got {
					if g == e {
						n++
					}
				}
				if want := !slices.ContainsFunc(e.required, missing); n > 1 || (n == 1) != want {
					t.Fatalf("%q is found %d times in %q", e.required, n, text)
				}
			}
		}
	})
}

// TestTheRarestLiteralDecides: ears that share a long literal are told apart by the
// short one, so that a message meets few of 10,000, also if they came one by one.
func TestTheRarestLiteralDecides(t *testing.T) {
	var all []*ear
	for i := range 10_000 {
		all = append(all, earOf(i, "how do i configure ", fmt.Sprintf("n%04d", i)))
	}
	together := prefilter{}.with(new(snapshot.Edit), all, nil)
	var single prefilter
	for _, e := range all {
		single = single.with(new(snapshot.Edit), []*ear{e}, nil)
	}
	for _, p := range []prefilter{together, single} {
		for text, want := range map[string][]string{
			"how do i configure n1234": {"p1234"}, "how do i configure it": nil, "how do i configure n1234 and n0042": {"p1234", "p42"}, "n1234 and n0042": nil, "": nil, "n12": nil,
		} {
			if got := plugins(p.candidates(text)); !slices.Equal(got, want) {
				t.Errorf("%q may be %v, want %v", text, got, want)
			}
		}
		for gram, l := range p.lists.All() {
			if len(l.waits) > 20 {
				t.Errorf("%d literals wait under the gram %x", len(l.waits), gram)
			}
		}
	}
}

func TestTheShortestLiteralThatWaits(t *testing.T) {
	for text, want := range map[string]bool{"abc": false, "abcd": true} {
		if _, got := longest([]string{"x", text}); got != want {
			t.Errorf("%q waits: %t", text, got)
		}
	}
	p := prefilter{}.with(new(snapshot.Edit), []*ear{earOf(1, "abcd"), earOf(2, "abcd")}, nil)
	for text, want := range map[string][]string{"": nil, "abc": nil, "abcd": {"p1", "p2"}, "abcd abcd abcd": {"p1", "p2"}} {
		if got := plugins(p.candidates(text)); !slices.Equal(got, want) {
			t.Errorf("%q may be %v, want %v", text, got, want)
		}
	}
}

// TestManyListsAreLookedAtOnce: more than a text usually meets.
func TestManyListsAreLookedAtOnce(t *testing.T) {
	var all []*ear
	text := ""
	for i := range 40 {
		literal := fmt.Sprintf("<%02d>", i)
		all, text = append(all, earOf(i, literal)), text+literal+literal
	}
	p := prefilter{}.with(new(snapshot.Edit), all, nil)
	if got := p.candidates(text + text); len(got) != 40 {
		t.Errorf("%d are found, want each of 40 once", len(got))
	}
}

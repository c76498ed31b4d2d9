package pattern

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// worst are expressions of the greatest cost that no automaton of bounded size
// holds, all different.
func worst(t testing.TB, n int) (all []*Regexp) {
	t.Helper()
	for i := range n {
		re, err := CompileRegexp(fmt.Sprintf(`[ab]*%c(?:[ab][^%d]?){%d}c`, "ab"[i%2], i%10, 230-i/20))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, re)
	}
	return all
}

func hostileText(length int) string {
	rng := rand.New(rand.NewPCG(1, 2))
	var b strings.Builder
	for range length {
		b.WriteByte("ab"[rng.IntN(2)])
	}
	return b.String()
}

// TestStepsOfASetAreBounded: a text of 64 KiB costs at most what its payers may
// spend, however many expressions they registered, and what the automaton may make.
func TestStepsOfASetAreBounded(t *testing.T) {
	var members []Member
	for i, re := range worst(t, 100) {
		members = append(members, Member{Regexp: re, Payer: int32(i % 2)})
	}
	set, err := NewSet(members)
	if err != nil {
		t.Fatal(err)
	}
	text := hostileText(64 * 1024)
	for range 2 {
		found, spent, steps := set.match(text)
		// An instruction of who has spent all is looked at once more where it stands.
		bound := 2*MaxRegexpSteps + 64*1024 + 3*len(set.code)
		if len(found) > 0 || len(spent) != 2 || steps > bound || steps < MaxRegexpSteps {
			t.Errorf("%d are found, %v have spent all, after %d steps of at most %d", len(found), spent, steps, bound)
		}
	}
}

// TestOneExpressionIsAlwaysTriedToTheEnd: what one may cost is there for everybody.
func TestOneExpressionIsAlwaysTriedToTheEnd(t *testing.T) {
	set, err := NewSet([]Member{{Regexp: worst(t, 1)[0]}})
	if err != nil {
		t.Fatal(err)
	}
	text := hostileText(MaxRegexpText-1) + "c"
	found, spent, steps := set.match(text)
	if len(spent) > 0 || !slices.Equal(found, []int32{0}) {
		t.Errorf("%v are found, %v have spent all after %d steps", found, spent, steps)
	}
}

// TestWhoSpendsAllTakesNothingFromOthers: the expressions of other payers are found
// as if the hostile ones were not there.
func TestWhoSpendsAllTakesNothingFromOthers(t *testing.T) {
	var members []Member
	for _, re := range worst(t, 20) {
		members = append(members, Member{Regexp: re, Payer: 1})
	}
	for _, source := range []string{`b$`, `^a*x`, `(?:ab){2}`, `c$`} {
		re, err := CompileRegexp(source)
		if err != nil {
			t.Fatal(err)
		}
		members = append(members, Member{Regexp: re})
	}
	set, err := NewSet(members)
	if err != nil {
		t.Fatal(err)
	}
	text := hostileText(MaxRegexpText-1) + "b"
	found, spent, _ := set.match(text)
	slices.Sort(found)
	if !slices.Equal(spent, []int32{1}) || !slices.Equal(found, []int32{20, 22}) {
		t.Errorf("%v are found, %v have spent all", found, spent)
	}
}

// TestTheAutomatonForgets: it begins anew when it is full, and texts go on.
func TestTheAutomatonForgets(t *testing.T) {
	set, err := NewSet([]Member{{Regexp: worst(t, 1)[0]}})
	if err != nil {
		t.Fatal(err)
	}
	first, text := set.automaton.Load(), hostileText(4096)
	for at := 0; set.automaton.Load() == first; at++ {
		if at == 4000-300 {
			t.Fatalf("%d places and %d instructions are kept", len(first.places), first.going)
		}
		set.match(text[at : at+300])
	}
	if len(first.places) > maxPlaces || first.going > maxGoing+len(set.code) {
		t.Errorf("%d places and %d instructions were kept", len(first.places), first.going)
	}
}

func BenchmarkWorstSet(b *testing.B) {
	for _, n := range []int{1, 10, 100} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var members []Member
			for _, re := range worst(b, n) {
				members = append(members, Member{Regexp: re})
			}
			set, err := NewSet(members)
			if err != nil {
				b.Fatal(err)
			}
			text := hostileText(64 * 1024)
			for b.Loop() {
				_, _, steps := set.match(text)
				b.ReportMetric(float64(steps), "steps/op")
			}
		})
	}
}

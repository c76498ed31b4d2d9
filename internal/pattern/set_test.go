package pattern_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/openchatops/oco/internal/pattern"
)

func compileAll(t testing.TB, sources []string) []*pattern.Regexp {
	t.Helper()
	var all []*pattern.Regexp
	for _, source := range sources {
		re, err := pattern.CompileRegexp(source)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, re)
	}
	return all
}

func setOf(t testing.TB, all []*pattern.Regexp) *pattern.Set {
	t.Helper()
	set, err := pattern.NewSet(members(all))
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// members gives each expression a payer of its own.
func members(all []*pattern.Regexp) (out []pattern.Member) {
	for i, re := range all {
		out = append(out, pattern.Member{Regexp: re, Payer: int32(i)})
	}
	return out
}

// tried is what a set must find: every expression that is found by itself.
func tried(all []*pattern.Regexp, text string) []int32 {
	found := []int32{}
	for i, re := range all {
		if _, ok := re.Match(text); ok {
			found = append(found, int32(i))
		}
	}
	return found
}

func sorted(found []int32) []int32 {
	slices.Sort(found)
	return found
}

// TestASetFindsWhatEachFinds: with the vectors of OCO-RE and texts of theirs.
func TestASetFindsWhatEachFinds(t *testing.T) {
	var sources, texts []string
	for _, v := range readVectors[regexpVector](t, "ocore.json") {
		if v.Verdict != "error" {
			sources, texts = append(sources, v.Pattern), append(texts, v.Text, v.Text+"\n", " "+v.Text+"x")
		}
	}
	all := compileAll(t, sources)
	set := setOf(t, all)
	hits := 0
	for range 3 { // the first times some of a text is simulated
		for _, text := range texts {
			found, spent := set.Match(text)
			hits += len(found)
			if want := tried(all, text); len(spent) > 0 || !slices.Equal(sorted(found), want) {
				t.Errorf("%q: %v are found, each by itself %v", text, found, want)
			}
		}
	}
	if hits < len(texts) {
		t.Errorf("only %d were found", hits)
	}
}

// TestASetOfDrawnExpressions: with expressions drawn from the grammar.
func TestASetOfDrawnExpressions(t *testing.T) {
	_, expression := grammars(t)
	alphabet := []rune("abcXYZ019é \n!@#%&,;:'<>/\"_-=+*?.^$|()[]{}\\Kſ")
	rapid.Check(t, func(t *rapid.T) {
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 5))
		var all []*pattern.Regexp
		for range 200 {
			var out strings.Builder
			expression.draw(rng, &rule{op: 'n', text: "Expression"}, 0, &out)
			if re, err := pattern.CompileRegexp(out.String()); err == nil && len(all) < 8 {
				all = append(all, re)
			}
		}
		first := rng.IntN(len(all) + 1)
		set, err := pattern.NewSet(members(all)[:first])
		if err == nil {
			set, err = set.With(members(all)[first:])
		}
		if err != nil {
			t.Fatal(err)
		}
		for range 30 {
			text := make([]rune, rng.IntN(20))
			for i := range text {
				text[i] = alphabet[rng.IntN(len(alphabet))]
			}
			found, _ := set.Match(string(text))
			if want := tried(all, string(text)); !slices.Equal(sorted(found), want) {
				t.Fatalf("%q in %v: %v are found, each by itself %v", string(text), all, found, want)
			}
		}
	})
}

// TestASetThatNeedsTooMuch: what no automaton of bounded size can hold is found
// all the same.
func TestASetThatNeedsTooMuch(t *testing.T) {
	all := compileAll(t, []string{`[ab]*a[ab]{14}c`, `b[ab]{13}a`, `(?:a|b)*b[ab]{15}a$`})
	set := setOf(t, all)
	rng := rand.New(rand.NewPCG(1, 1))
	for range 300 {
		text := make([]byte, 200)
		for i := range text {
			text[i] = "ab"[rng.IntN(2)]
		}
		found, spent := set.Match(string(text))
		if want := tried(all, string(text)); len(spent) > 0 || !slices.Equal(sorted(found), want) {
			t.Fatalf("%q: %v are found, each by itself %v", text, found, want)
		}
	}
}

func TestASetLearns(t *testing.T) {
	all := compileAll(t, []string{`^\S{3,}\+\+$`, `^\d+\s*[-+*/]\s*\d+$`, `(?m)^[A-Z]{2,}-\d+$`, `\bk\b`})
	set := setOf(t, all)
	for _, text := range []string{"", "abc++", "12 + 5", "x\nOPS-1\ny", "a k b", "K", "kk"} {
		for range 20 {
			set.Match(text)
		}
		found, _ := set.Match(text)
		if want := tried(all, text); !slices.Equal(sorted(found), want) {
			t.Errorf("%q: %v, want %v", text, found, want)
		}
	}
	if found, spent := setOf(t, nil).Match("a"); found != nil || spent != nil {
		t.Errorf("an empty set finds %v, %v", found, spent)
	}
}

func TestASetIsForMany(t *testing.T) {
	all := compileAll(t, []string{`^\S{3,}\+\+$`, `\d{3}`, `(?i)why\b`, `[a-f]+x$`})
	set := setOf(t, all)
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(g), 2))
			for range 300 {
				text := make([]byte, rng.IntN(30))
				for i := range text {
					text[i] = "abcdefxwhyWHY0123 +"[rng.IntN(19)]
				}
				if found, _ := set.Match(string(text)); !slices.Equal(sorted(found), tried(all, string(text))) {
					t.Errorf("%q: %v are found", text, found)
				}
			}
		})
	}
	wg.Wait()
}

// TestASetThatGrows: sets that grew out of one another know what is theirs, also
// two that grew out of the same.
func TestASetThatGrows(t *testing.T) {
	all := compileAll(t, []string{`a+b`, `^b`, `\bc`, `[a-c]{2}$`, `(?i)k`})
	one := setOf(t, all[:2])
	two, err := one.With(members(all)[2:4])
	if err != nil {
		t.Fatal(err)
	}
	other, err := one.With(members(all)[4:])
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"aab", "b", "x c", "ca", "\u212a", "bk c", ""} {
		for _, c := range []struct {
			set *pattern.Set
			all []*pattern.Regexp
		}{{one, all[:2]}, {two, all[:4]}, {other, []*pattern.Regexp{all[0], all[1], all[4]}}} {
			found, _ := c.set.Match(text)
			if want := tried(c.all, text); !slices.Equal(sorted(found), want) {
				t.Errorf("%q in %v: %v, want %v", text, c.all, found, want)
			}
		}
	}
}

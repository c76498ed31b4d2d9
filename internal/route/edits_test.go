package route

import (
	"testing"

	"pgregory.net/rapid"
)

// slow is the definition of the distance, word for word.
func slow(a, b []rune) int {
	switch {
	case len(a) == 0:
		return len(b)
	case len(b) == 0:
		return len(a)
	}
	change := 1
	if a[len(a)-1] == b[len(b)-1] {
		change = 0
	}
	d := min(slow(a[:len(a)-1], b)+1, slow(a, b[:len(b)-1])+1, slow(a[:len(a)-1], b[:len(b)-1])+change)
	if i, j := len(a)-1, len(b)-1; i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
		d = min(d, slow(a[:i-1], b[:j-1])+1)
	}
	return d
}

func TestEditsIsTheDistanceUpToItsLimit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringOfN(rapid.SampledFrom([]rune("abé")), 0, 5, -1)
		a, b := []rune(word.Draw(t, "a")), []rune(word.Draw(t, "b"))
		limit := rapid.IntRange(0, 6).Draw(t, "limit")
		if got, want := edits(a, b, limit), min(slow(a, b), limit+1); got != want {
			t.Fatalf("edits(%q, %q, %d) = %d, want %d", string(a), string(b), limit, got, want)
		}
	})
}

// Whoever is told to be far apart is.
func TestWhatIsFarApartIsMoreThanTheLimit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringOfN(rapid.SampledFrom([]rune("abcdé!")), 0, 6, -1)
		a, b := []rune(word.Draw(t, "a")), []rune(word.Draw(t, "b"))
		limit := rapid.IntRange(0, 3).Draw(t, "limit")
		if farApart(traitsOf(a), traitsOf(b), limit) && slow(a, b) <= limit {
			t.Fatalf("%q and %q are %d apart, which is within %d", string(a), string(b), slow(a, b), limit)
		}
	})
}

func TestEditsCountsASwapOnce(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"status", "statsu", 1}, {"ping", "pong", 1}, {"", "abc", 3}, {"abc", "", 3}, {"ca", "abc", 3}, {"same", "same", 0}} {
		if got := edits([]rune(c.a), []rune(c.b), 9); got != c.want {
			t.Errorf("edits(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

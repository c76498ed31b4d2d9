package pattern

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// Which commands leave nothing for others.
func TestCovers(t *testing.T) {
	for _, c := range []struct {
		wide, narrow string
		want         bool
	}{
		{"deploy {app}", "deploy {what}", true},
		{"deploy {app...}", "deploy {a} {b}", true},
		{"deploy {app} {b}", "deploy {a...}", false},
		{"deploy {app}", "deploy (web|api)", true},
		{"deploy (web|api)", "deploy {app:web|api}", false}, // a quoted word is no literal
		{"deploy {app}", "deploy {app} [now]", false},
		{"deploy {app} [{when}]", "deploy {app} [now]", true},
		{"scale {n:number}", "scale {n:integer}", true},
		{"scale {n:integer}", "scale {n:number}", false},
		{"scale {n:1|2}", "scale {n:integer}", false},
		{"scale {n:integer}", "scale {n:1|2}", true},
		{"ask {who}", "ask {who:user}", true},
		{"ask {who:user}", "ask {who}", false}, // an empty text in quotes
		{"go {x...}", "go [--fast] {x}", true},
		{"go [--fast] {x...}", "go {x}", false}, // --slow
		{"go [--fast]", "go [--fast]", true},
		{"wait {t:time}", "wait {t:time}", true},
		{"wait {t}", "wait {t:time}", false},
		{"up {f:file}", "up", false},
		{"up", "up {f:file}", true},
		{"say {x...:json}", "say {x...:json}", false}, // nobody can tell
	} {
		wide, err := Compile(c.wide, nil)
		if err != nil {
			t.Fatal(err)
		}
		narrow, err := Compile(c.narrow, nil)
		if err != nil {
			t.Fatal(err)
		}
		steps := 1 << 20
		if got := wide.Covers(narrow, &steps); got != c.want {
			t.Errorf("%q covers %q: %v, want %v", c.wide, c.narrow, got, c.want)
		}
	}
}

// Of a command that is covered no short text is left.
func TestCoversAgreesWithTrying(t *testing.T) {
	tried := []string{"a", "b", "1", "c", "'b'", "''", "--p", "--q=1", "-r", "--"}
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawOverlapping(t), drawOverlapping(t)
		steps := math.MaxInt32
		if !a.Covers(b, &steps) {
			return
		}
		eachText(tried, 3, func(text string) bool {
			in := Tokenize(text)
			_, narrow, _ := b.Match(in)
			_, wide, _ := a.Match(in)
			if narrow == Yes && wide != Yes {
				t.Fatalf("%s does not take %q, as %s does", a.Usage(), text, b.Usage())
			}
			return true
		})
	})
}

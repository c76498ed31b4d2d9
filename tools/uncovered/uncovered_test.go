package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/openchatops/oco/tools/explained"
)

const code = `package p

type T struct{}

func (*T) marker() {}

func (t *T) Both(a, b bool) int {
	if a {
		return 1
	}
	if b {
		return 2
	}
	return 3
}

func Twice(a, b bool) int {
	if a {
		return 0
	}
	if b {
		return 0
	}
	return 1
}

func Uncalled() int { return 4 }
`

const tests = `package p

import "testing"

func Test(t *testing.T) {
	if (&T{}).Both(true, false) != 1 || Twice(false, false) != 1 {
		t.Error()
	}
}
`

func TestWhatIsNotRunIsExplained(t *testing.T) {
	root := t.TempDir()
	for name, text := range map[string]string{"go.mod": "module m\n\ngo 1.26\n", "p/p.go": code, "p/p_test.go": tests} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	blocks, err := cover(root, "p")
	if err != nil {
		t.Fatal(err)
	}
	if err := name(root, blocks); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "list")
	list := "# why not\n\np/p.go T.Both: return 3 | fine\np/p.go T.Both: if b { return 2 | fine\np/p.go Twice: if b { return 0 | fine\np/p.go Gone: return | fine\np/p.go Gone: panic() | sometimes it is there\nq/q.go F: return | another package\n"
	if err := os.WriteFile(file, []byte(list), 0o600); err != nil {
		t.Fatal(err)
	}
	why, err := explained.Read(file)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	wrong := report(&out, "p", blocks, why)
	want := []string{
		"p/p.go:11 is not run: p/p.go T.Both: if b {",
		"p/p.go:18 is not run: p/p.go Twice: if a { return 0",
		"p/p.go:27 is not run: p/p.go Uncalled: func Uncalled() int { return 4 }",
		file + " explains what is run or gone, take it out: p/p.go Gone: return",
		"p: 45.5 % of 11 statements run, 3 places explained",
	}
	if got := strings.Split(strings.TrimSpace(out.String()), "\n"); wrong != 4 || strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%d wrong:\n%s", wrong, out.String())
	}
}

func TestAListNeedsReasonsAndSaysAThingOnce(t *testing.T) {
	for text, want := range map[string]string{
		"p/p.go F: return\n":                            ":1: no reason",
		"a | b | why\n# no\na | b | for another reason": ":3: listed twice: a | b",
	} {
		file := filepath.Join(t.TempDir(), "list")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := explained.Read(file); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

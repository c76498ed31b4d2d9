package oco_test

import (
	"flag"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the pages that are made from files")

const examplesPage = "docs/examples.md"

// languages are those of the examples, in the order in which they are shown.
var languages = []struct{ name, fence, dir, suffix string }{
	{"Go", "go", "", ".go"},
	{"Python", "python", "python/", ".py"},
	{"TypeScript", "ts", "typescript/", ".ts"},
}

// The page shows every example as it is, side by side in each language.
func TestExamplesPageShowsTheExamples(t *testing.T) {
	files := tracked(t)
	page, problems := examples(files)
	report(t, problems)
	if *update {
		if err := os.WriteFile(examplesPage, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if files[examplesPage] != page {
		t.Errorf("%s is not what the examples are: go test . -run TestExamplesPage -update", examplesPage)
	}
}

// examples makes the page, and finds examples that a language lacks.
func examples(files map[string]string) (page string, problems []string) {
	var dirs []string
	for name := range files {
		if parts := strings.Split(name, "/"); len(parts) > 2 && parts[0] == "examples" && !slices.Contains(dirs, parts[1]) {
			dirs = append(dirs, parts[1])
		}
	}
	slices.Sort(dirs)
	var b strings.Builder
	b.WriteString("# Examples\n\nThe same programs in each language, each with its test beside it.\n")
	for _, dir := range dirs {
		_, name, _ := strings.Cut(dir, "-")
		fmt.Fprintf(&b, "\n## %s\n", strings.ToUpper(name[:1])+name[1:])
		for _, l := range languages {
			at := path.Join("examples", dir, l.dir)
			file := program(files, at, l.suffix)
			if file == "" {
				problems = append(problems, fmt.Sprintf("%s has no program in %s", path.Join("examples", dir), l.name))
				continue
			}
			fmt.Fprintf(&b, "\n%s, [%s](../%s):\n\n```%s\n%s```\n", l.name, file, file, l.fence, files[file])
		}
	}
	return b.String(), problems
}

// program finds the source in a directory that is neither a test nor what only starts
// another one.
func program(files map[string]string, dir, suffix string) string {
	found := ""
	for name := range files {
		base := path.Base(name)
		test := strings.HasPrefix(base, "test_") || strings.Contains(base, "_test.") || strings.Contains(base, ".test.")
		starts := base == "main.ts" || base == "conftest.py"
		if path.Dir(name) == dir && strings.HasSuffix(base, suffix) && !test && !starts && (found == "" || name < found) {
			found = name
		}
	}
	return found
}

func TestAnExampleThatALanguageLacksIsFound(t *testing.T) {
	files := map[string]string{"examples/01-x/main.go": "package main\n", "examples/01-x/python/test_x.py": "x\n", "examples/01-x/typescript/main.ts": "x\n"}
	page, problems := examples(files)
	if len(problems) != 2 || !strings.Contains(page, "```go\npackage main\n```") {
		t.Errorf("%q\n%s", problems, page)
	}
}

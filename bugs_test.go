package oco_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestTheBugsNameTheirTests holds docs/bugs-found.md to the tests that the repository
// has: a bug that was found once must not be able to come back unseen.
func TestTheBugsNameTheirTests(t *testing.T) {
	page, err := os.ReadFile("docs/bugs-found.md")
	if err != nil {
		t.Fatal(err)
	}
	declared := declaredTests(t)
	row := regexp.MustCompile(`(?m)^\| .* \| (.*) \| [0-9a-f]{7} \|$`)
	name := regexp.MustCompile("`((?:Test|Fuzz)[A-Za-z0-9_]*)`")
	rows := row.FindAllStringSubmatch(string(page), -1)
	if lines := strings.Count(string(page), "\n| ") - 2; len(rows) != lines {
		t.Errorf("%d rows of the table are not of the form | what | `Test` | commit |", lines-len(rows))
	}
	for _, r := range rows {
		names := name.FindAllStringSubmatch(r[1], -1)
		if len(names) == 0 {
			t.Errorf("a row names no test: %s", r[0])
		}
		for _, n := range names {
			if !declared[n[1]] {
				t.Errorf("no test is called %s: %s", n[1], r[0])
			}
		}
	}
}

// declaredTests are the names of the tests of the repository.
func declaredTests(t *testing.T) map[string]bool {
	t.Helper()
	declaration := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)[A-Za-z0-9_]*)\(`)
	all := map[string]bool{}
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range declaration.FindAllSubmatch(text, -1) {
			all[string(m[1])] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

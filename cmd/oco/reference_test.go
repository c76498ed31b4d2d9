package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The reference in docs is what `make docs` writes.
func TestTheReferenceIsFresh(t *testing.T) {
	dir := t.TempDir()
	if _, errs, code := run(t, program(t, "reference", dir), ""); code != 0 {
		t.Fatal(errs)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) < 2 {
		t.Fatalf("%d pages, %v", len(files), err)
	}
	for _, f := range files {
		made := readFile(t, filepath.Join(dir, f.Name()))
		kept := readFile(t, filepath.Join("../../docs", f.Name()))
		if made != kept {
			t.Errorf("docs/%s is not what the code says: run `make docs`", f.Name())
		}
		for i, line := range strings.Split(made, "\n") {
			if n := strings.Count(line, "|") - strings.Count(line, `\|`); strings.HasPrefix(line, "|") && n != 4 && n != 5 {
				t.Errorf("%s:%d: a row with %d cells: %s", f.Name(), i+1, n-1, line)
			}
		}
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestTheReferenceNeedsItsDirectory(t *testing.T) {
	if _, errs, code := run(t, program(t, "reference", filepath.Join(t.TempDir(), "gone")), ""); code != 1 || !strings.Contains(errs, "the reference cannot be written") {
		t.Errorf("exit %d, %q", code, errs)
	}
}

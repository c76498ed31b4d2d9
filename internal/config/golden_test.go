package config

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// Every file in testdata/bad is refused, with exactly the text that stands beside it.
func TestMistakesAreShown(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil || len(files) < 20 {
		t.Fatalf("only %d files of mistakes (%v)", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			_, err := Load(file)
			invalid, ok := errors.AsType[*Invalid](err)
			if !ok {
				t.Fatalf("not refused as invalid: %v", err)
			}
			assertInOrder(t, invalid)
			wd, err := os.Getwd()
			if err != nil {
				t.Fatal(err)
			}
			got := strings.ReplaceAll(invalid.Error(), wd, "DIR") + "\n"
			golden := strings.TrimSuffix(file, ".yaml") + ".txt"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

func assertInOrder(t *testing.T, invalid *Invalid) {
	t.Helper()
	last, file := place{}, ""
	for _, p := range invalid.Problems {
		if p.File != file {
			last, file = place{}, p.File
		}
		at := place{p.Line, p.Column}
		if at.line < 1 || at.column < 1 || at.line < last.line || at.line == last.line && at.column < last.column {
			t.Errorf("the problem at %v comes after %v", at, last)
		}
		if strings.ContainsAny(p.Text, "\n\x1b") {
			t.Errorf("the text is not one harmless line: %q", p.Text)
		}
		last = at
	}
}

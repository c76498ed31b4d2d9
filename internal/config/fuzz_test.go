package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// No input makes Parse panic or hang, and whatever is refused is refused with places
// that lie in the file.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(Example()))
	for _, odd := range []string{"? ? ? a", "[{}: 1]", "a: &a [*a]", "%YAML 1.2\n---\n!!map {}", "--- |\n x", "{a, b}", ": :", "- - ? - :", "\"\\x", "a: |9\n b", "<<: {a: 1}",
		"handlers: [{name: a, settings: {b: [1, {c: .nan}], d.e: 1, \"f[0]\": [x]}, user: root}]"} {
		f.Add([]byte(odd))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if strings.Contains(string(data), "${file:") {
			return // the fuzzer reads no files of this machine
		}
		c, err := Parse("oco.yaml", data)
		if (c == nil) == (err == nil) {
			t.Fatalf("either a configuration or an error: %v, %v", c, err)
		}
		// What could be read of a wrong one can be looked at like another.
		part, wrong := inspect("oco.yaml", data)
		if (wrong == nil) != (err == nil) || part == nil && err == nil {
			t.Fatalf("looked at, it is %v, %v", part, wrong)
		}
		if part != nil {
			for i, h := range part.Handlers {
				for key := range h.Settings {
					if at := part.Place(fmt.Sprintf("handlers[%d].settings.%s", i, key)); !strings.HasPrefix(at, "oco.yaml:") {
						t.Fatalf("the setting %q is at %q", key, at)
					}
				}
			}
		}
		if err == nil {
			if c.Adapter.Name == "" || c.Name == "" {
				t.Fatalf("a configuration that is not whole: %+v", c)
			}
			return
		}
		invalid, ok := errors.AsType[*Invalid](err)
		if !ok || len(invalid.Problems) == 0 {
			t.Fatalf("not an Invalid with problems: %v", err)
		}
		lines := strings.Count(string(data), "\n") + 1
		for _, p := range invalid.Problems {
			if p.Line < 1 || p.Line > lines+1 || p.Column < 1 {
				t.Fatalf("the place %d:%d is not in a file of %d lines: %s", p.Line, p.Column, lines, p.Text)
			}
		}
	})
}

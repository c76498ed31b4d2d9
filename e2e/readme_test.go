package e2e

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// firstPrograms are at most so long, empty lines too.
var firstPrograms = map[string]int{"main.go": 22, "echo.py": 13, "echo.ts": 9}

// TestTheReadme follows README.md to an answered command in each language, from
// nothing: only the directory is another one.
func TestTheReadme(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	dir, written, ran := shortDir(t), 0, 0
	for _, step := range marked.FindAllStringSubmatch(read(t, filepath.Join(root, "README.md")), -1) {
		kind, name, text := step[1], step[2], step[3]
		switch {
		case kind == "file":
			written++
			if lines := strings.Count(text, "\n"); lines > firstPrograms[name] {
				t.Errorf("%s has %d lines, want at most %d", name, lines, firstPrograms[name])
			}
			follow(t, dir, step)
		case name == "libraries":
			prerequisite(t, "python")
			prerequisite(t, "node")
			if !strings.HasPrefix(text, "make build packages\n") {
				t.Fatalf("it begins with %s", text)
			}
			out, err := exec.CommandContext(t.Context(), "make", "-C", root, "packages").CombinedOutput()
			if err != nil {
				t.Fatalf("make packages: %v\n%s", err, out)
			}
		default:
			ran++
			t.Run(name, func(t *testing.T) {
				step[3] = strings.ReplaceAll(text, "$CLONE/", root+"/")
				step[3] = strings.ReplaceAll(step[3], "=$CLONE\n", "="+root+"\n")
				if said, _ := follow(t, dir, step); !strings.HasSuffix(said, "hello there\n") {
					t.Errorf("it said %s", said)
				}
			})
		}
	}
	if written != 3 || ran != 3 {
		t.Errorf("%d programs, %d of them run", written, ran)
	}
}

// prerequisite skips a test for want of a program that it needs.
func prerequisite(t *testing.T, name string) {
	t.Helper()
	if said, err := exec.CommandContext(t.Context(), "../tools/prerequisites.sh", name).CombinedOutput(); err != nil {
		missing(t, strings.TrimSpace(string(said)))
	}
}

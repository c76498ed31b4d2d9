package scaffold

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// all are the projects that there are.
var all = []Project{
	{Handler, "go", "my-plugin"}, {Handler, "python", "my-plugin"}, {Handler, "typescript", "my-plugin"},
	{Adapter, "go", "my-plugin"}, {Adapter, "python", "my-plugin"},
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestEveryProjectIsWhole(t *testing.T) {
	fixed := map[string]string{"go": "go.mod", "python": "requirements.txt", "typescript": "package.json"}
	for _, p := range all {
		parent := t.TempDir()
		if err := p.Write(parent); err != nil {
			t.Error(err)
			continue
		}
		dir := filepath.Join(parent, "my-plugin")
		tests, named := 0, 0
		err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			text := read(t, path)
			if strings.HasSuffix(path, ending) || strings.Contains(text, "{{") || !strings.HasSuffix(text, "\n") {
				t.Errorf("%s is not filled in:\n%s", path, text)
			}
			if strings.Contains(filepath.Base(path), "test") {
				tests++
			}
			if strings.Contains(text, "my-plugin") {
				named++
			}
			return nil
		})
		if err != nil || tests < 2 || named < 3 {
			t.Errorf("%+v: %d files of tests, %d with the name, error %v", p, tests, named, err)
		}
		if text := read(t, filepath.Join(dir, fixed[p.Language])); !strings.Contains(text, Version) {
			t.Errorf("%+v does not ask for %s:\n%s", p, Version, text)
		}
		for _, target := range []string{"test:", "run:"} {
			if text := read(t, filepath.Join(dir, "Makefile")); !strings.Contains(text, "\n"+target) {
				t.Errorf("%+v: the Makefile lacks %s\n%s", p, target, text)
			}
		}
		for name, parts := range map[string][]string{
			"README.md": {"make test", "make run", "oco key new", "OCO_ENDPOINT"}, ".gitignore": {"/"}, ".github/workflows/test.yml": {"make test"},
		} {
			for _, part := range parts {
				if text := read(t, filepath.Join(dir, name)); !strings.Contains(text, part) {
					t.Errorf("%+v: %s lacks %q\n%s", p, name, part, text)
				}
			}
		}
	}
}

func TestWhatCannotBeWritten(t *testing.T) {
	for want, p := range map[string]Project{
		"up to 32 of":                      {Handler, "go", "My-plugin"},
		"begins with a letter":             {Handler, "go", "../x"},
		"that of the bundled handler":      {Handler, "go", "core"},
		"the adapter that tests have":      {Handler, "python", "test"},
		"adapter for the terminal":         {Adapter, "go", "terminal"},
		`in the language "cobol"`:          {Handler, "cobol", "x"},
		`kind "adapter" in the language`:   {Adapter, "typescript", "x"},
		"make the directory of the projec": {Handler, "go", "below-nothing"},
	} {
		parent := t.TempDir()
		if p.Name == "below-nothing" {
			parent = filepath.Join(parent, "nothing")
		}
		if err := p.Write(parent); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v", p, err)
		}
		if left, err := filepath.Glob(filepath.Join(parent, "*")); err != nil || len(left) > 0 {
			t.Errorf("%+v leaves %q, %v", p, left, err)
		}
	}
}

func TestWhatIsThereIsLeftAsItIs(t *testing.T) {
	parent := t.TempDir()
	path := filepath.Join(parent, "my-plugin")
	if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 { // a file, then a directory
		if err := all[0].Write(parent); err == nil || !strings.Contains(err.Error(), "left as it is") {
			t.Errorf("%v", err)
		}
		if err := os.Remove(path); err != nil { // not if anything were in the directory
			t.Fatal(err)
		}
		if err := os.Mkdir(path, 0o700); err != nil {
			t.Fatal(err)
		}
	}
}

// The versions are those of this tree.
func TestVersions(t *testing.T) {
	for path, want := range map[string]string{
		"sdk/python/pyproject.toml":   `version = "` + Version + `"`,
		"sdk/typescript/package.json": `"version": "` + Version + `"`,
		"go.mod":                      "\ngo " + goVersion + "\n",
	} {
		if text := read(t, filepath.Join("..", "..", path)); !strings.Contains(text, want) {
			t.Errorf("%s lacks %q", path, want)
		}
	}
}

// The names are those of the bot, and those that are taken when a project is tested.
func TestNames(t *testing.T) {
	for path, want := range map[string]string{
		"internal/plugin/identity.go":           namePattern.String(),
		"ocotest/bot.go":                        `adapterName = "test"`,
		"sdk/python/openchatops/testing/bot.py": `_ADAPTER = "test"`,
		"sdk/typescript/src/testing/chat.ts":    `name = "test"`,
	} {
		if text := read(t, filepath.Join("..", "..", path)); !strings.Contains(text, want) {
			t.Errorf("%s lacks %s", path, want)
		}
	}
}

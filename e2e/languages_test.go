package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// A program is how one runs a handler.
type program struct {
	dir     string // where it runs
	command []string
	env     []string // variables beside those of every plugin
}

// A language is one in which there is an everything-handler, in conformance/everything.
type language struct {
	name  string
	build func(t *testing.T) program
	brief int // rounds of the short form
}

var languages = []language{
	{"go", everythingInGo, 2},
	{"python", everythingInPython, 2},
	{"typescript", everythingInTypeScript, 2},
	{"java", everythingInJava, 1},
	{"rawpython", everythingInRawPython, 1},
	{"shell", everythingInShell, 1},
}

func everythingInGo(t *testing.T) program { return built(t, builtGo) }

func everythingInTypeScript(t *testing.T) program {
	if out, err := exec.Command("../tools/prerequisites.sh", "node").CombinedOutput(); err != nil {
		missing(t, strings.TrimSpace(string(out)))
	}
	return built(t, builtTypeScript)
}

func everythingInPython(t *testing.T) program {
	library, err := filepath.Abs("../sdk/python")
	if err != nil {
		t.Fatal(err)
	}
	return program{
		dir:     everything(t, "python"),
		command: []string{python(t), "everything.py"},
		env:     []string{"PYTHONPATH=" + library, "PYTHONDONTWRITEBYTECODE=1"},
	}
}

func everythingInJava(t *testing.T) program {
	if out, err := exec.Command("../tools/prerequisites.sh", "java", "maven").CombinedOutput(); err != nil {
		missing(t, strings.TrimSpace(string(out)))
	}
	return built(t, builtJava)
}

func everythingInRawPython(t *testing.T) program {
	return program{dir: everything(t, "rawpython"), command: []string{need(t, "python3", "the handler is made of it"), "everything.py"}}
}

func everythingInShell(t *testing.T) program {
	for _, name := range []string{"bash", "curl", "jq"} {
		need(t, name, "the handler is made of it")
	}
	return program{command: []string{filepath.Join(everything(t, "shell"), "everything.sh")}}
}

// everything is the directory of the everything-handler in a language.
func everything(t *testing.T, name string) string {
	t.Helper()
	dir, err := filepath.Abs(filepath.Join("../conformance/everything", name))
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func built(t *testing.T, once func() (program, error)) program {
	t.Helper()
	p, err := once()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// What has to be built is built once.
var (
	builtGo = sync.OnceValues(func() (program, error) {
		binary := filepath.Join(filepath.Dir(ocoBinary), "everything-go")
		return program{command: []string{binary}}, ran("go", "build", "-C", "..", "-o", binary, "./conformance/everything/go")
	})
	builtJava = sync.OnceValues(func() (program, error) {
		dir := filepath.Join(filepath.Dir(ocoBinary), "everything-java")
		p := program{dir: dir, command: []string{"java", "-jar", "everything.jar"}}
		return p, ran("../tools/java.sh", "program", "conformance/everything/java", dir)
	})
	builtTypeScript = sync.OnceValues(func() (program, error) {
		dir := filepath.Join(filepath.Dir(ocoBinary), "everything-typescript")
		p := program{dir: dir, command: []string{"node", "dist/everything.js"}}
		return p, ran("../tools/typescript.sh", "program", "conformance/everything/typescript", dir)
	})
)

func ran(line ...string) error {
	cmd := exec.Command(line[0], line[1:]...)
	cmd.Env = os.Environ()
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", strings.Join(line, " "), err, out)
	}
	return nil
}

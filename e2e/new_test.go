package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestNewProjectsInGo does with what `oco new` writes what it says is to be done
// next. Only what comes from the network is replaced: the library is that of this
// repository. Projects in Python and TypeScript are tested by tools/python.sh and
// tools/typescript.sh, with the packages as they are shipped.
func TestNewProjectsInGo(t *testing.T) {
	need(t, "make", "projects have a Makefile")
	for kind, try := range map[string]struct{ run, want string }{
		"handler": {"printf 'hello Ada\\nshare 7 between 2\\n' | make --silent run", "Hello, Ada.\n3 for each, and 1 left.\n"},
		"adapter": {"go build -o my-adapter . && oco check -c oco.yaml", "oco.yaml is fine"},
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			dir := shortDir(t)
			r := &reader{t: t, dir: dir, bin: filepath.Join(dir, "bin")}
			if err := os.Mkdir(r.bin, 0o700); err != nil {
				t.Fatal(err)
			}
			r.enter("go install github.com/openchatops/oco/cmd/oco@latest")
			name := "my-" + kind
			said := r.enter("oco new " + kind + " --lang go " + name)
			if !strings.Contains(said, "make test") || !strings.Contains(said, "make run") {
				t.Errorf("it says\n%s", said)
			}
			r.dir = filepath.Join(dir, name)
			if files := r.enter("gofmt -l ."); files != "" {
				t.Errorf("not as gofmt has them:\n%s", files)
			}
			r.require()
			r.enter("go vet .")
			if out := r.enter("make test"); !strings.Contains(out, "ok") {
				t.Errorf("make test says\n%s", out)
			}
			if out := r.enter(try.run); !strings.Contains(out, try.want) {
				t.Errorf("%s says\n%s", try.run, out)
			}
			again := exec.Command(ocoBinary, "new", kind, "--lang", "go", name)
			again.Dir = dir
			if out, err := again.CombinedOutput(); err == nil || !strings.Contains(string(out), "left as it is") {
				t.Errorf("the second time: %v\n%s", err, out)
			}
		})
	}
}

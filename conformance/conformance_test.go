package conformance_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/openchatops/oco/conformance"
)

// build makes a program of a package of this module.
func build(t *testing.T, pkg string) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), filepath.Base(pkg))
	if said, err := exec.Command("go", "build", "-o", out, pkg).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	return out
}

// oco is the program of the bot.
func oco(t *testing.T) string {
	t.Helper()
	if bot := os.Getenv("OCO_BIN"); bot != "" {
		return bot
	}
	return build(t, "github.com/openchatops/oco/cmd/oco")
}

// play runs all cases against a handler.
func play(t *testing.T, dir string, command ...string) {
	t.Helper()
	ran := 0
	err := conformance.Handler(t.Context(), conformance.Options{Bot: oco(t), Command: command, Dir: dir}, func(r conformance.Result) {
		ran++
		t.Run(strings.ReplaceAll(r.Case.Title, " ", "_"), func(t *testing.T) {
			if r.Err != nil {
				t.Error(r.Err)
			}
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	if all, err := conformance.HandlerCases(); err != nil || ran != len(all) {
		t.Errorf("%d of %d cases ran: %v", ran, len(all), err)
	}
}

// missing skips a test for want of a program; where the bot is proven it fails.
func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(what)
	}
	t.Skip(what)
}

// A handler that ends at once is told of at once, also if what it left behind holds its
// output.
func TestAHandlerThatLeavesSomethingBehind(t *testing.T) {
	needs(t, "sh")
	dir := t.TempDir()
	t.Cleanup(func() {
		if out, err := exec.Command("sh", "-c", `kill "$(cat "$0"/left)"`, dir).CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	})
	command := []string{"sh", "-c", "sleep 300 & echo $! >left; echo I gave up; exit 3"}
	err := conformance.Handler(t.Context(), conformance.Options{Bot: oco(t), Command: command, Dir: dir}, func(r conformance.Result) {
		t.Errorf("%s was run", r.Case.Title)
	})
	if err == nil || !strings.Contains(err.Error(), "the handler ended before it was registered; it said:\nI gave up") {
		t.Error(err)
	}
}

func TestGo(t *testing.T) {
	play(t, "", build(t, "./everything/go"))
}

func TestTypeScript(t *testing.T) {
	if out, err := exec.Command("../tools/prerequisites.sh", "node").CombinedOutput(); err != nil {
		missing(t, strings.TrimSpace(string(out)))
	}
	dir := filepath.Join(t.TempDir(), "everything")
	if said, err := exec.Command("../tools/typescript.sh", "program", "conformance/everything/typescript", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	play(t, dir, "node", "dist/everything.js")
}

func TestPython(t *testing.T) {
	python, err := filepath.Abs("../.venv/bin/python")
	if err != nil {
		t.Fatal(err)
	}
	if said, err := exec.Command(python, "-c", "import grpc").CombinedOutput(); err != nil {
		missing(t, python+" lacks grpcio: `make test` sets it up: "+strings.TrimSpace(string(said)))
	}
	library, err := filepath.Abs("../sdk/python")
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("PYTHONPATH", library)
	play(t, "", python, "everything/python/everything.py")
}

func TestRawPython(t *testing.T) {
	needs(t, "python3")
	play(t, "", "python3", "everything/rawpython/everything.py")
}

func TestShell(t *testing.T) {
	needs(t, "bash", "curl", "jq")
	play(t, "", "everything/shell/everything.sh")
}

func needs(t *testing.T, programs ...string) {
	t.Helper()
	for _, name := range programs {
		if _, err := exec.LookPath(name); err != nil {
			missing(t, name+" is not installed: the handler is made of it")
		}
	}
}

package oco_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// long names the files that may have more than 600 lines, and why.
var long = map[string]string{}

// undocumented names generated packages, which nobody can comment.
var undocumented = []string{"gen/openchatops/v1", "gen/openchatops/v1/ocov1connect"}

// tracked lists the files that git has, each with its text.
func tracked(t *testing.T) map[string]string {
	t.Helper()
	out, err := exec.Command("git", "ls-files", "-z").Output()
	if err != nil {
		t.Fatalf("git ls-files: %v (this test needs a clone, not an archive)", err)
	}
	// Opened so that the test cache notices when another file is tracked.
	if index, err := exec.Command("git", "rev-parse", "--git-path", "index").Output(); err != nil {
		t.Fatalf("git rev-parse: %v", err)
	} else if _, err := os.Stat(strings.TrimSpace(string(index))); err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for name := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		text, err := os.ReadFile(name)
		if os.IsNotExist(err) {
			continue // deleted in the working tree and not yet committed
		}
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.ToSlash(name)] = string(text)
	}
	if len(files) < 10 {
		t.Fatalf("git lists only %d files", len(files))
	}
	return files
}

func report(t *testing.T, problems []string) {
	t.Helper()
	slices.Sort(problems)
	for _, problem := range problems {
		t.Error(problem)
	}
}

func TestEveryPackageSaysWhatItIs(t *testing.T) {
	report(t, withoutComment(tracked(t), undocumented))
}

func TestNoModuleReplaces(t *testing.T) {
	report(t, replacing(tracked(t)))
}

func TestNothingNamesThisMachine(t *testing.T) {
	report(t, machineBound(tracked(t)))
}

func TestNothingIsUnfinished(t *testing.T) {
	report(t, unfinished(tracked(t)))
}

func TestNamesSayWhatIsInside(t *testing.T) {
	report(t, emptyNames(tracked(t)))
}

func TestFilesStaySmall(t *testing.T) {
	report(t, tooLong(tracked(t), long))
}

func TestMostFilesAreShort(t *testing.T) {
	report(t, spread(tracked(t)))
}

func TestTheCoreKnowsNoChatService(t *testing.T) {
	report(t, serviceNames(tracked(t)))
}

func TestDependenciesHaveReasons(t *testing.T) {
	files := tracked(t)
	tree, err := readTree(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	report(t, unreasoned(files["go.mod"], files["docs/dependencies.md"], tree))
}

// Package tools tests the scripts beside it.
package tools

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// with runs a script with nothing on its path but the named programs.
func with(t *testing.T, programs map[string]string, script string, args ...string) (said string, code int) {
	t.Helper()
	path := t.TempDir()
	for name, body := range programs {
		if body == "" { // the machine's own
			found, err := exec.LookPath(name)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(found, filepath.Join(path, name)); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if err := os.WriteFile(filepath.Join(path, name), []byte("#!/bin/sh\n"+body+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Fatal(err)
	}
	run := exec.Command(bash, append([]string{script}, args...)...)
	run.Env = []string{"PATH=" + path}
	out, err := run.CombinedOutput()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		t.Fatal(err)
	}
	return string(out), run.ProcessState.ExitCode()
}

func TestPrerequisitesNamesWhatIsMissing(t *testing.T) {
	said, code := with(t, map[string]string{"dirname": ""}, "prerequisites.sh", "go", "git", "python", "java", "maven", "curl", "gcc")
	if code != 1 {
		t.Errorf("exit %d with nothing installed", code)
	}
	for _, want := range []string{"Go 1.26", "apt-get install golang-go", "apt-get install git",
		"apt-get install python3 python3-venv", "apt-get install default-jdk-headless", "apt-get install maven", "apt-get install curl", "apt-get install gcc"} {
		if !strings.Contains(said, want) {
			t.Errorf("%q does not name %q", said, want)
		}
	}
}

func TestPrerequisitesIsSilentWhenAllIsThere(t *testing.T) {
	there := map[string]string{"dirname": "", "go": "echo go1.26.8", "git": "true", "curl": "true", "gcc": "true", "python3": "true", "javac": "echo javac 17.0.15", "mvn": "true"}
	if said, code := with(t, there, "prerequisites.sh", "go", "git", "python", "java", "maven", "curl", "gcc"); code != 0 || said != "" {
		t.Errorf("exit %d, %q", code, said)
	}
}

func TestPrerequisitesRefusesWhatDoesNotFit(t *testing.T) {
	for name, there := range map[string]map[string]string{
		"an old Go":              {"dirname": "", "go": "echo go1.25.4", "python3": "true", "javac": "echo javac 21"},
		"a Go that does not run": {"dirname": "", "go": "exit 1", "python3": "true", "javac": "echo javac 21"},
		"a Python without venv":  {"dirname": "", "go": "echo go1.27rc1", "python3": "exit 1", "javac": "echo javac 21"},
		"an old Java":            {"dirname": "", "go": "echo go1.26.8", "python3": "true", "javac": "echo javac 1.8.0_402"},
		"a Java that cannot run": {"dirname": "", "go": "echo go1.26.8", "python3": "true", "javac": "exit 1"},
	} {
		if said, code := with(t, there, "prerequisites.sh", "go", "python", "java"); code != 1 || strings.Count(said, "missing:") != 1 {
			t.Errorf("%s: exit %d, %q", name, code, said)
		}
	}
	if _, code := with(t, nil, "prerequisites.sh", "rust"); code != 2 {
		t.Errorf("exit %d for a prerequisite that it does not know", code)
	}
}

// The bench of the store prints medians and ratios, and fails with its measurement.
func TestBenchstoreComparesMedians(t *testing.T) {
	lines := ""
	for _, kind := range []struct{ name, rates string }{{"pebble_put", "100 400 200"}, {"put", "100 150 90"}, {"transact", "50 50 51"}, {"pebble_get", "1000 1000 1000"}, {"get", "10 30 20"}} {
		for _, callers := range []string{"1", "64"} {
			for _, rate := range strings.Fields(kind.rates) {
				lines += "echo 'BenchmarkStorage/" + kind.name + "/" + callers + "-2  7  9 ns/op  " + rate + " calls/s'\n"
			}
		}
	}
	there := map[string]string{"dirname": "", "awk": "", "bash": "", "env": "", "go": "case $1 in env) echo go1.26.8 ;; *) " + strings.ReplaceAll(lines, "\n", ";") + " ;; esac"}
	said, code := with(t, there, "benchstore.sh", "3")
	const want = `medians of 3 rounds
put         1 callers         100/s   0.50 of pebble put (200/s)
transact    1 callers          50/s   0.25 of pebble put (200/s)
get         1 callers          20/s   0.02 of pebble get (1000/s)
`
	if code != 0 || !strings.HasPrefix(said, want) || strings.Count(said, " 64 callers ") != 3 {
		t.Errorf("exit %d:\n%s", code, said)
	}
	there["go"] = "case $1 in env) echo go1.26.8 ;; *) echo FAIL ;; esac"
	if said, code := with(t, there, "benchstore.sh"); code == 0 {
		t.Errorf("it succeeds with nothing measured:\n%s", said)
	}
}

func TestMakeSaysWhatThereIs(t *testing.T) {
	out, err := exec.Command("make", "--no-print-directory", "-C", "..").CombinedOutput()
	if err != nil {
		t.Fatalf("make: %v\n%s", err, out)
	}
	for _, target := range []string{"help", "run", "test", "torture", "lint", "generate", "checkgenerate", "bench", "benchstore", "docs", "build", "clean"} {
		if !strings.Contains(string(out), "  make "+target+" ") {
			t.Errorf("make does not name %q:\n%s", target, out)
		}
	}
}

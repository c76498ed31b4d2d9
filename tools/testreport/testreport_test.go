package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const mixed = `{"Action":"start","Package":"p"}
{"Action":"output","Package":"p","Test":"TestA","Output":"=== RUN   TestA\n"}
{"Action":"pass","Package":"p","Test":"TestA","Elapsed":0.1}
{"Action":"output","Package":"p","Test":"TestB","Output":"    b_test.go:3: needs a disk\n"}
{"Action":"output","Package":"p","Test":"TestB","Output":"--- SKIP: TestB (0.00s)\n"}
{"Action":"skip","Package":"p","Test":"TestB"}
{"Action":"output","Package":"p","Test":"TestC","Output":"    c_test.go:9: broken\n"}
{"Action":"fail","Package":"p","Test":"TestC"}
{"Action":"fail","Package":"p","Elapsed":1}
{"ImportPath":"q","Action":"build-output","Output":"q.go:1: syntax error\n"}
{"ImportPath":"q","Action":"build-fail"}
{"Action":"fail","Package":"q","FailedBuild":"q"}
{"Action":"output","Package":"r","Output":"?   \tr\t[no test files]\n"}
{"Action":"skip","Package":"r"}
`

const green = `{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"pass","Package":"p","Elapsed":1}
`

// What Node's runner writes: cases that are in no suite, and suites in suites.
const nodeJUnit = `<?xml version="1.0"?><testsuites><testcase name="a" classname="test"/>
<testsuite name="s"><testcase name="b" classname="test"><failure message="no"/></testcase>
<testsuite name="t"><testcase name="c" classname="test"><skipped type="skipped" message="why"/></testcase></testsuite></testsuite></testsuites>`

const junit = `<?xml version="1.0"?><testsuites><testsuite tests="4">
<testcase classname="c" name="ok"/>
<testcase classname="c" name="bad"><failure message="no">text</failure></testcase>
<testcase classname="c" name="worse"><error message="no">text</error></testcase>
<testcase classname="c" name="not"><skipped message="no bot"/></testcase>
</testsuite></testsuites>`

// file writes what a run would have kept.
func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSum(t *testing.T) {
	cases := []struct {
		name string
		file string
		text string
		code int
		want []string
	}{
		{"go test", "a.json", mixed, 1, []string{"p TestB: b_test.go:3: needs a disk", "  p TestC\n", "q (the package", "\n1 passed, 2 failed, 1 skipped\n"}},
		{"all well", "a.json", green, 0, []string{"\n1 passed, 0 failed, 0 skipped\n"}},
		{"junit of node", "a.xml", nodeJUnit, 1, []string{"test c: why", "\n1 passed, 1 failed, 1 skipped\n"}},
		{"junit", "a.xml", junit, 1, []string{"c not: no bot", "\n1 passed, 2 failed, 1 skipped\n"}},
		{"nothing ran", "a.skip", "python: not installed\n\n", 1, []string{"python: not installed", "\n0 passed, 0 failed, 1 skipped\n"}},
		{"empty", "a.json", "", 1, []string{"ran no test at all", "\n0 passed, 1 failed, 0 skipped\n"}},
	}
	for _, test := range cases {
		t.Run(test.name, func(t *testing.T) {
			var out, errs strings.Builder
			code := run([]string{"sum", file(t, test.file, test.text)}, nil, &out, &errs)
			if code != test.code || errs.Len() > 0 {
				t.Errorf("exit %d, want %d; errors %q", code, test.code, errs.String())
			}
			for _, want := range test.want {
				if !strings.Contains(out.String(), want) {
					t.Errorf("%q lacks %q", out.String(), want)
				}
			}
		})
	}
}

func TestSumRefusesWhatItCannotRead(t *testing.T) {
	for _, path := range []string{file(t, "a.xml", "<testsuites"), file(t, "a.txt", ""), "gone.json"} {
		var out, errs strings.Builder
		if code := run([]string{"sum", path}, nil, &out, &errs); code != 1 || errs.Len() == 0 {
			t.Errorf("%s: exit %d, errors %q", path, code, errs.String())
		}
	}
}

func TestRecordKeepsAllAndShowsFailures(t *testing.T) {
	path := file(t, "a.json", "")
	var out, errs strings.Builder
	if code := run([]string{"record", path}, strings.NewReader(mixed), &out, &errs); code != 1 {
		t.Errorf("exit %d after a failure", code)
	}
	if kept, err := os.ReadFile(path); err != nil || string(kept) != mixed {
		t.Errorf("kept %q, %v", kept, err)
	}
	for _, want := range []string{"c_test.go:9: broken", "FAIL p TestC", "q.go:1: syntax error", "FAIL q"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q lacks %q", out.String(), want)
		}
	}
	for _, noise := range []string{"TestA", "TestB", "ok   r"} {
		if strings.Contains(out.String(), noise) {
			t.Errorf("%q shows %q", out.String(), noise)
		}
	}
	out.Reset()
	if code := run([]string{"record", path}, strings.NewReader(green), &out, &errs); code != 0 || out.String() != "ok   p (1.0 s)\n" {
		t.Errorf("exit %d, %q for a green run", code, out.String())
	}
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{nil, {"sum"}, {"count", "x"}, {"record", "a", "b"}} {
		var out, errs strings.Builder
		if code := run(args, nil, &out, &errs); code != 2 || !strings.Contains(errs.String(), "usage") {
			t.Errorf("%q: exit %d, %q", args, code, errs.String())
		}
	}
}

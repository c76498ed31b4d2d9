package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// An event is a line of go test -json.
type event struct {
	Action     string
	Package    string
	ImportPath string // of build events
	Test       string
	Output     string
	Elapsed    float64
}

func (e event) name() string {
	name := e.Package
	if name == "" {
		name = e.ImportPath
	}
	if e.Test != "" {
		name += " " + e.Test
	}
	return name
}

// events reads a stream of events. A line that is none is a failure of the
// tool chain (go vet speaks so, for example), handed on as output.
func events(in io.Reader, each func(event)) error {
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			var e event
			if line[0] != '{' || json.Unmarshal(line, &e) != nil {
				e = event{Action: "build-output", Output: string(line)}
			}
			each(e)
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// record shows what a person wants to see while tests run: a line a package,
// and the output of what failed.
func record(in io.Reader, out io.Writer) (failed bool, err error) {
	output := map[string]*strings.Builder{}
	keep := func(e event) {
		if output[e.name()] == nil {
			output[e.name()] = &strings.Builder{}
		}
		output[e.name()].WriteString(e.Output)
	}
	err = events(in, func(e event) {
		switch e.Action {
		case "output":
			keep(e)
		case "build-output":
			fmt.Fprint(out, e.Output)
		case "build-fail":
			failed = true
		case "fail":
			failed = true
			if text := output[e.name()]; text != nil {
				fmt.Fprint(out, text)
			}
			fmt.Fprintf(out, "FAIL %s (%.1f s)\n", e.name(), e.Elapsed)
		case "pass", "skip":
			if e.Test == "" && !withoutTests(output[e.name()]) {
				fmt.Fprintf(out, "ok   %s (%.1f s)\n", e.Package, e.Elapsed)
			}
		}
		if e.Action == "pass" || e.Action == "skip" || e.Action == "fail" {
			delete(output, e.name())
		}
	})
	return failed, err
}

func withoutTests(output *strings.Builder) bool {
	return output != nil && strings.Contains(output.String(), "[no test files]")
}

// sumEvents counts tests and subtests. A package that fails without a failed
// test (it does not build, or it ended early) counts as one failure.
func sumEvents(in io.Reader) (tally, error) {
	var t tally
	reasons := map[string]string{}
	failedTests := map[string]bool{}
	err := events(in, func(e event) {
		switch {
		case e.Action == "output" && e.Test != "":
			if line := strings.TrimSpace(e.Output); line != "" && !framing(line) {
				reasons[e.name()] = line
			}
		case e.Test == "" && e.Action == "fail":
			if !failedTests[e.Package] {
				t.failed++
				t.failures = append(t.failures, e.name()+" (the package, not a test in it)")
			}
		case e.Test == "":
			return
		case e.Action == "pass":
			t.passed++
		case e.Action == "fail":
			t.failed++
			t.failures = append(t.failures, e.name())
			failedTests[e.Package] = true
		case e.Action == "skip":
			reason := reasons[e.name()]
			if reason == "" {
				reason = "no reason given"
			}
			t.skips = append(t.skips, e.name()+": "+reason)
		}
	})
	if t.passed+t.failed+len(t.skips) == 0 {
		t.failed++
		t.failures = append(t.failures, "go test ran no test at all")
	}
	return t, err
}

// framing is what the testing package prints around a test's own words.
func framing(line string) bool {
	return strings.HasPrefix(line, "=== ") || strings.HasPrefix(line, "--- ")
}

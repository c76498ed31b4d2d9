package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestMain(m *testing.M) {
	err := play()
	switch {
	case errors.Is(err, errNoPart):
		os.Exit(m.Run())
	case err != nil:
		fail(err)
	}
}

// needs are the prerequisites of a language, in the words of tools/prerequisites.sh.
var needs = map[string]string{"python": "python", "typescript": "node"}

// One short round: every message comes back, in every way and language, and every
// process takes CPU. No figure is judged.
func TestShortRound(t *testing.T) {
	var there []string
	for _, l := range languages {
		if lacking(l.name) == "" {
			there = append(there, l.name)
		}
	}
	raw := filepath.Join(t.TempDir(), "raw.json")
	var out, errs bytes.Buffer
	args := []string{"-short", "-tree", "../..", "-dir", t.TempDir(), "-json", raw, "-languages", strings.Join(there, ","), "-program", os.Getenv("OCO_BIN")}
	if err := command(args, &out, &errs); err != nil {
		t.Fatalf("%v\n%s", err, errs.String())
	}
	all := read(t, raw)
	for _, l := range languages {
		t.Run(l.name, func(t *testing.T) {
			if what := lacking(l.name); what != "" {
				missing(t, what)
			}
			complete(t, l.name, all, out.String())
		})
	}
}

// lacking is what a language needs and is not there.
func lacking(language string) string {
	need := needs[language]
	if need == "" {
		return ""
	}
	out, err := exec.Command("../../tools/prerequisites.sh", need).CombinedOutput()
	if err == nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}

// missing skips a test for want of a program; where the bot is proven it fails.
func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(what)
	}
	t.Skip(what)
}

func read(t *testing.T, file string) (all []result) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		var r result
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	return all
}

// complete checks that all of a language was measured and reported.
func complete(t *testing.T, language string, all []result, report string) {
	seen := map[string]int{}
	for _, r := range all {
		if r.Language != language {
			continue
		}
		if r.N < 1 || r.Rate <= 0 || r.P50 <= 0 || r.Handler <= 0 || r.Bot <= 0 {
			t.Errorf("not measured: %+v", r)
		}
		seen[r.Way]++
	}
	for _, way := range ways {
		if seen[way] != 2 {
			t.Errorf("%d measurements of %q, want one with 1 and one with 64 in flight", seen[way], way)
		}
	}
	for _, b := range bars {
		if line := fmt.Sprintf("| %s, %s, %d in flight: %s |", language, b.way, b.w, b.what); strings.Contains(report, line) == (language == golang) {
			t.Errorf("the report is not right about %q:\n%s", line, report)
		}
	}
}

func TestBadFlags(t *testing.T) {
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"-w", "1,,64"}, `"" is not a number`},
		{[]string{"-w", "1001"}, `"1001" is not a number from 1 to 1000`},
		{[]string{"-rounds", "0"}, "must be above nothing"},
		{[]string{"-languages", "go,cobol"}, `there is no language "cobol", but go, python, typescript`},
		{[]string{"stray"}, `"stray" is no flag`},
	} {
		err := command(c.args, &bytes.Buffer{}, &bytes.Buffer{})
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%v: %v; want one that says %s", c.args, err, c.says)
		}
	}
}

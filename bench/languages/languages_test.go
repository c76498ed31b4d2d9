package main

import (
	"bytes"
	"encoding/json"
	"errors"
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

// One short round for each language: every message comes back, in every way, and every
// process takes CPU. No figure is judged.
func TestShortRound(t *testing.T) {
	for _, l := range languages {
		t.Run(l.name, func(t *testing.T) {
			if need := needs[l.name]; need != "" {
				if out, err := exec.Command("../../tools/prerequisites.sh", need).CombinedOutput(); err != nil {
					missing(t, strings.TrimSpace(string(out)))
				}
			}
			measureShortly(t, l.name)
		})
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

func measureShortly(t *testing.T, language string) {
	raw := filepath.Join(t.TempDir(), "raw.json")
	var out, errs bytes.Buffer
	args := []string{"-short", "-tree", "../..", "-dir", t.TempDir(), "-json", raw, "-languages", language, "-program", os.Getenv("OCO_BIN")}
	if err := command(args, &out, &errs); err != nil {
		t.Fatalf("%v\n%s", err, errs.String())
	}
	text, err := os.ReadFile(raw)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for line := range strings.Lines(string(text)) {
		var r result
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		if r.Language != language || r.N < 1 || r.Rate <= 0 || r.P50 <= 0 || r.Handler <= 0 || r.Bot <= 0 {
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
		if language != golang && !strings.Contains(out.String(), b.what) {
			t.Errorf("the report does not judge %q:\n%s", b.what, out.String())
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

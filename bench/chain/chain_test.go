package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestMain(m *testing.M) {
	if done, err := play(); done {
		if err != nil {
			fail(err)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// One short round of everything: every message comes back once, and every
// column of the table is there. No figure is judged.
func TestShortRound(t *testing.T) {
	raw := filepath.Join(t.TempDir(), "raw.json")
	var out, errs bytes.Buffer
	args := []string{"-short", "-dir", t.TempDir(), "-json", raw, "-profile", t.TempDir()}
	if err := command(args, &out, &errs); err != nil {
		t.Fatalf("%v\n%s", err, errs.String())
	}
	text, err := os.ReadFile(raw)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		var r result
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		if r.N < 1 || r.Rate <= 0 || r.P50 <= 0 || r.P99 < r.P50 || r.Fd <= 0 {
			t.Errorf("not measured: %+v", r)
		}
		for i, role := range roles {
			if r.CPU[i] <= 0 {
				t.Errorf("%s, %d in flight: the %s took no CPU", r.Variant, r.W, role)
			}
		}
		if synced := r.Syncs > 0; r.Variant == bare && synced || syncing(r.Variant) && !synced {
			t.Errorf("%s, %d in flight: %v syncs a message", r.Variant, r.W, r.Syncs)
		}
		if (r.Variant == crowded) != (r.Idle > 0) {
			t.Errorf("%s: an idle handler takes %v bytes", r.Variant, r.Idle)
		}
		seen[r.Variant+" "+strings.Repeat("|", r.W)] = true
	}
	if len(seen) != 18 {
		t.Errorf("%d of 18 measurements", len(seen))
	}
	for _, b := range bars {
		if !strings.Contains(out.String(), b.what) {
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
		{[]string{"-idle", "-1"}, "the last not below"},
		{[]string{"-only", "off,fast"}, `there is no variant "fast", but bare, off, durable`},
		{[]string{"stray"}, `"stray" is no flag`},
		{[]string{"-dir", "/nowhere/at/all"}, "no such file"},
	} {
		err := command(c.args, &bytes.Buffer{}, &bytes.Buffer{})
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%v: %v; want one that says %s", c.args, err, c.says)
		}
	}
}

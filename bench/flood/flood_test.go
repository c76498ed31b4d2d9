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
			os.Stderr.WriteString(err.Error() + "\n")
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// Attacks of every kind for a moment: the bot lives, the plugin that behaves gets
// an answer to each call, and memory stays far below what it took when nothing
// bounded what a plugin sends over many connections. The bars are for `make flood`.
func TestShortFlood(t *testing.T) {
	const generous = 200 // MiB
	attacks := "streams,resets-stranger,brimful,idle,bodies"
	raw := filepath.Join(t.TempDir(), "raw.json")
	var out, errs bytes.Buffer
	if err := command([]string{"-attack", attacks, "-length", "300ms", "-control=false", "-streams", "2000", "-dir", t.TempDir(), "-json", raw}, &out, &errs); err != nil {
		t.Fatalf("%v\n%s", err, errs.String())
	}
	text, err := os.ReadFile(raw)
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for line := range strings.Lines(string(text)) {
		var r result
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		if seen++; r.Died || !r.Answers {
			t.Errorf("%s: the bot %s", r.Attack, r.end())
		}
		if r.During.Failed > 0 || r.During.Calls == 0 {
			t.Errorf("%s: of %d calls of the plugin that behaves %d failed: %s", r.Attack, r.During.Calls, r.During.Failed, r.During.Error)
		}
		if r.growth() > generous {
			t.Errorf("%s: the bot grew from %.1f to %.1f MiB", r.Attack, r.Before, r.Peak)
		}
		if len(r.Did) == 0 {
			t.Errorf("%s: the attacker did nothing", r.Attack)
		}
	}
	if want := strings.Count(attacks, ",") + 1; seen != want {
		t.Errorf("%d of %d attacks", seen, want)
	}
	if !strings.Contains(out.String(), "attacks were withstood within the bars") {
		t.Errorf("the report says nothing of the bars:\n%s", out.String())
	}
}

func TestBadFlags(t *testing.T) {
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"-attack", "streams,rain"}, `there is no attack "rain", but streams, streams-stranger`},
		{[]string{"-length", "0s"}, "must be above nothing"},
		{[]string{"-connections", "9", "-streams", "8"}, "a stream for each connection"},
		{[]string{"stray"}, `"stray" is no flag`},
	} {
		err := command(c.args, &bytes.Buffer{}, &bytes.Buffer{})
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%v: %v; want one that says %s", c.args, err, c.says)
		}
	}
}

// A verdict follows from the figures.
func TestVerdicts(t *testing.T) {
	calm, slow := latency{Calls: 100, P99: 4}, latency{Calls: 100, P99: 50}
	for _, c := range []struct {
		name   string
		r      result
		memory string
		speed  string
	}{
		{"well", result{Before: 40, Peak: 60, Calm: calm, During: latency{P99: 9}, Control: calm}, "met", "met"},
		{"as slow as the control", result{Before: 40, Peak: 60, Calm: calm, During: slow, Control: latency{P99: 30}}, "met", "as the control: the cores do not allow more"},
		{"slower", result{Before: 40, Peak: 72, Calm: calm, During: slow, Control: latency{P99: 20}}, "missed", "missed"},
		{"unanswered", result{During: latency{Calls: 9, Failed: 1, Error: "gone"}}, "met", "missed: 1 of 9 calls failed: gone"},
	} {
		if got := c.r.memory(); got != c.memory {
			t.Errorf("%s: memory %s, want %s", c.name, got, c.memory)
		}
		if got := c.r.speed(); got != c.speed {
			t.Errorf("%s: speed %s, want %s", c.name, got, c.speed)
		}
	}
	if (result{Answers: true}).good() != true || (result{Died: true, Answers: true}).good() || (result{}).good() {
		t.Error("a bot is good that lives and answers, and no other")
	}
}

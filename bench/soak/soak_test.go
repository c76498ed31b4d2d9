package main

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	err := play()
	switch {
	case errors.Is(err, errNoRole):
		os.Exit(m.Run())
	case err != nil:
		os.Stderr.WriteString(err.Error() + "\n")
		os.Exit(1)
	}
}

// report runs the command and returns what it reports.
func report(t *testing.T, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	if err := command(append(args, "-dir", t.TempDir()), &out, &errs); err != nil {
		t.Fatalf("%v\n%s%s", err, out.String(), errs.String())
	}
	return out.String()
}

// A short soak with kills and restarts: every message comes to its end, and the
// rows that are left are counted. Too few samples are taken to judge growth.
func TestShortSoak(t *testing.T) {
	out := report(t, "-messages", "1500", "-every", "1m", "-kill", "1s", "-length", "1m")
	for _, want := range []string{"done:", "failed:", "expired:", "rows at the end: a 1", "too few to tell", "nothing was lost, nothing ended in silence"} {
		if !strings.Contains(out, want) {
			t.Errorf("the report does not say %q:\n%s", want, out)
		}
	}
}

func TestShortAck(t *testing.T) {
	if out := report(t, "-ack", "-length", "300ms"); !strings.Contains(out, "beside a hung handler: p50") {
		t.Error(out)
	}
}

func TestShortRecovery(t *testing.T) {
	out := report(t, "-recovery", "-seen", "3000", "-open", "300")
	if strings.Count(out, "3000 events seen, 300 deliveries open: listens after") != 3 {
		t.Error(out)
	}
}

func TestBadFlags(t *testing.T) {
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"-length", "0s"}, "must be above nothing"},
		{[]string{"-rate", "-1"}, "not below"},
		{[]string{"-open", "5", "-seen", "4"}, "what is open was seen"},
		{[]string{"stray"}, `"stray" is no flag`},
	} {
		err := command(c.args, &bytes.Buffer{}, &bytes.Buffer{})
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%v: %v; want one that says %s", c.args, err, c.says)
		}
	}
}

// What grows, is lost or was left in silence fails the soak, each by name.
func TestJudge(t *testing.T) {
	flat := func(change func(n int, s *sample)) []sample {
		var all []sample
		for n := range 30 {
			s := sample{Goroutines: 50, Descriptors: 40, Heap: 60, Resident: 200, Tables: 300}
			if change != nil {
				change(n, &s)
			}
			all = append(all, s)
		}
		return all
	}
	good := account{Published: 9, Chatter: 1, Outcomes: map[string]int64{"done": 6, "failed": 3}}
	bot := counted{admitted: 10, ended: 10}
	for _, c := range []struct {
		name    string
		acc     account
		bot     counted
		samples []sample
		says    string
	}{
		{"well", good, bot, flat(nil), ""},
		{"warming up is no growth", good, bot, flat(func(n int, s *sample) { s.Heap = float64(min(n, 10)) * 50 }), ""},
		{"a leak of goroutines", good, bot, flat(func(n int, s *sample) { s.Goroutines += float64(3 * n) }), "goroutines grew from"},
		{"a leak of memory", good, bot, flat(func(n int, s *sample) { s.Resident += float64(4 * n) }), "resident, MiB grew from"},
		{"a store without bound", good, bot, flat(func(n int, s *sample) { s.Tables += float64(20 * n) }), "tables, MiB grew from"},
		{"silence", account{Published: 9, Open: 1, OldestOpen: time.Minute, Outcomes: map[string]int64{"done": 8}}, bot, flat(nil), "8 of 9 events that a route takes were settled, 1 are not through, the oldest for 1m0s"},
		{"a surprise", account{Published: 9, WrongCount: 2, Wrong: []string{"late ended done"}, Outcomes: map[string]int64{"done": 9}}, bot, flat(nil), "2 surprises: late ended done"},
		{"a lost delivery", good, counted{admitted: 10, ended: 9}, flat(nil), "admitted 10 deliveries and ended 9"},
	} {
		var out bytes.Buffer
		err := judge(&out, time.Minute, c.acc, c.bot, c.samples, map[string]int{"e": 1})
		switch {
		case c.says == "" && (err != nil || !strings.Contains(out.String(), "nothing was lost")):
			t.Errorf("%s: %v\n%s", c.name, err, out.String())
		case c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)):
			t.Errorf("%s: %v; want one that says %s", c.name, err, c.says)
		}
	}
}

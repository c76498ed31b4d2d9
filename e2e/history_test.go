package e2e

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// A spoken command is what a person said to the everything-handler.
type spoken struct {
	n          int
	route      string // once, safe or count
	user, room string
	orderly    bool // nothing but stops in order came between
}

func (c spoken) id() string { return fmt.Sprintf("m%d.%s.%s", c.n, c.user, c.room) }

// text is what the person says. Who counts has a counter of his own in the room.
func (c spoken) text() string {
	if c.route == "count" {
		return "oco: count " + c.room
	}
	return fmt.Sprintf("oco: %s %d", c.route, c.n)
}

// A history is what is known of commands after their handler was killed again and again.
type history struct {
	said    []spoken
	runs    []string // the lines that the handler wrote down: ROUTE NUMBER ATTEMPT
	posts   []post
	records []*ocov1.DeliveryRecord
	counted map[string]int // what the counter of a room holds
	offered int            // leases that the bot gave
	// late says that a process was stopped for longer than a lease: two may have counted
	// at a time, and a callback that finds its lease lost may fail.
	late bool
}

// A toll counts what became of the commands of a history.
type toll struct {
	done, resolved, failed, unknown, released, runs, again int
}

func (y toll) String() string {
	return fmt.Sprintf("%d done, %d of them late; %d unknown; %d failed; %d runs, %d of them further ones of a repeatable route; %d released",
		y.done, y.resolved, y.unknown, y.failed, y.runs, y.again, y.released)
}

// judge holds a history to the delivery contract and returns what breaks it.
func (h *history) judge() (y toll, problems []string) {
	wrong := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	records, runs := map[string][]*ocov1.DeliveryRecord{}, map[string][]string{}
	for _, d := range h.records {
		id := d.GetEventId()[strings.LastIndexByte(d.GetEventId(), ':')+1:]
		records[id] = append(records[id], d)
	}
	for _, line := range h.runs {
		command, attempt := line[:strings.LastIndexByte(line, ' ')], line[strings.LastIndexByte(line, ' ')+1:]
		runs[command] = append(runs[command], attempt)
	}
	counts := map[string]int{} // done commands that count, by room
	for _, c := range h.said {
		what := fmt.Sprintf("%s %d", c.route, c.n)
		of := records[c.id()]
		delete(records, c.id())
		if len(of) != 1 {
			wrong("%s: it has %d outcomes", what, len(of))
			continue
		}
		ran := runs[what]
		delete(runs, what)
		if c.route == "count" {
			ran = make([]string, 1) // it does not write down, its counter counts
		} else {
			y.runs += len(ran)
		}
		done := h.command(c, of[0], ran, &y, func(format string, args ...any) {
			wrong("%s: %s; ran %v, %v", what, fmt.Sprintf(format, args...), ran, of[0])
		})
		if c.route == "count" && done {
			counts[c.room]++
		}
	}
	for id, of := range records {
		wrong("nobody said what has the outcomes %v of %s", of, id)
	}
	for what := range runs {
		wrong("nobody said what ran: %s", what)
	}
	h.counters(counts, wrong)
	if y.released += h.offered; y.released < 0 {
		wrong("of %d leases there are %d attempts", h.offered, h.offered-y.released)
	}
	return y, problems
}

// command judges one command by its outcome and its runs, and says whether it is done.
func (h *history) command(c spoken, d *ocov1.DeliveryRecord, runs []string, y *toll, wrong func(string, ...any)) (done bool) {
	if len(runs) > 1 && c.route != "safe" {
		wrong("a second run of a once route")
	}
	for i, attempt := range runs {
		if slices.Contains(runs[:i], attempt) {
			wrong("attempt %s ran twice", attempt)
		}
	}
	y.again += max(0, len(runs)-1)
	y.released -= len(d.GetAttempts())
	outcome := d.GetOutcome()
	if outcome != ocov1.Outcome_OUTCOME_DONE && !contains(h.posts, d.GetDeliveryId()) {
		wrong("silent: its outcome is %v, and nobody was told", outcome)
	}
	if d.GetResolvedOutcome() != ocov1.Outcome_OUTCOME_UNSPECIFIED {
		outcome = d.GetResolvedOutcome()
	}
	switch {
	case outcome == ocov1.Outcome_OUTCOME_DONE:
		y.done++
		done = true
		if outcome != d.GetOutcome() {
			y.resolved++
		}
	case outcome == ocov1.Outcome_OUTCOME_UNKNOWN:
		y.unknown++
		if c.route == "safe" && len(d.GetAttempts()) < 5 {
			wrong("it is repeatable and was given up after %d attempts", len(d.GetAttempts()))
		}
	case outcome == ocov1.Outcome_OUTCOME_FAILED && h.late: // it may say so when its lease is lost
		y.failed++
	default:
		wrong("its outcome is %v", outcome)
	}
	if c.orderly && (d.GetOutcome() != ocov1.Outcome_OUTCOME_DONE || len(runs) != 1) {
		wrong("only stops in order came between, and it is not done at once")
	}
	if done && len(runs) == 0 {
		wrong("it is done and never ran")
	}
	if c.route == "count" {
		return done
	}
	want := 0
	if done {
		want = 1
	}
	if n := h.posted(c, "ran"); n != want {
		wrong("its reply was posted %d times, want %d", n, want)
	}
	if n := h.posted(c, "begins"); c.route == "safe" && (n > 1 || n < want) {
		wrong("its first reply was posted %d times", n)
	}
	return done
}

// posted counts how often one reply of a command was posted.
func (h *history) posted(c spoken, end string) (n int) {
	for _, p := range h.posts {
		if p.Room == c.room && p.Text == fmt.Sprintf("%s %d %s", c.route, c.n, end) {
			n++
		}
	}
	return n
}

// counters judges those of all rooms: each command that is done has counted once, and
// replied what was there before.
func (h *history) counters(done map[string]int, wrong func(string, ...any)) {
	replied := map[string][]int{}
	for _, p := range h.posts {
		if n, err := strconv.Atoi(p.Text); err == nil {
			replied[p.Room] = append(replied[p.Room], n)
		}
	}
	for room := range h.counted {
		done[room] += 0
	}
	for room, n := range done {
		if h.counted[room] != n {
			wrong("the counter of %s holds %d, and %d commands are done", room, h.counted[room], n)
		}
		got := slices.Sorted(slices.Values(replied[room]))
		for i, v := range got {
			if !h.late && v != i {
				wrong("the counts of %s were replied as %v", room, got)
				break
			}
		}
		if len(got) != n {
			wrong("%d counts of %s are done, and %d were replied", n, room, len(got))
		}
	}
}

// TestTheJudgeOfHandlersSees shows the judge what must not happen.
func TestTheJudgeOfHandlersSees(t *testing.T) {
	record := func(c spoken, outcome, resolved ocov1.Outcome, attempts int) *ocov1.DeliveryRecord {
		return &ocov1.DeliveryRecord{
			DeliveryId: "dlv-" + c.id(), EventId: "event:1:" + c.id(), Outcome: outcome, ResolvedOutcome: resolved,
			Attempts: make([]*ocov1.Attempt, attempts),
		}
	}
	const done, unknown, failed = ocov1.Outcome_OUTCOME_DONE, ocov1.Outcome_OUTCOME_UNKNOWN, ocov1.Outcome_OUTCOME_FAILED
	once, safe, count := spoken{n: 1, route: "once", user: "u1", room: "r1"}, spoken{n: 2, route: "safe", user: "u2", room: "r2"}, spoken{n: 3, route: "count", user: "u3", room: "r3"}
	orderly := once
	orderly.orderly = true
	in := func(room string, texts ...string) (all []post) {
		for _, text := range texts {
			all = append(all, post{Room: room, Text: text})
		}
		return all
	}
	type records = []*ocov1.DeliveryRecord
	for name, c := range map[string]struct {
		history
		want string // empty: nothing is wrong
	}{
		"done":                   {history{said: []spoken{once}, runs: []string{"once 1 1"}, posts: in("r1", "once 1 ran"), records: records{record(once, done, 0, 1)}}, ""},
		"unknown":                {history{said: []spoken{once}, runs: []string{"once 1 1"}, posts: in("r1", "unknown: dlv-m1.u1.r1"), records: records{record(once, unknown, 0, 1)}}, ""},
		"unknown, never began":   {history{said: []spoken{once}, posts: in("r1", "unknown: dlv-m1.u1.r1"), records: records{record(once, unknown, 0, 1)}}, ""},
		"resolved":               {history{said: []spoken{once}, runs: []string{"once 1 1"}, posts: in("r1", "unknown: dlv-m1.u1.r1", "once 1 ran"), records: records{record(once, unknown, done, 1)}}, ""},
		"ran again":              {history{said: []spoken{safe}, runs: []string{"safe 2 1", "safe 2 2"}, posts: in("r2", "safe 2 begins", "safe 2 ran"), records: records{record(safe, done, 0, 2)}}, ""},
		"counted":                {history{said: []spoken{count}, posts: in("r3", "0"), records: records{record(count, done, 0, 1)}, counted: map[string]int{"r3": 1}}, ""},
		"stopped in order":       {history{said: []spoken{orderly}, runs: []string{"once 1 1"}, posts: in("r1", "once 1 ran"), records: records{record(once, done, 0, 1)}}, ""},
		"lost":                   {history{said: []spoken{once}}, "it has 0 outcomes"},
		"admitted twice":         {history{said: []spoken{once}, runs: []string{"once 1 1"}, posts: in("r1", "once 1 ran"), records: records{record(once, done, 0, 1), record(once, done, 0, 1)}}, "it has 2 outcomes"},
		"out of nothing":         {history{records: records{record(once, done, 0, 1)}}, "nobody said what has"},
		"ran out of nothing":     {history{runs: []string{"once 1 1"}}, "nobody said what ran"},
		"a second run":           {history{said: []spoken{once}, runs: []string{"once 1 1", "once 1 2"}, posts: in("r1", "once 1 ran"), records: records{record(once, done, 0, 2)}}, "a second run"},
		"an attempt twice":       {history{said: []spoken{safe}, runs: []string{"safe 2 1", "safe 2 1"}, posts: in("r2", "safe 2 begins", "safe 2 ran"), records: records{record(safe, done, 0, 1)}}, "attempt 1 ran twice"},
		"silent":                 {history{said: []spoken{once}, runs: []string{"once 1 1"}, records: records{record(once, unknown, 0, 1)}}, "silent"},
		"silent for a while":     {history{said: []spoken{once}, runs: []string{"once 1 1"}, posts: in("r1", "once 1 ran"), records: records{record(once, unknown, done, 1)}}, "silent"},
		"swallowed":              {history{said: []spoken{once}, runs: []string{"once 1 1"}, posts: in("r1", "once: done."), records: records{record(once, done, 0, 1)}}, "posted 0 times"},
		"replied twice":          {history{said: []spoken{once}, runs: []string{"once 1 1"}, posts: in("r1", "once 1 ran", "once 1 ran"), records: records{record(once, done, 0, 1)}}, "posted 2 times"},
		"replied elsewhere":      {history{said: []spoken{once}, runs: []string{"once 1 1"}, posts: in("r2", "once 1 ran"), records: records{record(once, done, 0, 1)}}, "posted 0 times"},
		"begins twice":           {history{said: []spoken{safe}, runs: []string{"safe 2 1", "safe 2 2"}, posts: in("r2", "safe 2 begins", "safe 2 begins", "safe 2 ran"), records: records{record(safe, done, 0, 2)}}, "first reply was posted 2 times"},
		"begins never":           {history{said: []spoken{safe}, runs: []string{"safe 2 1"}, posts: in("r2", "safe 2 ran"), records: records{record(safe, done, 0, 1)}}, "first reply was posted 0 times"},
		"replied and unknown":    {history{said: []spoken{once}, runs: []string{"once 1 1"}, posts: in("r1", "once 1 ran", "unknown: dlv-m1.u1.r1"), records: records{record(once, unknown, 0, 1)}}, "posted 1 times, want 0"},
		"done and never ran":     {history{said: []spoken{once}, posts: in("r1", "once 1 ran"), records: records{record(once, done, 0, 1)}}, "never ran"},
		"given up":               {history{said: []spoken{safe}, runs: []string{"safe 2 1"}, posts: in("r2", "unknown: dlv-m2.u2.r2"), records: records{record(safe, unknown, 0, 4)}}, "given up after 4"},
		"failed, late":           {history{late: true, said: []spoken{once}, runs: []string{"once 1 1"}, posts: in("r1", "failed: dlv-m1.u1.r1"), records: records{record(once, unknown, failed, 1)}}, ""},
		"failed":                 {history{said: []spoken{once}, runs: []string{"once 1 1"}, posts: in("r1", "failed: dlv-m1.u1.r1"), records: records{record(once, failed, 0, 1)}}, "its outcome is"},
		"lost by a stop":         {history{said: []spoken{orderly}, runs: []string{"once 1 1"}, posts: in("r1", "unknown: dlv-m1.u1.r1"), records: records{record(once, unknown, 0, 1)}}, "not done at once"},
		"run again after a stop": {history{said: []spoken{{n: 2, route: "safe", user: "u2", room: "r2", orderly: true}}, runs: []string{"safe 2 1", "safe 2 2"}, posts: in("r2", "safe 2 begins", "safe 2 ran"), records: records{record(safe, done, 0, 2)}}, "not done at once"},
		"an attempt unleased":    {history{offered: 1, said: []spoken{safe}, runs: []string{"safe 2 1", "safe 2 2"}, posts: in("r2", "safe 2 begins", "safe 2 ran"), records: records{record(safe, done, 0, 2)}}, "of 1 leases there are 2 attempts"},
		"counted twice":          {history{said: []spoken{count}, posts: in("r3", "0"), records: records{record(count, done, 0, 1)}, counted: map[string]int{"r3": 2}}, "holds 2, and 1 commands are done"},
		"counted though unknown": {history{said: []spoken{count}, posts: in("r3", "unknown: dlv-m3.u3.r3"), records: records{record(count, unknown, 0, 1)}, counted: map[string]int{"r3": 1}}, "holds 1, and 0 commands are done"},
		"a count not replied":    {history{said: []spoken{count}, records: records{record(count, done, 0, 1)}, counted: map[string]int{"r3": 1}}, "0 were replied"},
		"a wrong count":          {history{said: []spoken{count}, posts: in("r3", "1"), records: records{record(count, done, 0, 1)}, counted: map[string]int{"r3": 1}}, "were replied as [1]"},
	} {
		if c.offered == 0 {
			for _, d := range c.records {
				c.offered += len(d.GetAttempts())
			}
		}
		_, problems := c.judge()
		got := strings.Join(problems, "; ")
		if c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s: the judge says %q, want %q", name, got, c.want)
		}
	}
}

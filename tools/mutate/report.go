package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/openchatops/oco/tools/explained"
)

// A report tells what became of the mutants of a package.
type report struct {
	*program
	equivalent *explained.List // mutants that behave like the original
	whole      bool            // no file of the package was left out
	out        io.Writer
	began      time.Time

	count  map[fate]int
	listed map[string]bool // of the list, what is there
	known  int             // survivors of the list
	stale  int             // lines of the list that are not true
}

func (r *report) tell(m *mutant, f fate) {
	key := m.key()
	r.count[f]++
	_, is := r.equivalent.Why[key]
	r.listed[key] = is
	switch {
	case is && (f == survived || f == notReached):
		r.known++
	case is:
		r.stale++
		fmt.Fprintf(r.out, "%s lists what tests notice, take it out: %s\n", r.equivalent.File, key)
	case f != killed:
		fmt.Fprintf(r.out, "%-11s %d: %s\n", names[f], m.line, key)
	}
	done := 0
	for _, n := range r.count {
		done += n
	}
	if done%100 == 0 {
		fmt.Fprintf(r.out, "%s: %d of %d after %s\n", r.path, done, len(r.mutants), time.Since(r.began).Round(time.Second))
	}
}

// sum ends the report and gives the percentage of the killed.
func (r *report) sum() float64 {
	for _, key := range slices.Sorted(maps.Keys(r.equivalent.Why)) {
		file, _, _ := strings.Cut(key, ".go ")
		if dir := file[:max(0, strings.LastIndex(file, "/"))]; r.whole && dir == r.path && !r.listed[key] {
			r.stale++
			fmt.Fprintf(r.out, "%s lists what is not there, take it out: %s\n", r.equivalent.File, key)
		}
	}
	percent := 100.0
	if counted := len(r.mutants) - r.count[hung]; counted > 0 {
		percent = 100 * float64(r.count[killed]) / float64(counted)
	}
	fmt.Fprintf(r.out, "%s: %.1f %% killed: %d mutants, %d killed, %d survived (%d of them equivalent), %d not reached, %d hung (not counted), %d did not compile; %s\n",
		r.path, percent, len(r.mutants), r.count[killed], r.count[survived], r.known, r.count[notReached], r.count[hung], r.unviable, time.Since(r.began).Round(time.Second))
	return percent
}

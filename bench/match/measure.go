package main

import (
	"fmt"
	"regexp"
	"runtime"
	"slices"
	"time"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/route"
)

// row is what was measured with one number of routes.
type row struct {
	routes   int
	build    time.Duration // compiling and indexing them
	compile  time.Duration // the standard library compiling the same expressions
	memory   uint64        // bytes of heap that they take
	compiled uint64        // bytes that they take compiled by the standard library; 0: not measured
	message  float64       // ns of CPU a message
	allocs   float64       // allocations a message
	cheaper  float64       // than the scan; 0: not measured
}

// linear is the plain answer: every expression in turn.
type linear []*regexp.Regexp

func (l linear) match(text string) (found []string) {
	for i, re := range l {
		if at := re.FindStringSubmatchIndex(text); at != nil {
			found = append(found, fmt.Sprintf("h%d %v", i, at))
		}
	}
	return found
}

// A subject is one number of routes under measurement.
type subject struct {
	row
	table    *route.Table
	slow     linear
	messages []string
	ns       []float64 // a message, by round
	scan     []float64 // times that the scan took, by round
}

func newSubject(c corpus, n int, scan bool) (*subject, error) {
	expressions, hits := c.routes(n)
	s := &subject{row: row{routes: n}, messages: c.messages(hits, 20_000)}
	before, began := heap(), cpu()
	var err error
	if s.table, err = build(expressions); err != nil {
		return nil, err
	}
	s.build = cpu() - began
	s.memory = heap() - min(before, heap())
	if !scan {
		return s, nil
	}
	before, began = heap(), cpu()
	for _, e := range expressions {
		s.slow = append(s.slow, regexp.MustCompile(e))
	}
	s.compile = cpu() - began
	s.compiled = heap() - min(before, heap())
	return s, same(s.table, s.slow, s.messages)
}

// measure lets the numbers of routes take turns.
func measure(c corpus, numbers []int, rounds int, length time.Duration, most int) (rows []row, err error) {
	var all []*subject
	for _, n := range numbers {
		s, err := newSubject(c, n, n <= most)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	for range rounds {
		for _, s := range all {
			ns := each(s.messages, length, func(text string) { s.table.Match(route.Message{Text: text}, everybody) })
			s.ns = append(s.ns, ns)
			if s.slow != nil {
				s.scan = append(s.scan, each(s.messages, length, func(text string) { s.slow.match(text) })/ns)
			}
		}
	}
	for _, s := range all {
		s.message, s.cheaper = median(s.ns), median(s.scan)
		s.allocs = allocations(s.messages, func(text string) { s.table.Match(route.Message{Text: text}, everybody) })
		rows = append(rows, s.row)
	}
	return rows, nil
}

func everybody(*route.Route) bool { return true }

func build(expressions []string) (*route.Table, error) {
	routes, err := compile("p", expressions)
	if err != nil {
		return nil, err
	}
	b := route.Empty(nil).Change()
	b.Replace("p", 0, routes)
	return b.Table(), nil
}

func compile(plugin string, expressions []string) (routes []*route.Route, err error) {
	for i, e := range expressions {
		r, err := route.Compile(plugin, route.Definition{Kind: route.Hear, Name: fmt.Sprint("h", i), Regex: e, Notice: chat.NoticeNone})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", e, err)
		}
		routes = append(routes, r)
	}
	return routes, nil
}

// same compares what both find in some messages, with those that are taken, and what
// their groups hold.
func same(table *route.Table, slow linear, messages []string) error {
	for k := 0; k < len(messages); k += max(1, len(messages)/100) {
		for _, text := range messages[max(0, k-k%20+10-1):min(len(messages), k-k%20+12)] {
			var found []string
			for _, hit := range table.Match(route.Message{Text: text}, everybody).Hears {
				var at []int
				for _, g := range hit.Groups {
					if !g.Matched {
						g.Start, g.End = -1, -1
					}
					at = append(at, g.Start, g.End)
				}
				found = append(found, fmt.Sprintf("%s %v", hit.Route.Name, at))
			}
			want := slow.match(text)
			slices.Sort(found)
			slices.Sort(want)
			if !slices.Equal(found, want) {
				return fmt.Errorf("%q is taken by %v, a scan finds %v", text, found, want)
			}
		}
	}
	return nil
}

// each gives the ns of CPU a message.
func each(messages []string, length time.Duration, do func(string)) float64 {
	runtime.GC()
	began, n := cpu(), 0
	for deadline := time.Now().Add(length); n == 0 || time.Now().Before(deadline); {
		for range 10 {
			do(messages[n%len(messages)])
			n++
		}
	}
	return float64(cpu()-began) / float64(n)
}

// allocations gives how many a message takes.
func allocations(messages []string, do func(string)) float64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	n := min(1000, len(messages))
	for _, text := range messages[:n] {
		do(text)
	}
	runtime.ReadMemStats(&after)
	return float64(after.Mallocs-before.Mallocs) / float64(n)
}

// took gives the CPU time of the middle one of some runs.
func took(rounds int, do func()) time.Duration {
	var all []float64
	for range rounds {
		runtime.GC()
		began := cpu()
		do()
		all = append(all, float64(cpu()-began))
	}
	return time.Duration(median(all))
}

func heap() uint64 {
	var s runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&s)
	return s.HeapAlloc
}

func median(all []float64) float64 {
	if len(all) == 0 {
		return 0
	}
	all = slices.Sorted(slices.Values(all))
	return all[len(all)/2]
}

package main

import (
	"fmt"
	"io"
	"math"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/route"
)

// row is what was measured with one number of routes.
type row struct {
	routes  int
	build   time.Duration // compiling and indexing them
	compile time.Duration // the standard library compiling the same expressions
	memory  uint64        // bytes of heap that they take
	message float64       // ns of CPU a message
	cheaper float64       // than the scan; 0: not measured
}

// linear is the plain answer: every expression in turn.
type linear []*regexp.Regexp

func (l linear) match(text string) (found []string) {
	for i, re := range l {
		if at := re.FindStringSubmatchIndex(text); at != nil {
			found = append(found, fmt.Sprint("h", i))
		}
	}
	return found
}

func measure(c corpus, n, rounds int, length time.Duration, scan bool) (row, error) {
	expressions, hits := c.routes(n)
	messages := c.messages(hits, 20_000)
	r := row{routes: n}
	before := heap()
	began := cpu()
	table, err := build(expressions)
	if err != nil {
		return r, err
	}
	r.build = cpu() - began
	r.memory = heap() - min(before, heap())
	var slow linear
	if scan {
		began = cpu()
		for _, e := range expressions {
			slow = append(slow, regexp.MustCompile(e))
		}
		r.compile = cpu() - began
		if err := same(table, slow, messages); err != nil {
			return r, err
		}
	}
	var fast, ratio []float64
	for range rounds {
		ns := each(messages, length, func(text string) { table.Match(route.Message{Text: text}, everybody) })
		fast = append(fast, ns)
		if scan {
			ratio = append(ratio, each(messages, length, func(text string) { slow.match(text) })/ns)
		}
	}
	r.message, r.cheaper = median(fast), median(ratio)
	return r, nil
}

func everybody(*route.Route) bool { return true }

func build(expressions []string) (*route.Table, error) {
	var routes []*route.Route
	for i, e := range expressions {
		r, err := route.Compile("p", route.Definition{Kind: route.Hear, Name: fmt.Sprint("h", i), Regex: e, Notice: chat.NoticeNone})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", e, err)
		}
		routes = append(routes, r)
	}
	table, impaired := route.NewTable(routes, nil)
	for r, why := range impaired {
		return nil, fmt.Errorf("%s: %w", r.Key(), why)
	}
	return table, nil
}

// same compares what both find in some messages, with those that are taken.
func same(table *route.Table, slow linear, messages []string) error {
	for k := 0; k < len(messages); k += max(1, len(messages)/100) {
		for _, text := range messages[max(0, k-k%20+10-1):min(len(messages), k-k%20+12)] {
			var found []string
			for _, hit := range table.Match(route.Message{Text: text}, everybody).Hears {
				found = append(found, hit.Route.Name)
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
	for deadline := time.Now().Add(length); time.Now().Before(deadline); n++ {
		for range 10 {
			do(messages[n%len(messages)])
			n++
		}
		n--
	}
	return float64(cpu()-began) / float64(n)
}

// cpu is the CPU time of this process so far.
func cpu() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &t); err != nil {
		panic(err) // a clock that every system has
	}
	return time.Duration(t.Nano())
}

func heap() uint64 {
	var s runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&s)
	return s.HeapAlloc
}

func median(all []float64) float64 {
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[len(all)/2]
}

func print(w io.Writer, rows []row) error {
	var b strings.Builder
	b.WriteString("| routes | ns a message | x the first | growth a decade | times cheaper than a scan | building, ms | compiling with the standard library, ms | heap, KiB a route |\n|---|---|---|---|---|---|---|---|\n")
	for i, r := range rows {
		growth := "-"
		if i > 0 {
			last := rows[i-1]
			growth = fmt.Sprintf("%.2f", math.Log10(r.message/last.message)/math.Log10(float64(r.routes)/float64(last.routes)))
		}
		cheaper, compile := "-", "-"
		if r.cheaper > 0 {
			cheaper, compile = fmt.Sprintf("%.0f", r.cheaper), fmt.Sprintf("%.0f", float64(r.compile)/1e6)
		}
		fmt.Fprintf(&b, "| %d | %.0f | %.2f | %s | %s | %.0f | %s | %.1f |\n", r.routes, r.message, r.message/rows[0].message, growth, cheaper,
			float64(r.build)/1e6, compile, float64(r.memory)/1024/float64(r.routes))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

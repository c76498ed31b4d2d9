package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"
)

// report writes tables in Markdown, and in the end which bars are met.
type report struct {
	w      io.Writer
	err    error
	judged []judged
}

// judged is a bar and what was measured.
type judged struct {
	what  string
	least bool // the limit is the least, not the most
	limit float64
	value float64
}

func (r *report) line(format string, args ...any) {
	if r.err == nil {
		_, r.err = fmt.Fprintf(r.w, format+"\n", args...)
	}
}

func (r *report) bar(what string, least bool, limit, value float64) {
	r.judged = append(r.judged, judged{what, least, limit, value})
}

func (r *report) mix(what string, rows []row) {
	r.line("## %s\n", what)
	r.line("| routes | ns a message | x the first | growth a decade | times cheaper than a scan | allocations a message | building, ms | compiling with the standard library, ms | heap, KiB a route | compiled with the standard library, KiB a route |")
	r.line("|---|---|---|---|---|---|---|---|---|---|")
	kib := func(bytes uint64, n int) float64 { return float64(bytes) / 1024 / float64(n) }
	for i, row := range rows {
		growth, cheaper, compile, compiled := "-", "-", "-", "-"
		if i > 0 {
			last := rows[i-1]
			growth = fmt.Sprintf("%.2f", math.Log10(row.message/last.message)/math.Log10(float64(row.routes)/float64(last.routes)))
		}
		if row.cheaper > 0 {
			cheaper, compile, compiled = fmt.Sprintf("%.0f", row.cheaper), ms(row.compile), fmt.Sprintf("%.1f", kib(row.compiled, row.routes))
		}
		r.line("| %d | %.0f | %.2f | %s | %s | %.1f | %s | %s | %.1f | %s |", row.routes, row.message, row.message/rows[0].message, growth, cheaper,
			row.allocs, ms(row.build), compile, kib(row.memory, row.routes), compiled)
	}
	r.line("")
	at := func(n int) (row, bool) {
		i := slices.IndexFunc(rows, func(r row) bool { return r.routes == n })
		if i < 0 {
			return row{}, false
		}
		return rows[i], true
	}
	few, hasFew := at(20)
	many, hasMany := at(10_000)
	if two, ok := at(2000); ok && hasFew && strings.HasPrefix(what, "distinct") {
		r.bar(what+": 2,000 routes / 20", false, 10, two.message/few.message)
		if hasMany {
			r.bar(what+": 10,000 routes / 20", false, 30, many.message/few.message)
		}
		return
	}
	if hasFew && hasMany {
		r.bar(what+": 10,000 routes / 20", false, 8, many.message/few.message)
	}
	for _, c := range []struct {
		n     int
		least float64
	}{{1000, 50}, {10_000, 400}} {
		if row, ok := at(c.n); ok && row.cheaper > 0 {
			r.bar(fmt.Sprintf("%s: times cheaper than a scan, %d routes", what, c.n), true, c.least, row.cheaper)
		}
	}
	if more, ok := at(100_000); ok && hasMany {
		r.bar(what+": 100,000 routes / 10,000", false, 3, more.message/many.message)
	}
}

func (r *report) commands(all []said) {
	r.line("## addressed, with as many commands\n")
	r.line("| commands | ns a message that is taken | x the first | ns one that is not | x the first |")
	r.line("|---|---|---|---|---|")
	for _, s := range all {
		r.line("| %d | %.0f | %.2f | %.0f | %.2f |", s.commands, s.taken, s.taken/all[0].taken, s.unmatched, s.unmatched/all[0].unmatched)
		if s.commands == 10_000 && all[0].commands == 20 {
			r.bar("addressed and taken: 10,000 commands / 20", false, 8, s.taken/all[0].taken)
			r.bar("addressed and not taken: 10,000 commands / 20", false, 10, s.unmatched/all[0].unmatched)
		}
	}
	r.line("")
}

func (r *report) changes(c changes) {
	r.line("## routes come and go, %d of them\n", c.routes)
	r.line("| | ms of CPU | / compiling with the standard library |")
	r.line("|---|---|---|")
	for _, m := range []struct {
		what string
		took time.Duration
	}{
		{"compiling all with the standard library", c.compile}, {"all in one Register, from the wire to the table", c.register},
		{fmt.Sprintf("the table, if %d plugins bring them one after the other", c.plugins), c.single},
		{"the table, if one more plugin brings a route", c.add}, {"the table, if that plugin leaves", c.remove},
	} {
		r.line("| %s | %.3f | %.4f |", m.what, float64(m.took)/1e6, float64(m.took)/float64(c.compile))
	}
	r.line("")
	if c.routes == 10_000 {
		r.bar("registering 10,000 routes / compiling them", false, 1, float64(c.register)/float64(c.compile))
	}
}

func (r *report) attack(a attacked) {
	r.line("## the dearest that one plugin may register\n")
	r.line("| | ms of CPU |")
	r.line("|---|---|")
	r.line("| registering it | %s |", ms(a.register))
	for i, size := range attackedSizes {
		r.line("| the worst message of %d bytes | %s |", size, ms(a.message[i]))
	}
	r.line("| the worst addressed message of 1,023 words | %s |", ms(a.said))
	r.line("")
}

func (r *report) bars() error {
	if len(r.judged) > 0 {
		r.line("## bars\n")
		r.line("| | bar | measured | |")
		r.line("|---|---|---|---|")
	}
	for _, j := range r.judged {
		sign, met := "≤", j.value <= j.limit
		if j.least {
			sign, met = "≥", j.value >= j.limit
		}
		verdict := "missed"
		if met {
			verdict = "met"
		}
		r.line("| %s | %s %g | %.2f | %s |", j.what, sign, j.limit, j.value, verdict)
	}
	return r.err
}

func ms(d time.Duration) string { return fmt.Sprintf("%.1f", float64(d)/1e6) }

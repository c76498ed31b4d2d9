package main

import (
	"fmt"
	"io"
	"slices"
)

// A bar is a limit on a ratio that a library is held to, for every language but Go, which
// has bars of its own in bench/chain.
type bar struct {
	way   string
	w     int
	what  string
	least bool // the limit is the least, not the most
	limit float64
	base  string                          // the way that it is compared with
	of    func(mine, base result) float64 // of one round
}

func rate(mine, base result) float64 { return mine.Rate / base.Rate }
func p50(mine, base result) float64  { return mine.P50 / base.P50 }
func cpu(mine, base result) float64  { return mine.Handler / base.Handler }

// values are what a ratio is, one for each round.
func values(all []result, language, way string, w int, base string, of func(mine, base result) float64) []float64 {
	var vs []float64
	for _, r := range all {
		if r.Language != language || r.Way != way || r.W != w {
			continue
		}
		i := slices.IndexFunc(all, func(b result) bool {
			return b.Language == language && b.Way == base && b.W == w && b.Round == r.Round
		})
		if i >= 0 {
			vs = append(vs, of(r, all[i]))
		}
	}
	return vs
}

func median(vs []float64) float64 {
	s := slices.Sorted(slices.Values(vs))
	if len(s)%2 == 1 {
		return s[len(s)/2]
	}
	return (s[len(s)/2-1] + s[len(s)/2]) / 2
}

// spread is the median of the rounds and their range.
func spread(vs []float64) string {
	return fmt.Sprintf("%.2f (%.2f-%.2f)", median(vs), slices.Min(vs), slices.Max(vs))
}

// meets says whether a value is within the limit.
func (b bar) meets(v float64) bool {
	if b.least {
		return v >= b.limit
	}
	return v <= b.limit
}

// verdict judges by the median, and says if at least the best round was good.
func (b bar) verdict(vs []float64) string {
	switch {
	case b.meets(median(vs)):
		return "met"
	case slices.ContainsFunc(vs, b.meets):
		return "missed; met in the best round"
	}
	return "missed"
}

type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}

// printTables writes both tables, in Markdown.
func printTables(out io.Writer, all []result, names []string, inFlight []int) error {
	p := printer{w: out}
	p.line("| language | in flight | way | round trips/s | p50 µs | CPU µs of handler | of bot | rate / call | p50 / call | CPU / call | rate / stream | p50 / stream | CPU / stream |")
	p.line("|---|---|---|---|---|---|---|---|---|---|---|---|---|")
	for _, language := range names {
		for _, w := range inFlight {
			for _, way := range ways {
				p.row(all, language, way, w)
			}
		}
	}
	p.line("")
	p.line("| | bar | median | range | |")
	p.line("|---|---|---|---|---|")
	for _, language := range names {
		for _, b := range bars {
			p.bar(b, all, language)
		}
	}
	return p.err
}

func (p *printer) row(all []result, language, way string, w int) {
	rs := slices.DeleteFunc(slices.Clone(all), func(r result) bool { return r.Language != language || r.Way != way || r.W != w })
	if len(rs) == 0 {
		return
	}
	col := func(of func(result) float64) float64 {
		vs := make([]float64, len(rs))
		for i, r := range rs {
			vs[i] = of(r)
		}
		return median(vs)
	}
	ratio := func(base string, of func(mine, base result) float64) string {
		return spread(values(all, language, way, w, base, of))
	}
	p.line("| %s | %d | %s | %.0f | %.0f | %.0f | %.0f | %s | %s | %s | %s | %s | %s |", language, w, way,
		col(func(r result) float64 { return r.Rate }), col(func(r result) float64 { return r.P50 }),
		col(func(r result) float64 { return r.Handler }), col(func(r result) float64 { return r.Bot }),
		ratio(call, rate), ratio(call, p50), ratio(call, cpu), ratio(stream, rate), ratio(stream, p50), ratio(stream, cpu))
}

func (p *printer) bar(b bar, all []result, language string) {
	vs := values(all, language, b.way, b.w, b.base, b.of)
	if len(vs) == 0 || language == golang {
		return
	}
	sign := "≤"
	if b.least {
		sign = "≥"
	}
	p.line("| %s, %s, %d in flight: %s | %s %g | %.2f | %.2f-%.2f | %s |", language, b.way, b.w, b.what, sign, b.limit,
		median(vs), slices.Min(vs), slices.Max(vs), b.verdict(vs))
}

package main

import (
	"fmt"
	"io"
	"slices"

	"github.com/openchatops/oco/bench/verdict"
)

// A bar is a limit on a ratio that a library is held to, for every language but Go, which
// has bars of its own in bench/chain.
type bar struct {
	way  string
	w    int
	what string
	verdict.Limit
	base string                          // the way that it is compared with
	of   func(mine, base result) float64 // of one round
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

// printTables writes both tables, in Markdown.
func printTables(out io.Writer, all []result, names []string, inFlight []int) error {
	p := &verdict.Table{Out: out}
	p.Line("| language | in flight | way | round trips/s | p50 µs | CPU µs of handler | of bot | rate / call | p50 / call | CPU / call | rate / stream | p50 / stream | CPU / stream |")
	p.Line("|---|---|---|---|---|---|---|---|---|---|---|---|---|")
	for _, language := range names {
		for _, w := range inFlight {
			for _, way := range ways {
				row(p, all, language, way, w)
			}
		}
	}
	p.Limits()
	for _, language := range names {
		if language == golang {
			continue
		}
		for _, b := range bars {
			p.Limit(fmt.Sprintf("%s, %s, %d in flight: %s", language, b.way, b.w, b.what), b.Limit, values(all, language, b.way, b.w, b.base, b.of))
		}
	}
	return p.Err
}

func row(p *verdict.Table, all []result, language, way string, w int) {
	rs := slices.DeleteFunc(slices.Clone(all), func(r result) bool { return r.Language != language || r.Way != way || r.W != w })
	if len(rs) == 0 {
		return
	}
	col := func(of func(result) float64) float64 {
		vs := make([]float64, len(rs))
		for i, r := range rs {
			vs[i] = of(r)
		}
		return verdict.Median(vs)
	}
	ratio := func(base string, of func(mine, base result) float64) string {
		return verdict.Spread(values(all, language, way, w, base, of))
	}
	p.Line("| %s | %d | %s | %.0f | %.0f | %.0f | %.0f | %s | %s | %s | %s | %s | %s |", language, w, way,
		col(func(r result) float64 { return r.Rate }), col(func(r result) float64 { return r.P50 }),
		col(func(r result) float64 { return r.Handler }), col(func(r result) float64 { return r.Bot }),
		ratio(call, rate), ratio(call, p50), ratio(call, cpu), ratio(stream, rate), ratio(stream, p50), ratio(stream, cpu))
}

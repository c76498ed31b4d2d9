package main

import (
	"fmt"
	"io"
	"slices"

	"github.com/openchatops/oco/bench/verdict"
)

// print writes both tables, in Markdown.
func printTables(w io.Writer, all []result, inFlight []int) error {
	p := &verdict.Table{Out: w}
	p.Line("| variant | in flight | msg/s | p50 µs | p99 µs | CPU µs/msg | adapter | bot | handler | syncs/msg | fd µs | rate / bare | p50 / bare | CPU / bare |")
	p.Line("|---|---|---|---|---|---|---|---|---|---|---|---|---|---|")
	for _, n := range inFlight {
		for _, v := range variants {
			row(p, all, v, n)
		}
	}
	p.Limits()
	for _, b := range bars {
		p.Limit(fmt.Sprintf("%s, %d in flight: %s", b.variant, b.w, b.what), b.Limit, b.values(all))
	}
	return p.Err
}

func row(p *verdict.Table, all []result, variant string, w int) {
	rs := slices.DeleteFunc(slices.Clone(all), func(r result) bool { return r.Variant != variant || r.W != w })
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
	ratio := func(of func(mine, bare, off result) float64) string {
		return verdict.Spread(bar{variant: variant, w: w, of: of}.values(all))
	}
	p.Line("| %s | %d | %.0f | %.0f | %.0f | %.1f | %.1f | %.1f | %.1f | %.2f | %.0f | %s | %s | %s |", variant, w,
		col(func(r result) float64 { return r.Rate }), col(func(r result) float64 { return r.P50 }), col(func(r result) float64 { return r.P99 }),
		col(result.cpu), col(func(r result) float64 { return r.CPU[0] }), col(func(r result) float64 { return r.CPU[1] }), col(func(r result) float64 { return r.CPU[2] }),
		col(func(r result) float64 { return r.Syncs }), col(func(r result) float64 { return r.Fd }), ratio(rate), ratio(p50), ratio(cpu))
}

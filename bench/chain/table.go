package main

import (
	"fmt"
	"io"
	"slices"
)

// print writes both tables, in Markdown.
func printTables(w io.Writer, all []result, inFlight []int) error {
	p := printer{w: w}
	p.line("| variant | in flight | msg/s | p50 µs | p99 µs | CPU µs/msg | adapter | bot | handler | syncs/msg | fd µs | rate / bare | p50 / bare | CPU / bare |")
	p.line("|---|---|---|---|---|---|---|---|---|---|---|---|---|---|")
	for _, n := range inFlight {
		for _, v := range variants {
			p.row(all, v, n)
		}
	}
	p.line("")
	p.line("| | bar | median | range | |")
	p.line("|---|---|---|---|---|")
	for _, b := range bars {
		p.bar(b, all)
	}
	return p.err
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

func (p *printer) row(all []result, variant string, w int) {
	rs := slices.DeleteFunc(slices.Clone(all), func(r result) bool { return r.Variant != variant || r.W != w })
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
	ratio := func(of func(mine, bare, off result) float64) string {
		return spread(bar{variant: variant, w: w, of: of}.values(all))
	}
	p.line("| %s | %d | %.0f | %.0f | %.0f | %.1f | %.1f | %.1f | %.1f | %.2f | %.0f | %s | %s | %s |", variant, w,
		col(func(r result) float64 { return r.Rate }), col(func(r result) float64 { return r.P50 }), col(func(r result) float64 { return r.P99 }),
		col(result.cpu), col(func(r result) float64 { return r.CPU[0] }), col(func(r result) float64 { return r.CPU[1] }), col(func(r result) float64 { return r.CPU[2] }),
		col(func(r result) float64 { return r.Syncs }), col(func(r result) float64 { return r.Fd }), ratio(rate), ratio(p50), ratio(cpu))
}

// spread is the median of the rounds and their range.
func spread(vs []float64) string {
	if len(vs) == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f (%.2f-%.2f)", median(vs), slices.Min(vs), slices.Max(vs))
}

func (p *printer) bar(b bar, all []result) {
	vs := b.values(all)
	if len(vs) == 0 {
		return
	}
	sign := "≤"
	if b.least {
		sign = "≥"
	}
	p.line("| %s, %d in flight: %s | %s %g | %.2f | %.2f-%.2f | %s |", b.variant, b.w, b.what, sign, b.limit,
		median(vs), slices.Min(vs), slices.Max(vs), b.verdict(vs))
}

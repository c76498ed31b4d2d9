package main

import (
	"strings"
	"testing"

	"github.com/openchatops/oco/bench/verdict"
)

// rounds of figures that are easy to reckon with.
func figures(rates ...float64) []result {
	var all []result
	for i, r := range rates {
		all = append(all,
			result{Variant: bare, Round: i, W: 64, Rate: 100, P50: 10, CPU: [3]float64{1, 2, 1}},
			result{Variant: off, Round: i, W: 64, Rate: 2 * r, P50: 20, CPU: [3]float64{1, 1, 1}},
			result{Variant: durable, Round: i, W: 64, Rate: r, P50: 50, CPU: [3]float64{2, 4, 2}, Fd: 10, Syncs: 2},
			result{Variant: unaryOff, Round: i, W: 64, P50: 30},
			result{Variant: unaryDurable, Round: i, W: 64, P50: 70, Fd: 10},
			result{Variant: crowded, Round: i, W: 64, P50: 25, Idle: 3 << 10},
			result{Variant: fewRoutes, Round: i, W: 64, P50: 20},
			result{Variant: manyRoutes, Round: i, W: 64, P50: 22})
	}
	return all
}

func TestBarsJudgeTheMedianOfRatiosWithinARound(t *testing.T) {
	b := bar{durable, 64, "rate / bare", verdict.AtLeast(0.5), rate}
	for want, rates := range map[string][]float64{
		"met":                           {50, 10, 90},
		"missed; met in the best round": {40, 49, 51},
		"missed":                        {1, 2, 3},
	} {
		if got := b.Judge(b.values(figures(rates...))); got != want {
			t.Errorf("%v: %q, want %q", rates, got, want)
		}
	}
}

func TestWhatBarsMeasure(t *testing.T) {
	all := figures(50)
	for name, c := range map[string]struct {
		variant string
		of      func(mine, bare, off result) float64
		want    float64
	}{
		"rate": {durable, rate, 0.5}, "cpu": {durable, cpu, 2}, "p50": {durable, p50, 5}, "over off": {durable, overOff, 3}, "syncs": {durable, syncs, 2},
		"over its own off": {unaryDurable, overOff, 4}, "alone": {crowded, alone, 1.25}, "memory": {crowded, kibibytes, 3},
		"many routes": {manyRoutes, alone, 1.1},
	} {
		vs := bar{variant: c.variant, w: 64, of: c.of}.values(all)
		if len(vs) != 1 || vs[0] != c.want {
			t.Errorf("%s: %v, want %v", name, vs, c.want)
		}
	}
}

func TestARoundWithoutItsBaseIsLeftOut(t *testing.T) {
	all := figures(50, 60)
	vs := bar{variant: durable, w: 64, of: rate}.values(all[1:])
	if len(vs) != 1 || vs[0] != 0.6 {
		t.Errorf("%v, want the second round alone", vs)
	}
}

func TestTables(t *testing.T) {
	var out strings.Builder
	if err := printTables(&out, figures(50, 70), []int{64}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| durable | 64 | 60 | 50 | 0 | 8.0 | 2.0 | 4.0 | 2.0 | 2.00 | 10 | 0.60 (0.50-0.70) | 5.00 (5.00-5.00) | 2.00 (2.00-2.00) |",
		"| durable, 64 in flight: rate / bare | ≥ 0.6 | 0.60 | 0.50-0.70 | met |",
		"| durable, 64 in flight: CPU / bare | ≤ 1.3 | 2.00 | 2.00-2.00 | missed |",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no line\n%s\nin\n%s", want, out.String())
		}
	}
}

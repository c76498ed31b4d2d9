package main

import (
	"strings"
	"testing"

	"github.com/openchatops/oco/bench/verdict"
)

// made is a result of a round.
func made(way string, round int, rate, cpu float64) result {
	return result{Language: "python", Way: way, W: 64, Round: round, N: 1, Rate: rate, P50: 1, Handler: cpu, Bot: 1}
}

func TestRatiosAreOfOneRound(t *testing.T) {
	all := []result{
		made(call, 0, 100, 10), made(off, 0, 200, 5),
		made(off, 1, 900, 40), made(call, 1, 300, 10),
		made(off, 2, 700, 1), // its base was not measured
	}
	if got := verdict.Spread(values(all, "python", off, 64, call, rate)); got != "2.50 (2.00-3.00)" {
		t.Errorf("rates: %s", got)
	}
	if got := verdict.Spread(values(all, "python", off, 64, call, cpu)); got != "2.25 (0.50-4.00)" {
		t.Errorf("CPU: %s", got)
	}
	if got := values(all, "go", off, 64, call, rate); got != nil {
		t.Errorf("of another language: %v", got)
	}
}

func TestTablesLackNothing(t *testing.T) {
	var out strings.Builder
	all := []result{made(stream, 0, 400, 2), made(call, 0, 100, 10), made(off, 0, 200, 5), made(durable, 0, 50, 20)}
	if err := printTables(&out, all, []string{"python"}, []int{64}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| python | 64 | off | 200 | 1 | 5 | 1 | 2.00 (2.00-2.00) | 1.00 (1.00-1.00) | 0.50 (0.50-0.50) | 0.50 (0.50-0.50) |",
		"| python, off, 64 in flight: rate / call | ≥ 1 | 2.00 | 2.00-2.00 | met |",
		"| python, durable, 64 in flight: rate / call | ≥ 1 | 0.50 | 0.50-0.50 | missed |",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("there is no %s in\n%s", want, out.String())
		}
	}
}

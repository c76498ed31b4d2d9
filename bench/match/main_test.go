package main

import (
	"io"
	"slices"
	"strings"
	"testing"
)

// What is measured finds what a scan finds, with every mix, and the tables say it.
func TestFewRoutes(t *testing.T) {
	var out strings.Builder
	err := command([]string{"-n", "20,200", "-rounds", "1", "-length", "10ms", "-only", "mix,distinct,commands,changes"}, &out, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"## mix, seed 0\n", "## mix, seed 7\n", "## distinct, seed 0\n", "## addressed", "## routes come and go, 200 of them\n", "| the table, if one more plugin brings a route |"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not told:\n%s", want, &out)
		}
	}
	if n := strings.Count(out.String(), "\n| 200 | "); n != 4 {
		t.Errorf("%d rows of 200 routes:\n%s", n, &out)
	}
}

// Which bars are met is judged by what was measured.
func TestBars(t *testing.T) {
	var out strings.Builder
	r := report{w: &out}
	r.mix("mix", []row{{routes: 20, message: 100}, {routes: 1000, message: 300, cheaper: 49}, {routes: 10_000, message: 800, cheaper: 400}, {routes: 100_000, message: 2401}})
	r.mix("distinct", []row{{routes: 20, message: 100}, {routes: 2000, message: 1001}, {routes: 10_000, message: 3000}})
	r.commands([]said{{20, 1, 1}, {10_000, 8, 10.1}})
	r.changes(changes{routes: 10_000, register: 2, compile: 3})
	if err := r.bars(); err != nil {
		t.Fatal(err)
	}
	var verdicts []string
	_, bars, _ := strings.Cut(out.String(), "## bars")
	for line := range strings.SplitSeq(bars, "\n") {
		if strings.HasSuffix(line, "met |") || strings.HasSuffix(line, "missed |") {
			columns := strings.Split(line, " | ")
			verdicts = append(verdicts, strings.TrimSuffix(columns[len(columns)-1], " |"))
		}
	}
	want := []string{"met", "missed", "met", "missed", "missed", "met", "met", "missed", "met"}
	if !slices.Equal(verdicts, want) {
		t.Errorf("%q, want %q:\n%s", verdicts, want, bars)
	}
}

func TestACorpusIsDrawnAlikeFromItsSeed(t *testing.T) {
	expressions, hits := corpus{seed: 3}.routes(40)
	again, _ := corpus{seed: 3}.routes(40)
	other, _ := corpus{seed: 4}.routes(40)
	if strings.Join(expressions, "\n") != strings.Join(again, "\n") || strings.Join(expressions, "\n") == strings.Join(other, "\n") {
		t.Error("the seed does not decide what is drawn")
	}
	if loose := strings.Count(strings.Join(hits, "\n")+"\n", "\n\n"); loose != 2 {
		t.Errorf("%d of 40 routes have no literal, want two", loose)
	}
}

func TestWrongFlags(t *testing.T) {
	for _, args := range [][]string{{"-n", "x"}, {"-n", "0"}, {"-rounds", "0"}, {"-nonsense"}, {"-only", "nonsense"}} {
		if err := command(args, io.Discard, io.Discard); err == nil {
			t.Errorf("%v is taken", args)
		}
	}
}

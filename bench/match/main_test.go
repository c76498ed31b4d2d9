package main

import (
	"io"
	"strings"
	"testing"
)

// What is measured finds what a scan finds, with every mix, and the table says it.
func TestFewRoutes(t *testing.T) {
	for _, args := range [][]string{nil, {"-seed", "7"}, {"-distinct"}} {
		var out strings.Builder
		if err := command(append([]string{"-n", "20,200", "-rounds", "1", "-length", "10ms"}, args...), &out, io.Discard); err != nil {
			t.Fatal(args, err)
		}
		if lines := strings.Split(strings.TrimSpace(out.String()), "\n"); len(lines) != 4 || !strings.HasPrefix(lines[3], "| 200 | ") {
			t.Errorf("%v prints:\n%s", args, &out)
		}
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
	for _, args := range [][]string{{"-n", "x"}, {"-n", "0"}, {"-rounds", "0"}, {"-nonsense"}} {
		if err := command(args, io.Discard, io.Discard); err == nil {
			t.Errorf("%v is taken", args)
		}
	}
}

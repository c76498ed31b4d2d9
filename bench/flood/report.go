package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// The bars: MiB that the bot may grow, and how many times longer a call of a plugin
// that behaves may take. Where calm and control are below floor, a call is as fast
// as can be told.
const (
	mostGrowth = 32
	mostSlower = 2
	floor      = 5 // ms
)

func (r result) memory() string {
	if r.growth() < mostGrowth {
		return "met"
	}
	return "missed"
}

// speed judges the p99 of the plugin that behaves beside what it was without an
// attack; where the control is slowed down as much, the cores do not allow more.
func (r result) speed() string {
	switch {
	case r.During.Failed > 0:
		return fmt.Sprintf("missed: %d of %d calls failed: %s", r.During.Failed, r.During.Calls, r.During.Error)
	case r.During.P99 <= mostSlower*max(r.Calm.P99, floor):
		return "met"
	case r.During.P99 <= mostSlower*max(r.Control.P99, floor):
		return "as the control: the cores do not allow more"
	}
	return "missed"
}

func (r result) end() string {
	switch {
	case r.Died:
		return "DIED"
	case !r.Answers:
		return "does not answer"
	}
	return "answers"
}

// good says that nothing was missed.
func (r result) good() bool {
	return !r.Died && r.Answers && r.memory() == "met" && !strings.HasPrefix(r.speed(), "missed")
}

func printHead(w io.Writer) error {
	_, err := fmt.Fprint(w, "| attack | MiB before, peak | growth | < 32 | p50 calm, during (control) ms | p99 calm, during (control) ms | within 2 x | after | the attacker |\n|---|---|---|---|---|---|---|---|---|\n")
	return err
}

func (r result) print(w io.Writer) error {
	var did []string
	for _, what := range slices.Sorted(maps.Keys(r.Did)) {
		did = append(did, fmt.Sprintf("%s %d", what, r.Did[what]))
	}
	_, err := fmt.Fprintf(w, "| %s | %.1f, %.1f | %.1f | %s | %.2f, %.2f (%.2f, %.2f) | %.2f, %.2f (%.2f, %.2f) | %s | %s | %s |\n",
		r.Attack, r.Before, r.Peak, r.growth(), r.memory(),
		r.Calm.P50, r.During.P50, r.ControlCalm.P50, r.Control.P50, r.Calm.P99, r.During.P99, r.ControlCalm.P99, r.Control.P99,
		r.speed(), r.end(), strings.Join(did, ", "))
	return err
}

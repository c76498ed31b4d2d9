package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// A curve is one thing that must not grow, and by how much it may seem to.
type curve struct {
	name string
	of   func(sample) float64
	// slack is what is never counted as growth: some goroutines and files come and
	// go with whatever runs at the moment.
	slack float64
}

var curves = []curve{
	{"goroutines", func(s sample) float64 { return s.Goroutines }, 10},
	{"descriptors", func(s sample) float64 { return s.Descriptors }, 5},
	{"heap, MiB", func(s sample) float64 { return s.Heap }, 4},
	{"resident, MiB", func(s sample) float64 { return s.Resident }, 8},
	{"tables, MiB", func(s sample) float64 { return s.Tables }, 64}, // that compaction has not reached
}

// mostGrowth is by how much a curve may rise from the second third to the last.
const mostGrowth = 0.05

// fewest are the samples from which growth can be told.
const fewest = 9

// grows says by how much a curve rises, and whether that is too much.
func (c curve) grows(samples []sample) (second, last float64, tooMuch bool) {
	third := len(samples) / 3
	second, last = c.median(samples[third:2*third]), c.median(samples[2*third:])
	return second, last, last > second*(1+mostGrowth) && last > second+c.slack
}

func (c curve) median(samples []sample) float64 {
	var vs []float64
	for _, s := range samples {
		vs = append(vs, c.of(s))
	}
	slices.Sort(vs)
	return vs[len(vs)/2]
}

// judge reports and fails if anything was lost, silent or grew.
func judge(out io.Writer, took time.Duration, acc account, bot counted, samples []sample, rows map[string]int) error {
	total := acc.Published + acc.Chatter
	fmt.Fprintf(out, "%d messages in %v, %.0f a second: %d for a route, %d chatter; outcomes %v; %d replies, %d edits, %d notices\n",
		total, took.Round(time.Second), float64(total)/took.Seconds(), acc.Published, acc.Chatter, acc.Outcomes, acc.Replies, acc.Edits, acc.Notices)
	fmt.Fprintf(out, "rows at the end: %s\n", strings.Join(sorted(rows), ", "))
	var wrong []error
	fail := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf(format, args...)) }
	settled := int64(0)
	for _, n := range acc.Outcomes {
		settled += n
	}
	if acc.Open > 0 || settled != acc.Published {
		fail("%d of %d events that a route takes were settled, %d are not through, the oldest for %v", settled, acc.Published, acc.Open, acc.OldestOpen.Round(time.Second))
	}
	if acc.WrongCount > 0 {
		fail("%d surprises: %s", acc.WrongCount, strings.Join(acc.Wrong, "; "))
	}
	if bot.admitted != bot.ended || bot.open != 0 {
		fail("the bot admitted %.0f deliveries and ended %.0f; %.0f are open", bot.admitted, bot.ended, bot.open)
	}
	if len(samples) < fewest {
		fmt.Fprintf(out, "%d samples are too few to tell whether anything grows\n", len(samples))
	} else {
		for _, c := range curves {
			second, last, tooMuch := c.grows(samples)
			fmt.Fprintf(out, "%-14s second third %.1f, last third %.1f\n", c.name, second, last)
			if tooMuch {
				fail("%s grew from %.1f to %.1f", c.name, second, last)
			}
		}
	}
	if len(wrong) == 0 {
		fmt.Fprintln(out, "nothing was lost, nothing ended in silence, nothing grew")
	}
	return errors.Join(wrong...)
}

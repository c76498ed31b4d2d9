package main

import (
	"slices"

	"github.com/openchatops/oco/bench/verdict"
)

// A bar is a limit that the bot is held to.
type bar struct {
	variant string
	w       int
	what    string
	verdict.Limit
	of func(mine, bare, off result) float64 // of one round; off is mine without syncs
}

func rate(mine, bare, _ result) float64 { return mine.Rate / bare.Rate }
func cpu(mine, bare, _ result) float64  { return mine.cpu() / bare.cpu() }
func p50(mine, bare, _ result) float64  { return mine.P50 / bare.P50 }

// overOff is how much longer a durable message takes, in fdatasyncs.
func overOff(mine, _, off result) float64 { return (mine.P50 - off.P50) / mine.Fd }

func syncs(mine, _, _ result) float64 { return mine.Syncs }

// alone is how much longer a message takes than without a crowd.
func alone(mine, _, off result) float64 { return mine.P50 / off.P50 }

// kibibytes are what each handler of a crowd takes of the bot's memory.
func kibibytes(mine, _, _ result) float64 { return mine.Idle / 1024 }

// bars are those of the design, section 11. Two syncs stand between a message
// and its reply and there is never a third; a few more in the background, such
// as those of a new log file, are none between them.
var bars = []bar{
	{off, 1, "p50 / bare", verdict.AtMost(1.5), p50},
	{off, 1, "CPU / bare", verdict.AtMost(1.3), cpu},
	{off, 64, "rate / bare", verdict.AtLeast(1.2), rate},
	{off, 64, "CPU / bare", verdict.AtMost(0.8), cpu},
	{durable, 64, "rate / bare", verdict.AtLeast(0.6), rate},
	{durable, 64, "CPU / bare", verdict.AtMost(1.3), cpu},
	{durable, 512, "rate / bare", verdict.AtLeast(0.8), rate},
	{durable, 512, "CPU / bare", verdict.AtMost(1.3), cpu},
	{durable, 1, "syncs a message", verdict.AtMost(2.1), syncs},
	{durable, 1, "(p50 - p50 off) / fd", verdict.AtMost(3.5), overOff},

	{unaryOff, 1, "p50 / bare", verdict.AtMost(2.2), p50},
	{unaryOff, 1, "CPU / bare", verdict.AtMost(2.2), cpu},
	{unaryOff, 64, "rate / bare", verdict.AtLeast(1.1), rate},
	{unaryOff, 64, "CPU / bare", verdict.AtMost(0.9), cpu},
	{unaryDurable, 64, "rate / bare", verdict.AtLeast(0.5), rate},
	{unaryDurable, 64, "CPU / bare", verdict.AtMost(1.7), cpu},
	{unaryDurable, 512, "rate / bare", verdict.AtLeast(0.8), rate},
	{unaryDurable, 512, "CPU / bare", verdict.AtMost(1.3), cpu},
	{unaryDurable, 1, "syncs a message", verdict.AtMost(2.1), syncs},
	{unaryDurable, 1, "(p50 - p50 off) / fd", verdict.AtMost(4.5), overOff},

	{crowded, 1, "p50 / p50 off", verdict.AtMost(1.05), alone},
	{crowded, 1, "KiB of memory a handler", verdict.AtMost(40), kibibytes},

	{manyRoutes, 1, "p50 / p50 with ten", verdict.AtMost(1.1), alone},
}

// at finds the result of a variant in a round.
func at(all []result, variant string, w, round int) (result, bool) {
	i := slices.IndexFunc(all, func(r result) bool { return r.Variant == variant && r.W == w && r.Round == round })
	if i < 0 {
		return result{}, false
	}
	return all[i], true
}

// values are what a bar measures, a value for each round that has all it needs.
func (b bar) values(all []result) []float64 {
	var vs []float64
	for _, r := range all {
		if r.Variant != b.variant || r.W != b.w {
			continue
		}
		base, ok := at(all, bare, r.W, r.Round)
		store, found := at(all, offOf(r.Variant), r.W, r.Round)
		if ok && found {
			vs = append(vs, b.of(r, base, store))
		}
	}
	return vs
}

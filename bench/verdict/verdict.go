// Package verdict says what the rounds of a bench amount to: their median and range,
// whether that is within a limit, and all of it as tables.
package verdict

import (
	"fmt"
	"slices"
)

// A Limit is what a value is held to: at most Value, or at least that.
type Limit struct {
	Least bool
	Value float64
}

// AtMost is a limit from above.
func AtMost(v float64) Limit { return Limit{Value: v} }

// AtLeast is a limit from below.
func AtLeast(v float64) Limit { return Limit{Least: true, Value: v} }

// String is the limit as a table has it.
func (l Limit) String() string {
	if l.Least {
		return fmt.Sprintf("≥ %g", l.Value)
	}
	return fmt.Sprintf("≤ %g", l.Value)
}

// Meets says whether a value is within the limit.
func (l Limit) Meets(v float64) bool {
	if l.Least {
		return v >= l.Value
	}
	return v <= l.Value
}

// Judge judges rounds by their median, and says if at least the best one was good.
func (l Limit) Judge(rounds []float64) string {
	switch {
	case l.Meets(Median(rounds)):
		return "met"
	case slices.ContainsFunc(rounds, l.Meets):
		return "missed; met in the best round"
	}
	return "missed"
}

// Median is that of one round or more.
func Median(rounds []float64) float64 {
	s := slices.Sorted(slices.Values(rounds))
	if len(s)%2 == 1 {
		return s[len(s)/2]
	}
	return (s[len(s)/2-1] + s[len(s)/2]) / 2
}

// Spread is the median of rounds and their range, "-" of none.
func Spread(rounds []float64) string {
	if len(rounds) == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f (%.2f-%.2f)", Median(rounds), slices.Min(rounds), slices.Max(rounds))
}

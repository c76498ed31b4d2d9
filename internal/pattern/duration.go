package pattern

import (
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strings"
	"time"
)

var durationUnits = [...]struct {
	names []string // the first is the shortest
	size  time.Duration
}{
	{[]string{"w", "week", "weeks"}, 7 * 24 * time.Hour},
	{[]string{"d", "day", "days"}, 24 * time.Hour},
	{[]string{"h", "hr", "hrs", "hour", "hours"}, time.Hour},
	{[]string{"m", "min", "mins", "minute", "minutes"}, time.Minute},
	{[]string{"s", "sec", "secs", "second", "seconds"}, time.Second},
	{[]string{"ms"}, time.Millisecond},
}

// parseDuration reads amounts with units, the greatest unit first and each at
// most once: 90s, 1h30m, 1.5h, 2 days, 1 hour 30 minutes. A day has 24 hours.
// There is no sign and no amount without a unit. Letters may be of either case,
// and any white space stands for a space.
func parseDuration(text string) (time.Duration, bool) {
	words, ok := spokenWords(text)
	if !ok {
		return 0, false
	}
	return parseAmounts(strings.Join(words, " "))
}

// parseAmounts reads a duration in lower case in which one space may stand before
// a unit and before an amount.
func parseAmounts(text string) (time.Duration, bool) {
	total, smallest := uint64(0), -1
	for text != "" {
		whole, after := leadingDigits(text)
		fraction := ""
		if strings.HasPrefix(after, ".") {
			fraction, after = leadingDigits(after[1:])
			if fraction == "" {
				return 0, false
			}
		}
		after = strings.TrimPrefix(after, " ")
		name := after[:letters(after)]
		unit := unitNamed(name)
		if whole == "" || unit <= smallest {
			return 0, false
		}
		amount, ok := scale(whole, fraction, uint64(durationUnits[unit].size))
		if !ok || amount > math.MaxInt64-total {
			return 0, false
		}
		total, smallest, text = total+amount, unit, strings.TrimPrefix(after[len(name):], " ")
	}
	return time.Duration(total), smallest >= 0
}

// formatDuration gives the shortest text that parseDuration reads as the same.
func formatDuration(d time.Duration) string {
	var out strings.Builder
	for i, unit := range durationUnits {
		amount := d / unit.size
		d -= amount * unit.size
		fraction := ""
		if i == len(durationUnits)-1 && d > 0 {
			fraction = strings.TrimRight(fmt.Sprintf(".%06d", d), "0")
		}
		if amount > 0 || fraction != "" {
			fmt.Fprintf(&out, "%d%s%s", amount, fraction, unit.names[0])
		}
	}
	if out.Len() == 0 {
		return "0s"
	}
	return out.String()
}

func leadingDigits(text string) (digits, after string) {
	n := 0
	for n < len(text) && '0' <= text[n] && text[n] <= '9' {
		n++
	}
	return text[:n], text[n:]
}

func letters(text string) int {
	n := 0
	for n < len(text) && 'a' <= text[n] && text[n] <= 'z' {
		n++
	}
	return n
}

func unitNamed(name string) int {
	for i, unit := range durationUnits {
		if slices.Contains(unit.names, name) {
			return i
		}
	}
	return -1
}

// scale gives whole.fraction times unit, rounded down; false beyond int64. A
// fraction of more than nine digits is refused.
func scale(whole, fraction string, unit uint64) (uint64, bool) {
	if len(whole) > 18 || len(fraction) > 9 {
		return 0, false
	}
	high, low := bits.Mul64(decimal(whole), unit)
	if high != 0 {
		return 0, false
	}
	power := uint64(1)
	for range fraction {
		power *= 10
	}
	high, part := bits.Mul64(decimal(fraction), unit)
	part, _ = bits.Div64(high, part, power) // fraction < power, so the quotient fits
	sum, carry := bits.Add64(low, part, 0)
	return sum, carry == 0 && sum <= math.MaxInt64
}

func decimal(digits string) uint64 {
	n := uint64(0)
	for _, digit := range digits {
		n = n*10 + uint64(digit-'0')
	}
	return n
}

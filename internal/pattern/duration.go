package pattern

import (
	"math"
	"math/bits"
	"strings"
	"time"
)

var durationUnits = [...]struct {
	name string
	size time.Duration
}{
	{"w", 7 * 24 * time.Hour},
	{"d", 24 * time.Hour},
	{"h", time.Hour},
	{"m", time.Minute},
	{"s", time.Second},
	{"ms", time.Millisecond},
}

// parseDuration reads amounts with units, the greatest unit first and each at
// most once: 90s, 1h30m, 1.5h, 2d. A day has 24 hours. There is no sign and no
// amount without a unit.
func parseDuration(text string) (time.Duration, bool) {
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
		name := after[:letters(after)]
		unit := unitNamed(name)
		if whole == "" || unit <= smallest {
			return 0, false
		}
		amount, ok := scale(whole, fraction, uint64(durationUnits[unit].size))
		if !ok || amount > math.MaxInt64-total {
			return 0, false
		}
		total, smallest, text = total+amount, unit, after[len(name):]
	}
	return time.Duration(total), smallest >= 0
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
		if unit.name == name {
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

package view

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// durations of ISO 8601 without years and months, which have no one length.
var isoDuration = regexp.MustCompile(`\AP(?:(\d+)W|(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d{1,9})?)S)?)?)\z`)

// spokenDuration gives a duration of ISO 8601 as people type it.
func spokenDuration(text string) (string, bool) {
	found := isoDuration.FindStringSubmatch(text)
	if found == nil || strings.HasSuffix(text, "T") || text == "P" {
		return "", false
	}
	spoken := ""
	for i, unit := range []string{"w", "d", "h", "m", "s"} {
		if found[i+1] != "" {
			spoken += found[i+1] + unit
		}
	}
	return spoken, true
}

// isoOf gives a duration in the form of RFC 3339; false if it has a part of a
// second, for which that has no form.
func isoOf(d time.Duration) (string, bool) {
	const day = 24 * time.Hour
	if d%time.Second != 0 {
		return "", false
	}
	out := "P"
	if days := d / day; days > 0 {
		out += fmt.Sprintf("%dD", days)
	}
	if rest := d % day; rest > 0 || d == 0 {
		out += "T"
		for _, unit := range []struct {
			size time.Duration
			name string
		}{{time.Hour, "H"}, {time.Minute, "M"}, {time.Second, "S"}} {
			if n := rest / unit.size; n > 0 || d == 0 && unit.name == "S" {
				out += fmt.Sprintf("%d%s", n, unit.name)
			}
			rest %= unit.size
		}
	}
	return out, true
}

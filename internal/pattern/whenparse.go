package pattern

import (
	"strings"
	"time"
)

// maxWhenWords is how many words a time or a duration may have that is not
// quoted.
const maxWhenWords = 4

// ParseWhen reads a time as people say it (OCO-GRM-3): now; in 2h; 9am, 9:30pm,
// 17:30, noon, midnight; today, tomorrow or a day of the week, with a time of day
// or without; 2026-12-01; 2026-12-01 09:00, also with T for the space and with a
// zone. Letters may be of either case, and any white space stands for a space.
func ParseWhen(text string) (When, bool) {
	words, ok := spokenWords(text)
	if !ok {
		return When{}, false
	}
	switch first := words[0]; {
	case first == "now" && len(words) == 1:
		return When{}, true
	case first == "in" && len(words) > 1:
		after, ok := parseAmounts(strings.Join(words[1:], " "))
		return When{form: saidAfter, after: after}, ok
	}
	if w, ok := parseDay(words[0]); ok {
		return w.at(words[1:])
	}
	if w, ok := parseDateTime(words); ok {
		return w, true
	}
	return parseClockFirst(words)
}

// spokenWords gives the words of a time or a duration in lower case, with plain
// dashes.
func spokenWords(text string) ([]string, bool) {
	if len(text) > maxTyped {
		return nil, false
	}
	words := strings.Fields(strings.Map(plainDash, Fold(text)))
	return words, len(words) > 0
}

// at gives the day with what is said after it: nothing, a time of day, or at and
// a time of day.
func (w When) at(words []string) (When, bool) {
	if len(words) == 0 {
		return w, true
	}
	if words[0] == "at" {
		words = words[1:]
	}
	clock, ok := parseClock(words)
	w.clock, w.clocked = clock, true
	return w, ok
}

func parseDay(word string) (When, bool) {
	switch word {
	case "today":
		return When{form: saidDay}, true
	case "tomorrow":
		return When{form: saidDay, days: 1}, true
	}
	for day := time.Sunday; day <= time.Saturday; day++ {
		if name := strings.ToLower(day.String()); word == name || word == name[:3] {
			return When{form: saidWeekday, weekday: day}, true
		}
	}
	return When{}, false
}

// parseClockFirst reads a time of day, alone or before its day: 9am on monday.
func parseClockFirst(words []string) (When, bool) {
	w := When{form: saidClock}
	if last := len(words) - 1; last > 0 {
		if day, ok := parseDay(words[last]); ok {
			w, words = day, words[:last]
			if len(words) > 1 && words[last-1] == "on" {
				words = words[:last-1]
			}
		}
	}
	clock, ok := parseClock(words)
	w.clock, w.clocked = clock, true
	return w, ok
}

// parseDateTime reads a date, alone, with a time of day, or with that and a zone.
func parseDateTime(words []string) (When, bool) {
	day, after, hasT := strings.Cut(words[0], "t")
	w := When{form: saidDate}
	var ok bool
	if w.date, ok = parseDate(day); !ok {
		return When{}, false
	}
	words = words[1:]
	switch {
	case hasT:
		words = append([]string{after}, words...)
	case len(words) == 0:
		return w, true
	case words[0] == "at":
		words = words[1:]
	}
	if clock, ok := parseClock(words); ok && !hasT {
		w.clock, w.clocked = clock, true
		return w, true
	}
	return w.zonedAt(words)
}

// zonedAt adds 09:00, 09:00Z or 09:00 +02:00.
func (w When) zonedAt(words []string) (When, bool) {
	if len(words) == 0 || len(words) > 2 {
		return When{}, false
	}
	clock, zone := words[0], ""
	if at := strings.IndexAny(clock, "z+-"); at >= 0 {
		clock, zone = clock[:at], clock[at:]
	}
	if len(words) == 2 {
		if zone != "" {
			return When{}, false
		}
		zone = words[1]
	}
	var ok bool
	if w.clock, ok = parse24(clock); !ok {
		return When{}, false
	}
	w.clocked = true
	if zone == "" && len(words) == 1 {
		return w, true
	}
	w.zoned = true
	w.offset, ok = parseZone(zone)
	return w, ok
}

func parseDate(text string) (date, bool) {
	if len(text) != len("2026-12-01") || text[4] != '-' || text[7] != '-' {
		return date{}, false
	}
	var d date
	var okYear, okMonth, okDay bool
	d.year, okYear = digits(text[:4])
	d.month, okMonth = digits(text[5:7])
	d.day, okDay = digits(text[8:])
	return d, okYear && okMonth && okDay && d.exists()
}

// parseZone reads z, utc, +02:00 or -0530 as seconds east of UTC.
func parseZone(text string) (seconds int, ok bool) {
	switch text {
	case "z", "utc":
		return 0, true
	case "":
		return 0, false
	}
	sign := 1
	switch text[0] {
	case '+':
	case '-':
		sign = -1
	default:
		return 0, false
	}
	text = text[1:]
	if len(text) == len("02:00") && text[2] == ':' {
		text = text[:2] + text[3:]
	}
	if len(text) != len("0200") {
		return 0, false
	}
	hours, okHours := digits(text[:2])
	minutes, okMinutes := digits(text[2:])
	return sign * (hours*3600 + minutes*60), okHours && okMinutes && hours < 24 && minutes < 60
}

// parseClock reads a time of day: noon, midnight, 9am, 9:30 pm, 17:30.
func parseClock(words []string) (time.Duration, bool) {
	switch len(words) {
	case 1:
	case 2:
		if words[1] != "am" && words[1] != "pm" {
			return 0, false
		}
	default:
		return 0, false
	}
	switch text := strings.Join(words, ""); text {
	case "noon":
		return 12 * time.Hour, true
	case "midnight":
		return 0, true
	default:
		for half, name := range []string{"am", "pm"} {
			if clock, found := strings.CutSuffix(text, name); found {
				return parse12(clock, half)
			}
		}
		return parse24(text)
	}
}

// parse12 reads 9 or 9:30 of the first or second half of the day.
func parse12(text string, half int) (time.Duration, bool) {
	hour, minute, hasMinute := strings.Cut(text, ":")
	h, ok := digits(hour)
	if !ok || len(hour) > 2 || h < 1 || h > 12 {
		return 0, false
	}
	m := 0
	if hasMinute {
		if m, ok = sixty(minute); !ok {
			return 0, false
		}
	}
	return time.Duration(h%12+12*half)*time.Hour + time.Duration(m)*time.Minute, true
}

// parse24 reads 17:30, 17:30:15 or 17:30:15.25.
func parse24(text string) (time.Duration, bool) {
	hour, rest, found := strings.Cut(text, ":")
	minute, second, hasSecond := strings.Cut(rest, ":")
	h, okHour := digits(hour)
	m, okMinute := sixty(minute)
	if !found || !okHour || len(hour) > 2 || h > 23 || !okMinute {
		return 0, false
	}
	clock := time.Duration(h)*time.Hour + time.Duration(m)*time.Minute
	if !hasSecond {
		return clock, true
	}
	second, fraction, hasFraction := strings.Cut(second, ".")
	s, ok := sixty(second)
	if !ok || hasFraction && !isFraction(fraction) {
		return 0, false
	}
	nanos := fraction + "000000000"[:9-len(fraction)]
	return clock + time.Duration(s)*time.Second + time.Duration(decimal(nanos)), true
}

func isFraction(text string) bool {
	_, after := leadingDigits(text)
	return text != "" && after == "" && len(text) <= 9
}

// sixty reads two digits below 60.
func sixty(text string) (int, bool) {
	n, ok := digits(text)
	return n, ok && len(text) == 2 && n < 60
}

// digits reads one to four digits.
func digits(text string) (int, bool) {
	number, after := leadingDigits(text)
	return int(decimal(number)), number != "" && after == "" && len(text) <= 4
}

package pattern

import (
	"fmt"
	"strings"
	"time"
)

// String gives the shortest form that [ParseWhen] reads as the same.
func (w When) String() string {
	switch w.form {
	case saidClock:
		return w.clockString()
	case saidDay:
		return w.withClock([]string{"today", "tomorrow"}[w.days])
	case saidWeekday:
		return w.withClock(strings.ToLower(w.weekday.String()))
	case saidDate:
		text := fmt.Sprintf("%04d-%02d-%02d", w.date.year, w.date.month, w.date.day)
		if w.clocked {
			text += "T" + w.clockString()
		}
		return text + w.zoneString()
	}
	if w.after == 0 {
		return "now"
	}
	return "in " + formatDuration(w.after)
}

func (w When) withClock(day string) string {
	if !w.clocked {
		return day
	}
	return day + " " + w.clockString()
}

func (w When) clockString() string {
	t := time.Time{}.Add(w.clock)
	switch {
	case t.Nanosecond() != 0:
		return t.Format("15:04:05.999999999")
	case t.Second() != 0:
		return t.Format("15:04:05")
	}
	return t.Format("15:04")
}

func (w When) zoneString() string {
	switch {
	case !w.zoned:
		return ""
	case w.offset == 0:
		return "Z"
	}
	sign, minutes := '+', w.offset/60
	if minutes < 0 {
		sign, minutes = '-', -minutes
	}
	return fmt.Sprintf("%c%02d:%02d", sign, minutes/60, minutes%60)
}

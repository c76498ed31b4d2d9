package texts

import (
	"fmt"
	"time"
)

// How the bot says times, lists and sentences, in every other text.
var (
	sentences = text("format.sentences", "{first} {next}", "How two whole sentences stand behind one another.").alike()
	sentence  = text("format.sentence", "{text}.", "How a sentence ends that somebody wrote without a mark at its end.").alike()
	list      = text("format.list", "{first}, {next}", "How several things are listed, two at a time.").alike()
	choice    = text("format.choice", "{first} or {next}", "How several things are listed of which one may stand in a place, two at a time.")

	clock     = text("time.clock", "{hour}:{minute}:{second}", "A time of this day, with 24 hours.").may("second").alike()
	day       = text("time.day", "{year}-{month}-{day} {hour}:{minute}:{second}", "A time of another day.").may("year", "second").alike()
	precisely = text("time.precisely", "{hour}:{minute}:{second}.{millisecond}", "A time in the life of a delivery.").may("millisecond").alike()

	moment  = text("duration.moment", "a moment", "A time that is shorter than a second.")
	millis  = counted("duration.milliseconds", "n", "{n} ms", "{n} ms", "Part of a time.").alike()
	seconds = counted("duration.seconds", "n", "{n} s", "{n} s", "Part of a time.").alike()
	minutes = counted("duration.minutes", "n", "{n} min", "{n} min", "Part of a time.").alike()
	hours   = counted("duration.hours", "n", "{n} h", "{n} h", "Part of a time.").alike()
	days    = counted("duration.days", "n", "{n} d", "{n} d", "Part of a time.").alike()
	parts   = text("duration.parts", "{first} {next}", "How a larger and a smaller unit of a time stand together, as in 3 min 7 s.").alike()

	secondsAgo = counted("ago.seconds", "n", "{n} s ago", "{n} s ago", "How long ago something was, in the list of outcomes.")
	minutesAgo = counted("ago.minutes", "n", "{n} min ago", "{n} min ago", "The same.")
	hoursAgo   = counted("ago.hours", "n", "{n} h ago", "{n} h ago", "The same, for less than two days.")
	daysAgo    = counted("ago.days", "n", "{n} day ago", "{n} days ago", "The same.")
)

var units = []struct {
	of   time.Duration
	name Key
}{{24 * time.Hour, days}, {time.Hour, hours}, {time.Minute, minutes}, {time.Second, seconds}}

// Span is a time as people say it, to the second: 1 h, 3 min 7 s, 90 min as 1 h 30 min.
func (c *Catalogue) Span(d time.Duration) string {
	if d < time.Second {
		return c.Say(moment)
	}
	d = d.Round(time.Second)
	var all []string
	for _, unit := range units {
		if n := int(d / unit.of); n > 0 {
			all = append(all, c.Say(unit.name, "n", n))
		}
		d %= unit.of
	}
	return c.join(parts, all)
}

// Brief is a time in at most two units: of less than a second in milliseconds.
func (c *Catalogue) Brief(d time.Duration) string {
	switch d = max(d, 0); {
	case d < time.Second:
		return c.Say(millis, "n", int(d/time.Millisecond))
	case d < time.Hour:
	case d < 24*time.Hour:
		d = d.Round(time.Minute)
	default:
		d = d.Round(time.Hour)
	}
	return c.Span(d)
}

// Ago says how long ago something was, in one unit.
func (c *Catalogue) Ago(d time.Duration) string {
	switch {
	case d < time.Minute:
		return c.Say(secondsAgo, "n", int(max(d, 0)/time.Second))
	case d < time.Hour:
		return c.Say(minutesAgo, "n", int(d/time.Minute))
	case d < 48*time.Hour:
		return c.Say(hoursAgo, "n", int(d/time.Hour))
	}
	return c.Say(daysAgo, "n", int(d/(24*time.Hour)))
}

// Clock is a time of day, in the zone of t; Day says the day, too, and Precisely
// milliseconds.
func (c *Catalogue) Clock(t time.Time) string     { return c.at(clock, t) }
func (c *Catalogue) Day(t time.Time) string       { return c.at(day, t) }
func (c *Catalogue) Precisely(t time.Time) string { return c.at(precisely, t) }

func (c *Catalogue) at(how Key, t time.Time) string {
	return c.Say(how, "year", t.Format("2006"), "month", t.Format("01"), "day", t.Format("02"), "hour", t.Format("15"), "minute", t.Format("04"),
		"second", t.Format("05"), "millisecond", fmt.Sprintf("%03d", t.Nanosecond()/int(time.Millisecond)))
}

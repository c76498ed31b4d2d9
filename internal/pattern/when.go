package pattern

import "time"

// When is a time as somebody says it: "tomorrow 9am" is another instant for each
// moment and each zone. Only [When.At] makes one of it. The zero value is now.
// Values are comparable; equal ones mean the same.
type When struct {
	form    whenForm
	weekday time.Weekday
	date    date
	days    int           // after today
	clocked bool          // clock is said; otherwise it is the beginning of the day
	clock   time.Duration // since midnight on a clock on the wall
	zoned   bool          // offset is said
	offset  int           // seconds east of UTC
	after   time.Duration
}

type whenForm uint8

const (
	saidAfter   whenForm = iota // a while after now
	saidClock                   // a time of day
	saidDay                     // a number of days from today
	saidWeekday                 // a day of the week
	saidDate                    // a date
)

// Fixed reports whether it is the same instant whenever and wherever it is said.
func (w When) Fixed() bool { return w.form == saidDate && w.zoned }

// At gives the instant that is meant by who says it at now in zone; it is in that
// zone. There always is one (OCO-GRM-5):
//
//   - A time of day and a day of the week are the next time that it is so, which
//     may be now.
//   - A day without a time of day begins at midnight.
//   - Where clocks are put forward over a time, it is later by as much.
//   - Where clocks are put back, so that there are two, it is the first of them
//     that the rules above leave.
func (w When) At(now time.Time, zone *time.Location) time.Time {
	now = now.In(zone)
	switch w.form {
	case saidClock:
		return w.next(now, 0, 1)
	case saidDay:
		return firstOf(w.on(now, w.days))
	case saidWeekday:
		return w.next(now, int(w.weekday-now.Weekday()), 7)
	case saidDate:
		if w.zoned {
			wall := w.date.at(w.clock)
			return wall.Add(-time.Duration(w.offset) * time.Second).In(zone)
		}
		return firstOf(instants(w.date.at(w.clock), zone))
	}
	return now.Add(w.after)
}

// next gives the first instant that is not before now, looking at the day that
// is so many days from today and then each step days on.
func (w When) next(now time.Time, days, step int) time.Time {
	for ; ; days += step {
		for _, t := range w.on(now, days) {
			if !t.Before(now) {
				return t
			}
		}
	}
}

// on gives the instants of the time of day so many days from today.
func (w When) on(now time.Time, days int) []time.Time {
	day := date{now.Year(), int(now.Month()), now.Day() + days}
	return instants(day.at(w.clock), now.Location())
}

package pattern

import "time"

// A date is a day of the calendar.
type date struct {
	year       int
	month, day int
}

// at gives the date with a time of day as UTC would have it.
func (d date) at(clock time.Duration) time.Time {
	return time.Date(d.year, time.Month(d.month), d.day, 0, 0, 0, 0, time.UTC).Add(clock)
}

// exists reports whether the calendar has the date and it is one of the years 1 to
// 9999 in every zone.
func (d date) exists() bool {
	first, last, t := date{1, 1, 2}, date{9999, 12, 30}, d.at(0)
	return t.Year() == d.year && int(t.Month()) == d.month && t.Day() == d.day &&
		!t.Before(first.at(0)) && !t.After(last.at(0))
}

func firstOf(all []time.Time) time.Time { return all[0] }

// instants gives the instants, in order, at which clocks of a zone show what wall
// says in UTC: one at least. One that the clocks skip is later by as much as they
// skip. It asks a zone only for its offset: time.Time.ZoneBounds is wrong on the
// last day of a leap year after 2037.
func instants(wall time.Time, zone *time.Location) []time.Time {
	const (
		most = 26 * time.Hour // no clock is further from UTC
		step = time.Hour      // none changes twice within it
	)
	offset := func(t time.Time) time.Duration {
		_, seconds := t.In(zone).Zone()
		return time.Duration(seconds) * time.Second
	}
	var found []time.Time
	skipped := wall
	for at := wall.Add(-most); !at.After(wall.Add(most)); at = at.Add(step) {
		east := offset(at)
		t := wall.Add(-east)
		if !at.After(t) {
			skipped = t // by the clocks from before they skip it
		}
		if offset(t) == east && (found == nil || t.After(found[len(found)-1])) {
			found = append(found, t.In(zone))
		}
	}
	if found == nil {
		return []time.Time{skipped.In(zone)}
	}
	return found
}

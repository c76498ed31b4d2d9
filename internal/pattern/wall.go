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

// exists reports whether the calendar has the date and every zone can say it
// within the years 1 to 9999.
func (d date) exists() bool {
	t := d.at(0)
	return t.Year() == d.year && int(t.Month()) == d.month && t.Day() == d.day &&
		(d.year > 1 || t.YearDay() > 1) && (d.year < 9999 || t.YearDay() < 365)
}

func firstOf(all []time.Time) time.Time { return all[0] }

// instants gives the instants, in order, at which clocks of a zone show what wall
// says in UTC: none is never given. One that the clocks skip is later by as much
// as they skip.
func instants(wall time.Time, zone *time.Location) []time.Time {
	const most = 26 * time.Hour // no clock is further from UTC
	var found []time.Time
	skipped := wall
	for at := wall.Add(-most); ; {
		_, offset := at.In(zone).Zone()
		begin, end := at.In(zone).ZoneBounds()
		t := wall.Add(-time.Duration(offset) * time.Second).In(zone)
		inside := (begin.IsZero() || !t.Before(begin)) && (end.IsZero() || t.Before(end))
		switch {
		case inside:
			found = append(found, t)
		case !end.IsZero() && !t.Before(end):
			skipped = t // by the clocks from before they skipped it
		}
		if end.IsZero() || end.After(wall.Add(most)) {
			break
		}
		at = end
	}
	if found == nil {
		return []time.Time{skipped}
	}
	return found
}

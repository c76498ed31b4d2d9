package pattern_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/openchatops/oco/internal/pattern"
)

func zoneNamed(t testing.TB, name string) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func said(t testing.TB, text string) pattern.When {
	t.Helper()
	w, ok := pattern.ParseWhen(text)
	if !ok {
		t.Fatalf("%q is no time", text)
	}
	return w
}

// TestTimesMeanInstants (OCO-GRM-5). The clocks of Berlin skip 02:00 to 03:00 on
// 2026-03-29 and show it twice on 2026-10-25; those of Samoa skipped the whole
// of 2011-12-30, and those of Lord Howe Island move by half an hour.
func TestTimesMeanInstants(t *testing.T) {
	for _, c := range []struct{ now, zone, text, want string }{
		{"2026-11-30T12:00:00Z", "UTC", "now", "2026-11-30T12:00:00Z"},
		{"2026-11-30T12:00:00Z", "UTC", "in 90s", "2026-11-30T12:01:30Z"},
		{"2026-11-30T12:00:00Z", "UTC", "9am", "2026-12-01T09:00:00Z"},
		{"2026-11-30T12:00:00Z", "UTC", "noon", "2026-11-30T12:00:00Z"},
		{"2026-11-30T12:00:00.000000001Z", "UTC", "noon", "2026-12-01T12:00:00Z"},
		{"2026-11-30T12:00:00Z", "UTC", "today", "2026-11-30T00:00:00Z"},
		{"2026-11-30T12:00:00Z", "UTC", "today 9am", "2026-11-30T09:00:00Z"},
		{"2026-11-30T12:00:00Z", "UTC", "monday", "2026-12-07T00:00:00Z"},
		{"2026-11-30T12:00:00Z", "UTC", "monday 13:00", "2026-11-30T13:00:00Z"},
		{"2026-11-30T12:00:00Z", "UTC", "sun", "2026-12-06T00:00:00Z"},
		{"2026-12-05T12:00:00Z", "UTC", "sun", "2026-12-06T00:00:00Z"},
		{"2026-12-05T12:00:00Z", "UTC", "mon", "2026-12-07T00:00:00Z"},
		{"2026-12-31T23:30:00Z", "UTC", "tomorrow midnight", "2027-01-01T00:00:00Z"},
		{"2024-02-28T23:30:00Z", "UTC", "tomorrow 9am", "2024-02-29T09:00:00Z"},
		{"2026-11-30T23:30:00Z", "Asia/Tokyo", "today", "2026-12-01T00:00:00+09:00"},
		{"2026-11-30T23:30:00Z", "America/New_York", "9pm", "2026-11-30T21:00:00-05:00"},
		{"2026-11-30T12:00:00Z", "Asia/Kathmandu", "2026-12-01 09:00", "2026-12-01T09:00:00+05:45"},
		{"2026-11-30T12:00:00Z", "Asia/Tokyo", "2026-12-01T09:00-05:00", "2026-12-01T23:00:00+09:00"},
		// The last day of a leap year, of which time.Time.ZoneBounds says that it ends
		// before it begins: this would take forever.
		{"2026-11-30T12:00:00Z", "Europe/Berlin", "2040-12-31 09:00", "2040-12-31T09:00:00+01:00"},
		{"2040-12-30T12:00:00Z", "Australia/Lord_Howe", "tomorrow 23:59", "2040-12-31T23:59:00+11:00"},
		// Skipped.
		{"2026-03-28T12:00:00Z", "Europe/Berlin", "2026-03-29 02:30", "2026-03-29T03:30:00+02:00"},
		{"2026-03-28T12:00:00Z", "Europe/Berlin", "tomorrow 02:00", "2026-03-29T03:00:00+02:00"},
		{"2026-03-28T12:00:00Z", "Europe/Berlin", "tomorrow 01:59", "2026-03-29T01:59:00+01:00"},
		{"2026-03-28T12:00:00Z", "Europe/Berlin", "tomorrow 03:00", "2026-03-29T03:00:00+02:00"},
		{"2026-03-29T00:30:00Z", "Europe/Berlin", "2:30", "2026-03-29T03:30:00+02:00"},
		{"2026-03-28T12:00:00Z", "Europe/Berlin", "in 1 day", "2026-03-29T14:00:00+02:00"},
		{"2011-12-29T12:00:00-10:00", "Pacific/Apia", "2011-12-30 09:00", "2011-12-31T09:00:00+14:00"},
		{"2018-11-03T12:00:00Z", "America/Sao_Paulo", "tomorrow", "2018-11-04T01:00:00-02:00"},
		{"2026-10-03T00:00:00Z", "Australia/Lord_Howe", "2026-10-04 02:10", "2026-10-04T02:40:00+11:00"},
		// Twice.
		{"2026-10-24T12:00:00Z", "Europe/Berlin", "2026-10-25 02:30", "2026-10-25T02:30:00+02:00"},
		{"2026-10-24T12:00:00Z", "Europe/Berlin", "tomorrow 3:00", "2026-10-25T03:00:00+01:00"},
		{"2026-10-24T23:00:00Z", "Europe/Berlin", "2:30", "2026-10-25T02:30:00+02:00"},
		{"2026-10-25T00:45:00Z", "Europe/Berlin", "2:30", "2026-10-25T02:30:00+01:00"},
		{"2026-10-25T00:45:00Z", "Europe/Berlin", "sunday 2:30", "2026-10-25T02:30:00+01:00"},
		{"2026-10-25T00:45:00Z", "Europe/Berlin", "today 2:30", "2026-10-25T02:30:00+02:00"},
		{"2026-10-25T01:45:00Z", "Europe/Berlin", "2:30", "2026-10-26T02:30:00+01:00"},
	} {
		now, err := time.Parse(time.RFC3339Nano, c.now)
		if err != nil {
			t.Fatal(err)
		}
		got := said(t, c.text).At(now, zoneNamed(t, c.zone))
		if text := got.Format(time.RFC3339Nano); text != c.want {
			t.Errorf("%q said at %s in %s is %s, want %s", c.text, c.now, c.zone, text, c.want)
		}
	}
}

func TestFixedTimes(t *testing.T) {
	for text, want := range map[string]bool{
		"2026-12-01T09:00Z": true, "2026-12-01 09:00 +02:00": true,
		"2026-12-01 09:00": false, "2026-12-01": false, "9am": false, "now": false, "in 2h": false, "monday": false,
	} {
		if got := said(t, text).Fixed(); got != want {
			t.Errorf("%q is fixed: %v", text, got)
		}
	}
}

// TestEveryTimeIsSomeInstant: whoever says it, wherever and whenever, a time is
// the instant that clocks show, or later by what they skip (OCO-GRM-5).
func TestEveryTimeIsSomeInstant(t *testing.T) {
	var zones []*time.Location
	for _, name := range []string{
		"UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kolkata",
		"America/Sao_Paulo", "Africa/Casablanca", "Pacific/Kiritimati", "Antarctica/Troll", "Africa/Monrovia",
	} {
		zones = append(zones, zoneNamed(t, name))
	}
	rapid.Check(t, func(t *rapid.T) {
		zone := rapid.SampledFrom(zones).Draw(t, "zone")
		now := time.Unix(rapid.Int64Range(-2e9, 4e9).Draw(t, "now"), 0)
		wall := time.Unix(rapid.Int64Range(-2e9, 4e9).Draw(t, "wall"), 0).UTC()
		if near := rapid.Int64Range(-8000, 8000).Draw(t, "near"); rapid.Bool().Draw(t, "at a change") {
			if _, end := now.In(zone).ZoneBounds(); !end.IsZero() {
				_, offset := end.In(zone).Zone()
				wall = end.Add(time.Duration(near+int64(offset)) * time.Second).UTC().Truncate(time.Second)
			}
		}
		w, ok := pattern.ParseWhen(wall.Format("2006-01-02T15:04:05"))
		if !ok {
			t.Fatalf("%v is no time", wall)
		}
		got := w.At(now, zone)
		shown := got.Format("2006-01-02T15:04:05")
		_, before := got.Add(-26 * time.Hour).Zone()
		_, offset := got.Zone()
		switch {
		case shown == wall.Format("2006-01-02T15:04:05"):
			if begin, _ := got.ZoneBounds(); !begin.IsZero() {
				_, earlier := begin.Add(-1).In(zone).Zone()
				if first := wall.Add(-time.Duration(earlier) * time.Second); first.Before(begin) && first.Before(got) {
					t.Fatalf("%v in %v is %v, and clocks showed it before", wall, zone, got)
				}
			}
		case offset == before:
			t.Fatalf("%v in %v is %v", wall, zone, got)
		default: // skipped: no instant shows it
			if by := got.Sub(wall.Add(-time.Duration(offset) * time.Second)); by != time.Duration(offset-before)*time.Second || by < 0 {
				t.Fatalf("%v in %v is %v, later by %v", wall, zone, got, by)
			}
		}
	})
}

// TestTheNextTimeThatItIsSo is never before now, at most a week and a change of
// clocks away, and the clock shows it unless it is skipped that day.
func TestTheNextTimeThatItIsSo(t *testing.T) {
	zone := zoneNamed(t, "Europe/Berlin")
	rapid.Check(t, func(t *rapid.T) {
		now := time.Unix(rapid.Int64Range(1.6e9, 1.9e9).Draw(t, "now"), rapid.Int64Range(0, 1e9-1).Draw(t, "nanosecond"))
		day := rapid.SampledFrom([]string{"", "mon ", "tuesday ", "sun "}).Draw(t, "day")
		clock := time.Time{}.Add(time.Duration(rapid.IntRange(0, 1439).Draw(t, "minute")) * time.Minute).Format("15:04")
		w, ok := pattern.ParseWhen(day + clock)
		if !ok {
			t.Fatalf("%s%s is no time", day, clock)
		}
		got := w.At(now, zone)
		most := 25 * time.Hour
		if day != "" {
			most = 7*24*time.Hour + time.Hour
		}
		if got.Before(now) || got.Sub(now) > most {
			t.Fatalf("%s%s said at %v is %v", day, clock, now.In(zone), got)
		}
		if shown := got.Format("15:04"); shown != clock && got.Add(-time.Hour).Format("15:04") == clock {
			t.Fatalf("%s%s said at %v is %v", day, clock, now.In(zone), got)
		}
	})
}

// TestTimesRoundTrip: what String gives is read as the same.
func TestTimesRoundTrip(t *testing.T) {
	for text, want := range map[string]string{
		"now": "now", "IN 90 Min": "in 1h30m", "in 0s": "now", "9 AM": "09:00", "midnight": "00:00", "today at noon": "today 12:00",
		"Fri": "friday", "9:30pm on Tomorrow": "tomorrow 21:30", "2026-12-01 at 9 am": "2026-12-01T09:00", "2026-12-01": "2026-12-01",
		"2026-12-01 09:00:00.50 UTC": "2026-12-01T09:00:00.5Z", "2026-12-01t09:00 -0530": "2026-12-01T09:00-05:30", "7:05:09": "07:05:09",
		"12am": "00:00", "12 pm": "12:00", "12:30AM": "00:30", "1pm": "13:00", "2026-12-01T09:00+23:59": "2026-12-01T09:00+23:59",
		"in 1.5ms": "in 1.5ms", "in 1w 2d": "in 1w2d",
	} {
		w := said(t, text)
		if w.String() != want {
			t.Errorf("%q is %q, want %q", text, w, want)
		}
		if said(t, w.String()) != w {
			t.Errorf("%q and %q are not the same", text, w)
		}
	}
}

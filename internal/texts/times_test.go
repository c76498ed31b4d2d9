package texts

import (
	"testing"
	"time"
)

// A time is said in whole seconds, and no part of it that is nothing is said.
func TestHowATimeIsSaid(t *testing.T) {
	var c *Catalogue
	for d, want := range map[time.Duration]string{
		0: "a moment", time.Second - 1: "a moment", time.Second: "1 s", 1499 * time.Millisecond: "1 s", 1500 * time.Millisecond: "2 s",
		59 * time.Second: "59 s", time.Minute: "1 min", time.Minute + time.Second: "1 min 1 s", 90 * time.Minute: "1 h 30 min", time.Hour + time.Second: "1 h 1 s",
		24 * time.Hour: "1 d", 24*time.Hour - time.Second: "23 h 59 min 59 s", 49*time.Hour + 3*time.Minute: "2 d 1 h 3 min", -time.Hour: "a moment",
	} {
		if got := c.Span(d); got != want {
			t.Errorf("%d ns: %q, want %q", d, got, want)
		}
	}
	for d, want := range map[time.Duration]string{
		-time.Hour: "0 ms", 0: "0 ms", 850 * time.Millisecond: "850 ms", time.Second: "1 s", 61 * time.Second: "1 min 1 s",
		time.Hour + 5*time.Second: "1 h", time.Hour + 40*time.Second: "1 h 1 min", 24*time.Hour + 5*time.Minute: "1 d", 49*time.Hour + 50*time.Minute: "2 d 2 h",
	} {
		if got := c.Brief(d); got != want {
			t.Errorf("%v in brief: %q, want %q", d, got, want)
		}
	}
	for d, want := range map[time.Duration]string{
		-time.Second: "0 s ago", 59 * time.Second: "59 s ago", time.Hour - 1: "59 min ago", 47 * time.Hour: "47 h ago", 48 * time.Hour: "2 days ago", 100 * time.Hour: "4 days ago",
	} {
		if got := c.Ago(d); got != want {
			t.Errorf("%v ago: %q, want %q", d, got, want)
		}
	}
	at := time.Date(2026, 11, 30, 7, 4, 5, 6_000_000, time.UTC)
	german, problems := New(Layer{"time.day": "{day}.{month}.{year}, {hour}:{minute} Uhr"})
	for _, said := range []struct{ got, want string }{
		{c.Clock(at), "07:04:05"}, {c.Day(at), "2026-11-30 07:04:05"}, {c.Precisely(at), "07:04:05.006"}, {german.Day(at), "30.11.2026, 07:04 Uhr"},
	} {
		if said.got != said.want || problems != nil {
			t.Errorf("%q, want %q (%v)", said.got, said.want, problems)
		}
	}
}

// The forms are those of the Unicode CLDR, with its own samples.
func TestHowLanguagesCount(t *testing.T) {
	for language, samples := range map[string]map[string][]int{
		"en": {"one": {1}, "other": {0, 2, 11, 21, 101}}, "de": {"one": {1}, "other": {0, 2, 21}}, "xx": {"one": {1}, "other": {0, 2}},
		"fr": {"one": {0, 1}, "other": {2, 17, 100}}, "pt-BR": {"one": {0, 1}, "other": {2}},
		"ja": {"other": {0, 1, 15, 100}}, "zh-Hant": {"other": {0, 1}},
		"ru": {"one": {1, 21, 31, 101}, "few": {2, 4, 22, 24, 102}, "many": {0, 5, 11, 14, 19, 100, 111}},
		"hr": {"one": {1, 21}, "few": {2, 24}, "other": {0, 11, 12, 19}},
		"pl": {"one": {1}, "few": {2, 4, 22, 104}, "many": {0, 5, 12, 14, 21, 31, 100}},
		"cs": {"one": {1}, "few": {2, 4}, "other": {0, 5, 22}},
		"sl": {"one": {1, 101, 201}, "two": {2, 102}, "few": {3, 4, 103}, "other": {0, 5, 11, 100}},
		"lt": {"one": {1, 21, 101}, "few": {2, 9, 22, 102}, "other": {0, 10, 11, 20, 30, 111}},
		"lv": {"zero": {0, 10, 11, 20, 30, 111}, "one": {1, 21, 101}, "other": {2, 9, 22, 102}},
		"ro": {"one": {1}, "few": {0, 2, 16, 101}, "other": {20, 35, 100}},
		"he": {"one": {1}, "two": {2}, "other": {0, 3, 17, 100}},
		"ar": {"zero": {0}, "one": {1}, "two": {2}, "few": {3, 10, 103, 110}, "many": {11, 26, 99, 111}, "other": {100, 101, 102, 200}},
	} {
		counts := countsOf(language)
		if len(samples) != len(counts.forms) {
			t.Errorf("%s has the forms %v", language, counts.forms)
		}
		for form, numbers := range samples {
			for _, n := range numbers {
				if got := counts.forms[counts.form(n)]; got != form {
					t.Errorf("%s: %d is %s, want %s", language, n, got, form)
				}
			}
		}
	}
}

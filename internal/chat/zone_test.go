package chat

import (
	"strings"
	"testing"
	"time"
)

func TestZonesAreThoseOfTheDatabase(t *testing.T) {
	at := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	for name, hour := range map[string]int{"Europe/Berlin": 14, "Asia/Kolkata": 17, "UTC": 12, "America/New_York": 8} {
		zone, ok := Zone(name)
		if !ok || at.In(zone).Hour() != hour {
			t.Errorf("%s: %v, there %t", name, zone, ok)
		}
		if again, _ := Zone(name); again != zone {
			t.Errorf("%s was read twice", name)
		}
	}
	for _, name := range []string{"", "Local", "Europe/Atlantis", "../etc/passwd", "/etc/passwd", "zone.tab", "Europe", "a\x00b", strings.Repeat("A", 65)} {
		if zone, ok := Zone(name); ok {
			t.Errorf("%q is the zone %v", name, zone)
		}
	}
}

package chat

import (
	"sync"
	"time"
	_ "time/tzdata" // for machines that have no database of time zones
)

// maxZone is longer than the name of any time zone.
const maxZone = 64

// zones are those that were asked for and exist, by their names. There are a few
// hundred in all.
var zones sync.Map // string -> *time.Location

// Zone finds a time zone by its IANA name, such as Europe/Berlin; false if there is
// none of that name. It reads the database of the machine, else one of its own,
// once for each name.
func Zone(name string) (*time.Location, bool) {
	if known, ok := zones.Load(name); ok {
		return known.(*time.Location), true
	}
	// Local is no name: it is another zone on every machine.
	if name == "" || name == "Local" || len(name) > maxZone {
		return nil, false
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, false
	}
	zones.Store(name, zone)
	return zone, true
}

package pattern_test

import (
	"strconv"
	"time"

	"github.com/openchatops/oco/internal/pattern"
)

// spell gives a value in the canonical form of the vectors: decimal, the
// shortest number that reads back the same, true or false, nanoseconds, which of
// the files, or the text. A time is left as it was said.
func spell(v pattern.Value) string {
	switch v.Type {
	case pattern.TypeFile:
		return strconv.Itoa(v.File)
	case pattern.TypeTime:
		return v.When.String()
	case pattern.TypeInteger:
		return strconv.FormatInt(v.Integer, 10)
	case pattern.TypeNumber:
		return strconv.FormatFloat(v.Number, 'g', -1, 64)
	case pattern.TypeFlag:
		return strconv.FormatBool(v.Flag)
	case pattern.TypeDuration:
		return strconv.FormatInt(v.Duration.Nanoseconds(), 10) + "ns"
	}
	return v.Text
}

// spellAt gives the same, and a time as the instant that it is in UTC if it is
// said at now in a zone.
func spellAt(v pattern.Value, now time.Time, zone *time.Location) string {
	if v.Type == pattern.TypeTime && zone != nil {
		return v.When.At(now, zone).UTC().Format(time.RFC3339Nano)
	}
	return spell(v)
}

package pattern_test

import (
	"strconv"

	"github.com/openchatops/oco/internal/pattern"
)

// spell gives a value in the canonical form of the vectors: decimal, the
// shortest number that reads back the same, true or false, nanoseconds, or the
// text.
func spell(v pattern.Value) string {
	switch v.Type {
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

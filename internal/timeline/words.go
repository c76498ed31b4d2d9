package timeline

import (
	"fmt"
	"strings"
	"time"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// Enum is any enumeration of the protocol.
type Enum interface {
	Descriptor() protoreflect.EnumDescriptor
	Number() protoreflect.EnumNumber
}

// Word gives the word for a value: OUTCOME_DONE is "done". The unspecified value
// is empty, one that this program does not know is its number.
func Word(e Enum) string {
	if e.Number() == 0 {
		return ""
	}
	value := e.Descriptor().Values().ByNumber(e.Number())
	if value == nil {
		return fmt.Sprintf("(%d)", e.Number())
	}
	return strings.ToLower(strings.TrimPrefix(string(value.Name()), Prefix(e)))
}

// Prefix gives what the names of the values begin with: "SEND_STATE_".
func Prefix(e Enum) string {
	zero := string(e.Descriptor().Values().ByNumber(0).Name())
	return strings.TrimSuffix(zero, "UNSPECIFIED")
}

// Span gives a duration with at most two units: "3d4h", "5m12s", "850ms".
func Span(t time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case t < 0:
		return "-" + Span(-t)
	case t < time.Second:
		return t.Round(time.Millisecond).String()
	case t < time.Minute:
		return t.Round(100 * time.Millisecond).String()
	case t < time.Hour:
		return trimZero(t.Round(time.Second).String(), "0s")
	case t < day:
		return strings.TrimSuffix(trimZero(t.Round(time.Minute).String(), "0m0s"), "0s")
	default:
		t = t.Round(time.Hour)
		return trimZero(fmt.Sprintf("%dd%dh", t/day, t%day/time.Hour), "0h")
	}
}

// trimZero cuts units that are nothing: "5m0s" is "5m", "10m10s" stays.
func trimZero(text, zero string) string {
	cut := strings.TrimSuffix(text, zero)
	if cut != text && cut != "" && strings.ContainsAny(cut[len(cut)-1:], "dhm") {
		return cut
	}
	return text
}

package cli

import (
	"fmt"
	"strings"
	"time"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// enum is any enumeration of the protocol.
type enum interface {
	Descriptor() protoreflect.EnumDescriptor
	Number() protoreflect.EnumNumber
}

// word gives the word for a value: OUTCOME_DONE is "done". The unspecified value
// is empty, one that this program does not know is its number.
func word(e enum) string {
	if e.Number() == 0 {
		return ""
	}
	value := e.Descriptor().Values().ByNumber(e.Number())
	if value == nil {
		return fmt.Sprintf("(%d)", e.Number())
	}
	return strings.ToLower(strings.TrimPrefix(string(value.Name()), enumPrefix(e)))
}

// enumPrefix gives what the names of the values begin with: "SEND_STATE_".
func enumPrefix(e enum) string {
	zero := string(e.Descriptor().Values().ByNumber(0).Name())
	return strings.TrimSuffix(zero, "UNSPECIFIED")
}

// number gives the value that a word means.
func number(e enum, word string) (protoreflect.EnumNumber, error) {
	values := e.Descriptor().Values()
	value := values.ByName(protoreflect.Name(enumPrefix(e) + strings.ToUpper(word)))
	if value != nil && value.Number() != 0 {
		return value.Number(), nil
	}
	var known []string
	for i := range values.Len() {
		if v := values.Get(i); v.Number() != 0 {
			known = append(known, strings.ToLower(strings.TrimPrefix(string(v.Name()), enumPrefix(e))))
		}
	}
	return 0, Usage(fmt.Sprintf("`%s` is none of %s", Printable(word), strings.Join(known, ", ")))
}

// clock gives a moment as people read it, without the day if it is today.
func (e *Env) clock(t *timestamppb.Timestamp) string {
	if t == nil {
		return ""
	}
	at, now := t.AsTime().In(e.Zone), e.Now().In(e.Zone)
	if at.YearDay() == now.YearDay() && at.Year() == now.Year() {
		return at.Format("15:04:05")
	}
	return at.Format("2006-01-02 15:04:05")
}

// moment gives a moment with its day and its zone.
func (e *Env) moment(t *timestamppb.Timestamp) string {
	if t == nil {
		return ""
	}
	return t.AsTime().In(e.Zone).Format("2006-01-02 15:04:05.000 MST")
}

// span gives a duration with at most two units: "3d4h", "5m12s", "850ms".
func span(d *durationpb.Duration) string {
	if d == nil {
		return ""
	}
	return shortSpan(d.AsDuration())
}

func shortSpan(t time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case t < 0:
		return "-" + shortSpan(-t)
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

func yes(b bool, word string) string {
	if b {
		return word
	}
	return ""
}

func count(n uint32) string { return fmt.Sprint(n) }

func place(a *ocov1.Address) string {
	room := a.GetRoom()
	text := room.GetRoomId() + room.GetName()
	if user := room.GetUserId(); user != "" {
		text = "direct room of " + user
	}
	if thread := a.GetThreadId(); thread != "" {
		text += " thread " + thread
	}
	return text
}

package cli

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/openchatops/oco/internal/timeline"
)

// word gives the word for a value, as timeline.Word does.
func word(e timeline.Enum) string { return timeline.Word(e) }

// number gives the value that a word means.
func number(e timeline.Enum, word string) (protoreflect.EnumNumber, error) {
	values := e.Descriptor().Values()
	value := values.ByName(protoreflect.Name(timeline.Prefix(e) + strings.ToUpper(word)))
	if value != nil && value.Number() != 0 {
		return value.Number(), nil
	}
	var known []string
	for i := range values.Len() {
		if v := values.Get(i); v.Number() != 0 {
			known = append(known, strings.ToLower(strings.TrimPrefix(string(v.Name()), timeline.Prefix(e))))
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

// span gives a duration with at most two units: "3d4h", "5m12s", "850ms".
func span(d *durationpb.Duration) string {
	if d == nil {
		return ""
	}
	return timeline.Span(d.AsDuration())
}

func yes(b bool, word string) string {
	if b {
		return word
	}
	return ""
}

func count(n uint32) string { return fmt.Sprint(n) }

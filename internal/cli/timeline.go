package cli

import (
	"fmt"
	"slices"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// A moment in the life of a delivery.
type moment struct {
	at   time.Time
	text string
}

// timeline gives the moments of a delivery in their order, each with the time
// since it was admitted.
func (e *Env) timeline(d *ocov1.DeliveryRecord) []string {
	var moments []moment
	add := func(at *timestamppb.Timestamp, format string, args ...any) {
		if at != nil {
			moments = append(moments, moment{at.AsTime(), fmt.Sprintf(format, args...)})
		}
	}
	add(d.GetAdmitTime(), "admitted")
	for _, a := range d.GetAttempts() {
		add(a.GetStartTime(), "attempt %d started at %s", a.GetAttempt(), Printable(a.GetReplica()))
		ended := fmt.Sprintf("attempt %d ended", a.GetAttempt())
		if a.GetEndedBy() != "" {
			ended += ": " + Printable(a.GetEndedBy())
		}
		add(a.GetEndTime(), "%s", ended)
	}
	if d.GetOutcome() != ocov1.Outcome_OUTCOME_UNSPECIFIED {
		add(d.GetEndTime(), "%s", word(d.GetOutcome()))
	}
	slices.SortStableFunc(moments, func(a, b moment) int { return a.at.Compare(b.at) })
	var lines []string
	for _, m := range moments {
		since := ""
		if d.GetAdmitTime() != nil {
			since = "+" + shortSpan(m.at.Sub(d.GetAdmitTime().AsTime()))
		}
		lines = append(lines, fmt.Sprintf("%s %8s  %s", m.at.In(e.Zone).Format("15:04:05.000"), since, m.text))
	}
	return lines
}

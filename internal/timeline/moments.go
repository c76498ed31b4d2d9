package timeline

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// A moment in the life of a delivery. One whose time is not known comes last.
type moment struct {
	at   time.Time
	text string
}

// moments gives the moments of a delivery in their order, each with the time since
// it was admitted.
func (s Style) moments(d *ocov1.DeliveryRecord) []string {
	var all []moment
	add := func(at *timestamppb.Timestamp, text string) {
		m := moment{text: text}
		if at != nil {
			m.at = at.AsTime()
		}
		all = append(all, m)
	}
	if d.GetAdmitTime() != nil {
		add(d.GetAdmitTime(), yes(d.GetDeliveryId() != "", "admitted", "asked for"))
	}
	waited := d.GetAdmitTime()
	for _, a := range d.GetAttempts() {
		add(a.GetStartTime(), fmt.Sprintf("attempt %d: handed to %s%s", a.GetAttempt(), s.escape(a.GetReplica()), after(waited, a.GetStartTime())))
		if a.GetEndTime() != nil {
			add(a.GetEndTime(), fmt.Sprintf("attempt %d: ended, %s", a.GetAttempt(), s.escape(cmp.Or(a.GetEndedBy(), "nobody said why"))))
		}
		waited = a.GetEndTime()
	}
	for _, m := range d.GetSends() {
		add(cmp.Or(m.GetEndTime(), m.GetMakeTime()), s.sent(m))
	}
	if d.GetOutcome() != ocov1.Outcome_OUTCOME_UNSPECIFIED {
		add(d.GetEndTime(), "outcome: "+Word(d.GetOutcome()))
	}
	slices.SortStableFunc(all, func(a, b moment) int {
		if a.at.IsZero() || b.at.IsZero() {
			return cmp.Compare(order(a), order(b))
		}
		return a.at.Compare(b.at)
	})
	var lines []string
	for _, m := range all {
		lines = append(lines, s.line(d, m))
	}
	return append(lines, s.since(d)...)
}

// order puts what has no time behind what has one.
func order(m moment) int {
	if m.at.IsZero() {
		return 1
	}
	return 0
}

// since tells what came after the outcome, or what has not come yet. When that was
// is not recorded.
func (s Style) since(d *ocov1.DeliveryRecord) []string {
	var lines []string
	add := func(text string) { lines = append(lines, s.line(d, moment{text: text})) }
	if d.GetResolvedOutcome() != ocov1.Outcome_OUTCOME_UNSPECIFIED {
		add("resolved: " + Word(d.GetResolvedOutcome()) + ", by a late answer")
	}
	switch {
	case d.GetRetriedAs() != "":
		add("run again as " + s.escape(d.GetRetriedAs()))
	case d.GetSettled():
		add("settled: it will not run again")
	case OnOpenList(d):
		add("open: nobody has retried or dropped it")
	}
	switch d.GetState() {
	case ocov1.DeliveryState_DELIVERY_STATE_WAITING:
		add("it waits")
	case ocov1.DeliveryState_DELIVERY_STATE_LEASED:
		add("it runs")
	}
	return lines
}

// OnOpenList says whether a delivery ended badly and was not settled.
func OnOpenList(d *ocov1.DeliveryRecord) bool {
	switch d.GetOutcome() {
	case ocov1.Outcome_OUTCOME_FAILED, ocov1.Outcome_OUTCOME_UNKNOWN, ocov1.Outcome_OUTCOME_EXPIRED:
		return !d.GetSettled() && d.GetResolvedOutcome() != ocov1.Outcome_OUTCOME_DONE
	}
	return false
}

// sent tells what became of a message, or of another operation.
func (s Style) sent(m *ocov1.SentRecord) string {
	what := "message"
	if m.GetOperation() != "" {
		what = s.escape(m.GetOperation())
	}
	state := Word(m.GetState())
	switch m.GetState() {
	case ocov1.SendState_SEND_STATE_SENT:
		state = yes(m.GetOperation() == "", "posted", "carried out")
	case ocov1.SendState_SEND_STATE_UNKNOWN:
		state = "nobody knows whether it was " + yes(m.GetOperation() == "", "posted", "carried out")
	case ocov1.SendState_SEND_STATE_QUEUED:
		state = "waits for the chat service"
	}
	text := fmt.Sprintf("%s %s: %s", what, s.escape(m.GetMessageId()), state)
	if detail := m.GetDetail(); detail != "" && !s.Outline {
		text += ", " + s.escape(detail)
	}
	return text
}

func (s Style) line(d *ocov1.DeliveryRecord, m moment) string {
	clock, since := strings.Repeat(" ", len("15:04:05.000")), ""
	if !m.at.IsZero() {
		clock = m.at.In(s.zone()).Format("15:04:05.000")
		if d.GetAdmitTime() != nil {
			since = "+" + Span(m.at.Sub(d.GetAdmitTime().AsTime()))
		}
	}
	if s.Plain {
		return strings.TrimSpace(strings.TrimSpace(clock+" "+since) + "  " + m.text)
	}
	return fmt.Sprintf("%s %8s  %s", clock, since, m.text)
}

// after says how long something waited, if it was long enough that somebody may ask.
func after(from, to *timestamppb.Timestamp) string {
	if from == nil || to == nil {
		return ""
	}
	waited := to.AsTime().Sub(from.AsTime())
	if waited < time.Second {
		return ""
	}
	return ", it waited " + Span(waited)
}

func yes(b bool, then, otherwise string) string {
	if b {
		return then
	}
	return otherwise
}

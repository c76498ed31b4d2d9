package timeline

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/texts"
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
		add(d.GetAdmitTime(), s.Texts.Say(yes(d.GetDeliveryId() != "", texts.LifeAdmitted, texts.LifeAsked)))
	}
	waited := d.GetAdmitTime()
	for _, a := range d.GetAttempts() {
		add(a.GetStartTime(), s.handed(a, waited))
		if a.GetEndTime() != nil {
			add(a.GetEndTime(), s.ended(a))
		}
		waited = a.GetEndTime()
	}
	for _, m := range d.GetSends() {
		add(cmp.Or(m.GetEndTime(), m.GetMakeTime()), s.sent(m))
	}
	if d.GetOutcome() != ocov1.Outcome_OUTCOME_UNSPECIFIED {
		add(d.GetEndTime(), s.Texts.Say(texts.LifeOutcome, "outcome", s.word(d.GetOutcome())))
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
	add := func(key texts.Key, with ...any) {
		lines = append(lines, s.line(d, moment{text: s.Texts.Text(texts.Of(key, with...))}))
	}
	if d.GetResolvedOutcome() != ocov1.Outcome_OUTCOME_UNSPECIFIED {
		add(texts.LifeResolved, "outcome", s.word(d.GetResolvedOutcome()))
	}
	switch {
	case d.GetRetriedAs() != "":
		add(texts.LifeRetried, "id", s.escape(d.GetRetriedAs()))
	case d.GetSettled():
		add(texts.LifeSettled)
	case OnOpenList(d):
		add(texts.LifeOpen)
	}
	switch d.GetState() {
	case ocov1.DeliveryState_DELIVERY_STATE_WAITING:
		add(texts.LifeWaits)
	case ocov1.DeliveryState_DELIVERY_STATE_LEASED:
		add(texts.LifeRuns)
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

// handed tells that a replica got an attempt, and how long it waited for that, if it
// was long enough that somebody may ask.
func (s Style) handed(a *ocov1.Attempt, since *timestamppb.Timestamp) string {
	n, replica := int(a.GetAttempt()), s.escape(a.GetReplica())
	if since != nil && a.GetStartTime() != nil {
		if waited := a.GetStartTime().AsTime().Sub(since.AsTime()); waited >= time.Second {
			return s.Texts.Say(texts.LifeHandedIn, "n", n, "replica", replica, "time", s.span(waited))
		}
	}
	return s.Texts.Say(texts.LifeHanded, "n", n, "replica", replica)
}

func (s Style) ended(a *ocov1.Attempt) string {
	if a.GetEndedBy() == "" {
		return s.Texts.Say(texts.LifeEndedSo, "n", int(a.GetAttempt()))
	}
	return s.Texts.Say(texts.LifeEnded, "n", int(a.GetAttempt()), "how", s.escape(a.GetEndedBy()))
}

// sent tells what became of a message, or of another operation.
func (s Style) sent(m *ocov1.SentRecord) string {
	message := m.GetOperation() == ""
	state := s.Texts.Word(Word(m.GetState()))
	switch m.GetState() {
	case ocov1.SendState_SEND_STATE_SENT:
		state = s.Texts.Say(yes(message, texts.SentPosted, texts.SentDone))
	case ocov1.SendState_SEND_STATE_UNKNOWN:
		state = s.Texts.Say(yes(message, texts.SentPerhaps, texts.SentDoubtful))
	case ocov1.SendState_SEND_STATE_QUEUED:
		state = s.Texts.Say(texts.SentQueued)
	case ocov1.SendState_SEND_STATE_FAILED:
		state = s.Texts.Say(texts.SentFailed)
	case ocov1.SendState_SEND_STATE_EXPIRED:
		state = s.Texts.Say(texts.SentExpired)
	}
	text := s.Texts.Say(texts.SentMessage, "id", s.escape(m.GetMessageId()), "state", state)
	if !message {
		text = s.Texts.Say(texts.SentOperation, "operation", s.escape(m.GetOperation()), "id", s.escape(m.GetMessageId()), "state", state)
	}
	if detail := m.GetDetail(); detail != "" && !s.Outline {
		text = s.Texts.Say(texts.SentDetail, "what", text, "detail", s.escape(detail))
	}
	return text
}

// line is one moment. For people a time has words, for columns it has a width.
func (s Style) line(d *ocov1.DeliveryRecord, m moment) string {
	admitted := d.GetAdmitTime()
	if s.Plain {
		switch {
		case m.at.IsZero():
			return s.Texts.Say(texts.LifeUntimed, "what", m.text)
		case admitted == nil:
			return s.Texts.Say(texts.LifeSince, "at", s.Texts.Precisely(m.at.In(s.zone())), "what", m.text)
		}
		return s.Texts.Say(texts.LifeMoment, "at", s.Texts.Precisely(m.at.In(s.zone())), "time", s.span(m.at.Sub(admitted.AsTime())), "what", m.text)
	}
	clock, since := strings.Repeat(" ", len("15:04:05.000")), ""
	if !m.at.IsZero() {
		clock = m.at.In(s.zone()).Format("15:04:05.000")
		if admitted != nil {
			since = "+" + Span(m.at.Sub(admitted.AsTime()))
		}
	}
	return fmt.Sprintf("%s %8s  %s", clock, since, m.text)
}

// span is a time between two moments.
func (s Style) span(t time.Duration) string {
	if s.Plain {
		return s.Texts.Brief(t)
	}
	return Span(t)
}

func yes[T any](b bool, then, otherwise T) T {
	if b {
		return then
	}
	return otherwise
}

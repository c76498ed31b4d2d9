package timeline

import (
	"fmt"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// A Style says how a text is to look.
type Style struct {
	// Zone is that of the times; nil: UTC.
	Zone *time.Location
	// Bold makes a title; nil: titles look like the rest.
	Bold func(string) string
	// Escape makes what somebody wrote harmless; nil: it is shown as it is.
	Escape func(string) string
	// Plain leaves out what is for machines: columns and traces.
	Plain bool
	// Outline leaves out what was said, by whomever: what is left are names,
	// outcomes and times.
	Outline bool
}

// Record tells what happened: the event, then each delivery with the moments of its
// life. Lines end with a line end.
func (s Style) Record(r *ocov1.ShowRecordResponse) string {
	var b strings.Builder
	if event := r.GetEvent(); event != nil {
		s.event(&b, event)
		if len(r.GetDeliveries()) == 0 {
			b.WriteString("\nNo route took it.\n")
		}
	}
	for _, d := range r.GetDeliveries() {
		if b.Len() > 0 && !s.Plain {
			b.WriteByte('\n')
		}
		s.delivery(&b, d)
	}
	return b.String()
}

func (s Style) event(b *strings.Builder, e *ocov1.Event) {
	s.title(b, "event "+s.escape(e.GetEventId()))
	s.field(b, "from", Person(e.GetActor()))
	in := Place(e.GetAddress())
	if e.GetRoomKind() == ocov1.RoomKind_ROOM_KIND_DIRECT {
		in += " (direct)"
	}
	s.field(b, "in", in)
	switch kind := e.GetKind().(type) {
	case *ocov1.Event_Message:
		s.said(b, "text", kind.Message.GetMessage().GetContent().GetText())
		if change := kind.Message.GetChange(); change != ocov1.Change_CHANGE_CREATED {
			s.field(b, "change", Word(change))
		}
	case *ocov1.Event_Reaction:
		text := kind.Reaction.GetEmoji() + " to " + kind.Reaction.GetMessageId()
		if kind.Reaction.GetRemoved() {
			text += ", taken back"
		}
		s.field(b, "reaction", text)
	case *ocov1.Event_Member:
		name := "joined"
		if kind.Member.GetLeft() {
			name = "left"
		}
		s.field(b, name, Person(kind.Member.GetUser()))
	case *ocov1.Event_Room:
		s.field(b, "room", kind.Room.GetRoom().GetName()+", "+Word(kind.Room.GetChange()))
		s.said(b, "topic", kind.Room.GetRoom().GetTopic())
	case *ocov1.Event_Custom:
		s.field(b, "type", kind.Custom.GetType())
	case nil:
		s.field(b, "text", "not kept any more")
	}
	s.field(b, "occurred", s.day(e.GetOccurTime()))
	s.field(b, "admitted", s.day(e.GetAdmitTime()))
}

func (s Style) delivery(b *strings.Builder, d *ocov1.DeliveryRecord) {
	if d.GetDeliveryId() != "" {
		s.title(b, "delivery "+s.escape(d.GetDeliveryId()))
		s.field(b, "route", d.GetPluginId()+":"+d.GetRoute())
		s.field(b, "state", State(d))
	} else {
		s.title(b, "outside a delivery")
	}
	s.field(b, "decision", d.GetDecision())
	s.said(b, "told", d.GetUserText())
	s.said(b, "detail", d.GetDetail())
	s.field(b, "retried as", d.GetRetriedAs())
	if !s.Plain {
		s.field(b, "trace", traceOf(d.GetTraceparent()))
	}
	for _, line := range s.moments(d) {
		b.WriteString("  " + line + "\n")
	}
}

func (s Style) title(b *strings.Builder, text string) {
	if s.Bold != nil {
		text = s.Bold(text)
	}
	b.WriteString(text + "\n")
}

// field writes one line, or nothing if there is no value.
func (s Style) field(b *strings.Builder, name, value string) {
	switch value = s.escape(value); {
	case value == "":
	case s.Plain:
		fmt.Fprintf(b, "  %s: %s\n", name, strings.Join(strings.Fields(value), " "))
	default:
		fmt.Fprintf(b, "  %-10s  %s\n", name, value)
	}
}

// said is a field of what somebody said.
func (s Style) said(b *strings.Builder, name, value string) {
	if !s.Outline {
		s.field(b, name, value)
	}
}

func (s Style) escape(text string) string {
	if s.Escape == nil {
		return text
	}
	return s.Escape(text)
}

func (s Style) zone() *time.Location {
	if s.Zone == nil {
		return time.UTC
	}
	return s.Zone
}

// day gives a moment with its day and its zone.
func (s Style) day(t *timestamppb.Timestamp) string {
	if t == nil {
		return ""
	}
	return t.AsTime().In(s.zone()).Format("2006-01-02 15:04:05.000 MST")
}

// State gives the outcome of what ended and the state of what did not.
func State(d *ocov1.DeliveryRecord) string {
	text := Word(d.GetOutcome())
	if text == "" {
		text = Word(d.GetState())
	}
	if resolved := Word(d.GetResolvedOutcome()); resolved != "" {
		text += ", then " + resolved
	}
	if d.GetSettled() {
		text += " (settled)"
	}
	return text
}

// Person is a user with name and id.
func Person(u *ocov1.User) string {
	text := u.GetUserId()
	if u.GetName() != "" {
		text = strings.TrimSpace(fmt.Sprintf("%s (%s)", u.GetName(), text))
	}
	if u.GetBot() {
		text += ", a bot"
	}
	return text
}

// Place is where something was said.
func Place(a *ocov1.Address) string {
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

// traceOf is what log lines call the trace: its id alone.
func traceOf(traceparent string) string {
	if parts := strings.Split(traceparent, "-"); len(parts) == 4 {
		return parts[1]
	}
	return ""
}

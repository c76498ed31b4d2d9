package timeline

import (
	"fmt"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/texts"
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
	// Texts are the words in which it is told; nil: English.
	Texts *texts.Catalogue
}

// Record tells what happened: the event, then each delivery with the moments of its
// life. Lines end with a line end.
func (s Style) Record(r *ocov1.ShowRecordResponse) string {
	var b strings.Builder
	if event := r.GetEvent(); event != nil {
		s.event(&b, event)
		if len(r.GetDeliveries()) == 0 {
			b.WriteString("\n" + s.Texts.Say(texts.ShowNoRoute) + "\n")
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
	s.title(b, s.Texts.Say(texts.ShowEvent, "id", s.escape(e.GetEventId())))
	s.field(b, texts.FieldFrom, s.person(e.GetActor()))
	in := s.place(e.GetAddress())
	if e.GetRoomKind() == ocov1.RoomKind_ROOM_KIND_DIRECT {
		in = s.Texts.Say(texts.ShowDirect, "room", in)
	}
	s.field(b, texts.FieldIn, in)
	switch kind := e.GetKind().(type) {
	case *ocov1.Event_Message:
		s.said(b, texts.FieldText, kind.Message.GetMessage().GetContent().GetText())
		if change := kind.Message.GetChange(); change != ocov1.Change_CHANGE_CREATED {
			s.field(b, texts.FieldChange, s.word(change))
		}
	case *ocov1.Event_Reaction:
		key := texts.ShowReaction
		if kind.Reaction.GetRemoved() {
			key = texts.ShowTakenBack
		}
		s.field(b, texts.FieldReaction, s.Texts.Say(key, "emoji", s.escape(kind.Reaction.GetEmoji()), "message", s.escape(kind.Reaction.GetMessageId())))
	case *ocov1.Event_Member:
		name := texts.FieldJoined
		if kind.Member.GetLeft() {
			name = texts.FieldLeft
		}
		s.field(b, name, s.person(kind.Member.GetUser()))
	case *ocov1.Event_Room:
		s.field(b, texts.FieldRoom, s.Texts.Say(texts.ShowChanged, "room", s.escape(kind.Room.GetRoom().GetName()), "change", s.word(kind.Room.GetChange())))
		s.said(b, texts.FieldTopic, kind.Room.GetRoom().GetTopic())
	case *ocov1.Event_Custom:
		s.field(b, texts.FieldType, s.escape(kind.Custom.GetType()))
	case nil:
		s.field(b, texts.FieldText, s.Texts.Say(texts.ShowTextGone))
	}
	s.field(b, texts.FieldOccurred, s.day(e.GetOccurTime()))
	s.field(b, texts.FieldAdmitted, s.day(e.GetAdmitTime()))
}

func (s Style) delivery(b *strings.Builder, d *ocov1.DeliveryRecord) {
	if d.GetDeliveryId() != "" {
		s.title(b, s.Texts.Say(texts.ShowDelivery, "id", s.escape(d.GetDeliveryId())))
		s.field(b, texts.FieldRoute, s.escape(d.GetPluginId()+":"+d.GetRoute()))
		s.field(b, texts.FieldState, s.state(d))
	} else {
		s.title(b, s.Texts.Say(texts.ShowOutside))
	}
	s.field(b, texts.FieldDecision, s.escape(d.GetDecision()))
	s.said(b, texts.FieldTold, d.GetUserText())
	s.said(b, texts.FieldDetail, d.GetDetail())
	s.field(b, texts.FieldRetried, s.escape(d.GetRetriedAs()))
	if !s.Plain {
		s.field(b, texts.FieldTrace, s.escape(traceOf(d.GetTraceparent())))
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
func (s Style) field(b *strings.Builder, name texts.Key, value string) {
	switch {
	case value == "":
	case s.Plain:
		b.WriteString("  " + s.Texts.Say(texts.ShowField, "name", texts.Of(name), "value", strings.Join(strings.Fields(value), " ")) + "\n")
	default:
		fmt.Fprintf(b, "  %-10s  %s\n", s.Texts.Say(name), value)
	}
}

// said is a field of what somebody said.
func (s Style) said(b *strings.Builder, name texts.Key, value string) {
	if !s.Outline {
		s.field(b, name, s.escape(value))
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
	at := t.AsTime().In(s.zone())
	if s.Plain {
		return s.Texts.Say(texts.ShowTime, "time", s.Texts.Day(at), "zone", at.Format("MST"))
	}
	return at.Format("2006-01-02 15:04:05.000 MST")
}

// word is that for a value of the protocol.
func (s Style) word(e Enum) string { return s.Texts.Word(Word(e)) }

// State gives the outcome of what ended and the state of what did not, in English.
func State(d *ocov1.DeliveryRecord) string { return Style{}.state(d) }

func (s Style) state(d *ocov1.DeliveryRecord) string {
	text := s.word(d.GetOutcome())
	if text == "" {
		text = s.word(d.GetState())
	}
	if resolved := s.word(d.GetResolvedOutcome()); resolved != "" {
		text = s.Texts.Say(texts.ShowThen, "state", text, "later", resolved)
	}
	if d.GetSettled() {
		text = s.Texts.Say(texts.ShowSettled, "state", text)
	}
	return text
}

// person is a user with name and id.
func (s Style) person(u *ocov1.User) string {
	text := s.escape(u.GetUserId())
	if u.GetName() != "" {
		text = s.Texts.Say(texts.ShowPerson, "name", s.escape(u.GetName()), "id", text)
	}
	if u.GetBot() {
		text = s.Texts.Say(texts.ShowBot, "user", text)
	}
	return text
}

// Place is where something was said, in English.
func Place(a *ocov1.Address) string { return Style{}.place(a) }

func (s Style) place(a *ocov1.Address) string {
	room := a.GetRoom()
	text := s.escape(room.GetRoomId() + room.GetName())
	if user := room.GetUserId(); user != "" {
		text = s.Texts.Say(texts.ShowDirectOf, "user", s.escape(user))
	}
	if thread := a.GetThreadId(); thread != "" {
		text = s.Texts.Say(texts.ShowThread, "room", text, "thread", s.escape(thread))
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

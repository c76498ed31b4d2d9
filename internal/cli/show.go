package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// Show is `oco show ID`: the whole life of one event.
type Show struct {
	Target
	JSON bool   `help:"Print one JSON document."`
	ID   string `arg:"" help:"Id of an event, a delivery or a message."`
}

// Run asks and prints.
func (s *Show) Run(ctx context.Context, env *Env) error {
	return s.Target.show(ctx, env, s.ID, s.JSON, func(*ocov1.DeliveryRecord) bool { return true })
}

// OutcomesShow is `oco outcomes show ID`.
type OutcomesShow struct {
	Target
	JSON bool   `help:"Print one JSON document."`
	ID   string `arg:"" help:"Id of a delivery."`
}

// Run asks and prints.
func (s *OutcomesShow) Run(ctx context.Context, env *Env) error {
	return s.Target.show(ctx, env, s.ID, s.JSON, func(d *ocov1.DeliveryRecord) bool { return d.GetDeliveryId() == s.ID })
}

func (t Target) show(ctx context.Context, env *Env, id string, asJSON bool, wanted func(*ocov1.DeliveryRecord) bool) error {
	return t.with(ctx, env, callTimeout, func(ctx context.Context, c *client) error {
		answer, err := c.admin.ShowRecord(ctx, &ocov1.ShowRecordRequest{Id: id})
		if err != nil {
			return err
		}
		if some := slices.ContainsFunc(answer.GetDeliveries(), wanted); some {
			answer.Deliveries = slices.DeleteFunc(answer.Deliveries, func(d *ocov1.DeliveryRecord) bool { return !wanted(d) })
		}
		if asJSON {
			return writeJSON(env.Stdout, answer)
		}
		return write(env.Stdout, []byte(env.recordText(answer)))
	})
}

// recordText gives what happened: the event, then each delivery with the moments
// of its life and what was sent.
func (e *Env) recordText(r *ocov1.ShowRecordResponse) string {
	var b strings.Builder
	event := r.GetEvent()
	if event != nil {
		fmt.Fprintf(&b, "%s\n", bold("event "+Printable(event.GetEventId()), e.Colour))
		field(&b, "from", person(event.GetActor()))
		field(&b, "in", place(event.GetAddress())+yes(event.GetRoomKind() == ocov1.RoomKind_ROOM_KIND_DIRECT, " (direct)"))
		switch kind := event.GetKind().(type) {
		case *ocov1.Event_Message:
			field(&b, "text", kind.Message.GetMessage().GetContent().GetText())
			if change := kind.Message.GetChange(); change != ocov1.Change_CHANGE_CREATED {
				field(&b, "change", word(change))
			}
		case *ocov1.Event_Reaction:
			r := kind.Reaction
			field(&b, "reaction", r.GetEmoji()+" to "+r.GetMessageId()+yes(r.GetRemoved(), ", taken back"))
		case *ocov1.Event_Member:
			m := kind.Member
			field(&b, "joined", yes(!m.GetLeft(), person(m.GetUser())))
			field(&b, "left", yes(m.GetLeft(), person(m.GetUser())))
		case *ocov1.Event_Room:
			field(&b, "room", kind.Room.GetRoom().GetName()+", "+word(kind.Room.GetChange()))
			field(&b, "topic", kind.Room.GetRoom().GetTopic())
		case *ocov1.Event_Custom:
			field(&b, "type", kind.Custom.GetType())
		}
		field(&b, "occurred", e.moment(event.GetOccurTime()))
		field(&b, "admitted", e.moment(event.GetAdmitTime()))
		if len(r.GetDeliveries()) == 0 {
			b.WriteString("\nNo route took it.\n")
		}
	}
	for _, d := range r.GetDeliveries() {
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		e.deliveryText(&b, d)
	}
	return b.String()
}

func (e *Env) deliveryText(b *strings.Builder, d *ocov1.DeliveryRecord) {
	if d.GetDeliveryId() != "" {
		fmt.Fprintf(b, "%s\n", bold("delivery "+Printable(d.GetDeliveryId()), e.Colour))
		field(b, "route", d.GetPluginId()+":"+d.GetRoute())
		field(b, "state", stateOf(d))
	} else {
		fmt.Fprintf(b, "%s\n", bold("outside a delivery", e.Colour))
	}
	field(b, "decision", d.GetDecision())
	field(b, "told", d.GetUserText())
	field(b, "detail", d.GetDetail())
	field(b, "retried as", d.GetRetriedAs())
	field(b, "trace", traceOf(d.GetTraceparent()))
	for _, line := range e.timeline(d) {
		fmt.Fprintf(b, "  %s\n", line)
	}
	for _, s := range d.GetSends() {
		text := fmt.Sprintf("sent %s: %s", Printable(s.GetMessageId()), word(s.GetState()))
		if s.GetOperation() != "" {
			text = fmt.Sprintf("asked %s, the %s: %s", Printable(s.GetMessageId()), Printable(s.GetOperation()), word(s.GetState()))
		}
		if s.GetDetail() != "" {
			text += ", " + Printable(s.GetDetail())
		}
		fmt.Fprintf(b, "  %s\n", text)
	}
}

// traceOf is what log lines call the trace: its id alone.
func traceOf(traceparent string) string {
	if parts := strings.Split(traceparent, "-"); len(parts) == 4 {
		return parts[1]
	}
	return ""
}

// field writes one line, or nothing if there is no value.
func field(b *strings.Builder, name, value string) {
	if value != "" {
		fmt.Fprintf(b, "  %-10s  %s\n", name, Printable(value))
	}
}

func person(u *ocov1.User) string {
	text := u.GetUserId()
	if u.GetName() != "" {
		text = strings.TrimSpace(fmt.Sprintf("%s (%s)", u.GetName(), text))
	}
	return text + yes(u.GetBot(), ", a bot")
}

package oco

import (
	"time"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// Message is a message that a command or hear route took. Its methods are safe
// for concurrent use until the callback returned.
type Message struct {
	delivery
	*call
	arguments
}

// Event is an event that is not a message, for [Handler.OnEvent]. Its methods
// are safe for concurrent use until the callback returned.
type Event struct {
	delivery
	*call
}

// delivery is what both kinds of callbacks can ask about where they come from.
type delivery struct{ d *ocov1.Delivery }

// DeliveryID returns the id that stays the same over attempts.
func (v delivery) DeliveryID() DeliveryID { return DeliveryID(v.d.GetDeliveryId()) }

// Attempt returns which attempt this is, 1 for the first.
func (v delivery) Attempt() int { return int(v.d.GetAttempt()) }

// Route returns the name of the route that took the event.
func (v delivery) Route() string { return v.d.GetRoute() }

// EventID returns the id of the event; the deliveries of an event share it.
func (v delivery) EventID() EventID { return EventID(v.d.GetEvent().GetEventId()) }

// Time returns when the chat service says that it happened.
func (v delivery) Time() time.Time { return v.d.GetEvent().GetOccurTime().AsTime() }

// User returns who said or did it.
func (v delivery) User() User { return userFromWire(v.d.GetEvent().GetActor()) }

// Room returns the room's id, account and kind; ask [Client.ListRooms] for more.
func (v delivery) Room() Room {
	e := v.d.GetEvent()
	ref := e.GetAddress().GetRoom()
	account := ref.GetAccountId()
	if account == "" {
		account = e.GetAccountId()
	}
	return Room{ID: RoomID(ref.GetRoomId()), Account: AccountID(account), Kind: RoomKind(e.GetRoomKind()), Name: ref.GetName()}
}

// Thread returns the thread, or "" outside one.
func (v delivery) Thread() ThreadID { return ThreadID(v.d.GetEvent().GetAddress().GetThreadId()) }

// Historical says that the event is of the past, read back after the chat
// service was out of reach for long.
func (v delivery) Historical() bool { return v.d.GetEvent().GetHistorical() }

// Native returns the chat service's own payload, or nil. Do not change it.
func (v delivery) Native() []byte { return v.d.GetEvent().GetNative() }

// TraceParent returns the W3C trace context of the event, or "".
func (v delivery) TraceParent() string { return v.d.GetTraceparent() }

func (m *Message) wire() *ocov1.Message { return m.d.GetEvent().GetMessage().GetMessage() }

// ID returns the id of the message.
func (m *Message) ID() MessageID { return MessageID(m.wire().GetMessageId()) }

// Text returns what was said, without the address of the bot.
func (m *Message) Text() string {
	if t := m.d.GetMatch().GetText(); t != "" {
		return t
	}
	return m.wire().GetContent().GetText()
}

// Addressed says that the message is meant for the bot.
func (m *Message) Addressed() bool { return m.d.GetMatch().GetAddressed() }

// Edited says that this is a new version of a message; see [OnEdit].
func (m *Message) Edited() bool {
	return m.d.GetEvent().GetMessage().GetChange() == ocov1.Change_CHANGE_UPDATED
}

// ReplyTo returns the message that this one answers, or "".
func (m *Message) ReplyTo() MessageID { return MessageID(m.wire().GetReplyTo()) }

// Mentions returns whom the text names.
func (m *Message) Mentions() []Mention { return mentionsFromWire(m.wire().GetMentions()) }

// Type returns the type of the event, for example "room.member_joined".
func (e *Event) Type() string { return e.d.GetEvent().GetCustom().GetType() }

// Data returns a copy of the data of the event, as JSON decodes it.
func (e *Event) Data() map[string]any { return e.d.GetEvent().GetCustom().GetData().AsMap() }

// arguments are what a person typed for the placeholders of a pattern.
type arguments struct{ args []*ocov1.Argument }

func (a arguments) find(name string) *ocov1.Argument {
	for _, arg := range a.args {
		if arg.GetName() == name {
			return arg
		}
	}
	return nil
}

// Has says whether the argument is there: an optional one that was not typed
// and has no default is not.
func (a arguments) Has(name string) bool { return a.find(name) != nil }

// Arg returns an argument as text, "" if it is absent. A quoted text comes
// without its quotes; of any other type it is what the person typed.
func (a arguments) Arg(name string) string { return argText(a.find(name)) }

func argText(arg *ocov1.Argument) string {
	if t, ok := arg.GetValue().(*ocov1.Argument_Text); ok {
		return t.Text
	}
	return arg.GetRaw()
}

// Raw returns an argument exactly as typed, "" if it is absent.
func (a arguments) Raw(name string) string { return a.find(name).GetRaw() }

// Args returns a list argument ({name*}) as texts; any other as a list of one,
// an absent one as nil.
func (a arguments) Args(name string) []string {
	arg := a.find(name)
	if arg == nil {
		return nil
	}
	l, ok := arg.GetValue().(*ocov1.Argument_List)
	if !ok {
		return []string{argText(arg)}
	}
	out := make([]string, 0, len(l.List.GetItems()))
	for _, item := range l.List.GetItems() {
		out = append(out, argText(item))
	}
	return out
}

// Int returns an argument of type integer, 0 if it is absent or of another type.
func (a arguments) Int(name string) int64 { return a.find(name).GetInteger() }

// Float returns an argument of type number or integer, else 0.
func (a arguments) Float(name string) float64 {
	arg := a.find(name)
	if i, ok := arg.GetValue().(*ocov1.Argument_Integer); ok {
		return float64(i.Integer)
	}
	return arg.GetNumber()
}

// Bool returns an argument of type flag, false if it is absent or of another type.
func (a arguments) Bool(name string) bool { return a.find(name).GetFlag() }

// Duration returns an argument of type duration, else 0.
func (a arguments) Duration(name string) time.Duration {
	return a.find(name).GetDuration().AsDuration()
}

// When returns an argument of type time, else the zero time.
func (a arguments) When(name string) time.Time {
	t, ok := a.find(name).GetValue().(*ocov1.Argument_Time)
	if !ok {
		return time.Time{}
	}
	return t.Time.AsTime()
}

// ArgUser returns an argument of type user, else the zero User.
func (a arguments) ArgUser(name string) User { return userFromWire(a.find(name).GetUser()) }

// ArgRoom returns an argument of type room, else the zero Room.
func (a arguments) ArgRoom(name string) Room { return roomFromWire(a.find(name).GetRoom()) }

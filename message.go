package oco

import (
	"fmt"
	"slices"
	"strings"
	"time"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/nearest"
	"github.com/openchatops/oco/internal/pattern"
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

// Attachments returns the files that came with the message.
func (m *Message) Attachments() []Attachment {
	var out []Attachment
	for _, f := range m.wire().GetAttachments() {
		out = append(out, attachmentFromWire(f))
	}
	return out
}

// Mentions returns whom the text names.
func (m *Message) Mentions() []Mention { return mentionsFromWire(m.wire().GetMentions()) }

// The types of events that chat services report, for [Handler.OnEvent]. What the
// bot does itself is reported only where it comes or goes: then the [Event.Member]
// is Self.
const (
	ReactionAdded   = "reaction.added"
	ReactionRemoved = "reaction.removed"
	MemberJoined    = "room.member_joined"
	MemberLeft      = "room.member_left"
	RoomCreated     = "room.created"
	RoomUpdated     = "room.updated"
	RoomDeleted     = "room.deleted"
)

// Type returns the type of the event, for example [MemberJoined].
func (e *Event) Type() string {
	switch k := e.d.GetEvent().GetKind().(type) {
	case *ocov1.Event_Reaction:
		return either(k.Reaction.GetRemoved(), ReactionRemoved, ReactionAdded)
	case *ocov1.Event_Member:
		return either(k.Member.GetLeft(), MemberLeft, MemberJoined)
	case *ocov1.Event_Room:
		switch k.Room.GetChange() {
		case ocov1.Change_CHANGE_CREATED:
			return RoomCreated
		case ocov1.Change_CHANGE_DELETED:
			return RoomDeleted
		}
		return RoomUpdated
	}
	return e.d.GetEvent().GetCustom().GetType()
}

func either(yes bool, a, b string) string {
	if yes {
		return a
	}
	return b
}

// Reaction returns the reaction of a [ReactionAdded] or [ReactionRemoved], of
// any other event a zero one. Who reacted is the User of the event.
func (e *Event) Reaction() Reaction {
	r := e.d.GetEvent().GetReaction()
	return Reaction{Message: MessageID(r.GetMessageId()), Emoji: r.GetEmoji(), Removed: r.GetRemoved()}
}

// Member returns who came or went at a [MemberJoined] or [MemberLeft], of any
// other event a zero value. The User of the event is who had them do it.
func (e *Event) Member() MemberChange {
	m := e.d.GetEvent().GetMember()
	return MemberChange{User: userFromWire(m.GetUser()), Left: m.GetLeft()}
}

// RoomChange returns the room of a [RoomCreated], [RoomUpdated] or [RoomDeleted]
// as it is now, of any other event a zero value.
func (e *Event) RoomChange() RoomChange {
	r := e.d.GetEvent().GetRoom()
	return RoomChange{Change: Change(r.GetChange()), Room: roomFromWire(r.GetRoom())}
}

// Data returns a copy of the data of an event of another type, as JSON decodes
// it.
func (e *Event) Data() map[string]any { return e.d.GetEvent().GetCustom().GetData().AsMap() }

// arguments are what a person typed for the placeholders of a pattern. To ask for one
// that the pattern does not have is a mistake of the author, and panics: an empty text
// would hide it.
type arguments struct {
	args  []*ocov1.Argument
	route *route // what names them; nil: nothing does
}

func (a arguments) find(name string) *ocov1.Argument {
	for _, arg := range a.args {
		if arg.GetName() == name {
			return arg
		}
	}
	if names, known := a.route.names(); known && !slices.Contains(names, name) {
		panic(fmt.Sprintf("there is no argument `%s`%s", name, nearest.DidYouMean(name, names)))
	}
	return nil
}

// names are the arguments of a route. They are not known of a pattern of a newer bot,
// which this library cannot read.
func (r *route) names() (names []string, known bool) {
	if r == nil {
		return nil, false
	}
	r.reading.Do(func() { r.arguments, r.read = argumentsOf(r.wire) })
	return r.arguments, r.read
}

func argumentsOf(wire *ocov1.Route) (names []string, known bool) {
	if command := wire.GetCommand(); command != nil {
		compiled, err := pattern.Compile(command.GetPattern(), nil)
		if err != nil {
			return nil, false
		}
		for _, spec := range compiled.Arguments() {
			names = append(names, spec.Name)
		}
		return names, true
	}
	compiled, err := pattern.CompileRegexp(wire.GetHear().GetRegex())
	if err != nil {
		return nil, false
	}
	tree, err := compiled.Syntax()
	if err != nil {
		return nil, false
	}
	return slices.DeleteFunc(tree.CapNames(), func(name string) bool { return name == "" }), true
}

// Has says whether the argument is there: an optional one that was not typed
// and has no default is not.
//
// It panics if the pattern, or the expression of a hear route, has no argument of that
// name, and so do all that take the name of one: the delivery fails, and the log says
// which line asked, and what the names are.
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
func (a arguments) Args(name string) []string { return listOf(a.find(name), argText) }

// Int returns an argument of type integer, 0 if it is absent or of another type.
func (a arguments) Int(name string) int64 { return a.find(name).GetInteger() }

// Float returns an argument of type number or integer, else 0.
func (a arguments) Float(name string) float64 { return argFloat(a.find(name)) }

func argFloat(arg *ocov1.Argument) float64 {
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

// When returns an argument of type time, else the zero time. "in 2h" is counted
// from when the message was said, and a time of day is one of who said it.
func (a arguments) When(name string) time.Time { return argTime(a.find(name)) }

func argTime(arg *ocov1.Argument) time.Time {
	t, ok := arg.GetValue().(*ocov1.Argument_Time)
	if !ok {
		return time.Time{}
	}
	return t.Time.AsTime()
}

// ArgUser returns an argument of type user with their groups, else the zero User.
// It is a user that there is, or one that the message mentions. Of one about whom
// the adapter cannot be asked all that is known are ID, Account, Principal and
// Groups.
func (a arguments) ArgUser(name string) User { return userFromWire(a.find(name).GetUser()) }

// ArgRoom returns an argument of type room, else the zero Room. A private room is
// one that who asks is in, or to which the operator gave an alias. It has neither
// Topic nor Levels: ask [Client.GetRoom].
func (a arguments) ArgRoom(name string) Room { return roomFromWire(a.find(name).GetRoom()) }

// ArgFile returns an argument of type file, else the zero Attachment.
func (a arguments) ArgFile(name string) Attachment { return attachmentFromWire(a.find(name).GetFile()) }

// The following return a list argument ({name*:type}) of their type; any other of
// the type as a list of one, an absent one as nil.

// Ints returns whole numbers.
func (a arguments) Ints(name string) []int64 {
	return listOf(a.find(name), (*ocov1.Argument).GetInteger)
}

// Floats returns numbers.
func (a arguments) Floats(name string) []float64 { return listOf(a.find(name), argFloat) }

// Durations returns durations.
func (a arguments) Durations(name string) []time.Duration {
	return listOf(a.find(name), func(arg *ocov1.Argument) time.Duration { return arg.GetDuration().AsDuration() })
}

// Whens returns times, as [Message.When] does.
func (a arguments) Whens(name string) []time.Time { return listOf(a.find(name), argTime) }

// ArgUsers returns users, as [Message.ArgUser] does.
func (a arguments) ArgUsers(name string) []User {
	return listOf(a.find(name), func(arg *ocov1.Argument) User { return userFromWire(arg.GetUser()) })
}

// ArgRooms returns rooms, as [Message.ArgRoom] does.
func (a arguments) ArgRooms(name string) []Room {
	return listOf(a.find(name), func(arg *ocov1.Argument) Room { return roomFromWire(arg.GetRoom()) })
}

// ArgFiles returns files.
func (a arguments) ArgFiles(name string) []Attachment {
	return listOf(a.find(name), func(arg *ocov1.Argument) Attachment { return attachmentFromWire(arg.GetFile()) })
}

func listOf[T any](arg *ocov1.Argument, item func(*ocov1.Argument) T) []T {
	if arg == nil {
		return nil
	}
	l, ok := arg.GetValue().(*ocov1.Argument_List)
	if !ok {
		return []T{item(arg)}
	}
	out := make([]T, 0, len(l.List.GetItems()))
	for _, i := range l.List.GetItems() {
		out = append(out, item(i))
	}
	return out
}

// Ids are opaque: compare them, store them, never take them apart. Handlers and
// clients see ids that the bot minted, unique in the whole bot and stable for
// ever. Adapters see and say the chat service's own ids, unique in their
// account; the bot maps.
type (
	// EventID identifies one thing that came in.
	EventID string
	// MessageID identifies one message, also if it had to be split.
	MessageID string
	// DeliveryID identifies one event for one route, stable over attempts: the
	// key to make an effect elsewhere idempotent.
	DeliveryID string
	// UserID identifies a user. Names change and are reused: compare ids only.
	UserID string
	// PrincipalID identifies one person across accounts.
	PrincipalID string
	// RoomID identifies a room.
	RoomID string
	// ThreadID identifies a thread in its room.
	ThreadID string
	// AccountID identifies the bot's identity on one chat service.
	AccountID string
	// FileID identifies a file that came with a message.
	FileID string
)

// User is a person or a program on a chat service.
type User struct {
	ID      UserID
	Account AccountID
	// Name is for display, never a key.
	Name        string
	MentionName string
	// Bot says that a program speaks, Self that it is the bot itself.
	Bot, Self bool
	// Principal and Groups are set by the bot only.
	Principal PrincipalID
	Groups    []string
	Email     string
	// TimeZone is an IANA zone name.
	TimeZone string
}

// RoomKind says what kind of place a room is.
type RoomKind int

// The kinds of rooms. A direct message is in a room like any other.
const (
	RoomUnspecified RoomKind = iota
	RoomChannel
	RoomDirect
	RoomMultiDirect
)

// String returns the kind as it stands in documents: "channel", "direct",
// "multi_direct" or "unspecified".
func (k RoomKind) String() string {
	switch k {
	case RoomChannel:
		return "channel"
	case RoomDirect:
		return "direct"
	case RoomMultiDirect:
		return "multi_direct"
	}
	return "unspecified"
}

// Room is a place where people talk.
type Room struct {
	ID      RoomID
	Account AccountID
	Kind    RoomKind
	Name    string
	// Alias is the operator's name for it, set by the bot only.
	Alias   string
	Topic   string
	Private bool
	// Levels say what can be done in it, in answers of the bot to [Client.GetRoom].
	// An adapter says so by [Description].RoomLevels.
	Levels map[Capability]Level
}

// Outcome is how a delivery ended.
type Outcome int

// The six outcomes. Unknown means that it may have run or not.
const (
	OutcomeUnspecified Outcome = iota
	Done
	Failed
	Unknown
	Expired
	Refused
	Cancelled
)

// String returns the outcome as it stands in documents, for example "done".
func (o Outcome) String() string {
	if s, ok := ocov1.Outcome_name[int32(o)]; ok {
		return strings.ToLower(strings.TrimPrefix(s, "OUTCOME_"))
	}
	return "unspecified"
}

// Mention is a part of a text that names somebody. Exactly one of User, Room
// and Everyone is set. Start and Length count code points of the text.
type Mention struct {
	User          UserID
	Room          RoomID
	Everyone      bool
	Start, Length int
}

// Attachment is a file that came with a message. The bot does not have its content:
// it is where the chat service keeps it.
type Attachment struct {
	ID   FileID
	Name string
	// MediaType is for example "text/csv"; "" if nobody knows.
	MediaType string
	// Size in bytes; 0 if nobody knows.
	Size uint64
	// URL is where the chat service keeps it. It may want a key of the service's own.
	URL string
}

// valid repairs text that is not UTF-8, which the wire would refuse together
// with everything that travels beside it.
func valid(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

func mentionsFromWire(in []*ocov1.Mention) []Mention {
	var out []Mention
	for _, m := range in {
		out = append(out, Mention{
			User: UserID(m.GetUserId()), Room: RoomID(m.GetRoomId()), Everyone: m.GetEveryone(),
			Start: int(m.GetStart()), Length: int(m.GetLength()),
		})
	}
	return out
}

func attachmentFromWire(f *ocov1.Attachment) Attachment {
	return Attachment{ID: FileID(f.GetFileId()), Name: f.GetName(), MediaType: f.GetMediaType(), Size: f.GetSize(), URL: f.GetUrl()}
}

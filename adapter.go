package oco

import (
	"context"
	"time"
)

// An Adapter connects the bot to one chat service. All ids here are the chat
// service's own; the bot maps them.
//
// Run connects, then publishes every incoming message to bot until ctx ends,
// in the order of the service. It is called once. It returns nil when ctx ended,
// or when nothing will ever come in again: then the process drains and ends
// well. Any other return is a failure after which the process is restarted.
// It must reconnect by itself. It acknowledges a message to the service only
// after Publish returned nil: then the bot has it on disk.
//
// Send posts one part of one message and returns the id that the service gave
// it. It is called only while Run runs, one after the other for one room and
// concurrently for different rooms, and may block. An error that [RetryAfter]
// made, or with gRPC code Unavailable or ResourceExhausted, is retried by the
// bot; [MaybeSent] says that nobody can know; any other is reported to the
// author. A panic counts as MaybeSent.
type Adapter interface {
	Run(ctx context.Context, bot Bot) error
	Send(ctx context.Context, m Outgoing) (MessageID, error)
}

// Bot is what an adapter speaks to while it runs. Safe for concurrent use.
type Bot interface {
	// Publish returns nil when the events are on disk. The order of the calls
	// is the order of the events: what must stay in order is published by one
	// goroutine, or by one call. It blocks while the bot is away, until ctx
	// ends; the events may have been taken then, and publishing them again
	// is harmless. A [*PublishError] names events that the bot will never take
	// as they are; the others are on disk.
	Publish(ctx context.Context, events ...Incoming) error
	// Status tells the bot whether the chat service is reached, with a text for
	// operators. It does not block; the newest report wins.
	Status(ctx context.Context, connected bool, detail string)
	// Checkpoint returns the checkpoint of the newest event that the bot has,
	// also over restarts, or "".
	Checkpoint() string
}

// CommandLister is what the [Bot] that Run gets is besides, for adapters that
// complete what people type or show a menu. A Bot made by others, for example in
// a test, need not be one: ask by a type assertion.
type CommandLister interface {
	// ListCommands lists what this user may run in this room, both in the chat
	// service's own ids. It asks the bot each time and blocks until ctx ends at
	// most. Errors have gRPC codes.
	ListCommands(ctx context.Context, user UserID, room RoomID) ([]Command, error)
}

// Roster is what an adapter implements that can look up users and rooms. It is
// called while Run runs, concurrently, within the deadline of ctx.
type Roster interface {
	Users(ctx context.Context) ([]User, error)
	Rooms(ctx context.Context) ([]Room, error)
	// User returns an error with gRPC code NotFound if there is no such user. It is
	// also how the bot finds whom a command names, while a Publish with that command
	// waits for it: it must not need what the goroutine that publishes would do next,
	// and who takes longer than 2 s is waited for in vain.
	User(ctx context.Context, by UserLookup) (User, error)
}

// UserLookup names a user by exactly one of its fields.
type UserLookup struct {
	ID          UserID
	MentionName string
}

// RoomFinder is what an adapter with a [Roster] implements that can look up one
// room, also one that the bot is not in; without it, one of those that Rooms
// returns is found. It is called as Roster is.
type RoomFinder interface {
	// Room returns an error with gRPC code NotFound if there is no such room. id
	// may be the name by which people call it.
	Room(ctx context.Context, id RoomID) (Room, error)
}

// MemberLister is what an adapter implements that knows who is in a room. It is
// called as [Roster] is.
type MemberLister interface {
	// Members returns an error with gRPC code NotFound if there is no such room
	// or the bot may not see who is in it.
	Members(ctx context.Context, room RoomID) ([]User, error)
}

// The following interfaces are for operations. Their methods are called, and
// their errors mean the same, as those of [Adapter].Send: only while Run runs,
// one after the other for one room and in order with what is sent there. Each
// may be called again with the same after an error or a restart, so doing what
// is done already is no error.
type (
	// Updater is what an adapter implements that can change what it sent.
	Updater interface {
		UpdateMessage(ctx context.Context, at MessageRef, text string) error
	}
	// Deleter is what an adapter implements that can delete messages.
	Deleter interface {
		DeleteMessage(ctx context.Context, at MessageRef) error
	}
	// Reactor is what an adapter implements that can react to messages. emoji is
	// Unicode, or the service's name of it; remove takes the reaction back. Where
	// its level is [LevelFull] everybody in the room must see it: the bot then
	// acknowledges so what is done and said nothing (OCO-DLV-66).
	Reactor interface {
		SetReaction(ctx context.Context, at MessageRef, emoji string, remove bool) error
	}
	// Membership is what an adapter implements that can bring the bot and others
	// into rooms and out of them. Join and Leave are for the bot itself.
	Membership interface {
		Join(ctx context.Context, room RoomID) error
		Leave(ctx context.Context, room RoomID) error
		Invite(ctx context.Context, room RoomID, user UserID) error
		Remove(ctx context.Context, room RoomID, user UserID) error
	}
	// TopicSetter is what an adapter implements that can set the topic of a room;
	// an empty one takes it away.
	TopicSetter interface {
		SetTopic(ctx context.Context, room RoomID, topic string) error
	}
)

// Typer is what an adapter implements that can show that the bot is at work. It
// is called as [Roster] is; what it shows ends after d, or with the next message
// of the bot there. An error is only logged.
type Typer interface {
	Typing(ctx context.Context, to Place, d time.Duration) error
}

// Place is where something is to be done.
type Place struct {
	// Room; if it is empty, the direct room of User.
	Room   RoomID
	User   UserID
	Thread ThreadID
}

// MessageRef is a message and where it stands.
type MessageRef struct {
	Place
	ID MessageID
	// Token is stable over attempts, at most 25 characters: the idempotency key
	// for services that have one.
	Token string
}

// Settler is what an adapter implements that wants to know that every delivery
// of an event that it published has its outcome; none if no route took it.
// It must not block. It is not called again after a restart.
type Settler interface {
	Settled(event EventID, outcomes []Outcome)
}

// Describer is what an adapter implements to say what it is. It is called when
// the process registers and at every report of Status, concurrently, and must
// not block.
type Describer interface {
	Describe() Description
}

// Resetter is what an adapter implements that takes changed [Settings] while Run
// runs. Reset is called after each change, when the new ones count already, and
// must not block. Without it a change ends the process in order, with
// [ErrSettingsChanged].
type Resetter interface {
	Reset()
}

// Description is what an adapter says of itself.
type Description struct {
	Version string
	// Account is the service's own name of the account, Self the bot's user.
	Account string
	Self    User
	// MaxTextLength is the longest text of one message in bytes; 0: no limit.
	MaxTextLength int
	// IdempotentSend: the service recognises the repeat of a send by its Token.
	IdempotentSend bool
	// ReplaysMissed: the service replays what was missed while the adapter was
	// away.
	ReplaysMissed bool
	// Levels say how well the service can do something. What the adapter has an
	// interface for is [LevelFull] unless it is named here; what it has none for
	// is never more than [LevelFallback].
	Levels map[Capability]Level
	// RoomLevels name what is otherwise in some rooms, at most 1,000 of them. The
	// manifest does not have them: they begin to count with a report of Status.
	RoomLevels map[RoomID]map[Capability]Level
}

// Capability is something that a chat service may be able to do.
type Capability string

// The capabilities. What has an interface is known by it: edit by [Updater],
// delete by [Deleter], reaction by [Reactor], typing by [Typer], membership by
// [Membership], topic by [TopicSetter], members by [MemberLister], the roster by
// [Roster].
const (
	CanThread        Capability = "thread"
	CanReply         Capability = "reply"
	CanDirect        Capability = "direct"
	CanEdit          Capability = "edit"
	CanDelete        Capability = "delete"
	CanReact         Capability = "reaction"
	CanType          Capability = "typing"
	CanSetMembership Capability = "membership"
	CanSetTopic      Capability = "topic"
	CanListMembers   Capability = "members"
	canRoster        Capability = "roster"
)

// Level says how well.
type Level int

// The levels, from "refused" to "entirely". At [LevelDropped] nothing is done
// and nothing is lost by it, at [LevelFallback] the bot does something else in
// its place, such as another message, and at [LevelPartial] there are limits
// that only the service knows.
const (
	LevelRejected Level = iota + 1
	LevelDropped
	LevelFallback
	LevelPartial
	LevelFull
)

// Incoming is one event of the chat service. Exactly one of Message, Reaction,
// Member, RoomChange and Custom is set.
type Incoming struct {
	// ID is the service's own id of this event, by which repeats are recognised.
	ID EventID
	// Time is when the service says that it happened; zero: now.
	Time time.Time
	// Room with its kind and name, and the thread in it.
	Room   Room
	Thread ThreadID
	// Actor is who said or did it. Of a Member that came or went by themselves it
	// may be left out. State the TimeZone if the service tells it: "tomorrow 9am" is
	// then a time of theirs, and otherwise one of the operator's.
	Actor User
	// Historical: of the past, read back after the connection was down for long.
	Historical bool
	Message    *IncomingMessage
	Reaction   *Reaction
	Member     *MemberChange
	RoomChange *RoomChange
	Custom     *CustomEvent
	// Native is the service's own payload, untouched, at most 256 KiB.
	Native []byte
	// Checkpoint says where the service's stream stands after this event. It is
	// opaque to the bot, at most 4 KiB. Empty: unchanged.
	Checkpoint string
}

// IncomingMessage is a message that was said, changed or deleted.
type IncomingMessage struct {
	ID       MessageID
	Change   Change
	Text     string
	ReplyTo  MessageID
	Mentions []Mention
	// Attachments are the files that came with it, each with the ID by which the
	// service knows it. The first 32 reach the bot. A Name is cut at 1 KiB; a
	// MediaType above 256 bytes and a URL above 4 KiB are left out.
	Attachments []Attachment
	// Forwarded: it quotes or forwards, its text never addresses the bot.
	Forwarded bool
}

// Change says what happened to a message. Zero means created.
type Change int

// The changes.
const (
	Created Change = iota + 1
	Updated
	Deleted
)

// Reaction is a reaction to a message, by the actor of its event.
type Reaction struct {
	Message MessageID
	// Emoji as Unicode where it has one, else the service's name of it.
	Emoji   string
	Removed bool
}

// MemberChange says that somebody came into a room or left it. Who had them do
// it is the actor of the event.
type MemberChange struct {
	User User
	Left bool
}

// RoomChange says that a room was made, changed or deleted.
type RoomChange struct {
	Change Change
	// Room as it is now.
	Room Room
}

// CustomEvent is an event that is none of the others, for example
// "x.acme.deploy.finished". Data holds what [structpb.NewStruct] takes and never
// what a person typed.
type CustomEvent struct {
	Type string
	Data map[string]any
}

// Outgoing is one part of one message that the adapter is asked to post.
type Outgoing struct {
	// Room is where to post; if it is empty, the direct room of User.
	Room RoomID
	User UserID
	// Thread to post in, or the message at which to start one; both may be empty.
	Thread        ThreadID
	StartThreadAt MessageID
	ReplyTo       MessageID
	Text          string
	// Token is stable over attempts, at most 25 characters: the idempotency key
	// for services that have one.
	Token string
	// PossibleRepeat: the same message was perhaps posted before and the service
	// cannot tell; mark it for people.
	PossibleRepeat bool
	Reason         SendReason
}

// SendReason says on whose behalf a message is posted.
type SendReason int

// The reasons: a handler's reply, a notice about an outcome, the bot's own
// answer, an operator or a client.
const (
	ReasonHandler SendReason = iota + 1
	ReasonNotice
	ReasonBot
	ReasonClient
)

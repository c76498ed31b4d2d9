package oco

import (
	"strings"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

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

// valid repairs text that is not UTF-8, which the wire would refuse together
// with everything that travels beside it.
func valid(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

func userFromWire(u *ocov1.User) User {
	return User{
		ID: UserID(u.GetUserId()), Account: AccountID(u.GetAccountId()),
		Name: u.GetName(), MentionName: u.GetMentionName(), Bot: u.GetBot(), Self: u.GetSelf(),
		Principal: PrincipalID(u.GetPrincipalId()), Groups: u.GetGroups(), Email: u.GetEmail(), TimeZone: u.GetTimeZone(),
	}
}

func userToWire(u User) *ocov1.User {
	if u.ID == "" && u.Name == "" && u.MentionName == "" {
		return nil
	}
	return &ocov1.User{
		UserId: valid(string(u.ID)), AccountId: valid(string(u.Account)),
		Name: valid(u.Name), MentionName: valid(u.MentionName), Bot: u.Bot, Self: u.Self,
		Email: valid(u.Email), TimeZone: valid(u.TimeZone),
	}
}

func usersFromWire(in []*ocov1.User) []User {
	out := make([]User, len(in))
	for i, u := range in {
		out[i] = userFromWire(u)
	}
	return out
}

func roomFromWire(r *ocov1.Room) Room {
	return Room{
		ID: RoomID(r.GetRoomId()), Account: AccountID(r.GetAccountId()), Kind: RoomKind(r.GetKind()),
		Name: r.GetName(), Alias: r.GetAlias(), Topic: r.GetTopic(), Private: r.GetPrivate(),
	}
}

func roomToWire(r Room) *ocov1.Room {
	return &ocov1.Room{
		RoomId: valid(string(r.ID)), AccountId: valid(string(r.Account)), Kind: ocov1.RoomKind(r.Kind),
		Name: valid(r.Name), Topic: valid(r.Topic), Private: r.Private,
	}
}

func mentionsToWire(in []Mention) []*ocov1.Mention {
	var out []*ocov1.Mention
	for _, m := range in {
		w := &ocov1.Mention{Start: uint32(max(m.Start, 0)), Length: uint32(max(m.Length, 0))}
		switch {
		case m.Everyone:
			w.Target = &ocov1.Mention_Everyone{Everyone: true}
		case m.Room != "":
			w.Target = &ocov1.Mention_RoomId{RoomId: valid(string(m.Room))}
		default:
			w.Target = &ocov1.Mention_UserId{UserId: valid(string(m.User))}
		}
		out = append(out, w)
	}
	return out
}

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

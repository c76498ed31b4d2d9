package chat

// A Level is how much of something a chat service can do in a room.
type Level uint8

// The levels, with the numbers of the wire. 0 is not said.
const (
	Rejected Level = 1 // the bot refuses it
	Dropped  Level = 2 // nothing is done, and nothing is lost by it
	Fallback Level = 3 // the bot does something else in its place
	Partial  Level = 4
	Full     Level = 5
)

// What an adapter has levels for.
const (
	CanThread     = "thread"
	CanReply      = "reply"
	CanDirect     = "direct"
	CanRoster     = "roster"
	CanMembers    = "members"
	CanEdit       = "edit"
	CanDelete     = "delete"
	CanReaction   = "reaction"
	CanTyping     = "typing"
	CanMembership = "membership"
	CanTopic      = "topic"
)

// defaults are the levels of what an adapter does not speak of (OCO-OPS-1).
// What goes out with a message is asked for in any case: an adapter that cannot
// do it leaves it out. The bot mends the edit by itself, a reaction and a sign
// of typing are ornaments, and all else needs the adapter.
var defaults = map[string]Level{
	CanThread: Partial, CanReply: Partial, CanDirect: Partial,
	CanEdit: Fallback, CanReaction: Dropped, CanTyping: Dropped,
	CanRoster: Rejected, CanMembers: Rejected, CanDelete: Rejected, CanMembership: Rejected, CanTopic: Rejected,
}

// Capabilities lists the names that have a level, in no order.
func Capabilities() []string {
	names := make([]string, 0, len(defaults))
	for name := range defaults {
		names = append(names, name)
	}
	return names
}

// DefaultLevel is the level of a name of which nothing is said. A name that this
// bot does not know is rejected.
func DefaultLevel(name string) Level {
	if level, ok := defaults[name]; ok {
		return level
	}
	return Rejected
}

// ParseLevel reads a number of the wire. One that this bot does not know is not
// said.
func ParseLevel(number int32) Level {
	if number < int32(Rejected) || number > int32(Full) {
		return 0
	}
	return Level(number)
}

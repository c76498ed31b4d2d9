package chat

// A Place is an address in the bot's own ids: a room, or the direct room of a
// user, and perhaps a thread in it.
type Place struct {
	Room   string // id of the room; empty if User is set
	User   string // id of a user whose direct room is meant
	Thread string // id of a thread
	Start  string // id of a message at which a thread is started
}

// Key is what sends are put in order by: the room, without the thread, because
// a thread belongs to its room.
func (p Place) Key() string {
	if p.Room != "" {
		return p.Room
	}
	return p.User
}

// IsZero reports whether the place names nothing.
func (p Place) IsZero() bool { return p.Room == "" && p.User == "" }

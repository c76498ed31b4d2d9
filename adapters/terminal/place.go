package terminal

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/openchatops/oco"
)

const (
	// roomID is the direct room of the person who started the process.
	roomID oco.RoomID = "terminal"
	// directPrefix begins the ids of the direct rooms of the others, roomPrefix
	// those of rooms that several people are in. No name has such a character.
	directPrefix, roomPrefix = "dm:", "#"
	longestName              = 32
	// mostPlaces bounds what is remembered of who and where somebody was.
	mostPlaces = 1000
)

// places knows who speaks and where, and who was here before. Safe for
// concurrent use.
type places struct {
	bot string // the bot's name

	mu     sync.Mutex
	user   oco.User
	room   oco.Room
	login  oco.User
	users  []oco.User            // who spoke, and the one who started the process
	rooms  []oco.Room            // where somebody was
	crowds map[oco.RoomID]*crowd // of channels
}

func newPlaces(login, bot string) *places {
	p := &places{bot: bot, login: person(login), crowds: map[oco.RoomID]*crowd{}}
	p.user, p.room = p.login, p.direct(p.login)
	p.users, p.rooms = []oco.User{p.user}, []oco.Room{p.room}
	return p
}

func person(name string) oco.User {
	return oco.User{ID: oco.UserID(name), Name: name, MentionName: name}
}

// direct is the room in which a user and the bot are alone.
func (p *places) direct(u oco.User) oco.Room {
	id := roomID
	if u.ID != p.login.ID {
		id = oco.RoomID(directPrefix + string(u.ID))
	}
	return oco.Room{ID: id, Kind: oco.RoomDirect, Name: strings.ReplaceAll(string(id), ":", "-"), Private: true}
}

// here returns who speaks and where.
func (p *places) here() (oco.User, oco.Room) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.user, p.details(p.room)
}

// prompt shows who speaks and where.
func (p *places) prompt() (who, where string) {
	user, room := p.here()
	return printable(user.Name), p.called(room)
}

// called is how a person calls a room.
func (p *places) called(room oco.Room) string {
	if room.Kind == oco.RoomDirect {
		return "@" + printable(p.bot)
	}
	return roomPrefix + room.Name
}

// as makes somebody speak. A direct room is left for the direct room of that
// user.
func (p *places) as(name string) error {
	name = strings.TrimPrefix(name, "@")
	p.mu.Lock()
	defer p.mu.Unlock()
	if name != string(p.login.ID) {
		if err := checkName(name); err != nil {
			return err
		}
	}
	if strings.EqualFold(name, p.bot) {
		return fmt.Errorf("%s is the bot", name)
	}
	p.user = person(name)
	p.users = remember(p.users, p.user, func(u oco.User) bool { return u.ID == p.user.ID })
	if p.room.Kind == oco.RoomDirect {
		p.enter(p.direct(p.user))
	}
	return nil
}

// visit makes who speaks go to a room.
func (p *places) visit(name string) error {
	name = strings.TrimPrefix(name, roomPrefix)
	if err := checkName(name); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.enter(oco.Room{ID: oco.RoomID(roomPrefix + name), Kind: oco.RoomChannel, Name: name})
	return nil
}

// leave makes who speaks go to the direct room.
func (p *places) leave() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.enter(p.direct(p.user))
}

func (p *places) enter(room oco.Room) {
	p.room = room
	p.rooms = remember(p.rooms, room, func(r oco.Room) bool { return r.ID == room.ID })
}

// remember adds what is not there yet; what was added first, after the first,
// is forgotten when there are too many.
func remember[T any](all []T, one T, same func(T) bool) []T {
	if slices.ContainsFunc(all, same) {
		return all
	}
	if len(all) == mostPlaces {
		all = slices.Delete(slices.Clone(all), 1, 2)
	}
	return append(slices.Clone(all), one)
}

// known returns who spoke and where.
func (p *places) known() ([]oco.User, []oco.Room) {
	p.mu.Lock()
	defer p.mu.Unlock()
	rooms := slices.Clone(p.rooms)
	for i, room := range rooms {
		rooms[i] = p.details(room)
	}
	return p.users, rooms
}

// find returns the room that a message is for. A room or a user whose name is a
// good one is found although nobody was there since the process started.
func (p *places) find(room oco.RoomID, user oco.UserID) (oco.Room, bool) {
	if name, direct := strings.CutPrefix(string(room), directPrefix); direct {
		room, user = "", oco.UserID(name)
	}
	name, channel := strings.CutPrefix(string(room), roomPrefix)
	switch {
	case channel:
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.details(oco.Room{ID: room, Kind: oco.RoomChannel, Name: name}), checkName(name) == nil
	case room == roomID, room == "" && user == p.login.ID:
		return p.direct(p.login), true
	}
	return p.direct(person(string(user))), room == "" && checkName(string(user)) == nil
}

// label says where something was said if that is not where the person is.
func (p *places) label(room oco.Room) string {
	_, here := p.here()
	switch {
	case room.ID == here.ID:
		return ""
	case room.Kind == oco.RoomChannel:
		return roomPrefix + room.Name
	case room.ID == roomID:
		return "@" + printable(p.login.Name)
	}
	return "@" + strings.TrimPrefix(string(room.ID), directPrefix)
}

// checkName says what is wrong with the name of a user or a room.
func checkName(name string) error {
	odd := func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("._-", r)
	}
	switch {
	case name == "":
		return fmt.Errorf("a name is missing")
	case len([]rune(name)) > longestName:
		return fmt.Errorf("a name has at most %d characters", longestName)
	case strings.IndexFunc(name, odd) >= 0 || strings.HasPrefix(name, "-"):
		return fmt.Errorf("%q is no name: letters, digits, '.', '_' and '-' make one", printable(name))
	}
	return nil
}

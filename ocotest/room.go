package ocotest

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/openchatops/oco"
)

var (
	_ oco.Adapter   = (*room)(nil)
	_ oco.Settler   = (*room)(nil)
	_ oco.Roster    = (*room)(nil)
	_ oco.Describer = (*room)(nil)

	_ oco.Updater      = (*room)(nil)
	_ oco.Deleter      = (*room)(nil)
	_ oco.Reactor      = (*room)(nil)
	_ oco.Typer        = (*room)(nil)
	_ oco.Membership   = (*room)(nil)
	_ oco.TopicSetter  = (*room)(nil)
	_ oco.MemberLister = (*room)(nil)
	_ oco.RoomFinder   = (*room)(nil)
)

// A room is the chat service of the test: it keeps all that is said in memory.
type room struct {
	ready chan struct{}

	mu       sync.Mutex
	bot      oco.Bot
	next     int
	said     []line
	settled  map[oco.EventID]chan struct{}
	outcomes []oco.Outcome
	users    map[oco.UserID]oco.User
	rooms    map[oco.RoomID]oco.Room
	members  map[oco.RoomID][]oco.UserID // in the order in which they came
	acts     []act
	news     chan struct{} // closed at the next change of what tests wait for
}

// A line is something that somebody said.
type line struct {
	id     oco.MessageID
	who    string
	room   oco.RoomID
	reason oco.SendReason // 0: a person
	text   string
	looked bool
}

func newRoom(users []oco.User, rooms []oco.Room) *room {
	r := &room{
		ready: make(chan struct{}), settled: map[oco.EventID]chan struct{}{},
		users: map[oco.UserID]oco.User{}, rooms: map[oco.RoomID]oco.Room{}, members: map[oco.RoomID][]oco.UserID{}, news: make(chan struct{}),
	}
	for _, u := range users {
		u.MentionName = cmp.Or(u.MentionName, string(u.ID))
		r.users[u.ID] = u
	}
	for _, one := range rooms {
		one.Kind = cmp.Or(one.Kind, oco.RoomChannel)
		one.Name = cmp.Or(one.Name, string(one.ID))
		r.rooms[one.ID] = one
	}
	return r
}

func (r *room) Run(ctx context.Context, bot oco.Bot) error {
	r.mu.Lock()
	r.bot = bot
	r.mu.Unlock()
	close(r.ready)
	<-ctx.Done()
	return nil
}

func (r *room) Send(_ context.Context, m oco.Outgoing) (oco.MessageID, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.next++
	id := oco.MessageID("m" + strconv.Itoa(r.next))
	r.said = append(r.said, line{id: id, who: Name, room: where(m.Room, m.User), reason: m.Reason, text: m.Text})
	return id, nil
}

// where is the room of a message, also of one for a person.
func where(room oco.RoomID, user oco.UserID) oco.RoomID {
	if room == "" {
		return oco.RoomID("dm-" + string(user))
	}
	return room
}

func (r *room) Settled(event oco.EventID, outcomes []oco.Outcome) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if done := r.settled[event]; done != nil {
		r.outcomes = outcomes
		close(done)
		delete(r.settled, event)
	}
}

func (r *room) Describe() oco.Description {
	return oco.Description{
		Version: "test", Account: Name, Self: oco.User{ID: "bot", Name: Name, Bot: true, Self: true},
		IdempotentSend: true, ReplaysMissed: true, Levels: map[oco.Capability]oco.Level{oco.CanDirect: oco.LevelFull, oco.CanThread: oco.LevelFull},
	}
}

func (r *room) Users(context.Context) ([]oco.User, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := make([]oco.User, 0, len(r.users))
	for _, u := range r.users {
		all = append(all, u)
	}
	return all, nil
}

func (r *room) Rooms(context.Context) ([]oco.Room, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := make([]oco.Room, 0, len(r.rooms))
	for _, u := range r.rooms {
		all = append(all, u)
	}
	return all, nil
}

func (r *room) User(_ context.Context, by oco.UserLookup) (oco.User, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, u := range r.users {
		if u.ID == by.ID || by.MentionName != "" && u.MentionName == by.MentionName {
			return u, nil
		}
	}
	return oco.User{}, status.Error(codes.NotFound, "no such user")
}

// publish brings an event in. The channel is closed when it is settled.
func (r *room) publish(ctx context.Context, in oco.Incoming) (<-chan struct{}, error) {
	select {
	case <-r.ready:
	case <-ctx.Done():
		return nil, fmt.Errorf("the test's adapter does not run: %w", ctx.Err())
	}
	done := make(chan struct{})
	r.mu.Lock()
	r.next++
	in.ID = oco.EventID("e" + strconv.Itoa(r.next))
	if in.Message != nil {
		in.Message.ID = cmp.Or(in.Message.ID, oco.MessageID("p"+strconv.Itoa(r.next)))
		r.write(in)
	}
	r.meet(in)
	r.settled[in.ID] = done
	bot := r.bot
	r.mu.Unlock()
	return done, bot.Publish(ctx, in)
}

// introduce makes a person and a room known who have said nothing yet.
func (r *room) introduce(in oco.Incoming) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, known := r.users[in.Actor.ID]; !known {
		r.users[in.Actor.ID] = in.Actor
	}
	if _, known := r.rooms[in.Room.ID]; !known {
		r.rooms[in.Room.ID] = in.Room
	}
}

// look returns what the bot said in a room, for one reason or any, and marks it
// as seen.
func (r *room) look(in oco.RoomID, reason oco.SendReason) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var texts []string
	for i := range r.said {
		l := &r.said[i]
		if l.looked || l.room != in || reason != 0 && l.reason != reason {
			continue
		}
		l.looked = true
		texts = append(texts, l.text)
	}
	return texts
}

func (r *room) lastOutcomes() []oco.Outcome {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.outcomes
}

func (r *room) lastOf(reason oco.SendReason) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := len(r.said) - 1; i >= 0; i-- {
		if r.said[i].reason == reason {
			return r.said[i].text
		}
	}
	return ""
}

// transcript is all that was said, for the text of a failure.
func (r *room) transcript() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var b strings.Builder
	b.WriteString("transcript:\n")
	for _, l := range r.said {
		fmt.Fprintf(&b, "  %-6s #%s> %s\n", l.who, l.room, l.text)
	}
	for _, a := range r.acts {
		fmt.Fprintf(&b, "  %-6s #%s: %s %s\n", Name, a.room, a.kind, a.what)
	}
	return b.String()
}

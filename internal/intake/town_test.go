package intake_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/openchatops/oco/internal/authz"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/intake"
	"github.com/openchatops/oco/internal/pattern"
	"github.com/openchatops/oco/internal/route"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// A town is a directory: people and rooms, and how well it can be asked.
type town struct {
	users []*ocov1.User
	rooms map[string]*ocov1.Room // by name, alias or id
	fails error                  // what it answers instead
	slow  bool                   // it answers nothing before the question is given up

	mu            sync.Mutex
	asked         []string
	now, together int // how many questions it has at once, and had at most
}

func newTown() *town {
	ops := &ocov1.Room{RoomId: "room:1:~23ops", AccountId: "account:1", Kind: ocov1.RoomKind_ROOM_KIND_CHANNEL, Name: "#ops", Alias: "operations"}
	return &town{
		users: []*ocov1.User{
			{UserId: "user:1:bob", MentionName: "bob", Name: "Bob", TimeZone: "Asia/Tokyo"},
			{UserId: "user:1:olga", MentionName: "olga", Name: "Olga"},
		},
		rooms: map[string]*ocov1.Room{"#ops": ops, "ops": ops, "operations": ops, "room:1:~23ops": ops},
	}
}

// come counts a question in, and says why it gets no answer.
func (w *town) come(ctx context.Context, format string, args ...any) error {
	w.mu.Lock()
	w.asked = append(w.asked, fmt.Sprintf(format, args...))
	w.now++
	w.together = max(w.together, w.now)
	w.mu.Unlock()
	if w.slow {
		<-ctx.Done()
	}
	w.mu.Lock()
	w.now--
	w.mu.Unlock()
	if w.slow {
		return ctx.Err()
	}
	return w.fails
}

func (w *town) FindUser(ctx context.Context, id, handle string) (*ocov1.User, error) {
	if err := w.come(ctx, "user %s%s", id, handle); err != nil {
		return nil, err
	}
	for _, u := range w.users {
		if u.GetUserId() == id || id == "" && u.GetMentionName() == handle {
			return u, nil
		}
	}
	return nil, chat.Refuse(chat.UserNotFound, "nobody")
}

func (w *town) FindRoom(ctx context.Context, asker, id, name string) (*ocov1.Room, error) {
	if err := w.come(ctx, "room %s%s for %s", id, name, asker); err != nil {
		return nil, err
	}
	switch r := w.rooms[id+name]; {
	case r != nil:
		return r, nil
	case name == "twice":
		return nil, chat.Refuse(chat.RoomAmbiguous, "two")
	}
	return nil, chat.Refuse(chat.RoomNotFound, "none")
}

// questions are those since the last look.
func (w *town) questions() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := strings.Join(w.asked, ", ")
	w.asked = nil
	return all
}

// in gives a bench a town, with commands that name people, rooms and times.
func (w *town) in(b *bench, change ...func(*intake.Options)) *bench {
	b.t.Helper()
	commands := []route.Definition{
		{Kind: route.Command, ID: "1", Patterns: []string{"ask {who:user} [in {room:room}]"}},
		{Kind: route.Command, ID: "2", Patterns: []string{"tell {who*:user}"}},
		{Kind: route.Command, ID: "3", Patterns: []string{"mine [{who:user=me}] [{room:room=here}]"}},
		{Kind: route.Command, ID: "4", Patterns: []string{"fire {who:user}"}, Allow: []string{"ops"}},
		{Kind: route.Command, ID: "5", Patterns: []string{"remind [{who:user=me}] (at|on) {when:time}"}},
		{Kind: route.Command, ID: "6", Patterns: []string{"whisper {who:user} {word}"}, Arguments: []pattern.Spec{{Name: "word", Sensitive: true}}},
		{Kind: route.Command, ID: "7", Patterns: []string{"ping"}},
		{Kind: route.Command, ID: "8", Patterns: []string{"read {log:file}"}},
		{Kind: route.Command, ID: "9", Patterns: []string{"readall {logs*:file}"}},
		{Kind: route.Command, ID: "10", Patterns: []string{"topics {room*:room}"}},
		{Kind: route.Hear, ID: "11", Name: "ears", Regex: "ask"},
	}
	b.table = tableOf(b.t, commands...)
	o := intake.Options{
		Engine: b, Table: b.routes, Rules: intake.Rules{Address: b.address, Zone: time.UTC}, Claims: b, Records: b, Control: b, Directory: w,
		People: authz.New(map[string][]string{"ops": {"user:1:olga"}, "night": {"user:1:bob"}}, []string{"user:1:olga"}),
		Self:   func(string) string { return "user:1:bot" },
		Now:    func() time.Time { return time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC) },
	}
	for _, c := range change {
		c(&o)
	}
	b.in = intake.New(o)
	return b
}

// mentions makes the parts of a text mentions, each of a user or a room: "@bob=bob",
// "#ops=#ops".
func mentions(all ...string) func(*ocov1.Event) {
	return func(e *ocov1.Event) {
		msg := e.GetMessage().GetMessage()
		for _, one := range all {
			text, id, _ := strings.Cut(one, "=")
			before, _, _ := strings.Cut(msg.GetContent().GetText(), text)
			m := &ocov1.Mention{Start: uint32(len([]rune(before))), Length: uint32(len([]rune(text)))}
			switch {
			case id == "everyone":
				m.Target = &ocov1.Mention_Everyone{Everyone: true}
			case strings.HasPrefix(id, "#"):
				m.Target = &ocov1.Mention_RoomId{RoomId: id}
			default:
				m.Target = &ocov1.Mention_UserId{UserId: id}
			}
			msg.Mentions = append(msg.Mentions, m)
		}
	}
}

// arguments shows what a delivery has, as "who=bob room=here".
func arguments(t *testing.T, d delivery.NewDelivery) string {
	t.Helper()
	match := &ocov1.Match{}
	if err := proto.Unmarshal(d.Match, match); err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, a := range match.GetArguments() {
		all = append(all, a.GetName()+"="+value(a))
	}
	return strings.Join(all, " ")
}

func value(a *ocov1.Argument) string {
	switch v := a.GetValue().(type) {
	case *ocov1.Argument_User:
		u := v.User
		return fmt.Sprintf("%s(%s %s %s %v)", strings.TrimPrefix(u.GetUserId(), "user:1:"), u.GetName(), u.GetMentionName(), u.GetTimeZone(), u.GetGroups())
	case *ocov1.Argument_Room:
		r := v.Room
		return fmt.Sprintf("%s(%s %s %d)", strings.TrimPrefix(r.GetRoomId(), "room:1:"), r.GetName(), r.GetAlias(), r.GetKind())
	case *ocov1.Argument_Time:
		return v.Time.AsTime().Format(time.RFC3339)
	case *ocov1.Argument_File:
		return v.File.GetFileId() + "(" + v.File.GetName() + ")"
	case *ocov1.Argument_List:
		var all []string
		for _, item := range v.List.GetItems() {
			all = append(all, value(item))
		}
		return strings.Join(all, "+")
	case *ocov1.Argument_Text:
		return v.Text
	}
	return "?"
}

// becomes says what becomes of a message: the arguments of the command that takes it,
// or what the bot says.
func (b *bench) becomes(user, text string, change ...func(*ocov1.Event)) string {
	b.t.Helper()
	b.events++
	got, err := b.publish(said(user, text, append(change, func(e *ocov1.Event) { e.EventId = fmt.Sprint("becomes", b.events) })...))
	if err != nil {
		b.t.Fatal(err)
	}
	var all []string
	for _, d := range got.Deliveries {
		switch {
		case d.Refused:
			all = append(all, "refused "+d.Route.Name)
		case d.Route.Name != "ears":
			all = append(all, arguments(b.t, d))
		}
	}
	for _, s := range got.Sends {
		all = append(all, "said "+s.Text)
	}
	return strings.Join(all, "|")
}

package rpc_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
)

const (
	channel = ocov1.RoomKind_ROOM_KIND_CHANNEL
	talk    = ocov1.RoomKind_ROOM_KIND_DIRECT
)

// A service is what an adapter knows.
type service struct {
	users   []*ocov1.User
	rooms   []*ocov1.Room
	members map[string][]string
	fails   *ocov1.QueryAnswer
	asked   []string
}

func newService() *service {
	return &service{
		users: []*ocov1.User{
			{UserId: "U1", MentionName: "bob", Name: "Bob", Email: "bob@example.org", TimeZone: "Asia/Tokyo", Groups: []string{"ops"}, PrincipalId: "p"},
			{UserId: "U2", MentionName: strings.Repeat("ä", 400), Name: strings.Repeat("ä", 400), TimeZone: strings.Repeat("Z", 400)},
			{UserId: "", MentionName: "nobody"},
		},
		rooms: []*ocov1.Room{
			{RoomId: "C1", Kind: channel, Name: "#dev", Topic: "t"},
			{RoomId: "C2", Kind: channel, Name: "#board", Private: true},
			{RoomId: "C3", Kind: channel, Name: "board"},
			{RoomId: "C4", Kind: channel, Name: "Twice"},
			{RoomId: "C5", Kind: channel, Name: "TWICE"},
			{RoomId: "C6", Kind: channel, Name: "secret", Private: true},
			{RoomId: "D1", Kind: talk, Name: "alice"},
			{RoomId: "o1", Kind: channel, Name: "war-room", Private: true},
		},
		members: map[string][]string{"C2": {"U1"}, "C6": {"U7", "U1"}, "D1": {"alice", "bot"}, "o1": {"U7"}},
	}
}

func (s *service) answer(q *ocov1.Query) *ocov1.QueryAnswer {
	if s.fails != nil {
		return s.fails
	}
	a := &ocov1.QueryAnswer{}
	switch k := q.GetKind().(type) {
	case *ocov1.Query_User:
		s.asked = append(s.asked, k.User.GetUserId()+k.User.GetMentionName())
		for _, u := range s.users {
			if u.GetUserId() == k.User.GetUserId() && k.User.GetMentionName() == "" || k.User.GetUserId() == "" && u.GetMentionName() == k.User.GetMentionName() {
				a.Users = append(a.Users, u)
			}
		}
		if k.User.GetUserId() == "swapped" {
			a.Users = s.users[:1]
		}
	case *ocov1.Query_Rooms: // two a page
		from := len(k.Rooms.GetPageToken())
		a.Rooms = s.rooms[from:min(from+2, len(s.rooms))]
		if from+2 < len(s.rooms) {
			a.NextPageToken = strings.Repeat("x", from+2)
		}
	case *ocov1.Query_Room:
		i := slices.IndexFunc(s.rooms, func(r *ocov1.Room) bool { return r.GetRoomId() == k.Room.GetRoomId() })
		if i < 0 {
			return cannotTell(codes.NotFound)
		}
		a.Rooms = s.rooms[i : i+1]
	case *ocov1.Query_Members: // one a page
		all, from := s.members[k.Members.GetRoomId()], len(k.Members.GetPageToken())
		if len(all) == 0 {
			return cannotTell(codes.NotFound)
		}
		a.Users = []*ocov1.User{{UserId: all[from]}}
		if from+1 < len(all) {
			a.NextPageToken = strings.Repeat("x", from+1)
		}
	}
	return a
}

// A user is found by id or handle, in the bot's ids. What the adapter says is kept
// short, and an address of mail, or what only the bot says of users, is not told.
func TestAUserIsFoundForAnArgument(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, s := newWorld(t), newService()
		_, err := w.core.FindUser(t.Context(), "", "bob")
		wants(t, err, chat.AdapterDisconnected)
		w.roster(s.answer)
		defer w.stop()
		want := &ocov1.User{UserId: "user:1:U1", AccountId: "account:1", PrincipalId: "user:1:U1", Name: "Bob", MentionName: "bob", TimeZone: "Asia/Tokyo"}
		for _, by := range [][2]string{{"user:1:U1", ""}, {"", "bob"}, {"", "@bob"}} {
			if got, err := w.core.FindUser(t.Context(), by[0], by[1]); err != nil || !proto.Equal(got, want) {
				t.Errorf("%q: %v, %v", by, got, err)
			}
		}
		if got, err := w.core.FindUser(t.Context(), "user:1:U2", ""); err != nil || got.GetName() != strings.Repeat("ä", 128) || len(got.GetMentionName()) != 256 || got.GetTimeZone() != "" {
			t.Errorf("a long name: %v, %v", got, err)
		}
		for _, by := range [][2]string{{"", "ghost"}, {"", "@"}, {"", strings.Repeat("x", 257)}, {"", "nobody"}, {"user:1:U9", ""}, {"user:2:U1", ""}, {"room:1:U1", ""}, {"user:1:swapped", ""}} {
			got, err := w.core.FindUser(t.Context(), by[0], by[1])
			if reason(err) != chat.UserNotFound {
				t.Errorf("%q: %v, %v", by, got, err)
			}
		}
		s.fails = cannotTell(codes.Unimplemented)
		_, err = w.core.FindUser(t.Context(), "", "bob")
		wants(t, err, chat.CapabilityMissing)
		s.fails = cannotTell(codes.Unavailable)
		_, err = w.core.FindUser(t.Context(), "user:1:U1", "")
		wants(t, err, chat.AdapterDisconnected)
	})
}

// A room that is not open to everybody is found by who is in it, and by its alias. To
// others it is a room that there is not, however they name it (OCO-RTE-54).
func TestARoomIsFoundForAnArgument(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, s := newWorld(t), newService()
		room, err := w.core.FindRoom(t.Context(), "user:1:U9", "", "ops")
		if err != nil || room.GetRoomId() != "room:1:o1" {
			t.Fatalf("an alias without an adapter: %v, %v", room, err)
		}
		_, err = w.core.FindRoom(t.Context(), "user:1:U9", "", "dev")
		wants(t, err, chat.AdapterDisconnected)
		_, err = w.core.FindRoom(t.Context(), "user:1:U9", "room:1:C1", "")
		wants(t, err, chat.AdapterDisconnected)
		w.roster(s.answer)
		defer w.stop()
		find := func(asker, name string) string {
			id, word := "", name
			if strings.HasPrefix(name, "room:") {
				id, word = name, ""
			}
			r, err := w.core.FindRoom(t.Context(), "user:1:"+asker, id, word)
			if err != nil {
				return string(reason(err))
			}
			if r.GetTopic() != "" || r.GetCapabilities() != nil || r.GetAccountId() != "account:1" {
				t.Errorf("%v is not for an argument", r)
			}
			return strings.TrimSpace(strings.TrimPrefix(r.GetRoomId(), "room:1:") + " " + r.GetName() + " " + r.GetAlias())
		}
		no, two := string(chat.RoomNotFound), string(chat.RoomAmbiguous)
		check := func(cases [][3]string) {
			t.Helper()
			for _, c := range cases {
				if got := find(c[0], c[1]); got != c[2] {
					t.Errorf("%s names %s: %s, want %s", c[0], c[1], got, c[2])
				}
			}
		}
		check([][3]string{ // who is in a room is not known yet
			{"U1", "#board", "C3 board"}, {"U1", "secret", no}, {"U1", "room:1:C2", no}, {"U1", "ops", "o1 war-room ops"},
		})
		w.report(levels(full))
		check([][3]string{
			{"U9", "dev", "C1 #dev"}, {"U9", "#dev", "C1 #dev"}, {"U9", "DEV", "C1 #dev"}, {"U9", "room:1:C1", "C1 #dev"},
			{"U9", "#board", "C3 board"}, {"U1", "#board", two}, {"U1", "board", two},
			{"U1", "secret", "C6 secret"}, {"U9", "secret", no}, {"U9", "nowhere", no}, {"U7", "secret", "C6 secret"},
			{"U1", "room:1:C6", "C6 secret"}, {"U9", "room:1:C6", no}, {"U9", "room:1:C9", no}, {"U9", "room:2:C1", no}, {"U9", "user:1:C1", no},
			{"U9", "twice", two}, {"U9", "Twice", "C4 Twice"}, {"U9", "TWICE", "C5 TWICE"},
			{"alice", "room:1:D1", "D1 alice"}, {"U9", "room:1:D1", no}, {"U9", "alice", no}, {"alice", "alice", "D1 alice"},
			{"U9", "ops", "o1 war-room ops"}, {"U9", "#ops", "o1 war-room ops"}, {"U9", "war-room", no}, {"U7", "war-room", "o1 war-room ops"},
			{"U9", "", no}, {"U9", "#", no}, {"U9", strings.Repeat("x", 257), no},
		})
		s.fails = cannotTell(codes.Unimplemented)
		check([][3]string{{"U9", "dev", string(chat.CapabilityMissing)}, {"U9", "room:1:C1", string(chat.CapabilityMissing)}, {"U9", "ops", "o1  ops"}})
		s.fails = nil
		for range 9 {
			s.rooms = append(s.rooms, &ocov1.Room{RoomId: "N" + strings.Repeat("x", len(s.rooms)), Name: "many"})
		}
		for range 9 {
			s.rooms = append(s.rooms, &ocov1.Room{RoomId: "P" + strings.Repeat("x", len(s.rooms)), Name: "hush", Private: true})
		}
		s.members[s.rooms[len(s.rooms)-9].GetRoomId()] = []string{"U7"}
		check([][3]string{{"U9", "many", two}, {"U9", "hush", no}, {"U7", "hush", two}})
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := w.core.FindRoom(ctx, "user:1:U9", "", "dev"); err == nil {
			t.Error("it answers after it was given up")
		}
	})
}

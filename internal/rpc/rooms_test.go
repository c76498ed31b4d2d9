package rpc_test

import (
	"encoding/base64"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
)

func cannotTell(code codes.Code) *ocov1.QueryAnswer {
	return &ocov1.QueryAnswer{Error: &spb.Status{Code: int32(code), Message: "no"}}
}

// A room is told in the bot's ids, with its alias and what can be done in it. An
// adapter that cannot tell of rooms leaves what the bot knows (OCO-OPS-18).
func TestARoomIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		get := func(r *ocov1.RoomRef) (*ocov1.Room, error) {
			res, err := w.core.GetRoom(w.as(chat.RoleOperator), &ocov1.GetRoomRequest{Room: r})
			return res.GetRoom(), err
		}
		known := &ocov1.Room{RoomId: "room:1:o1", AccountId: "account:1", Alias: "ops"}
		want := func(r *ocov1.Room, err error, want *ocov1.Room) {
			t.Helper()
			if len(r.GetCapabilities().GetLevels()) != len(chat.Capabilities()) {
				t.Errorf("%v, %v", r, err)
			}
			r.Capabilities = nil
			if !proto.Equal(r, want) {
				t.Errorf("%v, want %v", r, want)
			}
		}
		r, err := get(byName("ops"))
		want(r, err, known) // nobody registered: there is no roster
		var answer atomic.Pointer[ocov1.QueryAnswer]
		answer.Store(&ocov1.QueryAnswer{Rooms: []*ocov1.Room{{
			RoomId: "o1", Name: "#ops", Topic: "calm", Private: true, Kind: ocov1.RoomKind_ROOM_KIND_CHANNEL, AccountId: "x", Alias: "forged",
		}}})
		w.roster(func(q *ocov1.Query) *ocov1.QueryAnswer {
			if q.GetRoom().GetRoomId() != "o1" {
				t.Errorf("asked %v", q)
			}
			return answer.Load()
		})
		r, err = get(byName("ops"))
		want(r, err, &ocov1.Room{RoomId: "room:1:o1", AccountId: "account:1", Alias: "ops", Name: "#ops", Topic: "calm", Private: true, Kind: ocov1.RoomKind_ROOM_KIND_CHANNEL})
		answer.Store(cannotTell(codes.Unimplemented))
		r, err = get(byName("ops"))
		want(r, err, known)
		for a, want := range map[*ocov1.QueryAnswer]chat.Reason{
			cannotTell(codes.NotFound): chat.RoomNotFound, {}: chat.RoomNotFound, cannotTell(codes.Unavailable): chat.AdapterDisconnected,
		} {
			answer.Store(a)
			_, err := get(byID("room:1:o1"))
			if reason(err) != want {
				t.Errorf("%v: %v", a, err)
			}
		}
		_, err = get(byUser("user:1:bob"))
		wants(t, err, chat.FieldInvalid)
		_, err = get(nil)
		wants(t, err, chat.FieldInvalid)
		w.stop()
		_, err = get(byName("ops"))
		wants(t, err, chat.AdapterDisconnected)
	})
}

// Members come page by page, in the bot's ids and without addresses of mail for
// handlers (OCO-OPS-19).
func TestMembersAreListed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		var refuse atomic.Pointer[ocov1.QueryAnswer]
		w.roster(func(q *ocov1.Query) *ocov1.QueryAnswer {
			if a := refuse.Load(); a != nil {
				return a
			}
			m := q.GetMembers()
			if m.GetRoomId() != "o1" {
				t.Errorf("asked %v", q)
			}
			if m.GetPageToken() == "more" {
				return &ocov1.QueryAnswer{Users: []*ocov1.User{{UserId: "dave", Email: "d@example.org"}}}
			}
			return &ocov1.QueryAnswer{Users: []*ocov1.User{{UserId: "alice"}, {UserId: "bob"}, {UserId: "carol"}}, NextPageToken: "more"}
		})
		defer w.stop()
		list := func(token string) (*ocov1.ListMembersResponse, error) {
			return w.core.ListMembers(w.as(chat.RoleHandler, "rooms.read"), &ocov1.ListMembersRequest{Room: byName("ops"), PageSize: 2, PageToken: token})
		}
		_, err := list("")
		wants(t, err, chat.CapabilityMissing) // only a roster
		w.report(levels(full))
		var ids []string
		token := ""
		for range 3 {
			res := must(list(token))(t)
			for _, u := range res.Users {
				ids = append(ids, u.UserId+u.Email)
			}
			token = res.NextPageToken
		}
		if got := strings.Join(ids, " "); got != "user:1:alice user:1:bob user:1:carol user:1:dave" || token != "" {
			t.Fatal(got, token)
		}
		// One as long as a message would wait for the adapter as often as somebody asks.
		long := base64.RawURLEncoding.EncodeToString([]byte("0 " + strings.Repeat("x", 12<<10)))
		for _, bad := range []string{"?", long} {
			_, err = list(bad)
			wants(t, err, chat.PageTokenInvalid)
		}
		refuse.Store(cannotTell(codes.NotFound))
		_, err = list("")
		wants(t, err, chat.RoomNotFound)
		refuse.Store(cannotTell(codes.Unavailable))
		_, err = list("")
		wants(t, err, chat.AdapterDisconnected)
		w.report(levels(full), &ocov1.Room{RoomId: "o1", Capabilities: levels(full, "members=1")})
		_, err = list("")
		wants(t, err, chat.CapabilityMissing)
	})
}

// Typing is asked of the adapter and kept nowhere (OCO-OPS-19).
func TestTypingIsAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		var refuse atomic.Pointer[ocov1.QueryAnswer]
		asks := make(chan *ocov1.TypingQuery, 8)
		w.roster(func(q *ocov1.Query) *ocov1.QueryAnswer {
			asks <- q.GetTyping()
			if a := refuse.Load(); a != nil {
				return a
			}
			return &ocov1.QueryAnswer{}
		})
		defer w.stop()
		w.report(levels(full))
		shows := func(to *ocov1.RoomRef, d *durationpb.Duration) error {
			_, err := w.core.SetTyping(w.as(chat.RoleOperator), &ocov1.SetTypingRequest{To: &ocov1.Address{Room: to}, Duration: d})
			return err
		}
		if err := shows(byName("ops"), nil); err != nil {
			t.Fatal(err)
		}
		if q := <-asks; q.GetTo().GetRoom().GetRoomId() != "o1" || q.GetDuration().AsDuration() != 10*time.Second {
			t.Error(q)
		}
		if err := shows(byUser("user:1:bob"), durationpb.New(time.Minute)); err != nil {
			t.Fatal(err)
		}
		if q := <-asks; q.GetTo().GetRoom().GetUserId() != "bob" || q.GetDuration().AsDuration() != time.Minute {
			t.Error(q)
		}
		for code, want := range map[codes.Code]chat.Reason{codes.NotFound: chat.RoomNotFound, codes.Unavailable: chat.AdapterDisconnected} {
			refuse.Store(cannotTell(code))
			if err := shows(byName("ops"), nil); reason(err) != want {
				t.Errorf("%s: %v", code, err)
			}
		}
		if said := asked[delivery.Say](w.engine); len(said) > 0 {
			t.Errorf("it is in the outbox: %+v", said)
		}
	})
}

// A room that the bot is to join need not be listed: its name is asked for as the
// chat service's id of it.
func TestARoomThatIsNotListedIsJoined(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.roster(func(q *ocov1.Query) *ocov1.QueryAnswer {
			switch q.GetRoom().GetRoomId() {
			case "": // the list of rooms
				return rooms("lobby")
			case "#new":
				return &ocov1.QueryAnswer{Rooms: []*ocov1.Room{{RoomId: "#new"}}}
			case "#odd":
				return &ocov1.QueryAnswer{Rooms: []*ocov1.Room{{}}}
			case "#busy":
				return cannotTell(codes.Unavailable)
			}
			return cannotTell(codes.NotFound)
		})
		defer w.stop()
		w.report(levels(full))
		set := func(room string, leave bool, user string) error {
			_, err := w.core.SetMembership(w.as(chat.RoleOperator), &ocov1.SetMembershipRequest{RequestId: "r", Room: byName(room), Leave: leave, UserId: user})
			return err
		}
		for _, c := range []struct {
			room  string
			leave bool
			user  string
			want  chat.Reason
		}{
			{"#new", false, "", ""}, {"lobby", false, "", ""}, {"lobby", true, "user:1:bob", ""},
			{"#new", true, "", chat.RoomNotFound}, {"#new", false, "user:1:bob", chat.RoomNotFound},
			{"#none", false, "", chat.RoomNotFound}, {"#odd", false, "", chat.RoomNotFound}, {"#busy", false, "", chat.AdapterDisconnected},
		} {
			if err := set(c.room, c.leave, c.user); reason(err) != c.want {
				t.Errorf("%+v: %v", c, err)
			}
		}
		says := asked[delivery.Say](w.engine)
		if len(says) != 3 || says[0].Send.Place.Room != "room:1:~23new" || says[0].Send.Act.What != "joining of room:1:~23new" || says[2].Send.Act.What != "removal of user:1:bob from room:1:r0" {
			t.Errorf("%+v", says)
		}
	})
}

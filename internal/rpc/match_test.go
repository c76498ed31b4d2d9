package rpc_test

import (
	"strings"
	"testing"
	"testing/synctest"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
)

// What a message would be is asked of intake as if the adapter had brought it.
func TestMatchMessageSupposesAnEvent(t *testing.T) {
	const alice, room = "user:1:alice", "room:1:o1"
	byName := &ocov1.RoomRef{By: &ocov1.RoomRef_Name{Name: "ops"}}
	for name, c := range map[string]struct {
		req  *ocov1.MatchMessageRequest
		want *ocov1.Event
	}{
		"nobody": {&ocov1.MatchMessageRequest{Text: "x"}, &ocov1.Event{RoomKind: ocov1.RoomKind_ROOM_KIND_DIRECT, Actor: &ocov1.User{}}},
		// No adapter is there to ask for more.
		"somebody": {
			&ocov1.MatchMessageRequest{Text: "x", User: &ocov1.MatchMessageRequest_UserId{UserId: alice}},
			&ocov1.Event{RoomKind: ocov1.RoomKind_ROOM_KIND_DIRECT, Actor: &ocov1.User{UserId: alice}},
		},
		"in a room": {
			&ocov1.MatchMessageRequest{Text: "x", Room: byName},
			&ocov1.Event{RoomKind: ocov1.RoomKind_ROOM_KIND_CHANNEL, Actor: &ocov1.User{}, Address: &ocov1.Address{Room: &ocov1.RoomRef{By: &ocov1.RoomRef_RoomId{RoomId: room}}}},
		},
		"with somebody": {
			&ocov1.MatchMessageRequest{Text: "x", Room: &ocov1.RoomRef{By: &ocov1.RoomRef_UserId{UserId: alice}}},
			&ocov1.Event{RoomKind: ocov1.RoomKind_ROOM_KIND_DIRECT, Actor: &ocov1.User{}},
		},
		"an edit": {
			&ocov1.MatchMessageRequest{Text: "x", Edited: true},
			&ocov1.Event{RoomKind: ocov1.RoomKind_ROOM_KIND_DIRECT, Actor: &ocov1.User{}, Kind: &ocov1.Event_Message{Message: &ocov1.MessageEvent{Change: ocov1.Change_CHANGE_UPDATED}}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			if _, err := w.core.MatchMessage(w.as(chat.RoleOperator), c.req); err != nil {
				t.Fatal(err)
			}
			got := w.intake.asked[0]
			if got.GetRoomKind() != c.want.GetRoomKind() || got.GetActor().GetUserId() != c.want.GetActor().GetUserId() ||
				got.GetAddress().GetRoom().GetRoomId() != c.want.GetAddress().GetRoom().GetRoomId() || got.GetMessage().GetMessage().GetContent().GetText() != "x" {
				t.Errorf("got %v, want %v", got, c.want)
			}
			if edited := c.want.GetMessage() != nil; (got.GetMessage().GetChange() == ocov1.Change_CHANGE_UPDATED) != edited {
				t.Errorf("change %v", got.GetMessage().GetChange())
			}
		})
	}
}

// Who is named by an id need not be there now; what the adapter knows of them, it is
// asked.
func TestMatchMessageAsksTheAdapter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.roster(func(q *ocov1.Query) *ocov1.QueryAnswer {
			switch {
			case q.GetUser().GetUserId() == "alice" || q.GetUser().GetMentionName() == "al":
				return &ocov1.QueryAnswer{Users: []*ocov1.User{{UserId: "alice", Name: "Alice", TimeZone: "Europe/Berlin"}}}
			case q.GetRoom().GetRoomId() == "dm":
				return &ocov1.QueryAnswer{Rooms: []*ocov1.Room{{RoomId: "dm", Kind: ocov1.RoomKind_ROOM_KIND_DIRECT}}}
			}
			return cannotTell(codes.NotFound)
		})
		ask := func(req *ocov1.MatchMessageRequest) (*ocov1.Event, error) {
			req.Text = "x"
			_, err := w.core.MatchMessage(w.as(chat.RoleOperator), req)
			if err != nil {
				return nil, err
			}
			return w.intake.asked[len(w.intake.asked)-1], nil
		}
		for _, req := range []*ocov1.MatchMessageRequest{
			{User: &ocov1.MatchMessageRequest_UserId{UserId: "user:1:alice"}}, {User: &ocov1.MatchMessageRequest_MentionName{MentionName: "@al"}},
		} {
			if e, err := ask(req); err != nil || e.GetActor().GetUserId() != "user:1:alice" || e.GetActor().GetTimeZone() != "Europe/Berlin" {
				t.Errorf("%v, %v", e, err)
			}
		}
		e, err := ask(&ocov1.MatchMessageRequest{User: &ocov1.MatchMessageRequest_UserId{UserId: "user:1:away"}, Room: byID("room:1:dm")})
		if err != nil || e.GetActor().GetUserId() != "user:1:away" || e.GetRoomKind() != ocov1.RoomKind_ROOM_KIND_DIRECT {
			t.Errorf("%v, %v", e, err)
		}
		if e, err := ask(&ocov1.MatchMessageRequest{Room: byID("room:1:gone")}); err != nil || e.GetRoomKind() != ocov1.RoomKind_ROOM_KIND_CHANNEL {
			t.Errorf("%v, %v", e, err)
		}
		_, err = ask(&ocov1.MatchMessageRequest{User: &ocov1.MatchMessageRequest_MentionName{MentionName: "nobody"}})
		wants(t, err, chat.UserNotFound)
		w.stop()
	})
}

// What is asked for by a name that nobody has, or can tell of, is refused.
func TestMatchMessageRefuses(t *testing.T) {
	w := newWorld(t)
	as := func(name string) *ocov1.MatchMessageRequest {
		return &ocov1.MatchMessageRequest{Text: "x", User: &ocov1.MatchMessageRequest_MentionName{MentionName: name}}
	}
	in := func(name string) *ocov1.MatchMessageRequest {
		return &ocov1.MatchMessageRequest{Text: "x", Room: &ocov1.RoomRef{By: &ocov1.RoomRef_Name{Name: name}}}
	}
	for name, c := range map[string]struct {
		req  *ocov1.MatchMessageRequest
		want chat.Reason
	}{
		"no text":               {&ocov1.MatchMessageRequest{Text: " \n"}, chat.FieldInvalid},
		"too much text":         {&ocov1.MatchMessageRequest{Text: strings.Repeat("x", 64<<10+1)}, chat.TooLarge},
		"a handle":              {as("alice"), chat.AdapterDisconnected},
		"no handle":             {as(""), chat.UserNotFound},
		"the name of a room":    {in("dev"), chat.AdapterDisconnected},
		"no name of a room":     {in(""), chat.FieldInvalid},
		"an id of another kind": {&ocov1.MatchMessageRequest{Text: "x", User: &ocov1.MatchMessageRequest_UserId{UserId: "room:1:o1"}}, chat.UserNotFound},
		"a foreign id":          {&ocov1.MatchMessageRequest{Text: "x", User: &ocov1.MatchMessageRequest_UserId{UserId: "user:2:alice"}}, chat.UserNotFound},
		"a foreign room":        {&ocov1.MatchMessageRequest{Text: "x", Room: &ocov1.RoomRef{By: &ocov1.RoomRef_RoomId{RoomId: "room:2:x"}}}, chat.RoomNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := w.core.MatchMessage(w.as(chat.RoleOperator), c.req)
			wants(t, err, c.want)
		})
	}
	if len(w.intake.asked) > 0 {
		t.Errorf("intake was asked: %v", w.intake.asked)
	}
}

// A text of which operators ask leaves no trace: it may hold a secret (OCO-RPC-37).
func TestMatchMessageIsNotLogged(t *testing.T) {
	w := newWorld(t)
	w.intake.explain = &ocov1.MatchMessageResponse{Command: &ocov1.RouteMatch{PluginId: "p", Route: "login", Arguments: []*ocov1.Argument{{Name: "token", Raw: "hunter2", Sensitive: true}}}}
	res, err := w.core.MatchMessage(w.as(chat.RoleOperator), &ocov1.MatchMessageRequest{Text: "login hunter2"})
	if err != nil || !proto.Equal(res, w.intake.explain) {
		t.Fatalf("got %v, %v", res, err)
	}
	if strings.Contains(w.log.String(), "hunter2") {
		t.Errorf("the log has it:\n%s", w.log)
	}
	for _, in := range w.engine.inputs {
		if _, reads := in.(delivery.Inspect); !reads {
			t.Errorf("the state machine was given %T", in)
		}
	}
}

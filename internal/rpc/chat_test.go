package rpc_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/plugin"
	"github.com/openchatops/oco/internal/rpc"
)

// roster makes the world one whose adapter is connected and answers queries.
func (w *world) roster(answer func(*ocov1.Query) *ocov1.QueryAnswer) {
	w.t.Helper()
	ctx := w.as(chat.RoleAdapter)
	level := ocov1.CapabilityLevel_CAPABILITY_LEVEL_FULL
	_, err := w.core.Register(ctx, &ocov1.RegisterRequest{Replica: "one", Manifest: &ocov1.Manifest{Adapter: &ocov1.AdapterInfo{
		Service: "test", Capabilities: &ocov1.Capabilities{Levels: map[string]ocov1.CapabilityLevel{"roster": level}},
	}}})
	if err != nil {
		w.t.Fatal(err)
	}
	r := &reader{t: w.t, queries: make(chan *ocov1.Query, 16)}
	stop := w.subscribe(ctx, r)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for query := range r.queries {
			a := answer(query)
			if a == nil {
				continue
			}
			a.QueryId = query.QueryId
			if _, err := w.core.AnswerQueries(ctx, &ocov1.AnswerQueriesRequest{Answers: []*ocov1.QueryAnswer{a}}); err != nil {
				w.t.Error(err)
			}
		}
	}()
	w.stop = func() {
		if err := stop(); !errors.Is(err, context.Canceled) {
			w.t.Error(err)
		}
		close(r.queries)
		<-done
	}
}

func rooms(names ...string) *ocov1.QueryAnswer {
	a := new(ocov1.QueryAnswer)
	for i, name := range names {
		a.Rooms = append(a.Rooms, &ocov1.Room{RoomId: "r" + string(rune('0'+i)), Name: name})
	}
	return a
}

func to(r *ocov1.RoomRef) *ocov1.OutgoingMessage {
	m := say("hello")
	m.To = &ocov1.Address{Room: r}
	return m
}

func byName(name string) *ocov1.RoomRef {
	return &ocov1.RoomRef{By: &ocov1.RoomRef_Name{Name: name}}
}

func byID(id string) *ocov1.RoomRef { return &ocov1.RoomRef{By: &ocov1.RoomRef_RoomId{RoomId: id}} }

func byUser(id string) *ocov1.RoomRef { return &ocov1.RoomRef{By: &ocov1.RoomRef_UserId{UserId: id}} }

func request(m *ocov1.OutgoingMessage) *ocov1.SendMessageRequest {
	return &ocov1.SendMessageRequest{Id: &ocov1.SendMessageRequest_RequestId{RequestId: "r"}, Message: m}
}

// A room is named by its id, by an alias or its name, or by a user; a name that
// several rooms have is refused (OCO-IDS-6, OCO-IDS-8).
func TestRoomsAreFoundByEveryName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.roster(func(q *ocov1.Query) *ocov1.QueryAnswer {
			if q.GetRooms().GetPageToken() == "" {
				a := rooms("lobby", "twin", "#general", "ops", "ops")
				a.NextPageToken = "2"
				return a
			}
			return &ocov1.QueryAnswer{Rooms: []*ocov1.Room{{RoomId: "t2", Name: "twin"}}}
		})
		defer w.stop()
		for name, c := range map[string]struct {
			room *ocov1.RoomRef
			want chat.Place
			err  chat.Reason
		}{
			"alias":         {byName("ops"), chat.Place{Room: "room:1:o1"}, ""},
			"name":          {byName("lobby"), chat.Place{Room: "room:1:r0"}, ""},
			"hash":          {byName("general"), chat.Place{Room: "room:1:r2"}, ""},
			"id":            {byID("room:1:x"), chat.Place{Room: "room:1:x"}, ""},
			"user":          {byUser("user:1:bob"), chat.Place{User: "user:1:bob"}, ""},
			"twins":         {byName("twin"), chat.Place{}, chat.RoomAmbiguous},
			"nobody's":      {byName("none"), chat.Place{}, chat.RoomNotFound},
			"empty name":    {byName(""), chat.Place{}, chat.FieldInvalid},
			"other account": {byID("room:2:x"), chat.Place{}, chat.RoomNotFound},
			"a user's id":   {byID("user:1:x"), chat.Place{}, chat.RoomNotFound},
			"a room's id":   {byUser("room:1:x"), chat.Place{}, chat.UserNotFound},
			"no id":         {byID("not an id"), chat.Place{}, chat.FieldInvalid},
			"nothing":       {&ocov1.RoomRef{}, chat.Place{}, chat.FieldInvalid},
			"no room":       {nil, chat.Place{}, chat.FieldInvalid},
			"account":       {&ocov1.RoomRef{By: byName("ops").By, AccountId: "account:9"}, chat.Place{}, chat.FieldInvalid},
		} {
			_, err := w.core.SendMessage(w.as(chat.RoleOperator), request(to(c.room)))
			if reason(err) != c.err {
				t.Errorf("%s: %v, want %q", name, err, c.err)
			}
			if c.err == "" {
				says := asked[delivery.Say](w.engine)
				if got := says[len(says)-1]; got.Send.Place != c.want || got.Caller != "operator:operator" || got.Request != "r" || got.Send.Reason != chat.ForClient {
					t.Errorf("%s: %+v", name, got)
				}
			}
		}
	})
}

// Outside a delivery each kind of room needs its scope (OCO-SEC-12).
func TestSendingIsByScope(t *testing.T) {
	w := newWorld(t)
	for _, role := range []chat.Role{chat.RoleHandler, chat.RoleClient} {
		for scope, can := range map[string][2]bool{plugin.MessagesWrite: {true, false}, plugin.MessagesWriteDirect: {false, true}, plugin.UsersRead: {false, false}} {
			ctx := w.as(role, scope)
			_, room := w.core.SendMessage(ctx, request(to(byName("ops"))))
			_, direct := w.core.SendMessage(ctx, request(to(byUser("user:1:bob"))))
			if (room == nil) != can[0] || (direct == nil) != can[1] {
				t.Errorf("%s with %s: room %v, direct %v", role, scope, room, direct)
			}
			if room != nil {
				wants(t, room, chat.ScopeMissing)
			}
		}
	}
}

func TestTheSameBodyHasTheSameHash(t *testing.T) {
	w := newWorld(t)
	for _, text := range []string{"a", "a", "b"} {
		m := to(byName("ops"))
		m.Content.Text = text
		if _, err := w.core.SendMessage(w.as(chat.RoleOperator), request(m)); err != nil {
			t.Fatal(err)
		}
	}
	if s := asked[delivery.Say](w.engine); s[0].Body != s[1].Body || s[1].Body == s[2].Body {
		t.Fatalf("%+v", s)
	}
}

// A send in a delivery is one of a completion: it has the same id, and needs no scope
// for the room of its delivery (OCO-IDS-9, OCO-RPC-8, OCO-SEC-13).
func TestSendsInADeliveryNeedNoScope(t *testing.T) {
	w := newWorld(t)
	in := &ocov1.SendMessageRequest{Id: &ocov1.SendMessageRequest_InDelivery{InDelivery: &ocov1.InDelivery{DeliveryId: "d", LeaseId: "l", Key: "k"}}, Message: say("hi")}
	res, err := w.core.SendMessage(w.as(chat.RoleHandler), in)
	if err != nil || res.MessageId != "d/k" || res.State != ocov1.SendState_SEND_STATE_QUEUED {
		t.Fatal(res, err)
	}
	in.Wait = true
	if res, err = w.core.SendMessage(w.as(chat.RoleHandler), in); err != nil || res.State != ocov1.SendState_SEND_STATE_SENT {
		t.Fatal(res, err)
	}
	in.Message.To = &ocov1.Address{Room: byName("ops")}
	if _, err = w.core.SendMessage(w.as(chat.RoleHandler), in); err != nil {
		t.Fatal(err)
	}
	c := asked[delivery.Complete](w.engine)
	if s := c[0].Completions[0].Sends[0]; !s.Place.IsZero() || s.Elsewhere {
		t.Errorf("%+v", s)
	}
	if s := c[2].Completions[0].Sends[0]; s.Place.Room != "room:1:o1" || s.Elsewhere {
		t.Errorf("a handler without the scope may send elsewhere: %+v", s)
	}
	_, err = w.core.SendMessage(w.as(chat.RoleOperator), in)
	wants(t, err, chat.FieldInvalid)
	w.engine.do = func(delivery.Input) (any, error, bool) {
		return []delivery.Verdict{{Kind: delivery.NotTaken, Err: chat.Refuse(chat.LeaseLost, "lost")}}, nil, true
	}
	in.Wait = false
	_, err = w.core.SendMessage(w.as(chat.RoleHandler), in)
	wants(t, err, chat.LeaseLost)
	_, err = w.core.SendMessage(w.as(chat.RoleOperator), &ocov1.SendMessageRequest{Message: say("x")})
	wants(t, err, chat.FieldInvalid)
}

// Queries speak the ids of the chat service and their answers those of the bot, and
// groups and principal are the bot's own (OCO-IDS-2, OCO-SEC-11).
func TestUsersComeInTheBotsIDs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.roster(func(q *ocov1.Query) *ocov1.QueryAnswer {
			switch by := q.GetUser().GetBy().(type) {
			case *ocov1.UserQuery_UserId:
				if by.UserId != "alice" {
					return &ocov1.QueryAnswer{Error: &spb.Status{Code: int32(codes.NotFound), Message: "no"}}
				}
			case *ocov1.UserQuery_MentionName:
				return &ocov1.QueryAnswer{}
			}
			return &ocov1.QueryAnswer{Users: []*ocov1.User{
				{UserId: "alice", Name: "Alice", Email: "a@example.org", Groups: []string{"operators"}, PrincipalId: "forged", AccountId: "x"},
				{UserId: "bob"}, {UserId: ""}, {UserId: "carol"},
			}, NextPageToken: "more"}
		})
		defer w.stop()
		get := func(role chat.Role, id string) (*ocov1.GetUserResponse, error) {
			return w.core.GetUser(w.as(role, plugin.Scopes...), &ocov1.GetUserRequest{By: &ocov1.GetUserRequest_UserId{UserId: id}})
		}
		got, err := get(chat.RoleHandler, "user:1:alice")
		want := &ocov1.User{UserId: "user:1:alice", AccountId: "account:1", Name: "Alice", PrincipalId: "user:1:alice", Groups: []string{"sre"}}
		if err != nil || !proto.Equal(got.GetUser(), want) {
			t.Fatalf("%v, %v", got, err)
		}
		for _, id := range []string{"user:1:zed", "room:1:x", "user:2:alice", ""} {
			_, err = get(chat.RoleHandler, id)
			wants(t, err, chat.UserNotFound)
		}
		_, err = w.core.GetUser(w.as(chat.RoleOperator), &ocov1.GetUserRequest{By: &ocov1.GetUserRequest_MentionName{MentionName: "@zed"}})
		wants(t, err, chat.UserNotFound)
		_, err = w.core.GetUser(w.as(chat.RoleOperator), &ocov1.GetUserRequest{})
		wants(t, err, chat.FieldInvalid)

		var ids []string
		token := ""
		for range 3 {
			res, err := w.core.ListUsers(w.as(chat.RoleOperator), &ocov1.ListUsersRequest{PageSize: 2, PageToken: token})
			if err != nil {
				t.Fatal(err)
			}
			for _, u := range res.Users {
				ids = append(ids, u.UserId)
			}
			token = res.NextPageToken
		}
		if got := strings.Join(ids, " "); got != "user:1:alice user:1:bob user:1:carol user:1:alice user:1:bob" {
			t.Fatal(got)
		}
		for _, bad := range []string{"?", "bm9uc2Vuc2U", "LTEgeA"} {
			_, err := w.core.ListRooms(w.as(chat.RoleOperator), &ocov1.ListRoomsRequest{PageToken: bad})
			wants(t, err, chat.PageTokenInvalid)
		}
	})
}

func TestQueriesThatCannotBeAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		list := func() error {
			_, err := w.core.ListRooms(w.as(chat.RoleOperator), &ocov1.ListRoomsRequest{})
			return err
		}
		wants(t, list(), chat.AdapterDisconnected)
		var answer atomic.Pointer[ocov1.QueryAnswer]
		w.roster(func(*ocov1.Query) *ocov1.QueryAnswer { return answer.Load() })
		wants(t, list(), chat.AdapterDisconnected) // no answer within 5 s
		answer.Store(&ocov1.QueryAnswer{Error: &spb.Status{Code: int32(codes.Unimplemented)}})
		wants(t, list(), chat.CapabilityMissing)
		answer.Store(&ocov1.QueryAnswer{Error: &spb.Status{Code: int32(codes.Unavailable)}})
		wants(t, list(), chat.AdapterDisconnected)
		answer.Store(&ocov1.QueryAnswer{Error: &spb.Status{Code: int32(codes.Internal), Message: "trace"}})
		if err := list(); err == nil || reason(err) != "" || strings.Contains(rpc.Status(err).Message(), "trace") {
			t.Fatal(err)
		}
		answer.Store(rooms("lobby"))
		if err := list(); err != nil {
			t.Fatal(err)
		}
		_, err := w.core.ReportStatus(w.as(chat.RoleAdapter), &ocov1.ReportStatusRequest{AccountId: "account:1", Replica: "one", Capabilities: &ocov1.Capabilities{}})
		if err != nil {
			t.Fatal(err)
		}
		wants(t, list(), chat.CapabilityMissing)
		w.stop()
		wants(t, list(), chat.AdapterDisconnected)
	})
}

// Who asks and does not wait asks all the same: what the adapter has not answered
// counts until it is too late for an answer.
func TestQueriesThatNobodyWaitsForCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.roster(func(*ocov1.Query) *ocov1.QueryAnswer { return nil })
		defer w.stop()
		ctx, leave := context.WithCancel(w.as(chat.RoleOperator))
		leave()
		for range 256 {
			if _, err := w.core.ListRooms(ctx, &ocov1.ListRoomsRequest{}); !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
		}
		ask := func() error {
			_, err := w.core.ListRooms(w.as(chat.RoleOperator), &ocov1.ListRoomsRequest{})
			return err
		}
		wants(t, ask(), chat.QueueFull)
		time.Sleep(5 * time.Second)
		synctest.Wait()
		wants(t, ask(), chat.AdapterDisconnected) // it was asked, and did not answer
	})
}

func TestOnlyWhoWasAskedAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		other, revoke := w.keys.Launch("other", chat.RoleAdapter, nil)
		defer revoke()
		ctx, refused := w.core.Authorize(t.Context(), rpc.Door{}, "/openchatops.v1.AdapterService/AnswerQueries", []string{"Bearer " + other})
		if refused != nil {
			t.Fatal(refused)
		}
		w.roster(func(q *ocov1.Query) *ocov1.QueryAnswer {
			forged := rooms("forged")
			forged.QueryId = q.QueryId
			_, err := w.core.AnswerQueries(ctx, &ocov1.AnswerQueriesRequest{Answers: []*ocov1.QueryAnswer{forged, {QueryId: "none"}}})
			if err != nil {
				t.Error(err)
			}
			return rooms("true")
		})
		defer w.stop()
		res, err := w.core.ListRooms(w.as(chat.RoleOperator), &ocov1.ListRoomsRequest{})
		if err != nil || res.Rooms[0].Name != "true" || res.Rooms[0].RoomId != "room:1:r0" {
			t.Fatal(res, err)
		}
	})
}

// What the adapter is asked to do names everything as its chat service does
// (OCO-IDS-2).
func TestOperationsSpeakTheServicesIDs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.sent("d1/k", "native-7")
		r := &reader{t: t}
		stop := w.subscribe(w.as(chat.RoleAdapter), r)
		lease := delivery.Lease{Delivery: "d2/k", ID: "l"}
		operate := func(p chat.Place, replyTo string) delivery.Operate {
			return delivery.Operate{Lease: lease, Account: "account:1", Epoch: 3, Token: "t", Place: p, ReplyTo: replyTo,
				Reason: chat.ForNotice, Repeat: true, Attempt: 2, Parts: []delivery.Part{{Text: "a"}, {Text: "b"}}}
		}
		w.engine.only(t).Take([]delivery.Effect{
			operate(chat.Place{Room: "room:1:~23ops", Thread: "thread:1:9"}, "d1/k"),
			operate(chat.Place{User: "user:1:bob", Start: "msg:1:5"}, "d9/unknown"),
			operate(chat.Place{Room: "room:2:foreign"}, ""),
			operate(chat.Place{Room: "room:1:x", Start: "d9/unknown"}, ""),
			delivery.SettledFrame{ServiceID: "e", Outcomes: []chat.Outcome{chat.Done}},
		})
		synctest.Wait()
		if err := stop(); err == nil || len(r.frames) != 4 {
			t.Fatal(err, r.frames)
		}
		d := r.frames[1].GetDelivery()
		send := d.GetOperation().GetSend()
		if d.DeliveryId != "d2/k" || d.Attempt != 2 || d.GetOperation().Epoch != 3 || d.GetOperation().IdempotencyToken != "t" ||
			send.Message.To.GetRoom().GetRoomId() != "#ops" || send.Message.To.GetThreadId() != "9" || send.Message.ReplyTo != "native-7" ||
			send.Message.Content.Text != "- a\n- b" || send.Reason != ocov1.SendReason_SEND_REASON_NOTICE || !send.PossibleRepeat {
			t.Errorf("%v", d)
		}
		if m := r.frames[2].GetDelivery().GetOperation().GetSend().Message; m.To.GetRoom().GetUserId() != "bob" || m.To.GetStartThreadAt() != "5" || m.ReplyTo != "" {
			t.Errorf("%v", m)
		}
		if s := r.frames[3].GetSettled(); s.GetEventId() != "e" || s.Outcomes[0] != ocov1.Outcome_OUTCOME_DONE {
			t.Errorf("%v", s)
		}
		failed := asked[delivery.Complete](w.engine)
		if len(failed) != 2 || failed[0].Completions[0].Operation.State != chat.SendFailed || failed[0].Completions[0].Lease != lease {
			t.Fatalf("what cannot be sent did not end as failed: %+v", failed)
		}
	})
}

package oco

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// An update that is asked for at once waits until the bot has the message, also
// after the callback returned.
func TestHandlesWaitForTheirMessage(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		var order []string
		b.onComplete = func(req *ocov1.CompleteRequest) (*ocov1.CompleteResponse, error) {
			time.Sleep(time.Second)
			for _, c := range req.GetCompletions() {
				b.locked(func() { order = append(order, texts(c)) })
			}
			return nil, nil
		}
		b.onOperation = func(req proto.Message) (*ocov1.OperationStatus, error) {
			if r, ok := req.(*ocov1.UpdateMessageRequest); ok {
				b.locked(func() { order = append(order, "update "+r.GetMessageId()+"="+r.GetContent().GetText()) })
			}
			return nil, nil
		}
		var late Handle
		p := b.run(t, handlerWith(func(ctx context.Context, m *Message) error {
			first := m.Reply("building")
			if err := first.Update(ctx, "built"); err != nil {
				return err
			}
			if err := first.Update(ctx, "tested"); err != nil {
				return err
			}
			late = m.Reply("deploying")
			return nil
		}))
		b.push(t, frame(said("d1", "do", "do it")))
		later(5 * time.Second)
		if err := late.Update(t.Context(), "deployed"); err != nil {
			t.Error(err)
		}
		if got, want := strings.Join(order, "|"), "1=building|update d1/1=built|update d1/1=tested|2=deploying|update d1/2=deployed"; got != want {
			t.Errorf("order\n%s, want\n%s", got, want)
		}
		p.end(t)
	})
}

func TestHandlesOfWhatWasNotTaken(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		b.onComplete = func(req *ocov1.CompleteRequest) (*ocov1.CompleteResponse, error) {
			results := make([]*ocov1.CompletionResult, len(req.GetCompletions()))
			for i, c := range req.GetCompletions() {
				results[i] = &ocov1.CompletionResult{DeliveryId: c.GetDeliveryId(), Verdict: ocov1.Verdict_VERDICT_REFUSED, Error: status.Convert(refusal(codes.Aborted, "LEASE_LOST")).Proto()}
			}
			return &ocov1.CompleteResponse{Results: results}, nil
		}
		var lost, empty, gone error
		p := b.run(t, handlerWith(func(ctx context.Context, m *Message) error {
			empty = m.Reply("").Update(ctx, "x")
			lost = m.Reply("building").Delete(context.WithoutCancel(ctx))
			short, cancel := context.WithCancel(context.Background())
			cancel()
			gone = m.Reply("more").React(short, "👍")
			return nil
		}))
		b.push(t, frame(said("d1", "do", "do it")))
		later(time.Minute)
		if lost == nil || !errors.Is(lost, ErrLeaseLost) {
			t.Errorf("the lease was lost: %v", lost)
		}
		if empty == nil || !strings.Contains(empty.Error(), "reply without text") {
			t.Errorf("an empty reply: %v", empty)
		}
		if gone == nil {
			t.Error("a context that is over brought no error")
		}
		if err := (Handle{}).Update(t.Context(), "x"); err == nil {
			t.Error("a handle of no message was updated")
		}
		if n := len(b.seen().operations); n != 0 {
			t.Errorf("%d operations were asked for", n)
		}
		p.stop()
		<-p.done
	})
}

func TestReactionsAndWorkInADelivery(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		h := handlerWith(func(ctx context.Context, m *Message) error {
			now, err := m.ReplyNow(ctx, "now")
			return errors.Join(err, m.React(ctx, "👀"), m.Unreact(ctx, "👀", Wait()), m.Typing(ctx), m.Reply("hi").React(ctx, "🎉"), now.React(ctx, "🎉"))
		})
		h.OnEvent(ReactionAdded, func(ctx context.Context, e *Event) error { return e.React(ctx, e.Reaction().Emoji) })
		h.OnEvent(MemberJoined, func(ctx context.Context, e *Event) error {
			if err := e.React(ctx, "👋"); err == nil {
				return errors.New("there is nothing to react to")
			}
			return nil
		})
		p := b.run(t, h)
		joined, reacted := said("d3", "event-room.member_joined", ""), said("d2", "event-reaction.added", "")
		joined.GetEvent().Kind = &ocov1.Event_Member{Member: &ocov1.MemberEvent{User: &ocov1.User{UserId: "u"}}}
		reacted.GetEvent().Kind = &ocov1.Event_Reaction{Reaction: &ocov1.ReactionEvent{MessageId: "msg-9", Emoji: "👍"}}
		b.push(t, frame(said("d1", "do", "do it")), frame(reacted), frame(joined))
		var got []string
		for _, op := range b.seen().operations {
			switch r := op.(type) {
			case *ocov1.SetReactionRequest:
				got = append(got, fmt.Sprint(r.GetMessageId(), r.GetEmoji(), r.GetRemove(), r.GetWait(), r.GetDeliveryId(), r.GetRoom().GetRoomId()))
			case *ocov1.SetTypingRequest:
				got = append(got, "typing in "+r.GetDeliveryId())
			}
		}
		has := func(want string) {
			t.Helper()
			for _, one := range got {
				if one == want {
					return
				}
			}
			t.Errorf("no %q in %q", want, got)
		}
		has("msg-d1👀false falsed1room-ops")
		has("msg-d1👀true trued1room-ops")
		has("typing in d1")
		has("msg-9👍false falsed2room-ops")
		has("d1/1🎉false falsed1")
		has("d1/2🎉false falsed1")
		if len(got) != 6 {
			t.Errorf("operations %q", got)
		}
		for _, c := range b.completions() {
			if c.GetDone() == nil && c.GetProgress() == nil {
				t.Errorf("%s: %v", c.GetDeliveryId(), c)
			}
		}
		p.end(t)
	})
}

func TestEventsSayWhatHappened(t *testing.T) {
	room := &ocov1.Room{RoomId: "r", Name: "ops", Topic: "be kind"}
	for want, e := range map[string]*ocov1.Event{
		ReactionAdded:   {Kind: &ocov1.Event_Reaction{Reaction: &ocov1.ReactionEvent{}}},
		ReactionRemoved: {Kind: &ocov1.Event_Reaction{Reaction: &ocov1.ReactionEvent{Removed: true}}},
		MemberJoined:    {Kind: &ocov1.Event_Member{Member: &ocov1.MemberEvent{User: &ocov1.User{UserId: "u"}}}},
		MemberLeft:      {Kind: &ocov1.Event_Member{Member: &ocov1.MemberEvent{User: &ocov1.User{UserId: "u"}, Left: true}}},
		RoomCreated:     {Kind: &ocov1.Event_Room{Room: &ocov1.RoomEvent{Change: ocov1.Change_CHANGE_CREATED, Room: room}}},
		RoomUpdated:     {Kind: &ocov1.Event_Room{Room: &ocov1.RoomEvent{Change: ocov1.Change_CHANGE_UPDATED, Room: room}}},
		RoomDeleted:     {Kind: &ocov1.Event_Room{Room: &ocov1.RoomEvent{Change: ocov1.Change_CHANGE_DELETED, Room: room}}},
		"x.acme.done":   {Kind: &ocov1.Event_Custom{Custom: &ocov1.CustomEvent{Type: "x.acme.done"}}},
	} {
		ev := &Event{delivery: delivery{&ocov1.Delivery{Payload: &ocov1.Delivery_Event{Event: e}}}}
		if ev.Type() != want {
			t.Errorf("type %q, want %q", ev.Type(), want)
		}
		if e.GetMember() != nil && (ev.Member().User.ID != "u" || ev.Member().Left != (want == MemberLeft)) {
			t.Errorf("%s: %+v", want, ev.Member())
		}
		if e.GetRoom() != nil && (ev.RoomChange().Room.Topic != "be kind" || ev.RoomChange().Change == 0) {
			t.Errorf("%s: %+v", want, ev.RoomChange())
		}
		if e.GetReaction() == nil && ev.Reaction() != (Reaction{}) {
			t.Errorf("%s has the reaction %+v", want, ev.Reaction())
		}
	}
}

func TestClientOperations(t *testing.T) {
	withClient(t, func(t *testing.T, b *fakeBot, c *Client) {
		ctx, ops := t.Context(), To{RoomName: "ops"}
		sent, err := c.SendMessage(ctx, ops, "hi", ReplyTo("m0"), RequestID("r1"), Wait())
		if err != nil || b.seen().sends[0].GetMessage().GetReplyTo() != "m0" || b.seen().sends[0].GetRequestId() != "r1" || !b.seen().sends[0].GetWait() {
			t.Fatalf("sent %v, error %v", b.seen().sends, err)
		}
		for _, err := range []error{
			sent.Update(ctx, "ho", RequestID("r2"), Wait()),
			sent.Delete(ctx),
			c.React(ctx, ops, "m1", "👍"), c.Unreact(ctx, To{}, "m1", "👍"),
			c.Join(ctx, ops), c.Leave(ctx, To{Room: "r"}), c.Invite(ctx, ops, "u"), c.Remove(ctx, ops, "u"),
			c.SetTopic(ctx, ops, ""), c.Typing(ctx, To{User: "u"}, 30*time.Second), c.Typing(ctx, ops, 0),
		} {
			if err != nil {
				t.Error(err)
			}
		}
		name, empty := &ocov1.RoomRef{By: &ocov1.RoomRef_Name{Name: "ops"}}, ""
		want := []proto.Message{
			&ocov1.UpdateMessageRequest{RequestId: "r2", MessageId: "m", Content: &ocov1.Content{Text: "ho"}, Wait: true},
			&ocov1.DeleteMessageRequest{MessageId: "m"},
			&ocov1.SetReactionRequest{MessageId: "m1", Emoji: "👍", Room: name},
			&ocov1.SetReactionRequest{MessageId: "m1", Emoji: "👍", Remove: true},
			&ocov1.SetMembershipRequest{Room: name},
			&ocov1.SetMembershipRequest{Room: &ocov1.RoomRef{By: &ocov1.RoomRef_RoomId{RoomId: "r"}}, Leave: true},
			&ocov1.SetMembershipRequest{Room: name, UserId: "u"},
			&ocov1.SetMembershipRequest{Room: name, UserId: "u", Leave: true},
			&ocov1.UpdateRoomRequest{Room: name, Topic: &empty},
			&ocov1.SetTypingRequest{To: &ocov1.Address{Room: &ocov1.RoomRef{By: &ocov1.RoomRef_UserId{UserId: "u"}}}, Duration: durationpb.New(30 * time.Second)},
			&ocov1.SetTypingRequest{To: &ocov1.Address{Room: name}},
		}
		drawn := map[string]bool{}
		for i, got := range b.seen().operations {
			field := got.ProtoReflect().Descriptor().Fields().ByName("request_id")
			if field != nil && i > 0 {
				id := got.ProtoReflect().Get(field).String()
				if id == "" || drawn[id] {
					t.Errorf("request %d has the id %q", i, id)
				}
				drawn[id] = true
				got.ProtoReflect().Clear(field)
			}
			if i >= len(want) || !proto.Equal(got, want[i]) {
				t.Errorf("request %d is %v", i, got)
			}
		}
		if n := len(b.seen().operations); n != len(want) {
			t.Errorf("%d requests, want %d", n, len(want))
		}
		room, err := c.GetRoom(ctx, ops)
		if err != nil || room.Topic != "be kind" || room.Levels[CanEdit] != LevelFallback {
			t.Errorf("room %+v, error %v", room, err)
		}
		members, err := c.ListMembers(ctx, To{Room: "room-ops"})
		if err != nil || len(members) != 2 || members[1].ID != "b" {
			t.Errorf("members %v, error %v", members, err)
		}
	})
}

func TestClientOperationsThatAreRefusedHere(t *testing.T) {
	withClient(t, func(t *testing.T, b *fakeBot, c *Client) {
		ctx, ops := t.Context(), To{RoomName: "ops"}
		thread := To{RoomName: "ops", Thread: "t"}
		_, noRoom := c.GetRoom(ctx, To{})
		_, noMembers := c.ListMembers(ctx, thread)
		for i, err := range []error{
			c.Update(ctx, "m", ""), c.Update(ctx, "m", strings.Repeat("x", 64<<10+1)),
			c.Delete(ctx, thread, "m"), c.React(ctx, thread, "m", "x"), c.Join(ctx, thread), c.Join(ctx, To{}),
			c.Invite(ctx, ops, ""), c.Remove(ctx, ops, ""), c.SetTopic(ctx, thread, "x"), c.Typing(ctx, To{}, 0), noRoom, noMembers,
		} {
			if err == nil {
				t.Errorf("request %d was made", i)
			}
		}
		if n := len(b.seen().operations); n != 0 {
			t.Errorf("%d requests came to the bot", n)
		}
	})
}

// A repeat has the same request id, so that the bot knows it.
func TestOperationsAreRepeatedWhileTheBotIsAway(t *testing.T) {
	withClient(t, func(t *testing.T, b *fakeBot, c *Client) {
		b.onOperation = func(proto.Message) (*ocov1.OperationStatus, error) {
			if len(b.seen().operations) < 4 {
				return nil, refusal(codes.Unavailable, "STARTING")
			}
			return &ocov1.OperationStatus{State: ocov1.SendState_SEND_STATE_QUEUED}, nil
		}
		if err := c.SetTopic(t.Context(), To{RoomName: "ops"}, "x"); err != nil {
			t.Error(err)
		}
		all := b.seen().operations
		if len(all) != 4 {
			t.Fatalf("%d requests", len(all))
		}
		for _, op := range all {
			if !proto.Equal(op, all[0]) {
				t.Errorf("the repeat differs: %v", op)
			}
		}
		b.locked(func() { b.operations = nil })
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if err := c.Join(ctx, To{RoomName: "ops"}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the bot stays away: %v", err)
		}
	})
}

func TestWhatOperationsReturn(t *testing.T) {
	withClient(t, func(t *testing.T, b *fakeBot, c *Client) {
		var answer *ocov1.OperationStatus
		b.onOperation = func(proto.Message) (*ocov1.OperationStatus, error) { return answer, nil }
		for _, one := range []struct {
			state ocov1.SendState
			wait  bool
			want  error
			text  string
		}{
			{ocov1.SendState_SEND_STATE_SENT, true, nil, ""},
			{ocov1.SendState_SEND_STATE_QUEUED, false, nil, ""},
			{ocov1.SendState_SEND_STATE_UNKNOWN, true, ErrMaybeDone, "it broke"},
			{ocov1.SendState_SEND_STATE_FAILED, true, ErrNotDone, "it broke"},
			{ocov1.SendState_SEND_STATE_FAILED, false, ErrNotDone, "it broke"},
			{ocov1.SendState_SEND_STATE_QUEUED, true, nil, "SEND_STATE_QUEUED"},
		} {
			answer = &ocov1.OperationStatus{State: one.state, Detail: "it broke"}
			var opts []OperationOption
			if one.wait {
				opts = append(opts, Wait())
			}
			err := c.Join(t.Context(), To{Room: "r"}, opts...)
			switch {
			case one.text == "" && err != nil, one.want != nil && !errors.Is(err, one.want), one.text != "" && (err == nil || !strings.Contains(err.Error(), one.text)):
				t.Errorf("state %v, waiting %v: %v", one.state, one.wait, err)
			}
		}
	})
}

func TestAMissingScopeIsExplained(t *testing.T) {
	withClient(t, func(t *testing.T, b *fakeBot, c *Client) {
		b.onOperation = func(proto.Message) (*ocov1.OperationStatus, error) {
			s, err := status.New(codes.PermissionDenied, "no").WithDetails(&errdetails.ErrorInfo{
				Reason: "SCOPE_MISSING", Domain: "openchatops.org", Metadata: map[string]string{"scope": "rooms.manage"},
			})
			if err != nil {
				return nil, err
			}
			return nil, s.Err()
		}
		err := c.SetTopic(t.Context(), To{Room: "r"}, "x")
		if status.Code(err) != codes.PermissionDenied || reason(err) != "SCOPE_MISSING" {
			t.Errorf("the status is lost: %v", err)
		}
		for _, part := range []string{`Scopes("rooms.manage")`, "the operator grants it", "`scopes` of that handler"} {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%q is not in %v", part, err)
			}
		}
	})
}

package oco

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

func (b *fakeBot) ListRooms(_ context.Context, req *ocov1.ListRoomsRequest) (*ocov1.ListRoomsResponse, error) {
	switch req.GetPageToken() {
	case "":
		return &ocov1.ListRoomsResponse{Rooms: []*ocov1.Room{{RoomId: "r1"}}, NextPageToken: "p2"}, nil
	case "p2":
		return &ocov1.ListRoomsResponse{Rooms: []*ocov1.Room{{RoomId: "r2", Kind: ocov1.RoomKind_ROOM_KIND_DIRECT}}}, nil
	}
	return nil, refusal(codes.InvalidArgument, "PAGE_TOKEN_INVALID")
}

func (b *fakeBot) ListUsers(context.Context, *ocov1.ListUsersRequest) (*ocov1.ListUsersResponse, error) {
	return &ocov1.ListUsersResponse{Users: []*ocov1.User{{UserId: "u1"}}, NextPageToken: "again"}, nil
}

func (b *fakeBot) ListCommands(_ context.Context, req *ocov1.ListCommandsRequest) (*ocov1.ListCommandsResponse, error) {
	return &ocov1.ListCommandsResponse{Commands: []*ocov1.Command{{
		PluginId: "test", Route: req.GetUserId(), Pattern: req.GetRoom().GetRoomId(), Examples: []string{"a 1"}, Hidden: true,
		Arguments: []*ocov1.ArgumentSpec{
			{Name: "a", Help: "h", Type: ocov1.ArgumentType_ARGUMENT_TYPE_INTEGER, DefaultText: proto.String("1"), Optional: true, List: true},
			{Name: "b", Type: ocov1.ArgumentType_ARGUMENT_TYPE_TEXT, Check: ocov1.ArgumentCheck_ARGUMENT_CHECK_URL, Sensitive: true, Rest: true},
			{Name: "c", Type: ocov1.ArgumentType_ARGUMENT_TYPE_TEXT, DefaultText: proto.String("")},
		},
	}}}, nil
}

func (b *fakeBot) GetStatus(context.Context, *ocov1.GetStatusRequest) (*ocov1.GetStatusResponse, error) {
	return &ocov1.GetStatusResponse{
		Bot: &ocov1.GetBotInfoResponse{Name: "oco"}, Ready: true, Uptime: durationpb.New(time.Minute),
		Accounts: []*ocov1.AccountStatus{{AccountId: "account:1", Service: "irc", Connected: true}},
		Plugins:  []*ocov1.Plugin{{PluginId: "irc", Role: ocov1.Role_ROLE_ADAPTER, State: "running", Replicas: []*ocov1.Replica{{}}}},
		Counts:   map[string]uint64{"open": 2},
	}, nil
}

func withClient(t *testing.T, f func(t *testing.T, b *fakeBot, c *Client)) {
	t.Helper()
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		c, err := Dial("fake", "key", b.options())
		if err != nil {
			t.Fatal(err)
		}
		f(t, b, c)
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestClientReads(t *testing.T) {
	withClient(t, func(t *testing.T, _ *fakeBot, c *Client) {
		rooms, err := c.ListRooms(t.Context())
		if err != nil || len(rooms) != 2 || rooms[1].Kind != RoomDirect {
			t.Errorf("rooms %v, %v", rooms, err)
		}
		if _, err := c.ListUsers(t.Context()); err == nil || !strings.Contains(err.Error(), `"again" twice`) {
			t.Errorf("a bot that pages for ever: %v", err)
		}
		cmds, err := c.ListCommands(t.Context(), "u1", "r1")
		if err != nil || len(cmds) != 1 || cmds[0].Route != "u1" || cmds[0].Pattern != "r1" || cmds[0].Examples[0] != "a 1" || !cmds[0].Hidden {
			t.Fatalf("commands %v, %v", cmds, err)
		}
		if got, want := fmt.Sprintf("%+v", cmds[0].Arguments), fmt.Sprintf("%+v", []CommandArgument{
			{Name: "a", Help: "h", Type: "integer", Default: "1", HasDefault: true, Optional: true, List: true}, {Name: "b", Type: "url", Sensitive: true, Rest: true},
			{Name: "c", Type: "text", HasDefault: true},
		}); got != want {
			t.Errorf("arguments %s, want %s", got, want)
		}
		s, err := c.Status(t.Context())
		if err != nil || s.Name != "oco" || !s.Ready || s.Uptime != time.Minute || s.Accounts[0].Service != "irc" || !s.Plugins[0].Adapter || s.Plugins[0].Replicas != 1 || s.Counts["open"] != 2 {
			t.Errorf("status %+v, %v", s, err)
		}
		if _, err := c.GetUser(t.Context(), UserLookup{MentionName: "bob"}); status.Code(err) != codes.Unimplemented {
			t.Errorf("user: %v", err)
		}
	})
}

func TestClientSendRepeatsUnderOneID(t *testing.T) {
	withClient(t, func(t *testing.T, b *fakeBot, c *Client) {
		b.onSend = func(*ocov1.SendMessageRequest) (*ocov1.SendMessageResponse, error) {
			if len(b.seen().sends) < 3 {
				return nil, refusal(codes.Unavailable, "STARTING")
			}
			return &ocov1.SendMessageResponse{MessageId: "m1", State: ocov1.SendState_SEND_STATE_QUEUED}, nil
		}
		h, err := c.SendMessage(t.Context(), To{RoomName: "ops"}, "bad \xff", ReplyTo("m0"))
		if err != nil || h.ID() != "m1" {
			t.Fatalf("handle %v, %v", h, err)
		}
		id := b.seen().sends[0].GetRequestId()
		for _, s := range b.seen().sends {
			if s.GetRequestId() != id || id == "" || s.GetMessage().GetContent().GetText() != "bad \uFFFD" || s.GetMessage().GetReplyTo() != "m0" {
				t.Errorf("request: %v", s)
			}
		}
	})
}

func TestClientSendStates(t *testing.T) {
	withClient(t, func(t *testing.T, b *fakeBot, c *Client) {
		for state, want := range map[ocov1.SendState]error{
			ocov1.SendState_SEND_STATE_SENT: nil, ocov1.SendState_SEND_STATE_UNKNOWN: ErrMaybeSent, ocov1.SendState_SEND_STATE_FAILED: ErrNotSent,
			ocov1.SendState_SEND_STATE_EXPIRED: ErrExpired,
		} {
			b.onSend = func(*ocov1.SendMessageRequest) (*ocov1.SendMessageResponse, error) {
				return &ocov1.SendMessageResponse{State: state}, nil
			}
			if _, err := c.SendMessage(t.Context(), To{User: "u1"}, "x", Wait(), RequestID("r1")); !errors.Is(err, want) {
				t.Errorf("%v: %v", state, err)
			}
		}
		if s := b.seen().sends[0]; s.GetRequestId() != "r1" || !s.GetWait() || s.GetMessage().GetTo().GetRoom().GetUserId() != "u1" {
			t.Errorf("request: %v", s)
		}
	})
}

func TestClientSendRefusesWhatCannotBeSent(t *testing.T) {
	withClient(t, func(t *testing.T, b *fakeBot, c *Client) {
		for i, f := range []func() (Handle, error){
			func() (Handle, error) { return c.SendMessage(t.Context(), To{}, "x") },
			func() (Handle, error) { return c.SendMessage(t.Context(), To{Room: "r", User: "u"}, "x") },
			func() (Handle, error) {
				return c.SendMessage(t.Context(), To{Room: "r", Thread: "t", StartThreadAt: "m"}, "x")
			},
			func() (Handle, error) {
				return c.SendMessage(t.Context(), To{Room: "r"}, strings.Repeat("x", 64<<10+1))
			},
			func() (Handle, error) { return c.SendMessage(t.Context(), To{Room: "r"}, "x", ValidFor(0)) },
			func() (Handle, error) { return c.SendMessage(t.Context(), To{Room: "r"}, "x", ValidFor(-1)) },
			func() (Handle, error) { return c.SendMessage(t.Context(), To{Room: "r"}, "x", ValidFor(721*time.Hour)) },
		} {
			if _, err := f(); err == nil {
				t.Errorf("case %d was sent", i)
			}
		}
		if len(b.seen().sends) != 0 {
			t.Errorf("sent: %v", b.seen().sends)
		}
	})
}

// A message carries how it is repeated and how long it is worth posting; one that
// expired was surely not sent. [OCO-DLV-58] [OCO-DLV-59]
func TestTermsOfASend(t *testing.T) {
	withClient(t, func(t *testing.T, b *fakeBot, c *Client) {
		if _, err := c.SendMessage(t.Context(), To{Room: "r"}, "x", PreferLoss(), ValidFor(10*time.Minute), Wait()); err != nil {
			t.Fatal(err)
		}
		if _, err := c.SendMessage(t.Context(), To{Room: "r"}, "x"); err != nil {
			t.Fatal(err)
		}
		first, second := b.seen().sends[0].GetMessage(), b.seen().sends[1].GetMessage()
		if first.GetRepeatPolicy() != ocov1.RepeatPolicy_REPEAT_POLICY_PREFER_LOSS || first.GetValidFor().AsDuration() != 10*time.Minute {
			t.Errorf("with terms: %v", first)
		}
		if second.GetRepeatPolicy() != 0 || second.GetValidFor() != nil {
			t.Errorf("without terms: %v", second)
		}
		if !errors.Is(ErrExpired, ErrNotSent) {
			t.Error("what expired was perhaps sent")
		}
	})
}

func TestCallbacksHaveAClient(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		p := b.run(t, handlerWith(func(ctx context.Context, m *Message) error {
			rooms, err := m.Bot().ListRooms(ctx)
			m.Reply(fmt.Sprint(len(rooms)))
			return err
		}))
		b.push(t, frame(said("d1", "do", "do it")))
		if got := b.completions(); len(got) != 1 || texts(got[0]) != "1=2" {
			t.Errorf("completions: %v", got)
		}
		p.end(t)
	})
}

func TestCutKeepsRunesWhole(t *testing.T) {
	for n := 10; n < 20; n++ {
		got := cut(strings.Repeat("é", 30), n)
		if len(got) > n || !strings.HasSuffix(got, " [cut]") || strings.ToValidUTF8(got, "?") != got {
			t.Errorf("limit %d: %q", n, got)
		}
	}
	if cut("short", 10) != "short" {
		t.Error("a short text was cut")
	}
}

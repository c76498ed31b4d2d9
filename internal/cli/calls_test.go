package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

func TestRoomsByTheirWords(t *testing.T) {
	for word, want := range map[string]*ocov1.RoomRef{
		"ops":          {By: &ocov1.RoomRef_Name{Name: "ops"}},
		"#ops":         {By: &ocov1.RoomRef_Name{Name: "ops"}},
		"room:1:ops":   {By: &ocov1.RoomRef_RoomId{RoomId: "room:1:ops"}},
		"user:1:alice": {By: &ocov1.RoomRef_UserId{UserId: "user:1:alice"}},
		"@alice":       {By: &ocov1.RoomRef_UserId{UserId: "user:1:a"}},
	} {
		bot := startFake(t)
		bot.answers["GetUser"] = []any{&ocov1.GetUserResponse{User: &ocov1.User{UserId: "user:1:a"}}}
		bot.answers["SendMessage"] = []any{&ocov1.SendMessageResponse{State: ocov1.SendState_SEND_STATE_QUEUED}}
		r := run(t, &Send{Target: Target{Data: bot.data}, Room: word, Text: []string{"--", "a", "-b"}, Thread: "thread:1:2"}, "", nil)
		if r.failed != nil {
			t.Fatal(r.failed)
		}
		sent := bot.asked[len(bot.asked)-1].(*ocov1.SendMessageRequest)
		if got := sent.GetMessage().GetTo().GetRoom(); !proto.Equal(got, want) {
			t.Errorf("%s is %v, want %v", word, got, want)
		}
		if got := sent.GetMessage().GetContent().GetText(); got != "a -b" {
			t.Errorf("text %q", got)
		}
		if sent.GetMessage().GetTo().GetThreadId() != "thread:1:2" || !strings.HasPrefix(sent.GetRequestId(), "cli-") || sent.GetWait() {
			t.Errorf("sent %v", sent)
		}
	}
}

func TestTwoSendsAreTwoMessagesUnlessAskedOtherwise(t *testing.T) {
	bot := startFake(t)
	bot.answers["SendMessage"] = []any{&ocov1.SendMessageResponse{State: ocov1.SendState_SEND_STATE_QUEUED}}
	ids := map[string]bool{}
	for _, id := range []string{"", "", "mine", "mine"} {
		if r := run(t, &Send{Target: Target{Data: bot.data}, Room: "r", Text: []string{"x"}, RequestID: id}, "", nil); r.failed != nil {
			t.Fatal(r.failed)
		}
		ids[bot.asked[len(bot.asked)-1].(*ocov1.SendMessageRequest).GetRequestId()] = true
	}
	if len(ids) != 3 || !ids["mine"] {
		t.Errorf("request ids %v", ids)
	}
}

func TestSendHasTerms(t *testing.T) {
	bot := startFake(t)
	bot.answers["SendMessage"] = []any{&ocov1.SendMessageResponse{State: ocov1.SendState_SEND_STATE_QUEUED}}
	if r := run(t, &Send{Target: Target{Data: bot.data}, Room: "r", Text: []string{"x"}, ValidFor: 10 * time.Minute, PreferLoss: true}, "", nil); r.failed != nil {
		t.Fatal(r.failed)
	}
	m := bot.asked[len(bot.asked)-1].(*ocov1.SendMessageRequest).GetMessage()
	if m.GetRepeatPolicy() != ocov1.RepeatPolicy_REPEAT_POLICY_PREFER_LOSS || m.GetValidFor().AsDuration() != 10*time.Minute {
		t.Errorf("%v", m)
	}
}

func TestSendFailsUnlessItWasSent(t *testing.T) {
	for state, want := range map[ocov1.SendState][2]int{ // without and with --wait
		ocov1.SendState_SEND_STATE_QUEUED:  {0, 1},
		ocov1.SendState_SEND_STATE_SENT:    {0, 0},
		ocov1.SendState_SEND_STATE_UNKNOWN: {1, 1},
		ocov1.SendState_SEND_STATE_FAILED:  {1, 1},
		ocov1.SendState_SEND_STATE_EXPIRED: {1, 1},
	} {
		for i, wait := range []bool{false, true} {
			bot := startFake(t)
			bot.answers["SendMessage"] = []any{&ocov1.SendMessageResponse{MessageId: "m", State: state}}
			r := run(t, &Send{Target: Target{Data: bot.data}, Room: "r", Text: []string{"x"}, Wait: wait, Timeout: time.Minute}, "", nil)
			if got := ExitCode(r.failed); got != want[i] {
				t.Errorf("%s, wait %v: exit code %d, want %d (%v)", word(state), wait, got, want[i], r.failed)
			}
			if !strings.HasPrefix(r.out, "m ") {
				t.Errorf("the id of the message is not said: %q", r.out)
			}
			if got := bot.asked[0].(*ocov1.SendMessageRequest).GetWait(); got != wait {
				t.Errorf("asked to wait: %v", got)
			}
		}
	}
}

func TestWhatCannotBeSent(t *testing.T) {
	bot := startFake(t)
	for name, c := range map[string]struct {
		send  Send
		stdin string
		code  int
	}{
		"nothing":         {Send{Room: "r"}, "", 2},
		"white space":     {Send{Room: "r", Text: []string{" ", "\t"}}, "", 2},
		"over already":    {Send{Room: "r", Text: []string{"x"}, ValidFor: -time.Minute}, "", 2},
		"an empty pipe":   {Send{Room: "r", Text: []string{"-"}}, "\n", 2},
		"nowhere":         {Send{Room: "", Text: []string{"x"}}, "", 2},
		"a hash":          {Send{Room: "#", Text: []string{"x"}}, "", 2},
		"a long text":     {Send{Room: "r", Text: []string{strings.Repeat("x", maxText+1)}}, "", 1},
		"a long pipe":     {Send{Room: "r", Text: []string{"-"}}, strings.Repeat("x", maxText+2), 1},
		"a bad user name": {Send{Room: "@nobody", Text: []string{"x"}}, "", 1},
	} {
		bot.answers["GetUser"] = []any{refusal(codes.NotFound, "USER_NOT_FOUND", "no user is called nobody")}
		c.send.Target = Target{Data: bot.data}
		if r := run(t, &c.send, c.stdin, nil); ExitCode(r.failed) != c.code {
			t.Errorf("%s: %v", name, r.failed)
		}
	}
	if slices.Contains(bot.called, "SendMessage") {
		t.Error("something was sent")
	}
}

func TestTheLargestTextIsSentWhole(t *testing.T) {
	bot := startFake(t)
	bot.answers["SendMessage"] = []any{&ocov1.SendMessageResponse{State: ocov1.SendState_SEND_STATE_QUEUED}}
	text := strings.Repeat("x", maxText)
	if r := run(t, &Send{Target: Target{Data: bot.data}, Room: "r", Text: []string{"-"}}, text, nil); r.failed != nil {
		t.Fatal(r.failed)
	}
	if got := bot.asked[0].(*ocov1.SendMessageRequest).GetMessage().GetContent().GetText(); got != text {
		t.Errorf("%d bytes arrived", len(got))
	}
}

func TestOutcomesAskWhatWasMeant(t *testing.T) {
	failed, unknown := ocov1.Outcome_OUTCOME_FAILED, ocov1.Outcome_OUTCOME_UNKNOWN
	for _, c := range []struct {
		list OutcomesList
		want *ocov1.ListDeliveriesRequest
	}{
		{OutcomesList{Limit: 5}, &ocov1.ListDeliveriesRequest{OpenList: true, PageSize: 5}},
		{OutcomesList{Limit: 5, All: true}, &ocov1.ListDeliveriesRequest{PageSize: 5}},
		{OutcomesList{Limit: 5000, Outcome: []string{"failed", "UNKNOWN"}, Plugin: "p"}, &ocov1.ListDeliveriesRequest{Outcomes: []ocov1.Outcome{failed, unknown}, PluginId: "p", PageSize: 1000}},
		{OutcomesList{Limit: 1, State: []string{"leased"}}, &ocov1.ListDeliveriesRequest{States: []ocov1.DeliveryState{ocov1.DeliveryState_DELIVERY_STATE_LEASED}, PageSize: 1}},
	} {
		bot := startFake(t)
		bot.answers["ListDeliveries"] = []any{&ocov1.ListDeliveriesResponse{}}
		c.list.Target = Target{Data: bot.data}
		if r := run(t, &c.list, "", nil); r.failed != nil {
			t.Fatal(r.failed)
		}
		if !proto.Equal(bot.asked[0], c.want) {
			t.Errorf("asked %v, want %v", bot.asked[0], c.want)
		}
	}
	for _, bad := range []OutcomesList{{Limit: 0}, {Limit: 1, Outcome: []string{"unspecified"}}, {Limit: 1, State: []string{"done"}}} {
		if r := run(t, &bad, "", nil); ExitCode(r.failed) != 2 {
			t.Errorf("%+v: %v", bad, r.failed)
		}
	}
}

func TestPagesAreOneList(t *testing.T) {
	page := func(from, n int, next string) *ocov1.ListDeliveriesResponse {
		p := &ocov1.ListDeliveriesResponse{NextPageToken: next}
		for i := range n {
			p.Deliveries = append(p.Deliveries, &ocov1.DeliveryRecord{DeliveryId: fmt.Sprintf("d-%04d", from+i)})
		}
		return p
	}
	bot := startFake(t)
	bot.answers["ListDeliveries"] = []any{page(0, 1000, "a"), page(1000, 1000, "b"), page(2000, 200, "")}
	r := run(t, &OutcomesList{Target: Target{Data: bot.data}, Limit: 2500}, "", nil)
	if r.failed != nil || strings.Count(r.out, "\n") != 2201 || !strings.Contains(r.out, "d-2199") {
		t.Fatalf("%d lines, %v", strings.Count(r.out, "\n"), r.failed)
	}
	var asked []string
	for _, m := range bot.asked {
		q := m.(*ocov1.ListDeliveriesRequest)
		asked = append(asked, fmt.Sprint(q.GetPageToken(), q.GetPageSize()))
	}
	if got := strings.Join(asked, " "); got != "1000 a1000 b500" {
		t.Errorf("asked for %s", got)
	}
}

func TestEachGoesOnAfterARefusalButNotWithoutABot(t *testing.T) {
	bot := startFake(t)
	bot.answers["DropDelivery"] = []any{
		refusal(codes.FailedPrecondition, "DELIVERY_STATE", "it runs"), &ocov1.DropDeliveryResponse{},
		status.Error(codes.Internal, "broken"), &ocov1.DropDeliveryResponse{},
	}
	r := run(t, &OutcomesDrop{Target: Target{Data: bot.data}, Reason: "old", ID: []string{"a", "b", "c", "d"}}, "", nil)
	if len(bot.asked) != 3 || r.failed == nil || errors.Is(r.failed, ErrSaid) {
		t.Errorf("%d calls, %v", len(bot.asked), r.failed)
	}
	if r.out != "b is settled\n" || !strings.HasPrefix(r.err, "oco: a: it runs") {
		t.Errorf("said %q and %q", r.out, r.err)
	}
	if got := bot.asked[0].(*ocov1.DropDeliveryRequest).GetReason(); got != "old" {
		t.Errorf("reason %q", got)
	}
}

func TestRotateKeepsRoleAndScopesOfTheNewestKey(t *testing.T) {
	bot := startFake(t)
	bot.answers["ListKeys"] = []any{&ocov1.ListKeysResponse{Keys: append(slices.Clone(keys), &ocov1.KeyInfo{Name: "other", Role: ocov1.Role_ROLE_OPERATOR, CreateTime: at(0)})}}
	bot.answers["CreateKey"] = []any{&ocov1.CreateKeyResponse{}}
	if r := run(t, &KeyRotate{Target: Target{Data: bot.data}, Name: "ci"}, "", nil); r.failed != nil {
		t.Fatal(r.failed)
	}
	want := &ocov1.CreateKeyRequest{Name: "ci", Role: ocov1.Role_ROLE_CLIENT, Scopes: []string{"messages.write", "users.read"}, ReplaceOldest: true}
	if got := bot.asked[1]; !proto.Equal(got, want) {
		t.Errorf("asked %v", got)
	}
}

func TestRevokeByIdEndsOneKey(t *testing.T) {
	bot := startFake(t)
	bot.answers["ListKeys"] = []any{&ocov1.ListKeysResponse{Keys: append(slices.Clone(keys), &ocov1.KeyInfo{KeyId: "k3", Name: "k1"})}}
	bot.answers["RevokeKey"] = []any{&ocov1.RevokeKeyResponse{}}
	if r := run(t, &KeyRevoke{Target: Target{Data: bot.data}, Key: "k1"}, "", nil); r.failed != nil || r.out != "k1 is revoked\n" {
		t.Fatal(r.out, r.failed)
	}
}

func TestUnknownRolesAreUsageErrors(t *testing.T) {
	if r := run(t, &KeyNew{Name: "x", Role: "admin"}, "", nil); ExitCode(r.failed) != 2 || !strings.Contains(r.failed.Error(), "handler, adapter, operator, client") {
		t.Error(r.failed)
	}
}

func TestPauseNamesWhom(t *testing.T) {
	bot := startFake(t)
	bot.answers["SetPaused"] = []any{&ocov1.SetPausedResponse{}}
	for _, c := range []struct {
		command runner
		want    *ocov1.SetPausedRequest
	}{
		{&Pause{Target: Target{Data: bot.data}, Handler: "h", Reason: "why"}, &ocov1.SetPausedRequest{PluginId: "h", Paused: true, Reason: "why"}},
		{&Pause{Target: Target{Data: bot.data}}, &ocov1.SetPausedRequest{Paused: true}},
		{&Resume{Target: Target{Data: bot.data}, Handler: "h"}, &ocov1.SetPausedRequest{PluginId: "h"}},
	} {
		if r := run(t, c.command, "", nil); r.failed != nil {
			t.Fatal(r.failed)
		}
		if got := bot.asked[len(bot.asked)-1]; !proto.Equal(got, c.want) {
			t.Errorf("asked %v, want %v", got, c.want)
		}
	}
}

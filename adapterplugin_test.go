package oco

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// testAdapter does what its fields say.
type testAdapter struct {
	run  func(ctx context.Context, bot Bot) error
	send func(ctx context.Context, m Outgoing) (MessageID, error)

	mu      sync.Mutex
	settled []string
}

var (
	_ Adapter   = (*testAdapter)(nil)
	_ Roster    = (*testAdapter)(nil)
	_ Settler   = (*testAdapter)(nil)
	_ Describer = (*testAdapter)(nil)
)

func (a *testAdapter) Run(ctx context.Context, bot Bot) error {
	if a.run != nil {
		return a.run(ctx, bot)
	}
	<-ctx.Done()
	return nil
}

func (a *testAdapter) Send(ctx context.Context, m Outgoing) (MessageID, error) { return a.send(ctx, m) }

func (a *testAdapter) Users(context.Context) ([]User, error) {
	users := make([]User, 700)
	for i := range users {
		users[i] = User{ID: UserID(fmt.Sprint(i)), Name: "n\xff"}
	}
	return users, nil
}

func (a *testAdapter) Rooms(context.Context) ([]Room, error) { panic("no rooms") }

func (a *testAdapter) User(_ context.Context, by UserLookup) (User, error) {
	if by.MentionName != "alice" {
		return User{}, status.Error(codes.NotFound, "no such user")
	}
	return User{ID: "U1", Name: "Alice"}, nil
}

func (a *testAdapter) Settled(event EventID, outcomes []Outcome) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.settled = append(a.settled, fmt.Sprint(event, outcomes))
}

func (a *testAdapter) Describe() Description {
	return Description{
		Version: "1", Account: "acme", Self: User{ID: "B", Name: "oco", Self: true}, MaxTextLength: 400, ReplaysMissed: true,
		Levels: map[Capability]Level{CanThread: LevelFull},
	}
}

func message(id string) Incoming {
	return Incoming{ID: EventID(id), Room: Room{ID: "C1", Kind: RoomChannel}, Actor: User{ID: "U1"}, Message: &IncomingMessage{ID: MessageID(id), Text: "hi \xff"}}
}

func toSend(id, room string) *ocov1.Frame {
	return frame(&ocov1.Delivery{
		DeliveryId: id, LeaseId: "lease-" + id,
		Payload: &ocov1.Delivery_Operation{Operation: &ocov1.Operation{
			Epoch: 7, IdempotencyToken: "token-" + id,
			Kind: &ocov1.Operation_Send{Send: &ocov1.SendOperation{Message: &ocov1.OutgoingMessage{
				To:      &ocov1.Address{Room: &ocov1.RoomRef{By: &ocov1.RoomRef_RoomId{RoomId: room}}},
				Content: &ocov1.Content{Text: id},
			}}},
		}},
	})
}

func TestAdapterManifestFollowsItsInterfaces(t *testing.T) {
	m := NewAdapter("chat", "test", &testAdapter{}).manifest().GetAdapter()
	if !m.GetWantsSettled() || !m.GetReplaysMissed() || m.GetService() != "test" || m.GetAccount() != "acme" || !m.GetBotUser().GetIsSelf() {
		t.Errorf("manifest: %v", m)
	}
	levels := m.GetCapabilities().GetLevels()
	if levels["roster"] != ocov1.CapabilityLevel_CAPABILITY_LEVEL_FULL || levels["thread"] != ocov1.CapabilityLevel_CAPABILITY_LEVEL_FULL || len(levels) != 2 {
		t.Errorf("levels: %v", levels)
	}
	type small struct{ Adapter }
	plain := NewAdapter("chat", "test", small{}).manifest().GetAdapter()
	if plain.GetWantsSettled() || plain.GetCapabilities().GetLevels()["roster"] != ocov1.CapabilityLevel_CAPABILITY_LEVEL_REJECTED {
		t.Errorf("manifest of a small adapter: %v", plain)
	}
}

// Publish returns, so that the adapter may acknowledge, only when the bot has
// answered (OCO-LIF-25).
func TestPublishIsOneCallInFlightAndKeepsTheOrder(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		hold := make(chan struct{})
		inFlight := 0
		b.onPublish = func(*ocov1.PublishEventsRequest) (*ocov1.PublishEventsResponse, error) {
			b.locked(func() { inFlight++ })
			<-hold
			b.locked(func() {
				if inFlight != 1 {
					t.Errorf("%d calls in flight", inFlight)
				}
				inFlight--
			})
			return nil, nil
		}
		var resumed, after string
		published := 0
		a := &testAdapter{run: func(ctx context.Context, bot Bot) error {
			resumed = bot.Checkpoint()
			var batch []Incoming
			for i := range 150 {
				e := message(fmt.Sprint(i))
				e.Checkpoint = fmt.Sprintf("cp-%d", i)
				batch = append(batch, e)
			}
			if err := bot.Publish(ctx, batch...); err != nil {
				return err
			}
			published = 150
			after = bot.Checkpoint()
			<-ctx.Done()
			return nil
		}}
		p := b.run(t, NewAdapter("chat", "test", a))
		if published != 0 || resumed != "resume" {
			t.Errorf("published %d before the bot answered; resumed at %q", published, resumed)
		}
		close(hold)
		synctest.Wait()
		n := 0
		for _, req := range b.seen().publishes {
			if req.GetEpoch() != 7 || req.GetAccountId() != "account:1" || req.GetReplica() != "replica-1" || len(req.GetEvents()) > 64 {
				t.Errorf("request: epoch %d account %s, %d events", req.GetEpoch(), req.GetAccountId(), len(req.GetEvents()))
			}
			for _, e := range req.GetEvents() {
				if e.GetEventId() != fmt.Sprint(n) {
					t.Fatalf("event %s came where %d was due", e.GetEventId(), n)
				}
				if e.GetMessage().GetMessage().GetContent().GetText() != "hi \uFFFD" {
					t.Fatalf("text %q", e.GetMessage().GetMessage().GetContent().GetText())
				}
				n++
			}
			if want := fmt.Sprintf("cp-%d", n-1); req.GetCheckpoint() != want {
				t.Errorf("checkpoint %s, want %s", req.GetCheckpoint(), want)
			}
		}
		if n != 150 || published != 150 || after != "cp-149" {
			t.Errorf("%d events came, %d published, checkpoint %q", n, published, after)
		}
		p.end(t)
	})
}

func TestPublishIsRepeatedUnchangedUntilTaken(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		errs := []error{
			refusal(codes.Unavailable, "STARTING"), refusal(codes.Aborted, "PUBLISH_IN_FLIGHT"),
			status.Error(codes.Unavailable, "lost"), refusal(codes.NotFound, "REPLICA_NOT_FOUND"), nil,
		}
		b.onPublish = func(*ocov1.PublishEventsRequest) (*ocov1.PublishEventsResponse, error) {
			return nil, errs[min(len(b.seen().publishes), len(errs))-1]
		}
		var result error = errors.New("not called")
		a := &testAdapter{run: func(ctx context.Context, bot Bot) error {
			result = bot.Publish(ctx, message("1"), message("2"))
			<-ctx.Done()
			return nil
		}}
		p := b.run(t, NewAdapter("chat", "test", a))
		later(10 * time.Second)
		if result != nil || len(b.seen().publishes) != 5 || len(b.seen().registers) != 2 || len(b.seen().reports) != 2 {
			t.Fatalf("result %v, %d calls, %d registrations, %d reports", result, len(b.seen().publishes), len(b.seen().registers), len(b.seen().reports))
		}
		for _, req := range b.seen().publishes[1:] {
			for i, e := range req.GetEvents() {
				if !proto.Equal(e, b.seen().publishes[0].GetEvents()[i]) {
					t.Errorf("the repeat differs: %v", e)
				}
			}
		}
		p.end(t)
	})
}

func TestPublishNamesWhatIsNotTaken(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		b.onPublish = func(req *ocov1.PublishEventsRequest) (*ocov1.PublishEventsResponse, error) {
			for i, e := range req.GetEvents() {
				switch {
				case e.GetEventId() == "verdict":
					return &ocov1.PublishEventsResponse{Errors: []*ocov1.EventError{{Index: uint32(i), Error: status.New(codes.InvalidArgument, "bad").Proto()}}}, nil
				case e.GetEventId() == "poison":
					return nil, refusal(codes.InvalidArgument, "FIELD_INVALID")
				}
			}
			return nil, nil
		}
		var first, second error
		a := &testAdapter{run: func(ctx context.Context, bot Bot) error {
			big := message("big")
			big.Message.Text = strings.Repeat("x", 64<<10+1)
			first = bot.Publish(ctx, message("1"), big, message("verdict"), Incoming{}, message("2"))
			second = bot.Publish(ctx, message("3"), message("poison"), message("4"))
			<-ctx.Done()
			return nil
		}}
		p := b.run(t, NewAdapter("chat", "test", a))
		for _, c := range []struct {
			err  error
			want []int
		}{{first, []int{1, 2, 3}}, {second, []int{1}}} {
			var pe *PublishError
			if !errors.As(c.err, &pe) || len(pe.Events) != len(c.want) {
				t.Errorf("error %v", c.err)
				continue
			}
			for _, i := range c.want {
				if pe.Events[i] == nil {
					t.Errorf("event %d has no error: %v", i, pe.Events)
				}
			}
		}
		p.end(t)
	})
}

func TestPublishEndsWithItsContext(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		b.onPublish = func(*ocov1.PublishEventsRequest) (*ocov1.PublishEventsResponse, error) {
			return nil, refusal(codes.Unavailable, "STARTING")
		}
		var result error
		a := &testAdapter{run: func(ctx context.Context, bot Bot) error {
			short, cancel := context.WithTimeout(ctx, time.Minute)
			defer cancel()
			result = bot.Publish(short, message("1"))
			<-ctx.Done()
			return nil
		}}
		p := b.run(t, NewAdapter("chat", "test", a))
		later(2 * time.Minute)
		if !errors.Is(result, context.DeadlineExceeded) {
			t.Errorf("result %v", result)
		}
		p.end(t)
	})
}

func TestFencedAdapterStops(t *testing.T) {
	publishes := &testAdapter{run: func(ctx context.Context, bot Bot) error {
		if err := bot.Publish(ctx, message("1")); !errors.Is(err, ErrFenced) {
			return fmt.Errorf("Publish: %w", err)
		}
		<-ctx.Done()
		return nil
	}}
	for name, set := range map[string]func(*fakeBot){
		"at the start": func(b *fakeBot) {
			b.onReport = func(*ocov1.ReportStatusRequest) (*ocov1.ReportStatusResponse, error) {
				return &ocov1.ReportStatusResponse{Active: false}, nil
			}
		},
		"at a publish": func(b *fakeBot) {
			b.onPublish = func(*ocov1.PublishEventsRequest) (*ocov1.PublishEventsResponse, error) {
				return nil, refusal(codes.FailedPrecondition, "EPOCH_FENCED")
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				b := newFakeBot(t)
				set(b)
				p := b.run(t, NewAdapter("chat", "test", publishes))
				if err := <-p.done; !errors.Is(err, ErrFenced) {
					t.Errorf("Run: %v", err)
				}
			})
		})
	}
}

func TestSendsOfOneRoomComeOneAfterTheOther(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		var mu sync.Mutex
		busy := map[RoomID]int{}
		var order []string
		most := 0
		a := &testAdapter{send: func(_ context.Context, m Outgoing) (MessageID, error) {
			mu.Lock()
			if busy[m.Room]++; busy[m.Room] > 1 {
				t.Errorf("two sends in room %s at once", m.Room)
			}
			all := 0
			for _, n := range busy {
				all += n
			}
			most = max(most, all)
			if m.Room == "C1" {
				order = append(order, m.Text)
			}
			mu.Unlock()
			time.Sleep(time.Second)
			mu.Lock()
			busy[m.Room]--
			mu.Unlock()
			return MessageID("posted-" + m.Token), nil
		}}
		p := b.run(t, NewAdapter("chat", "test", a))
		b.push(t, toSend("a1", "C1"), toSend("a2", "C1"), toSend("b1", "C2"), toSend("a3", "C1"))
		later(4 * time.Second)
		if got := strings.Join(order, " "); got != "a1 a2 a3" || most != 2 {
			t.Errorf("order %q, %d at once", got, most)
		}
		for _, c := range b.completions() {
			r := c.GetDone().GetOperation()
			if r.GetState() != ocov1.SendState_SEND_STATE_SENT || r.GetMessageId() != "posted-token-"+c.GetDeliveryId() {
				t.Errorf("result of %s: %v", c.GetDeliveryId(), r)
			}
		}
		if n := len(b.completions()); n != 4 {
			t.Errorf("%d completions", n)
		}
		p.end(t)
	})
}

func TestWhatSendReturns(t *testing.T) {
	cases := []struct {
		name string
		err  error
		want string
	}{
		{"posted", nil, "SEND_STATE_SENT"},
		{"refused", errors.New("not in room"), "SEND_STATE_FAILED"},
		{"nobody can know", MaybeSent(context.DeadlineExceeded), "SEND_STATE_UNKNOWN"},
		{"nobody can know, whatever the code", MaybeSent(status.Error(codes.Unavailable, "reset")), "SEND_STATE_UNKNOWN"},
		{"unavailable", status.Error(codes.Unavailable, "reconnecting"), "retry"},
		{"too fast", fmt.Errorf("429: %w", RetryAfter(7*time.Second)), "retry 7s"},
		{"exhausted", status.Error(codes.ResourceExhausted, "quota"), "retry"},
		{"panics", errors.New("panic"), "SEND_STATE_UNKNOWN"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				b := newFakeBot(t)
				a := &testAdapter{send: func(context.Context, Outgoing) (MessageID, error) {
					if c.name == "panics" {
						panic(c.err)
					}
					return "id", c.err
				}}
				p := b.run(t, NewAdapter("chat", "test", a))
				b.push(t, toSend("a1", "C1"))
				later(rideAlong)
				got := b.completions()
				if len(got) != 1 {
					t.Fatalf("completions: %v", got)
				}
				text := got[0].GetDone().GetOperation().GetState().String()
				if r := got[0].GetRetry(); r != nil {
					text = "retry"
					if r.GetDelay() != nil {
						text += " " + r.GetDelay().AsDuration().String()
					}
				}
				if text != c.want {
					t.Errorf("got %s, want %s", text, c.want)
				}
				p.end(t)
			})
		})
	}
}

func TestCompletionsOfOperationsRideWithAPublish(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		publish := make(chan struct{})
		a := &testAdapter{
			run: func(ctx context.Context, bot Bot) error {
				<-publish
				if err := bot.Publish(ctx, message("1")); err != nil {
					return err
				}
				<-ctx.Done()
				return nil
			},
			send: func(context.Context, Outgoing) (MessageID, error) { return "id", nil },
		}
		p := b.run(t, NewAdapter("chat", "test", a))
		b.push(t, toSend("a1", "C1"))
		close(publish)
		synctest.Wait()
		if len(b.seen().publishes) != 1 || len(b.seen().publishes[0].GetCompletions()) != 1 {
			t.Errorf("publishes: %v", b.seen().publishes)
		}
		b.push(t, toSend("a2", "C1"))
		later(rideAlong) // nothing is published any more
		if len(b.seen().completes) != 1 || len(b.seen().completes[0].GetCompletions()) != 1 {
			t.Errorf("completes: %v", b.seen().completes)
		}
		p.end(t)
	})
}

// Where nothing is published, completions wait for one another only until they are
// worth a call.
func TestEnoughCompletionsOfOperationsDoNotWait(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		p := b.run(t, NewAdapter("chat", "test", &testAdapter{
			send: func(context.Context, Outgoing) (MessageID, error) { return "id", nil },
		}))
		for i := range enough - 1 {
			b.push(t, toSend(fmt.Sprint("a", i), fmt.Sprint("C", i)))
		}
		synctest.Wait()
		if n := len(b.completions()); n != 0 {
			t.Errorf("%d completions did not wait", n)
		}
		b.push(t, toSend("last", "C"))
		synctest.Wait()
		if n := len(b.completions()); n != enough {
			t.Errorf("%d completions left, want %d", n, enough)
		}
		b.push(t, toSend("one more", "C"))
		later(rideAlong)
		if n := len(b.completions()); n != enough+1 {
			t.Errorf("%d completions left, want %d", n, enough+1)
		}
		p.end(t)
	})
}

func TestAdapterThatEnds(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want string
	}{"well": {nil, ""}, "badly": {errors.New("password refused"), "the adapter chat failed: password refused"}} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				b := newFakeBot(t)
				a := &testAdapter{run: func(context.Context, Bot) error { return c.err }}
				p := b.run(t, NewAdapter("chat", "test", a))
				err := <-p.done
				if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
					t.Errorf("Run: %v, want %q", err, c.want)
				}
			})
		})
	}
}

func TestAdapterFinishesSendsBeforeItsRunEnds(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		open := make(chan struct{})
		runEnded, sendEnded := time.Time{}, time.Time{}
		a := &testAdapter{
			run: func(ctx context.Context, _ Bot) error { <-ctx.Done(); runEnded = time.Now(); return ctx.Err() },
			send: func(context.Context, Outgoing) (MessageID, error) {
				<-open
				sendEnded = time.Now()
				time.Sleep(time.Second)
				return "id", nil
			},
		}
		p := b.run(t, NewAdapter("chat", "test", a))
		b.push(t, toSend("a1", "C1"))
		p.stop()
		synctest.Wait()
		close(open)
		if err := <-p.done; err != nil {
			t.Errorf("Run: %v", err)
		}
		if !runEnded.After(sendEnded) || len(b.completions()) != 1 {
			t.Errorf("Run ended %v, Send %v, completions %v", runEnded, sendEnded, b.completions())
		}
	})
}

func TestStatusReports(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		a := &testAdapter{run: func(ctx context.Context, bot Bot) error {
			bot.Status(ctx, true, "connected to \xff")
			<-ctx.Done()
			return nil
		}}
		p := b.run(t, NewAdapter("chat", "test", a))
		if len(b.seen().reports) != 2 || b.seen().reports[0].GetConnected() || !b.seen().reports[1].GetConnected() || b.seen().reports[1].GetDetail() != "connected to \uFFFD" {
			t.Errorf("reports: %v", b.seen().reports)
		}
		p.end(t)
	})
}

func TestQueriesAndSettled(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		a := &testAdapter{}
		p := b.run(t, NewAdapter("chat", "test", a))
		ask := func(q *ocov1.Query) *ocov1.QueryAnswer {
			q.QueryId, q.Timeout = fmt.Sprint(len(b.seen().answers)), durationpb.New(time.Second)
			b.push(t, &ocov1.Frame{Kind: &ocov1.Frame_Query{Query: q}})
			return b.seen().answers[len(b.seen().answers)-1]
		}
		first := ask(&ocov1.Query{Kind: &ocov1.Query_Users{Users: &ocov1.UsersQuery{}}})
		rest := ask(&ocov1.Query{Kind: &ocov1.Query_Users{Users: &ocov1.UsersQuery{PageToken: first.GetNextPageToken()}}})
		if len(first.GetUsers()) != 500 || len(rest.GetUsers()) != 200 || rest.GetNextPageToken() != "" || rest.GetUsers()[0].GetUserId() != "500" {
			t.Errorf("%d and %d users", len(first.GetUsers()), len(rest.GetUsers()))
		}
		alice := ask(&ocov1.Query{Kind: &ocov1.Query_User{User: &ocov1.UserQuery{By: &ocov1.UserQuery_MentionName{MentionName: "alice"}}}})
		if len(alice.GetUsers()) != 1 || alice.GetUsers()[0].GetUserId() != "U1" {
			t.Errorf("alice: %v", alice)
		}
		for _, q := range []struct {
			query *ocov1.Query
			code  codes.Code
		}{
			{&ocov1.Query{Kind: &ocov1.Query_User{User: &ocov1.UserQuery{By: &ocov1.UserQuery_MentionName{MentionName: "bob"}}}}, codes.NotFound},
			{&ocov1.Query{Kind: &ocov1.Query_Rooms{Rooms: &ocov1.RoomsQuery{}}}, codes.Internal}, // panics
			{&ocov1.Query{Kind: &ocov1.Query_Users{Users: &ocov1.UsersQuery{PageToken: "x"}}}, codes.InvalidArgument},
			{&ocov1.Query{}, codes.Unimplemented},
		} {
			if got := ask(q.query); codes.Code(got.GetError().GetCode()) != q.code {
				t.Errorf("answer %v, want %v", got, q.code)
			}
		}
		b.push(t, &ocov1.Frame{Kind: &ocov1.Frame_Settled{Settled: &ocov1.Settled{EventId: "E1", Outcomes: []ocov1.Outcome{ocov1.Outcome_OUTCOME_DONE, ocov1.Outcome_OUTCOME_REFUSED}}}})
		if got := fmt.Sprint(a.settled); got != "[E1[done refused]]" {
			t.Errorf("settled: %s", got)
		}
		p.end(t)
	})
}

func TestTheBotOfAnAdapterListsCommands(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var commands []Command
		failed := errors.New("the bot lists no commands")
		a := &testAdapter{run: func(ctx context.Context, bot Bot) error {
			if lister, ok := bot.(CommandLister); ok {
				commands, failed = lister.ListCommands(ctx, "u1", "r1")
			}
			<-ctx.Done()
			return nil
		}}
		newFakeBot(t).run(t, NewAdapter("chat", "test", a)).end(t)
		if failed != nil || len(commands) != 1 || commands[0].Route != "u1" || commands[0].Pattern != "r1" {
			t.Errorf("commands %v, error %v", commands, failed)
		}
	})
}

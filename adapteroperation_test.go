package oco

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// wholeAdapter can do everything, and notes what it did.
type wholeAdapter struct {
	testAdapter
	did []string
	err error
	say Description
}

var (
	_ Updater      = (*wholeAdapter)(nil)
	_ Deleter      = (*wholeAdapter)(nil)
	_ Reactor      = (*wholeAdapter)(nil)
	_ Typer        = (*wholeAdapter)(nil)
	_ Membership   = (*wholeAdapter)(nil)
	_ TopicSetter  = (*wholeAdapter)(nil)
	_ MemberLister = (*wholeAdapter)(nil)
	_ RoomFinder   = (*wholeAdapter)(nil)
)

func (a *wholeAdapter) note(what ...any) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.did = append(a.did, strings.TrimSpace(fmt.Sprintln(what...)))
	if errors.Is(a.err, errPanic) {
		panic(a.err)
	}
	return a.err
}

var errPanic = errors.New("panic")

func (a *wholeAdapter) UpdateMessage(_ context.Context, at MessageRef, text string) error {
	return a.note("update", at.ID, "in", at.Room, at.Thread, "to", text, at.Token)
}

func (a *wholeAdapter) DeleteMessage(_ context.Context, at MessageRef) error {
	return a.note("delete", at.ID, "with", at.User)
}

func (a *wholeAdapter) SetReaction(_ context.Context, at MessageRef, emoji string, remove bool) error {
	return a.note("react", at.ID, emoji, remove)
}

func (a *wholeAdapter) Typing(_ context.Context, to Place, d time.Duration) error {
	return a.note("type", to.Room, d)
}
func (a *wholeAdapter) Join(_ context.Context, r RoomID) error  { return a.note("join", r) }
func (a *wholeAdapter) Leave(_ context.Context, r RoomID) error { return a.note("leave", r) }
func (a *wholeAdapter) Invite(_ context.Context, r RoomID, u UserID) error {
	return a.note("invite", u, r)
}

func (a *wholeAdapter) Remove(_ context.Context, r RoomID, u UserID) error {
	return a.note("remove", u, r)
}

func (a *wholeAdapter) SetTopic(_ context.Context, r RoomID, topic string) error {
	return a.note("topic", r, topic)
}

func (a *wholeAdapter) Members(_ context.Context, r RoomID) ([]User, error) {
	if r != "C1" {
		return nil, status.Error(codes.NotFound, "no such room")
	}
	return make([]User, 600), nil
}

func (a *wholeAdapter) Room(_ context.Context, id RoomID) (Room, error) {
	return Room{ID: id, Topic: "be kind"}, a.err
}

func (a *wholeAdapter) Describe() Description { return a.say }

func asked(id string, kind *ocov1.Operation) *ocov1.Frame {
	kind.IdempotencyToken = "token-" + id
	return frame(&ocov1.Delivery{DeliveryId: id, LeaseId: "lease-" + id, Payload: &ocov1.Delivery_Operation{Operation: kind}})
}

func inRoom(id string) *ocov1.Address {
	return &ocov1.Address{Room: &ocov1.RoomRef{By: &ocov1.RoomRef_RoomId{RoomId: id}}, Place: &ocov1.Address_ThreadId{ThreadId: "T"}}
}

func everyOperation() []*ocov1.Operation {
	topic := "be kind"
	with := &ocov1.Address{Room: &ocov1.RoomRef{By: &ocov1.RoomRef_UserId{UserId: "U1"}}}
	return []*ocov1.Operation{
		{Kind: &ocov1.Operation_Update{Update: &ocov1.UpdateOperation{Address: inRoom("C1"), MessageId: "m1", Content: &ocov1.Content{Text: "done"}}}},
		{Kind: &ocov1.Operation_Delete{Delete: &ocov1.DeleteOperation{Address: with, MessageId: "m2"}}},
		{Kind: &ocov1.Operation_Reaction{Reaction: &ocov1.ReactionOperation{Address: inRoom("C1"), MessageId: "m3", Emoji: "👍", Remove: true}}},
		{Kind: &ocov1.Operation_Membership{Membership: &ocov1.MembershipOperation{RoomId: "C1"}}},
		{Kind: &ocov1.Operation_Membership{Membership: &ocov1.MembershipOperation{RoomId: "C1", Leave: true}}},
		{Kind: &ocov1.Operation_Membership{Membership: &ocov1.MembershipOperation{RoomId: "C1", UserId: "U2"}}},
		{Kind: &ocov1.Operation_Membership{Membership: &ocov1.MembershipOperation{RoomId: "C1", UserId: "U2", Leave: true}}},
		{Kind: &ocov1.Operation_Room{Room: &ocov1.RoomOperation{RoomId: "C1", Topic: &topic}}},
	}
}

func TestOperationsReachTheAdapter(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b, a := newFakeBot(t), &wholeAdapter{}
		p := b.run(t, NewAdapter("chat", "test", a))
		for i, op := range everyOperation() {
			b.push(t, asked(fmt.Sprint("d", i), op))
		}
		later(rideAlong)
		want := "update m1 in C1 T to done token-d0|delete m2 with U1|react m3 👍 true|join C1|leave C1|invite U2 C1|remove U2 C1|topic C1 be kind"
		if got := strings.Join(a.did, "|"); got != want {
			t.Errorf("did\n%s, want\n%s", got, want)
		}
		got := b.completions()
		if len(got) != 8 {
			t.Fatalf("%d completions", len(got))
		}
		for _, c := range got {
			if s := c.GetDone().GetOperation().GetState(); s != ocov1.SendState_SEND_STATE_SENT {
				t.Errorf("%s: %v", c.GetDeliveryId(), c)
			}
		}
		p.end(t)
	})
}

// What is done in one room is done in its order, whatever it is.
func TestOperationsOfOneRoomComeOneAfterTheOther(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b, a := newFakeBot(t), &wholeAdapter{}
		hold := make(chan struct{})
		a.send = func(context.Context, Outgoing) (MessageID, error) {
			<-hold
			return "m1", a.note("send")
		}
		p := b.run(t, NewAdapter("chat", "test", a))
		b.push(t, toSend("s", "C1"))
		topic := "elsewhere"
		for i, op := range append(everyOperation(), &ocov1.Operation{Kind: &ocov1.Operation_Room{Room: &ocov1.RoomOperation{RoomId: "C2", Topic: &topic}}}) {
			b.push(t, asked(fmt.Sprint("d", i), op))
		}
		if got := strings.Join(a.did, "|"); got != "delete m2 with U1|topic C2 elsewhere" {
			t.Errorf("what did not wait: %s", got)
		}
		close(hold)
		synctest.Wait()
		if len(a.did) != 10 || a.did[2] != "send" || !strings.HasPrefix(a.did[3], "update") || !strings.HasPrefix(a.did[9], "topic C1") {
			t.Errorf("order %q", a.did)
		}
		p.end(t)
	})
}

func TestErrorsOfOperationsMeanWhatThoseOfSendMean(t *testing.T) {
	for want, err := range map[string]error{
		"SEND_STATE_FAILED":                 errors.New("no such message"),
		"SEND_STATE_UNKNOWN":                MaybeSent(context.DeadlineExceeded),
		"retry":                             status.Error(codes.Unavailable, "reconnecting"),
		"retry 7s":                          RetryAfter(7 * time.Second),
		"SEND_STATE_UNKNOWN when it panics": errPanic,
	} {
		t.Run(want, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				b, a := newFakeBot(t), &wholeAdapter{err: err}
				p := b.run(t, NewAdapter("chat", "test", a))
				for i, op := range everyOperation() {
					b.push(t, asked(fmt.Sprint("d", i), op))
				}
				later(rideAlong)
				got := b.completions()
				if len(got) != 8 {
					t.Fatalf("%d completions", len(got))
				}
				for _, c := range got {
					text := c.GetDone().GetOperation().GetState().String()
					if r := c.GetRetry(); r != nil {
						text = "retry"
						if r.GetDelay() != nil {
							text += " " + r.GetDelay().AsDuration().String()
						}
					}
					if !strings.HasPrefix(want, text) {
						t.Errorf("%s: got %s, want %s", c.GetDeliveryId(), text, want)
					}
				}
				p.end(t)
			})
		})
	}
}

// An adapter without the interface fails what it cannot do, and says so.
func TestOperationsThatAnAdapterDoesNotKnow(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		p := b.run(t, NewAdapter("chat", "test", &testAdapter{}))
		for i, op := range append(everyOperation(), &ocov1.Operation{}) {
			b.push(t, asked(fmt.Sprint("d", i), op))
		}
		later(rideAlong)
		got := b.completions()
		if len(got) != 9 {
			t.Fatalf("%d completions", len(got))
		}
		for _, c := range got {
			if codes.Code(c.GetFail().GetError().GetCode()) != codes.Unimplemented {
				t.Errorf("%s: %v", c.GetDeliveryId(), c)
			}
		}
		p.end(t)
	})
}

// lister has a roster and nothing that looks one room up.
type lister struct{ *testAdapter }

func (lister) Rooms(context.Context) ([]Room, error) {
	return []Room{{ID: "C1"}, {ID: "C2", Name: "dev"}}, nil
}

func TestQueriesAboutRooms(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b, a := newFakeBot(t), &wholeAdapter{}
		p := b.run(t, NewAdapter("chat", "test", a))
		ask := func(q *ocov1.Query) *ocov1.QueryAnswer {
			q.QueryId, q.Timeout = fmt.Sprint(len(b.seen().answers)), durationpb.New(time.Second)
			b.push(t, &ocov1.Frame{Kind: &ocov1.Frame_Query{Query: q}})
			return b.seen().answers[len(b.seen().answers)-1]
		}
		members := func(room, token string) *ocov1.Query {
			return &ocov1.Query{Kind: &ocov1.Query_Members{Members: &ocov1.MembersQuery{RoomId: room, PageToken: token}}}
		}
		room := ask(&ocov1.Query{Kind: &ocov1.Query_Room{Room: &ocov1.RoomQuery{RoomId: "C1"}}})
		if r := room.GetRooms(); len(r) != 1 || r[0].GetTopic() != "be kind" {
			t.Errorf("room: %v", room)
		}
		first := ask(members("C1", ""))
		if rest := ask(members("C1", first.GetNextPageToken())); len(first.GetUsers()) != 500 || len(rest.GetUsers()) != 100 {
			t.Errorf("%d and %d members", len(first.GetUsers()), len(rest.GetUsers()))
		}
		if got := ask(members("C2", "")); codes.Code(got.GetError().GetCode()) != codes.NotFound {
			t.Errorf("members of a room that is not there: %v", got)
		}
		typing := &ocov1.TypingQuery{To: inRoom("C1"), Duration: durationpb.New(10 * time.Second)}
		if got := ask(&ocov1.Query{Kind: &ocov1.Query_Typing{Typing: typing}}); got.GetError() != nil || strings.Join(a.did, "") != "type C1 10s" {
			t.Errorf("typing: %v, %q", got, a.did)
		}
		p.end(t)
		listed := newFakeBot(t)
		p = listed.run(t, NewAdapter("chat", "test", lister{&testAdapter{}}))
		for _, id := range []string{"C2", "C3"} {
			listed.push(t, &ocov1.Frame{Kind: &ocov1.Frame_Query{Query: &ocov1.Query{Kind: &ocov1.Query_Room{Room: &ocov1.RoomQuery{RoomId: id}}}}})
		}
		if got := listed.seen().answers; len(got) != 2 || got[0].GetRooms()[0].GetName() != "dev" || codes.Code(got[1].GetError().GetCode()) != codes.NotFound {
			t.Errorf("rooms of a roster alone: %v", got)
		}
		p.end(t)
		small := newFakeBot(t)
		p = small.run(t, NewAdapter("chat", "test", struct{ Adapter }{&testAdapter{}}))
		small.push(t, &ocov1.Frame{Kind: &ocov1.Frame_Query{Query: members("C1", "")}})
		if got := small.seen().answers; len(got) != 1 || codes.Code(got[0].GetError().GetCode()) != codes.Unimplemented {
			t.Errorf("answers of a small adapter: %v", got)
		}
		p.end(t)
	})
}

func TestLevelsFollowTheInterfaces(t *testing.T) {
	level := func(a Adapter) map[string]ocov1.CapabilityLevel {
		return NewAdapter("chat", "test", a).manifest().GetAdapter().GetCapabilities().GetLevels()
	}
	whole := level(&wholeAdapter{say: Description{Levels: map[Capability]Level{CanReact: LevelDropped, CanThread: LevelFull}}})
	for _, name := range []string{"edit", "delete", "typing", "membership", "topic", "members", "roster", "thread"} {
		if whole[name] != ocov1.CapabilityLevel_CAPABILITY_LEVEL_FULL {
			t.Errorf("%s is at %v", name, whole[name])
		}
	}
	if whole["reaction"] != ocov1.CapabilityLevel_CAPABILITY_LEVEL_DROPPED {
		t.Errorf("reactions are at %v", whole["reaction"])
	}
	type boaster struct {
		Adapter
		Describer
	}
	said := &wholeAdapter{say: Description{Levels: map[Capability]Level{CanEdit: LevelFallback, CanDelete: LevelFull, CanSetTopic: LevelRejected}}}
	small := level(boaster{said, said})
	if _, there := small["delete"]; there || small["edit"] != ocov1.CapabilityLevel_CAPABILITY_LEVEL_FALLBACK ||
		small["topic"] != ocov1.CapabilityLevel_CAPABILITY_LEVEL_REJECTED || small["roster"] != ocov1.CapabilityLevel_CAPABILITY_LEVEL_REJECTED {
		t.Errorf("an adapter that says more than it can: %v", small)
	}
	if said.say.Levels[CanDelete] != LevelFull {
		t.Error("the adapter's own map was changed")
	}
}

func TestLevelsOfRoomsComeWithTheStatus(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b, a := newFakeBot(t), &wholeAdapter{say: Description{RoomLevels: map[RoomID]map[Capability]Level{}}}
		for i := range maxRoomLevels + 1 {
			a.say.RoomLevels[RoomID(fmt.Sprintf("C%04d", i))] = map[Capability]Level{CanEdit: LevelRejected}
		}
		p := b.run(t, NewAdapter("chat", "test", a))
		rooms := b.seen().reports[0].GetRooms()
		if len(rooms) != maxRoomLevels || rooms[1].GetRoomId() != "C0001" || rooms[1].GetCapabilities().GetLevels()["edit"] != ocov1.CapabilityLevel_CAPABILITY_LEVEL_REJECTED {
			t.Errorf("%d rooms, %v", len(rooms), rooms[1])
		}
		p.end(t)
	})
}

func TestEventsBesideMessagesAreTyped(t *testing.T) {
	at := Incoming{ID: "e", Room: Room{ID: "C1", Kind: RoomChannel}, Actor: User{ID: "op"}}
	with := func(change func(*Incoming)) *ocov1.Event {
		t.Helper()
		in := at
		change(&in)
		ev, err := in.wire()
		if err != nil {
			t.Fatal(err)
		}
		return ev
	}
	r := with(func(in *Incoming) { in.Reaction = &Reaction{Message: "m", Emoji: "\xff", Removed: true} }).GetReaction()
	if r.GetMessageId() != "m" || r.GetEmoji() != "\uFFFD" || !r.GetRemoved() {
		t.Errorf("reaction %v", r)
	}
	kicked := with(func(in *Incoming) { in.Member = &MemberChange{User: User{ID: "u"}, Left: true} })
	if kicked.GetActor().GetUserId() != "op" || kicked.GetMember().GetUser().GetUserId() != "u" || !kicked.GetMember().GetLeft() {
		t.Errorf("member %v", kicked)
	}
	came := with(func(in *Incoming) { in.Actor, in.Member = User{}, &MemberChange{User: User{ID: "u"}} })
	if came.GetActor().GetUserId() != "u" || came.GetAddress().GetRoom().GetRoomId() != "C1" {
		t.Errorf("who came by themselves: %v", came)
	}
	made := with(func(in *Incoming) { in.RoomChange = &RoomChange{Room: Room{ID: "C2", Name: "dev"}} }).GetRoom()
	if made.GetChange() != ocov1.Change_CHANGE_CREATED || made.GetRoom().GetName() != "dev" {
		t.Errorf("room %v", made)
	}
	for _, bad := range []Incoming{at, {ID: "e", Reaction: &Reaction{}, Custom: &CustomEvent{Type: "x"}}} {
		if _, err := bad.wire(); err == nil || !strings.Contains(err.Error(), "exactly one") {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}

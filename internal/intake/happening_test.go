package intake_test

import (
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/record"
	"github.com/openchatops/oco/internal/route"
	"github.com/openchatops/oco/internal/store"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// happenings are the types of events that are no messages and that the bot gives.
var happenings = []string{
	"reaction.added", "reaction.removed", "room.member_joined", "room.member_left", "room.created", "room.updated", "room.deleted",
}

// happened is an event of somebody in #ops.
func happened(user string, kind any) *ocov1.Event {
	e := said(user, "")
	switch k := kind.(type) {
	case *ocov1.ReactionEvent:
		e.Kind = &ocov1.Event_Reaction{Reaction: k}
	case *ocov1.MemberEvent:
		e.Kind = &ocov1.Event_Member{Member: k}
	case *ocov1.RoomEvent:
		e.Kind = &ocov1.Event_Room{Room: k}
	case *ocov1.CustomEvent:
		e.Kind = &ocov1.Event_Custom{Custom: k}
	}
	return e
}

func reacted() *ocov1.ReactionEvent { return &ocov1.ReactionEvent{MessageId: "m7", Emoji: "👍"} }

func joined(user string) *ocov1.MemberEvent {
	return &ocov1.MemberEvent{User: &ocov1.User{UserId: user, Groups: []string{"ops"}, PrincipalId: "forged"}}
}

func changed(c ocov1.Change) *ocov1.RoomEvent {
	return &ocov1.RoomEvent{Change: c, Room: &ocov1.Room{
		RoomId: "#ops", Name: "ops", Topic: "calm", Alias: "forged", AccountId: "x", Capabilities: &ocov1.Capabilities{MaxTextLength: 1},
	}}
}

// listen leaves one route, for one type.
func (b *bench) listen(typ string) {
	b.table = tableOf(b.t, route.Definition{Kind: route.Event, ID: "1", Name: "only", Types: []string{typ}})
}

// delivered is the event as handlers see it, nil if nobody does.
func (b *bench) delivered(e *ocov1.Event) *ocov1.Event {
	b.t.Helper()
	got, err := b.publish(e)
	if err != nil {
		b.t.Fatal(err)
	}
	if len(got.Deliveries) == 0 {
		return nil
	}
	out := new(ocov1.Event)
	if err := proto.Unmarshal(got.Payload, out); err != nil {
		b.t.Fatal(err)
	}
	return out
}

// Each kind of event reaches the routes that name its type and no other
// (OCO-OPS-20, OCO-RTE-19).
func TestWhatHappensReachesItsRoutes(t *testing.T) {
	removed := reacted()
	removed.Removed = true
	left := joined("bob")
	left.Left = true
	for want, kind := range map[string]proto.Message{
		"reaction.added": reacted(), "reaction.removed": removed, "room.member_joined": joined("bob"), "room.member_left": left,
		"room.created": changed(ocov1.Change_CHANGE_CREATED), "room.updated": changed(ocov1.Change_CHANGE_UPDATED), "room.deleted": changed(ocov1.Change_CHANGE_DELETED),
	} {
		for _, typ := range happenings {
			b := newBench(t)
			b.listen(typ)
			if got := b.delivered(happened("alice", proto.Clone(kind))); (got != nil) != (typ == want) {
				t.Errorf("%s on a route of %s: %v", want, typ, got)
			}
		}
	}
}

// They are told in the bot's ids: a message of the bot's own by the bot's id, and
// what only the bot knows of users and rooms is the bot's (OCO-OPS-23,
// OCO-SEC-11, OCO-IDS-3).
func TestWhatHappensIsToldInTheBotsIDs(t *testing.T) {
	b := newBench(t)
	batch := store.Batch{}
	batch.Put(delivery.ServiceKey("account:1", "m-own"), []byte("d1/answer"))
	if _, err := b.store.Apply(&batch); err != nil {
		t.Fatal(err)
	}
	for service, id := range map[string]string{"m7": "msg:1:m7", "m-own": "d1/answer"} {
		r := reacted()
		r.MessageId = service
		e := b.delivered(happened("alice", r))
		if e.GetReaction().GetMessageId() != id || e.GetReaction().GetEmoji() != "👍" || e.GetActor().GetUserId() != "user:1:alice" || e.GetAddress().GetRoom().GetRoomId() != "room:1:~23ops" {
			t.Errorf("%v", e)
		}
	}
	e := b.delivered(happened("alice", joined("olga")))
	if u := e.GetMember().GetUser(); u.GetUserId() != "user:1:olga" || u.GetAccountId() != "account:1" || u.GetPrincipalId() != "" || !slices.Contains(u.GetGroups(), "ops") || u.GetIsSelf() {
		t.Errorf("%v", e)
	}
	if u := b.delivered(happened("alice", joined("bob"))).GetMember().GetUser(); slices.Contains(u.GetGroups(), "ops") {
		t.Errorf("%v has the groups that the adapter gave", u)
	}
	for _, withAddress := range []bool{true, false} {
		in := happened("alice", changed(ocov1.Change_CHANGE_UPDATED))
		if !withAddress {
			in.Address = nil
		}
		e := b.delivered(in)
		want := &ocov1.Room{RoomId: "room:1:~23ops", AccountId: "account:1", Name: "ops", Topic: "calm"}
		if !proto.Equal(e.GetRoom().GetRoom(), want) || e.GetAddress().GetRoom().GetRoomId() != want.RoomId {
			t.Errorf("%v", e)
		}
	}
	long := strings.Repeat("é", 200)
	got, err := b.publish(happened("alice", joined(long)))
	if err != nil || len(got.Writes) != 1 || string(got.Writes[0].Value) != long {
		t.Errorf("%+v, %v", got.Writes, err)
	}
}

// What the bot does is not told to handlers, but where it came in and left; nor is
// what is of the past (OCO-OPS-21).
func TestWhatTheBotDoesIsNotTold(t *testing.T) {
	self := func(e *ocov1.Event) *ocov1.Event { e.Actor.IsSelf = true; return e }
	past := happened("alice", reacted())
	past.Historical = true
	for name, c := range map[string]struct {
		event *ocov1.Event
		told  bool
	}{
		"its reaction":          {happened("bot", reacted()), false},
		"its reaction, said so": {self(happened("x", reacted())), false},
		"its topic":             {happened("bot", changed(ocov1.Change_CHANGE_UPDATED)), false},
		"whom it invited":       {happened("bot", joined("bob")), false},
		"it came":               {happened("bot", joined("bot")), true},
		"it was invited":        {happened("alice", joined("bot")), true},
		"of the past":           {past, false},
		"another bot's":         {func() *ocov1.Event { e := happened("ci", reacted()); e.Actor.Bot = true; return e }(), true},
	} {
		e := newBench(t).delivered(c.event)
		if (e != nil) != c.told {
			t.Errorf("%s: %v", name, e)
		}
		if e.GetMember() != nil && !e.GetMember().GetUser().GetIsSelf() {
			t.Errorf("%s: nobody says that it is the bot: %v", name, e)
		}
	}
}

// Who may not use a route does not cause a delivery to it, and is not told.
func TestWhatHappensIsAuthorised(t *testing.T) {
	b := newBench(t)
	for user, want := range map[string]int{"alice": 1, "olga": 2} {
		got, err := b.publish(happened(user, reacted()))
		if err != nil || len(got.Deliveries) != want || len(got.Sends) != 0 {
			t.Errorf("%s: %+v, %v", user, got.Deliveries, err)
		}
	}
	// Nobody says who did it: only routes for everyone take it.
	e := happened("alice", joined("bob"))
	e.Actor = nil
	if got, err := b.publish(e); err != nil || len(got.Deliveries) != 1 {
		t.Errorf("%+v, %v", got.Deliveries, err)
	}
}

// A custom event cannot pass for what the chat service does, and what lacks a part
// or has too much is not admitted (OCO-OPS-16, OCO-OPS-22).
func TestWhatCannotHaveHappened(t *testing.T) {
	custom := func(typ string) *ocov1.Event { return happened("alice", &ocov1.CustomEvent{Type: typ}) }
	nowhere := func(e *ocov1.Event) *ocov1.Event { e.Address = nil; return e }
	nobody := func(e *ocov1.Event) *ocov1.Event { e.Actor = nil; return e }
	emoji := func(n int) *ocov1.Event {
		return happened("alice", &ocov1.ReactionEvent{MessageId: "m", Emoji: strings.Repeat("x", n)})
	}
	elsewhere := changed(ocov1.Change_CHANGE_CREATED)
	elsewhere.Room.RoomId = "#dev"
	for name, c := range map[string]struct {
		event *ocov1.Event
		want  chat.Reason
	}{
		"message.created": {custom("message.created"), chat.FieldInvalid}, "reaction.added": {custom("reaction.added"), chat.FieldInvalid},
		"room.renamed": {custom("room.renamed"), chat.FieldInvalid}, "room": {custom("room"), chat.FieldInvalid}, "no type": {custom(""), chat.FieldInvalid},
		"x.room.created": {custom("x.room.created"), ""}, "rooms.full": {custom("rooms.full"), ""}, "nobody's": {nobody(nowhere(custom("x.y"))), ""},
		"emoji": {emoji(64), ""}, "emoji+1": {emoji(65), chat.TooLarge}, "no emoji": {emoji(0), chat.FieldInvalid},
		"no message":      {happened("alice", &ocov1.ReactionEvent{Emoji: "x"}), chat.FieldInvalid},
		"reacted nowhere": {nowhere(happened("alice", reacted())), chat.FieldInvalid}, "nobody reacted": {nobody(happened("alice", reacted())), chat.FieldInvalid},
		"nobody joined": {happened("alice", &ocov1.MemberEvent{}), chat.FieldInvalid}, "joined nowhere": {nowhere(happened("alice", joined("bob"))), chat.FieldInvalid},
		"no room": {happened("alice", &ocov1.RoomEvent{Change: 1}), chat.FieldInvalid}, "no change": {happened("alice", changed(0)), chat.FieldInvalid},
		"odd change": {happened("alice", changed(4)), chat.FieldInvalid}, "two rooms": {happened("alice", elsewhere), chat.FieldInvalid},
	} {
		_, err := newBench(t).publish(c.event)
		if got := reasonOf(err); got != c.want {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// An id of the chat service's own has a bound wherever it stands: of one that is
// long a row is kept for ever (OCO-SIZ-23).
func TestIDsToTheBrimAndOneMore(t *testing.T) {
	at := func(n int) map[string]*ocov1.Event {
		long := strings.Repeat("x", n)
		room := happened("alice", reacted())
		room.Address = &ocov1.Address{Room: &ocov1.RoomRef{By: &ocov1.RoomRef_RoomId{RoomId: long}}}
		mentions := said("alice", "ping")
		mentions.GetMessage().GetMessage().Mentions = []*ocov1.Mention{{Target: &ocov1.Mention_UserId{UserId: long}}}
		answers := said("alice", "ping")
		answers.GetMessage().GetMessage().ReplyTo = long
		return map[string]*ocov1.Event{
			"actor": happened(long, reacted()), "member": happened("alice", joined(long)), "room": room,
			"message": happened("alice", &ocov1.ReactionEvent{MessageId: long, Emoji: "x"}), "mention": mentions, "answer": answers,
		}
	}
	for n, want := range map[int]chat.Reason{1 << 10: "", 1<<10 + 1: chat.TooLarge} {
		for name, e := range at(n) {
			if _, err := newBench(t).publish(e); reasonOf(err) != want {
				t.Errorf("%s of %d bytes: %v, want %q", name, n, err, want)
			}
		}
	}
}

func reasonOf(err *chat.Error) chat.Reason {
	if err == nil {
		return ""
	}
	return err.Reason
}

// What happened can be run again by an operator, as messages can.
func TestWhatHappenedIsRunAgain(t *testing.T) {
	b := newBench(t)
	got, err := b.publish(happened("alice", reacted()))
	if err != nil || len(got.Deliveries) != 1 {
		t.Fatal(got, err)
	}
	b.keep(failed, &record.Delivery{Event: got.ID, Plugin: "h", Route: "all", User: "user:1:alice", Outcome: uint32(chat.Failed)}, got.Payload)
	if _, err := b.in.Retry(t.Context(), failed, "the command line"); err != nil {
		t.Fatal(err)
	}
	if again := b.other[0].(delivery.RetryOf).New; again.Route.Name != "all" {
		t.Errorf("%+v", again)
	}
}

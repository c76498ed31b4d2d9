package intake_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/openchatops/oco/internal/authz"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/intake"
	"github.com/openchatops/oco/internal/record"
	"github.com/openchatops/oco/internal/route"
	"github.com/openchatops/oco/internal/store"
	"github.com/openchatops/oco/internal/store/pebblestore"
	"github.com/openchatops/oco/internal/texts"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// A bench is an intake whose engine keeps what it is given.
type bench struct {
	ready   func() // what the bot waits for before it decides
	decides func() // called while it decides
	t       *testing.T
	in      *intake.Intake
	table   *route.Table
	store   store.Store
	admits  []delivery.Admit
	other   []delivery.Input
	codes   map[string]bool
	claimed []string
	address route.Address
	held    map[string]int
	seen    map[[16]byte]bool // events that were admitted before
	paused  []string
	life    map[string]*ocov1.ShowRecordResponse
	open    []*ocov1.DeliveryRecord // the newest first
	state   *ocov1.GetStatusResponse
	broken  error // what records and control answer
	events  int
}

func (b *bench) ShowRecord(_ context.Context, req *ocov1.ShowRecordRequest, _ *texts.Catalogue) (*ocov1.ShowRecordResponse, error) {
	if life := b.life[req.GetId()]; life != nil {
		return proto.CloneOf(life), b.broken
	}
	return nil, chat.Refuse(chat.DeliveryNotFound, "nothing is recorded under %q", req.GetId())
}

func (b *bench) OpenList(_ context.Context, most int) ([]*ocov1.DeliveryRecord, int, error) {
	return b.open[:min(most, len(b.open))], len(b.open), b.broken
}

func (b *bench) GetStatus(context.Context, *ocov1.GetStatusRequest) (*ocov1.GetStatusResponse, error) {
	return b.state, b.broken
}

func (b *bench) Pause(_ context.Context, plugin string, paused bool, by, reason string) error {
	if plugin == "nobody" {
		return chat.Refuse(chat.PluginNotFound, "no plugin is called nobody").Saying(texts.NoSuchPlugin, "plugin", "nobody")
	}
	if b.broken == nil {
		b.paused = append(b.paused, fmt.Sprintf("%s %v by %s: %s", plugin, paused, by, reason))
	}
	return b.broken
}

func (b *bench) Store() store.Store { return b.store }

func (b *bench) Do(_ context.Context, in delivery.Input) (any, error) {
	switch in := in.(type) {
	case delivery.Admit:
		b.admits = append(b.admits, in)
		return delivery.Admitted{Admitted: len(in.Events)}, nil
	case delivery.Seen:
		return b.seen[in.Dedup], nil
	case delivery.RetryOf:
		b.other = append(b.other, in)
		return in.New.ID, nil
	}
	b.t.Fatalf("unexpected input %T", in)
	return nil, nil
}

func (b *bench) Void(code string) bool {
	ok := b.codes[code]
	delete(b.codes, code)
	return ok
}

func (b *bench) Redeem(code, user string) (delivery.Write, bool) {
	ok := b.codes[code]
	delete(b.codes, code)
	return delivery.Write{Key: []byte("c/" + user), Value: []byte("x")}, ok
}

func newBench(t *testing.T) *bench {
	t.Helper()
	st, err := pebblestore.OpenMemory(pebblestore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	b := &bench{t: t, store: st, codes: map[string]bool{"claim-abc": true}, address: route.Address{Name: "oco"}, held: map[string]int{}, seen: map[[16]byte]bool{}}
	b.table = tableOf(t,
		route.Definition{Kind: route.Command, ID: "1", Patterns: []string{"ping"}},
		route.Definition{Kind: route.Command, ID: "2", Patterns: []string{"scale {app} {n:integer}"}},
		route.Definition{Kind: route.Command, ID: "3", Patterns: []string{"deploy {app}"}, Allow: []string{"ops"}},
		route.Definition{Kind: route.Command, ID: "4", Patterns: []string{"retry {build}"}},
		route.Definition{Kind: route.Hear, ID: "5", Name: "beer", Regex: "beer"},
		route.Definition{Kind: route.Event, ID: "6", Name: "deployed", Types: []string{"x.deployed"}},
		route.Definition{Kind: route.Event, ID: "8", Name: "all", Types: happenings},
		route.Definition{Kind: route.Event, ID: "9", Name: "guarded", Types: []string{"reaction.added"}, Allow: []string{"ops"}},
		route.Definition{Kind: route.Command, ID: "7", Patterns: []string{"approve {who}"}, Allow: []string{"ops"}, Danger: true},
	)
	b.in = intake.New(intake.Options{
		Engine: b, Table: b.routes, Rules: intake.Rules{Address: b.address}, Records: b, Control: b, Held: func(h intake.Held) { b.held[h.Why]++ },
		People: authz.New(map[string][]string{"ops": {"user:1:olga"}}, []string{"user:1:olga"}), Claims: b,
		Claimed: func(user string) { b.claimed = append(b.claimed, user) },
		Self:    func(string) string { return "user:1:bot" },
		Now:     func() time.Time { return time.Unix(1000, 0) },
		Ready: func(context.Context) {
			if b.ready != nil {
				b.ready()
			}
		},
	})
	return b
}

func (b *bench) routes() *route.Table {
	if b.decides != nil {
		b.decides()
	}
	return b.table
}

func tableOf(t *testing.T, defs ...route.Definition) *route.Table {
	t.Helper()
	var routes []*route.Route
	for _, d := range defs {
		r, err := route.Compile("h", d)
		if err != nil {
			t.Fatal(err)
		}
		routes = append(routes, r)
	}
	table, impaired := route.NewTable(routes, nil)
	if len(impaired) > 0 {
		t.Fatal(impaired)
	}
	return table
}

func said(user, text string, change ...func(*ocov1.Event)) *ocov1.Event {
	e := &ocov1.Event{
		EventId: "e1", Actor: &ocov1.User{UserId: user, Name: user},
		Address: &ocov1.Address{Room: &ocov1.RoomRef{By: &ocov1.RoomRef_RoomId{RoomId: "#ops"}}},
		Kind: &ocov1.Event_Message{Message: &ocov1.MessageEvent{
			Change: ocov1.Change_CHANGE_CREATED, Message: &ocov1.Message{MessageId: "m1", Content: &ocov1.Content{Text: text}},
		}},
	}
	for _, c := range change {
		c(e)
	}
	return e
}

func direct(e *ocov1.Event)     { e.RoomKind = ocov1.RoomKind_ROOM_KIND_DIRECT }
func fromBot(e *ocov1.Event)    { e.Actor.Bot = true }
func own(e *ocov1.Event)        { e.Actor.IsSelf = true }
func edited(e *ocov1.Event)     { e.GetMessage().Change = ocov1.Change_CHANGE_UPDATED }
func quoted(e *ocov1.Event)     { e.GetMessage().Forwarded = true }
func historical(e *ocov1.Event) { e.Historical = true }

// publish returns what became of one event.
func (b *bench) publish(e *ocov1.Event) (delivery.Event, *chat.Error) {
	b.t.Helper()
	_, _, bad, err := b.in.Publish(context.Background(), delivery.Replica{Plugin: "a", Name: "r"}, &ocov1.PublishEventsRequest{AccountId: "account:1", Epoch: 7, Events: []*ocov1.Event{e}}, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	if len(bad) > 0 {
		return delivery.Event{}, bad[0].Err
	}
	last := b.admits[len(b.admits)-1]
	return last.Events[0], nil
}

// What becomes of a message: the routes that take it, or the answer of the bot
// (OCO-SEC-10, OCO-IDS-5, OCO-RTE-18).
func TestResolution(t *testing.T) {
	for _, c := range []struct {
		name, want string // route, or "answer: part", or "" for nothing
		event      *ocov1.Event
	}{
		{"command by name", "ping", said("alice", "oco: ping")},
		{"not addressed", "", said("alice", "ping")},
		{"a word that only begins so", "", said("alice", "ocopus ping")},
		{"direct room", "ping", said("alice", "ping", direct)},
		{"heard", "beer", said("alice", "some beer?")},
		{"bad value", "answer: Usage: scale {app} {n:integer}", said("alice", "oco scale web many")},
		{"near miss", "answer: Did you mean", said("alice", "oco pnig")},
		{"nothing like it", "answer: There is no command", said("alice", "oco frobnicate the widgets")},
		{"may not", "refused deploy", said("alice", "oco deploy web")},
		{"may", "deploy", said("olga", "oco deploy web")},
		{"a name is no identity", "refused deploy", said("mallory", "oco deploy web", func(e *ocov1.Event) { e.Actor.Name = "olga"; e.Actor.Groups = []string{"ops"} })},
		{"another bot", "", said("alice", "oco: ping", fromBot)},
		{"its own message", "", said("bot", "oco: ping", own)},
		{"an edit is no order", "", said("alice", "oco: ping", edited)},
		{"a quote is no order", "", said("alice", "oco: ping", quoted)},
		{"of the past", "", said("alice", "oco: ping", historical)},
		{"unknown delivery", "answer: I know of no d0123456789ab", said("alice", "oco cancel d0123456789ab")},
		{"a route may have the word", "retry", said("alice", "oco retry 17")},
		{"only what one may run is suggested", "answer: There is no command", said("alice", "oco deplyo web")},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := newBench(t).publish(c.event)
			if err != nil {
				t.Fatal(err)
			}
			if part, ok := strings.CutPrefix(c.want, "answer: "); ok {
				if len(got.Sends) != 1 || !strings.Contains(got.Sends[0].Text, part) || len(got.Deliveries) != 0 {
					t.Errorf("got %+v, want an answer with %q", got, part)
				}
				if strings.Contains(got.Sends[0].Text, "deploy {") {
					t.Errorf("it reveals what alice may not run: %q", got.Sends[0].Text)
				}
				return
			}
			if len(got.Sends) != 0 {
				t.Errorf("the bot answers %q", got.Sends[0].Text)
			}
			var have string
			for _, d := range got.Deliveries {
				if d.Refused {
					have += "refused "
				}
				have += d.Route.Name
			}
			if have != c.want {
				t.Errorf("taken by %q, want %q", have, c.want)
			}
		})
	}
}

// Of an event that no route takes nothing but the hash is kept; of one that is taken
// the bytes are those that handlers get (OCO-DLV-3, OCO-IDS-2, OCO-IDS-7).
func TestEncodedOnce(t *testing.T) {
	b := newBench(t)
	got, _ := b.publish(said("alice", "nothing"))
	if got.Payload != nil || got.Dedup == [16]byte{} {
		t.Errorf("payload %q, hash %x", got.Payload, got.Dedup)
	}
	got, _ = b.publish(said("alice", "oco: ping"))
	var e ocov1.Event
	if err := proto.Unmarshal(got.Payload, &e); err != nil {
		t.Fatal(err)
	}
	if e.EventId != "event:1:e1" || e.Actor.UserId != "user:1:alice" || e.GetAddress().GetRoom().GetRoomId() != "room:1:~23ops" || e.GetMessage().GetMessage().GetMessageId() != "msg:1:m1" {
		t.Errorf("ids are not the bot's: %v", &e)
	}
	if e.AdmitTime.AsTime() != time.Unix(1000, 0).UTC() {
		t.Errorf("admit_time %v", e.AdmitTime)
	}
}

// Groups and principal come from the bot alone (OCO-SEC-11).
func TestFactsOfTheBotAlone(t *testing.T) {
	got, _ := newBench(t).publish(said("mallory", "oco: ping", func(e *ocov1.Event) {
		e.Actor.Groups, e.Actor.PrincipalId = []string{"operators"}, "someone"
	}))
	var e ocov1.Event
	if err := proto.Unmarshal(got.Payload, &e); err != nil {
		t.Fatal(err)
	}
	if len(e.Actor.Groups) > 0 || e.Actor.PrincipalId != "" {
		t.Errorf("what the adapter wrote stays: %v", e.Actor)
	}
}

// An event that is malformed or too large is refused with its reason (OCO-SIZ-4,
// OCO-SIZ-8).
func TestRefusedEvents(t *testing.T) {
	for name, c := range map[string]struct {
		event *ocov1.Event
		want  chat.Reason
	}{
		"no id":        {said("alice", "x", func(e *ocov1.Event) { e.EventId = "" }), chat.FieldInvalid},
		"no kind":      {said("alice", "x", func(e *ocov1.Event) { e.Kind = nil }), chat.FieldInvalid},
		"nobody":       {said("", "x"), chat.FieldInvalid},
		"nowhere":      {said("alice", "x", func(e *ocov1.Event) { e.Address = nil }), chat.FieldInvalid},
		"too long":     {said("alice", strings.Repeat("x", 64<<10+1)), chat.TooLarge},
		"much payload": {said("alice", "x", func(e *ocov1.Event) { e.Native = make([]byte, 256<<10+1) }), chat.TooLarge},
	} {
		if _, err := newBench(t).publish(c.event); err == nil || err.Reason != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	if _, err := newBench(t).publish(said("alice", strings.Repeat("x", 64<<10))); err != nil {
		t.Errorf("filled to the brim: %v", err)
	}
}

// A mention of the bot addresses it, somebody else's does not.
func TestMention(t *testing.T) {
	mention := func(user string) func(*ocov1.Event) {
		return func(e *ocov1.Event) {
			e.GetMessage().Message.Mentions = []*ocov1.Mention{{Target: &ocov1.Mention_UserId{UserId: user}, Start: 0, Length: 6}}
		}
	}
	b := newBench(t)
	if got, _ := b.publish(said("alice", "<@bot> ping", mention("bot"))); len(got.Deliveries) != 1 {
		t.Errorf("a mention does not address the bot: %+v", got)
	}
	if got, _ := b.publish(said("alice", "<@bob> ping", mention("bob"))); len(got.Deliveries) != 0 {
		t.Errorf("somebody else's mention does: %+v", got)
	}
}

// A code that is said in a direct room makes an operator, once; elsewhere it does not
// (OCO-SEC-17).
func TestClaim(t *testing.T) {
	b := newBench(t)
	got, _ := b.publish(said("alice", "claim-abc", direct))
	if len(got.Writes) != 1 || len(got.Sends) != 1 || len(b.claimed) != 1 || b.claimed[0] != "user:1:alice" {
		t.Errorf("%+v, claimed %v", got, b.claimed)
	}
	if got, _ := b.publish(said("mallory", "claim-abc", direct)); len(got.Writes) != 0 {
		t.Error("a code was taken twice")
	}
}

// A code that was said where others read it is known to them, so it is void.
func TestACodeThatOthersReadIsVoid(t *testing.T) {
	b := newBench(t)
	b.codes["claim-xyz"] = true
	if got, _ := b.publish(said("alice", "claim-xyz")); len(got.Sends) != 0 || b.codes["claim-xyz"] {
		t.Errorf("not said to the bot: %+v", got)
	}
	got, _ := b.publish(said("alice", "oco: claim-abc"))
	if len(got.Writes) != 0 || len(b.claimed) != 0 || len(got.Sends) != 1 || !strings.Contains(got.Sends[0].Text, "void") || strings.Contains(got.Sends[0].Text, "claim-abc") {
		t.Errorf("%+v", got)
	}
	if got, _ := b.publish(said("mallory", "claim-abc", direct)); len(got.Writes) != 0 || len(b.claimed) != 0 {
		t.Error("who read it became an operator by it")
	}
}

// The bot knows its own user by the id and needs no adapter to mark it
// (OCO-SEC-10, OCO-SEC-15).
func TestTheBotKnowsItself(t *testing.T) {
	b := newBench(t)
	for _, text := range []string{"oco: ping", "beer", "oco: nonsense"} {
		if got, _ := b.publish(said("bot", text)); len(got.Deliveries)+len(got.Sends) != 0 {
			t.Errorf("%s: it answers itself: %+v", text, got)
		}
	}
}

// keep stores a delivery as the engine would have.
func (b *bench) keep(id string, rec *record.Delivery, payload []byte) {
	b.t.Helper()
	batch := store.Batch{Sync: true}
	for key, row := range map[string]proto.Message{
		string(delivery.EndedKey(id)): rec, string(delivery.EventKey(rec.Event)): &record.Event{Payload: payload, Deliveries: []string{id}},
	} {
		value, err := proto.Marshal(row)
		if err != nil {
			b.t.Fatal(err)
		}
		batch.Put([]byte(key), value)
	}
	if _, err := b.store.Apply(&batch); err != nil {
		b.t.Fatal(err)
	}
}

const failed = "d0123456789ab"

func (b *bench) fail(user, text string) {
	b.t.Helper()
	got, err := b.publish(said(user, text))
	if err != nil || len(got.Deliveries) != 1 {
		b.t.Fatalf("%+v %v", got, err)
	}
	n := got.Deliveries[0]
	b.keep(failed, &record.Delivery{
		Event: got.ID, Plugin: n.Route.Plugin, Route: n.Route.Name, User: n.User, Addressed: true,
		Place: &record.Place{Room: n.Place.Room}, Outcome: uint32(chat.Failed),
	}, got.Payload)
}

// A retry and a cancel are for who asked and for operators, and a retry is authorised
// afresh (OCO-DLV-38).
func TestRetry(t *testing.T) {
	b := newBench(t)
	b.fail("alice", "oco: ping")
	for _, word := range []string{"retry", "cancel"} {
		got, _ := b.publish(said("mallory", "oco "+word+" "+failed))
		if got.Word != nil || len(got.Sends) != 1 || !strings.Contains(got.Sends[0].Text, "Only who asked for "+failed) {
			t.Errorf("somebody else may %s it: %+v", word, got)
		}
	}
	for _, who := range []string{"alice", "olga"} {
		got, _ := b.publish(said(who, "oco retry "+failed))
		again, ok := got.Word.(delivery.RetryOf)
		if !ok || again.Old != failed || again.New.Route.Name != "ping" || again.New.User != "user:1:alice" {
			t.Errorf("%s: %+v", who, got)
		}
		got, _ = b.publish(said(who, "oco cancel "+failed))
		if _, ok := got.Word.(delivery.CancelOf); !ok {
			t.Errorf("%s cancels: %+v", who, got)
		}
	}
	id, err := b.in.Retry(context.Background(), failed, "the command line")
	if err != nil || !delivery.IsID(delivery.KindDelivery, id) {
		t.Errorf("by an operator's key: %q, %v", id, err)
	}
	if _, err := b.in.Retry(context.Background(), "d00000000000z", "x"); err == nil {
		t.Error("a delivery that is not there is retried")
	}
}

// Who may not run a route any more may not retry it either.
func TestRetryIsAuthorisedAfresh(t *testing.T) {
	b := newBench(t)
	b.fail("olga", "oco: deploy web")
	rec := &record.Delivery{}
	value, _ := b.store.Get(delivery.EndedKey(failed))
	if err := proto.Unmarshal(value, rec); err != nil {
		t.Fatal(err)
	}
	rec.User = "user:1:alice" // as if she had been in the group then
	event, _ := b.store.Get(delivery.EventKey(rec.Event))
	row := &record.Event{}
	if err := proto.Unmarshal(event, row); err != nil {
		t.Fatal(err)
	}
	b.keep(failed, rec, row.Payload)
	got, _ := b.publish(said("alice", "oco retry "+failed))
	if got.Word != nil || len(got.Sends) != 1 || !strings.Contains(got.Sends[0].Text, "may not run deploy") {
		t.Errorf("%+v", got)
	}
}

// Events that are not messages go to the routes of their type (OCO-RTE-19).
// What was refused because it cannot be read whole is not run by a retry either,
// whoever asks (OCO-RTE-24).
func TestARetryShowsWhatCannotBeSeen(t *testing.T) {
	b := newBench(t)
	b.fail("olga", "oco: approve al\u200bice")
	got, _ := b.publish(said("olga", "oco retry "+failed))
	if got.Word != nil || len(got.Sends) != 1 || !strings.Contains(got.Sends[0].Text, "cannot be seen") {
		t.Errorf("%+v", got)
	}
	if id, err := b.in.Retry(context.Background(), failed, "the command line"); err == nil {
		t.Errorf("by an operator's key it runs, as %s", id)
	}
}

// OCO-SIZ-21: an event is measured as it leaves for handlers, with the bot's own
// ids, which may be longer than those that came in; one that no route takes is
// not measured, for nothing of it is kept.
func TestEventsThatNoFrameHolds(t *testing.T) {
	const most = 2 << 20
	b := newBench(t)
	fill := func(n int) *ocov1.Event {
		data := map[string]*structpb.Value{"x": structpb.NewStringValue(strings.Repeat("x", n))}
		return &ocov1.Event{EventId: "e", Kind: &ocov1.Event_Custom{Custom: &ocov1.CustomEvent{
			Type: "x.deployed", Data: &structpb.Struct{Fields: data}}}}
	}
	got, err := b.publish(fill(most - 1000))
	if err != nil || len(got.Deliveries) != 1 {
		t.Fatalf("%+v %v", got.Deliveries, err)
	}
	brim := most - 1000 + most - len(got.Payload)
	if got, err := b.publish(fill(brim)); err != nil || len(got.Payload) != most {
		t.Errorf("filled to the brim: %d bytes, %v", len(got.Payload), err)
	}
	if _, err := b.publish(fill(brim + 1)); err == nil || err.Reason != chat.TooLarge || err.Details["limit"] != "2097152" {
		t.Errorf("one byte more: %v", err)
	}
	mentions := said("alice", "oco: ping")
	for range 200_000 { // 1.4 MiB as they come in
		m := mentions.GetMessage().GetMessage()
		m.Mentions = append(m.Mentions, &ocov1.Mention{Target: &ocov1.Mention_UserId{UserId: "a"}})
	}
	if _, err := b.publish(mentions); err == nil || err.Reason != chat.TooLarge {
		t.Errorf("large only with the ids of the bot: %v", err)
	}
	unmatched := fill(brim + 1)
	unmatched.GetCustom().Type = "x.nobody"
	if _, err := b.publish(unmatched); err != nil {
		t.Errorf("of no route: %v", err)
	}
}

func TestCustom(t *testing.T) {
	e := said("alice", "")
	e.Kind = &ocov1.Event_Custom{Custom: &ocov1.CustomEvent{Type: "x.deployed"}}
	got, err := newBench(t).publish(e)
	if err != nil || len(got.Deliveries) != 1 || got.Deliveries[0].Route.Name != "deployed" || got.Deliveries[0].Addressed {
		t.Errorf("%+v %v", got, err)
	}
}

// An id of the service that is too long becomes a hash with a row for the way back
// (OCO-IDS-4).
func TestLongIDs(t *testing.T) {
	long := strings.Repeat("é", 200)
	got, err := newBench(t).publish(said(long, "oco: ping"))
	if err != nil || len(got.Writes) != 1 || string(got.Writes[0].Value) != long {
		t.Fatalf("%+v %v", got.Writes, err)
	}
	id, _ := chat.Derive(chat.KindUser, 1, long)
	if string(got.Writes[0].Key) != string(intake.LongIDKey(id)) || !chat.ValidID(id) {
		t.Errorf("row %q for %q", got.Writes[0].Key, id)
	}
}

func TestNotAnAccount(t *testing.T) {
	_, _, _, err := newBench(t).in.Publish(context.Background(), delivery.Replica{}, &ocov1.PublishEventsRequest{AccountId: "account:01"}, nil)
	if err == nil {
		t.Error("account:01 was taken")
	}
}

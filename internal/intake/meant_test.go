package intake_test

import (
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/openchatops/oco/internal/authz"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/intake"
	"github.com/openchatops/oco/internal/record"
	"github.com/openchatops/oco/internal/route"
	"github.com/openchatops/oco/internal/store"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// ran has somebody say something whose delivery failed, and returns what it had.
func (b *bench) ran(user, text string, change ...func(*ocov1.Event)) string {
	b.t.Helper()
	got, refused := b.publish(said(user, text, change...))
	if refused != nil || len(got.Deliveries) == 0 {
		b.t.Fatalf("%v: %+v", refused, got)
	}
	d := got.Deliveries[len(got.Deliveries)-1]
	b.rows(map[string]proto.Message{
		string(delivery.EndedKey(failed)): &record.Delivery{Event: got.ID, Plugin: d.Route.Plugin, Route: d.Route.Name, User: d.User, Addressed: true, Place: &record.Place{Room: d.Place.Room}},
		string(delivery.EventKey(got.ID)): &record.Event{Payload: got.Payload, Meant: got.Meant, Deliveries: []string{d.ID}},
	})
	return arguments(b.t, d)
}

// rows puts rows into the store.
func (b *bench) rows(all map[string]proto.Message) {
	b.t.Helper()
	batch := store.Batch{Sync: true}
	for key, row := range all {
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

// again runs it again, by the word of somebody in chat, or with a key if that is
// empty, and returns what it has then, or why it does not run.
func (b *bench) again(user string) string {
	b.t.Helper()
	var again delivery.RetryOf
	if user == "" {
		if _, err := b.in.Retry(b.t.Context(), failed, "key"); err != nil {
			return err.Error()
		}
		again = b.other[len(b.other)-1].(delivery.RetryOf)
	} else {
		b.events++
		got, refused := b.publish(said(user, "oco retry "+failed, func(e *ocov1.Event) { e.EventId = "again" + user }))
		if refused != nil {
			b.t.Fatal(refused)
		}
		if got.Word == nil {
			return got.Sends[0].Text
		}
		again = got.Word.(delivery.RetryOf)
	}
	row := &record.Event{}
	value, err := b.store.Get(delivery.EventKey("event:1:e1"))
	if err == nil {
		err = proto.Unmarshal(value, row)
	}
	if err != nil {
		b.t.Fatal(err)
	}
	if again.Meant != nil { // as the machine does
		row.Meant = again.Meant
		b.rows(map[string]proto.Message{string(delivery.EventKey("event:1:e1")): row})
	}
	return arguments(b.t, again.New)
}

// What is run again has the arguments that it had: whom and when a name and a time
// meant when they were said, whoever has the name now and whatever the time is
// (OCO-RTE-57).
func TestARetryMeansWhatWasMeant(t *testing.T) {
	for _, by := range []string{"", "alice", "olga"} {
		town := newTown()
		now, zone := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC), "Europe/Berlin"
		b := town.in(newBench(t), func(o *intake.Options) { o.Now = func() time.Time { return now } })
		remind := b.ran("alice", "oco remind bob at tomorrow 9am", func(e *ocov1.Event) { e.Actor.TimeZone = zone })
		if remind != "who="+bob+" when=2026-07-02T07:00:00Z" {
			t.Fatal(remind)
		}
		town.questions()
		// A year later: Bob has gone, another has his name, and the bot has moved.
		now = now.AddDate(1, 0, 0)
		town.users[0] = &ocov1.User{UserId: "user:1:robert", MentionName: "bob", Name: "Robert"}
		moved, _ := chat.Zone("Asia/Tokyo")
		b.in.SetRules(intake.Rules{Address: b.address, Zone: moved}, func() {})
		if got := b.again(by); got != remind {
			t.Errorf("by %q:\n got %s\nwant %s", by, got, remind)
		}
		if asked := town.questions(); asked != "" {
			t.Errorf("asked for %s", asked)
		}
	}
}

// A time of an event that does not say when it happened is counted from when the bot
// had it, also when the event is run again (OCO-RTE-55).
func TestARetryCountsFromTheEvent(t *testing.T) {
	now := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	b := newTown().in(newBench(t), func(o *intake.Options) { o.Now = func() time.Time { return now } })
	first := b.ran("alice", "oco remind at in 2h")
	// The route is not what it was, so nothing was kept of its argument.
	b.table = tableOf(t, route.Definition{Kind: route.Command, ID: "5b", Name: "remind", Patterns: []string{"remind at {time:time}"}})
	now = now.AddDate(0, 0, 3)
	if got := b.again(""); got != "time=2026-07-01T14:00:00Z" || !strings.HasSuffix(first, "when=2026-07-01T14:00:00Z") {
		t.Errorf("%s, after %s", got, first)
	}
}

// Who was not looked up when it was said, because who said it was not allowed to, is
// looked up when it is run again, and then stays whom it meant.
func TestARetryLooksUpWhatWasNot(t *testing.T) {
	for _, by := range []string{"", "olga"} {
		town := newTown()
		b := town.in(newBench(t))
		b.ran("alice", "oco fire bob")
		town.fails = chat.Refuse(chat.AdapterDisconnected, "none")
		if got := b.again(by); !strings.Contains(got, failed+" is not run: what “bob” is for who cannot be found out now") {
			t.Errorf("by %q: %s", by, got)
		}
		town.fails = nil
		if got := b.again(by); got != "who="+bob {
			t.Errorf("by %q: %s", by, got)
		}
		town.users[0].UserId = "user:1:other"
		town.questions()
		if got := b.again(by); got != "who="+bob || town.questions() != "" {
			t.Errorf("by %q once more: %s", by, got)
		}
	}
	b := newTown().in(newBench(t))
	b.ran("alice", "oco fire ghost")
	if got := b.again(""); !strings.Contains(got, "“ghost” does not fit who") {
		t.Errorf("who is not there: %s", got)
	}
}

// Groups are what the bot knows today, also of somebody who was meant before.
func TestARetryHasTheGroupsOfToday(t *testing.T) {
	people := authz.New(map[string][]string{"night": {"user:1:bob"}}, nil)
	b := newTown().in(newBench(t), func(o *intake.Options) { o.People = people })
	b.ran("alice", "oco tell bob me", func(e *ocov1.Event) { e.OccurTime = timestamppb.New(time.Unix(0, 0)) })
	b.in.SetRules(intake.Rules{Address: b.address}, func() { people.SetGroups(map[string][]string{"day": {"user:1:bob", "user:1:alice"}}, nil) })
	if got, want := b.again(""), "who=bob(Bob bob Asia/Tokyo [day])+alice(alice   [day])"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

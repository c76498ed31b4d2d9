package intake_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/openchatops/oco/internal/authz"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/intake"
	"github.com/openchatops/oco/internal/record"
	"github.com/openchatops/oco/internal/route"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// newOffice is a bench of a bot that listens in #ops, with a clock.
func newOffice(t *testing.T) (b *bench, now *time.Time) {
	b = newBench(t)
	b.table = tableOf(t,
		route.Definition{Kind: route.Command, ID: "1", Patterns: []string{"deploy {app}"}, Deprecated: []string{"rollout {app}", "roll {app}"}},
		route.Definition{Kind: route.Command, ID: "2", Patterns: []string{"scale {app} {n:integer}"}, OnEdit: true},
		route.Definition{Kind: route.Command, ID: "3", Patterns: []string{"wipe {app}"}, Allow: []string{"ops"}, OnEdit: true},
		route.Definition{Kind: route.Command, ID: "4", Patterns: []string{"ask {who:user}"}},
		route.Definition{Kind: route.Hear, ID: "5", Name: "loud", Regex: "ask|deploy", AddressedOnly: true},
		route.Definition{Kind: route.Hear, ID: "6", Name: "all", Regex: "secret"},
	)
	now = new(time.Time)
	*now = time.Unix(1000, 0)
	b.in = intake.New(intake.Options{
		Engine: b, Table: b.routes, Records: b, Control: b, Held: func(h intake.Held) { b.held[h.Why]++ }, Claims: b,
		Rules:  intake.Rules{Address: b.address, Listening: map[string]bool{"room:1:~23ops": true}, UserMessages: 20, LoopAnswers: 2},
		People: authz.New(map[string][]string{"ops": {"user:1:olga"}}, []string{"user:1:olga"}),
		Now:    func() time.Time { return *now },
	})
	return b, now
}

func inDev(e *ocov1.Event) {
	e.Address = &ocov1.Address{Room: &ocov1.RoomRef{By: &ocov1.RoomRef_RoomId{RoomId: "#dev"}}}
}

// became says what became of a message, in a line.
func (b *bench) became(e *ocov1.Event) string {
	b.t.Helper()
	b.events++
	e.EventId = fmt.Sprint("e", b.events)
	got, err := b.publish(e)
	if err != nil {
		b.t.Fatal(err)
	}
	var all []string
	for _, d := range got.Deliveries {
		line := d.Route.Name
		if d.Refused {
			line += " refused"
		}
		if matched(b.t, d).GetAddressed() {
			line += " addressed"
		}
		all = append(all, line)
	}
	for _, s := range got.Sends {
		first, _, _ := strings.Cut(s.Text, "\n")
		all = append(all, "“"+first+"”")
	}
	return strings.Join(all, ", ")
}

func matched(t *testing.T, d delivery.NewDelivery) *ocov1.Match {
	t.Helper()
	m := new(ocov1.Match)
	if err := proto.Unmarshal(d.Match, m); err != nil {
		t.Fatal(err)
	}
	return m
}

// Where the bot listens a command needs no address, and what none takes whole is not
// for the bot (OCO-RTE-38).
func TestListening(t *testing.T) {
	b, now := newOffice(t)
	for _, c := range []struct {
		event *ocov1.Event
		want  string
	}{
		{said("alice", "deploy web"), "deploy addressed, loud addressed"},
		{said("alice", "we deploy web"), ""},
		{said("alice", "deploy"), ""},
		{said("alice", "deploi web"), ""},
		{said("alice", "scale web many"), ""},
		{said("alice", "show d0123456789ab"), ""},
		{said("alice", "wipe web"), "wipe refused addressed"},
		{said("olga", "wipe web"), "wipe addressed"},
		{said("alice", "oco scale web many"), "“scale: “many” does not fit n: it must be a whole number such as 3 or -20.”"},
		{said("alice", "deploy web", inDev), ""},
		{said("alice", "deploy web", fromBot), ""},
		{said("alice", "deploy web", quoted), ""},
		{said("alice", "deploy web", edited), ""},
		{said("alice", "scale web 3", edited), "scale addressed"},
		{said("alice", "ask @nobody"), ""}, // there is nobody of whom it could be asked
		{said("alice", "the secret"), "all"},
	} {
		*now = now.Add(time.Minute)
		if got := b.became(c.event); got != c.want {
			t.Errorf("%q: %s, want %s", c.event.GetMessage().GetMessage().GetContent().GetText(), got, c.want)
		}
	}
}

// The new text of a message runs a command of which the author says so, and who said
// it is answered as if it were new (OCO-RTE-23).
func TestEditedIntoACommand(t *testing.T) {
	b, now := newOffice(t)
	for text, want := range map[string]string{
		"oco scale web 3":    "scale addressed",
		"oco: deploy web":    "",
		"oco scale web many": "“scale: “many” does not fit n: it must be a whole number such as 3 or -20.”",
		"oco scalee web 3":   "",
		"oco wipe web":       "wipe refused addressed",
		"oco show d01":       "",
		"oco frobnicate":     "",
		"scale web":          "",
	} {
		*now = now.Add(time.Minute)
		if got := b.became(said("alice", text, edited)); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
	if got := b.became(said("alice", "scale web 3", func(e *ocov1.Event) { edited(e); e.GetMessage().Change = ocov1.Change_CHANGE_DELETED })); got != "" {
		t.Errorf("deleted: %s", got)
	}
}

// What is said when a changed message nearly is a command, and is refused, counts as
// other answers of the kind do (OCO-SEC-30).
func TestEditsAreHeldWhenTheyAreWrongAgain(t *testing.T) {
	b, _ := newOffice(t)
	var got []string
	for range 4 {
		got = append(got, b.became(said("alice", "oco scale web many", edited)))
	}
	if got[0] == "" || got[2] != "" || got[3] != "" || b.held[intake.HeldRepeated] != 3 {
		t.Errorf("%q, held %v", got, b.held)
	}
}

// Who says an old name of a command is told the new one, once a day for each command
// (OCO-RTE-41).
func TestARenamedCommand(t *testing.T) {
	b, now := newOffice(t)
	const told = ", “rollout {app} is called deploy {app} now. The old form works for the time being.”"
	run := "deploy addressed, loud addressed"
	for i, c := range []struct {
		who, text string
		after     time.Duration
		want      string
	}{
		{"alice", "oco deploy web", 0, run},
		{"alice", "oco rollout web", 0, strings.TrimSuffix(run, ", loud addressed") + told},
		{"alice", "oco rollout web", time.Minute, "deploy addressed"},
		{"alice", "oco roll web", time.Minute, "deploy addressed"},
		{"bob", "oco rollout web", time.Minute, "deploy addressed" + told},
		{"alice", "rollout web", 23 * time.Hour, "deploy addressed"},
		{"alice", "rollout web", time.Hour, "deploy addressed" + told},
	} {
		*now = now.Add(c.after)
		if got := b.became(said(c.who, c.text)); got != c.want {
			t.Errorf("%d %s says %q: %s, want %s", i, c.who, c.text, got, c.want)
		}
	}
}

// What the bot remembers of whom it told is bounded.
func TestRenamesAreBounded(t *testing.T) {
	b, now := newOffice(t)
	for i := range 5000 {
		*now = now.Add(time.Millisecond)
		b.became(said(fmt.Sprint("user", i), "oco rollout web"))
	}
	if n := intake.Renamed(b.in); n != 4096 {
		t.Errorf("%d are remembered", n)
	}
}

// A message that is forwarded does not count as addressed, not even in a direct room
// (OCO-RTE-22).
func TestAForwardedMessageIsNotAddressed(t *testing.T) {
	b, _ := newOffice(t)
	if got := b.became(said("alice", "a secret", direct, quoted)); got != "all" {
		t.Errorf("%s", got)
	}
	if got := b.became(said("alice", "oco: a secret", quoted)); got != "all" {
		t.Errorf("%s", got)
	}
}

// What somebody quotes is not said to the bot (OCO-RTE-42), and white space before a
// word of the bot's is no name of the bot (OCO-RTE-15).
func TestQuotedLines(t *testing.T) {
	b, _ := newOffice(t)
	if got := b.became(said("alice", "> oco: deploy web\nno, wait", inDev)); got != "" {
		t.Errorf("%s", got)
	}
	if got := b.became(said("alice", "> which one?\noco: deploy web", inDev)); got != "deploy addressed, loud addressed" {
		t.Errorf("%s", got)
	}
	if got := b.became(said("alice", "> deploy web", direct)); !strings.HasPrefix(got, "loud addressed") {
		t.Errorf("%s", got)
	}
}

// White space before a text is no name of the bot, so that a command goes before a
// word of the bot's in a direct room (OCO-RTE-26).
func TestWhiteSpaceIsNoName(t *testing.T) {
	for text, want := range map[string]string{
		"retry d0123456789ab": "retry addressed", "  retry d0123456789ab": "retry addressed",
		"oco retry d0123456789ab": "“I know of no d0123456789ab.”", " oco retry d0123456789ab": "“I know of no d0123456789ab.”",
	} {
		if got := newBench(t).became(said("alice", text, direct)); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

// What was said without an address where the bot listened then can be run again when it
// does not listen any more.
func TestARetryOfWhatWasListenedTo(t *testing.T) {
	b, _ := newOffice(t)
	got, err := b.publish(said("olga", "wipe web"))
	if err != nil || len(got.Deliveries) != 1 {
		t.Fatalf("%+v %v", got, err)
	}
	n := got.Deliveries[0]
	b.keep(failed, &record.Delivery{
		Event: got.ID, Plugin: n.Route.Plugin, Route: n.Route.Name, User: n.User, Addressed: n.Addressed,
		Outcome: uint32(chat.Failed), Place: &record.Place{Room: n.Place.Room},
	}, got.Payload)
	b.in.SetRules(intake.Rules{Address: b.address}, func() {})
	if got := b.became(said("olga", "wipe web")); got != "" {
		t.Fatalf("the bot listens still: %s", got)
	}
	if _, err := b.in.Retry(t.Context(), failed, "the command line"); err != nil {
		t.Fatal(err)
	}
	if again := b.other[len(b.other)-1].(delivery.RetryOf); again.New.Route.Name != "wipe" || !matched(t, again.New).GetAddressed() {
		t.Errorf("%+v", again.New)
	}
}

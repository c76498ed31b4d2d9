package intake_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/intake"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

const (
	bob   = "bob(Bob bob Asia/Tokyo [night])"
	olga  = "olga(Olga olga  [operators ops])"
	alice = "alice(alice   [])"
	ops   = "~23ops(#ops operations 1)"
)

// Users and rooms are named by a mention, by what people call them, by the alias and
// by id; "me" is who asks and "here" where they do (OCO-RTE-50, OCO-RTE-51).
func TestWhomANameMeans(t *testing.T) {
	for _, c := range []struct {
		text, want string
		change     []func(*ocov1.Event)
	}{
		{text: "ask bob", want: "who=" + bob},
		{text: "ask @bob", want: "who=" + bob},
		{text: `ask "@bob"`, want: "who=" + bob},
		{text: "ask user:1:bob", want: "who=" + bob},
		{text: "ask me", want: "who=" + alice},
		{text: "ask ME", want: "who=" + alice},
		{text: "ask user:1:alice", want: "who=" + alice},
		{text: "ask <@U7>", want: "who=" + bob, change: []func(*ocov1.Event){mentions("<@U7>=bob")}},
		{text: "ask Robert, in here", want: "who=" + bob + " room=" + ops, change: []func(*ocov1.Event){mentions("Robert=bob")}},
		{text: "ask “@Bob Smith” in #ops", want: "who=" + bob + " room=" + ops, change: []func(*ocov1.Event){mentions("@Bob Smith=bob")}},
		{text: "ask @Bob Smith in <#C1>", want: "who=" + bob + " room=" + ops, change: []func(*ocov1.Event){mentions("@Bob Smith=bob", "<#C1>=#ops")}},
		{text: "ask @stranger", want: "who=s1(   [])", change: []func(*ocov1.Event){mentions("@stranger=s1")}},
		{text: "ask bob in #ops", want: "who=" + bob + " room=" + ops},
		{text: "ask bob in ops", want: "who=" + bob + " room=" + ops},
		{text: "ask bob in operations", want: "who=" + bob + " room=" + ops},
		{text: "ask bob in room:1:~23ops", want: "who=" + bob + " room=" + ops},
		{text: "ask bob in here", want: "who=" + bob + " room=" + ops},
		{text: "tell bob me olga bob", want: "who=" + strings.Join([]string{bob, alice, olga, bob}, "+")},
		{text: "tell bob, @Olga K olga", want: "who=" + strings.Join([]string{bob, olga, olga}, "+"), change: []func(*ocov1.Event){mentions("bob=bob", "@Olga K=olga")}},
		{text: "tell bob, @olga; me, bob:", want: "who=" + strings.Join([]string{bob, olga, alice, bob}, "+")},
		{text: "topics #ops, here, ops", want: "room=" + ops + "+" + ops + "+" + ops},
		{text: "ask ,", want: "said ask: “,” does not fit who"},
		{text: "mine", want: "who=" + alice + " room=" + ops},
		{text: "h:ask @Bob Smith", want: "who=" + bob, change: []func(*ocov1.Event){mentions("@Bob Smith=bob")}},
		{text: "topics #ops here", want: "room=" + ops + "+" + ops},
		// Not there, and none.
		{text: "ask bobb", want: "said ask: “bobb” does not fit who"},
		{text: "ask user:1:bobb", want: "said ask: “user:1:bobb” does not fit who"},
		{text: "ask user:2:bob", want: "said ask: “user:2:bob” does not fit who"},
		{text: "ask user:1:", want: "said ask: “user:1:” does not fit who"},
		{text: "ask @all", want: "said ask: “@all” does not fit who", change: []func(*ocov1.Event){mentions("@all=everyone")}},
		{text: "ask #ops", want: "said ask: “#ops” does not fit who", change: []func(*ocov1.Event){mentions("#ops=#ops")}},
		{text: "ask @", want: "said ask: “@” does not fit who"},
		{text: "ask " + strings.Repeat("x", 257), want: "does not fit who"},
		{text: "ask bob in #nowhere", want: "said ask: “#nowhere” does not fit room"},
		{text: "ask bob in @bob", want: "said ask: “@bob” does not fit room", change: []func(*ocov1.Event){mentions("@bob=bob")}},
		{text: "ask bob in twice", want: "said ask: “twice” for room is the name of several"},
		{text: "tell bob ghost olga", want: "said tell: “ghost” does not fit who"},
		{text: "whisper ghost hush", want: "said whisper: a value does not fit who"},
	} {
		b := newTown().in(newBench(t))
		shift := func(e *ocov1.Event) { // mentions count the address too
			msg := e.GetMessage().GetMessage()
			for _, m := range msg.GetMentions() {
				m.Start += uint32(len("oco: "))
			}
			msg.Content.Text = "oco: " + msg.GetContent().GetText()
		}
		got := b.becomes("alice", c.text, append(c.change, shift)...)
		if !strings.Contains(got, c.want) || strings.HasPrefix(c.want, "who=") && got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.text, got, c.want)
		}
		if strings.Contains(c.want, "said") && !strings.Contains(got, "Usage: "+strings.Fields(c.text)[0]) {
			t.Errorf("%s: no usage line in %s", c.text, got)
		}
	}
}

// Who may not run a command learns nothing of who is there, and the adapter is not
// even asked (OCO-RTE-50, OCO-RTE-11).
func TestNobodyIsLookedUpForWhoMayNot(t *testing.T) {
	town := newTown()
	b := town.in(newBench(t))
	for _, who := range []string{"bob", "ghost"} {
		if got := b.becomes("alice", "oco fire "+who); got != "refused fire" {
			t.Errorf("%s: %s", who, got)
		}
	}
	if asked := town.questions(); asked != "" {
		t.Errorf("the adapter was asked for %s", asked)
	}
	if got := b.becomes("olga", "oco fire ghost"); !strings.Contains(got, "does not fit who") {
		t.Errorf("olga reads %s", got)
	}
}

// A message that needs no lookup costs none.
func TestNothingIsAskedForNothing(t *testing.T) {
	town := newTown()
	b := town.in(newBench(t))
	for _, text := range []string{"oco ping", "oco ask me", "oco tell me me", "oco remind at 9am", "ask bob", "oco frobnicate bob", "oco ask"} {
		b.becomes("alice", text)
	}
	b.becomes("other", "oco ask bob", fromBot)
	b.becomes("alice", "oco ask bob", edited)
	b.becomes("alice", "oco ask bob", quoted)
	b.becomes("alice", "oco ask bob", historical)
	if asked := town.questions(); asked != "" {
		t.Errorf("the adapter was asked for %s", asked)
	}
}

// What can be named without the adapter works without it: an id and a mention of a
// user, the asker, the room that they are in. Of a room that may be private nobody
// else can tell (OCO-RTE-54, OCO-RTE-56).
func TestNamesWithoutAnAdapter(t *testing.T) {
	never := chat.Refuse(chat.CapabilityMissing, "no roster")
	for _, c := range []struct {
		name   string
		fails  error
		change func(*intake.Options)
	}{
		{"none is connected", chat.Refuse(chat.AdapterDisconnected, "none"), nil},
		{"the adapter cannot", never, nil},
		{"the adapter fails", fmt.Errorf("panic"), nil},
		{"there is nobody to ask", nil, func(o *intake.Options) { o.Directory = nil }},
	} {
		for _, of := range []struct {
			text, want string
			change     []func(*ocov1.Event)
		}{
			{text: "oco ask bob", want: "said ask: what “bob” is for who cannot be found out now"},
			{text: "oco ask me in here", want: "who=" + alice + " room=~23ops(  0)"},
			{text: "oco ask user:1:bob", want: "who=bob(   [night])"},
			{text: "oco ask user:2:bob", want: "said ask: what “user:2:bob” is for who cannot be found out now"},
			{text: "oco ask @bob", want: "who=bob(   [night])", change: []func(*ocov1.Event){mentions("@bob=bob")}},
			{text: "oco ask me in room:1:~23dev", want: "said ask: what “room:1:~23dev” is for room cannot be found out now"},
			{text: "oco ask me in #dev", want: "said ask: what “#dev” is for room cannot be found out now"},
		} {
			town := newTown()
			town.fails = c.fails
			b := town.in(newBench(t))
			if c.change != nil {
				b = town.in(newBench(t), c.change)
			}
			if got := b.becomes("alice", of.text, of.change...); !strings.HasPrefix(got, of.want) {
				t.Errorf("%s, %s:\n got %s\nwant %s", c.name, of.text, got, of.want)
			}
		}
		// A service that can never tell let them name the room; one that cannot tell
		// now may know that it is private.
		town := newTown()
		town.fails = c.fails
		b := town.in(newBench(t))
		got, want := b.becomes("alice", "oco ask me in #dev", mentions("#dev=#dev")), "said ask: what “#dev” is for room"
		if c.fails == never {
			want = "who=" + alice + " room=~23dev(  0)"
		}
		if c.change == nil && !strings.HasPrefix(got, want) {
			t.Errorf("%s: a mention of a room: %s", c.name, got)
		}
	}
}

// A time is counted from when it was said, in the zone of who says it, or in that of
// the operator (OCO-RTE-55).
func TestTimesAreThoseOfWhoSaysThem(t *testing.T) {
	at := func(text string) func(*ocov1.Event) {
		said, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return func(e *ocov1.Event) { e.OccurTime = timestamppb.New(said) }
	}
	in := func(zone string) func(*ocov1.Event) { return func(e *ocov1.Event) { e.Actor.TimeZone = zone } }
	for _, c := range []struct {
		text, want string
		change     []func(*ocov1.Event)
	}{
		{"9am", "2026-07-02T09:00:00Z", nil},
		{"9am", "2026-07-02T07:00:00Z", []func(*ocov1.Event){in("Europe/Berlin")}},
		{"9am", "2026-07-01T13:00:00Z", []func(*ocov1.Event){in("America/New_York")}},
		{"9am", "2026-07-02T09:00:00Z", []func(*ocov1.Event){in("Europe/Atlantis")}},
		{"9am", "2026-07-02T09:00:00Z", []func(*ocov1.Event){in("Local")}},
		{"in 2h", "2026-07-01T13:59:00Z", []func(*ocov1.Event){at("2026-07-01T11:59:00Z")}},
		{"in 2h", "2026-07-01T14:00:00Z", []func(*ocov1.Event){at("2027-07-01T11:59:00Z")}}, // of a clock that is wrong
		{"2026-12-24T18:00+01:00", "2026-12-24T17:00:00Z", []func(*ocov1.Event){in("Asia/Tokyo")}},
	} {
		b := newTown().in(newBench(t))
		if got := b.becomes("alice", "oco remind at "+c.text, c.change...); !strings.HasSuffix(got, " when="+c.want) {
			t.Errorf("%s: %s, want %s", c.text, got, c.want)
		}
	}
	b := newTown().in(newBench(t), func(o *intake.Options) {
		o.Rules.Zone, _ = chat.Zone("Asia/Kolkata")
	})
	if got := b.becomes("alice", "oco remind at noon"); !strings.HasSuffix(got, "when=2026-07-02T06:30:00Z") {
		t.Errorf("in the zone of the operator: %s", got)
	}
	if got := b.becomes("alice", "oco remind at 0001-01-01T00:00+14:00"); !strings.Contains(got, "does not fit when") {
		t.Errorf("before the beginning of time: %s", got)
	}
}

package intake_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/openchatops/oco/internal/intake"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// A user has as many messages a minute as the operator says, as many of them at once,
// and is told once a minute that it is too much; others are not affected
// (OCO-SEC-28).
func TestAUserHasSoManyMessagesAMinute(t *testing.T) {
	p := newParley(t, 0, false)
	a := p.add("a", intake.Rules{UserMessages: 6}, map[string]string{"marco": "polo", "beer": "cheers"}, commands("marco"), hears("beer", "beer"))
	for range 100 {
		a.hear("alice", "a: marco")
	}
	if got := strings.Join(a.posted, "|"); !strings.HasPrefix(got, strings.Repeat("polo|", 6)+"You are faster than 6 messages a minute") || len(a.posted) != 7 {
		t.Fatalf("posted %s", got)
	}
	a.hear("bob", "a: marco")
	p.now = p.now.Add(10 * time.Second) // one more for alice
	for range 3 {
		a.hear("alice", "a: marco")
	}
	if got := strings.Join(a.posted[7:], "|"); got != "polo|polo" {
		t.Errorf("posted %s", got)
	}
	p.now = p.now.Add(time.Hour)
	a.hear("carol", "some small talk that nobody takes")
	for range 7 {
		a.hear("carol", "some beer!")
	}
	if got := strings.Join(a.posted[9:], "|"); got != "cheers|cheers|cheers|cheers|cheers|cheers" {
		t.Errorf("who does not address the bot is told nothing: %s", got)
	}
	if a.held[intake.HeldTooMany] != 94+2+1 {
		t.Errorf("held %v", a.held)
	}
}

// Of what is too much nothing is kept but that it was seen.
func TestWhatIsTooMuchLeavesNothing(t *testing.T) {
	b := newBench(t)
	b.in.SetRules(intake.Rules{Address: b.address, UserMessages: 1}, func() {})
	if got, _ := b.publish(said("alice", "oco: ping")); len(got.Deliveries) != 1 {
		t.Fatalf("%+v", got)
	}
	for i := range 2 {
		got, _ := b.publish(said("alice", "oco: ping beer", func(e *ocov1.Event) { e.EventId = strings.Repeat("long", 100) + fmt.Sprint(i) }))
		if len(got.Deliveries) != 0 || got.Payload != nil || got.Writes != nil || got.Dedup == [16]byte{} || len(got.Sends) != 1-i {
			t.Errorf("%+v", got)
		}
	}
	// An operator's word is always taken.
	if got, _ := b.publish(said("olga", "outcomes", direct)); len(got.Sends) != 1 {
		t.Errorf("%+v", got)
	}
	for range 3 {
		if got, _ := b.publish(said("olga", "oco cancel d0123456789ab")); len(got.Sends) != 1 {
			t.Errorf("%+v", got)
		}
	}
}

// Of who is ignored nothing triggers anything, not even an answer, whatever it is;
// others are heard (OCO-SEC-27).
func TestWhoIsIgnoredTriggersNothing(t *testing.T) {
	b := newBench(t)
	b.in.SetRules(intake.Rules{Address: b.address, Ignore: map[string]bool{"user:1:alice": true, "user:1:olga": true}}, func() {})
	joined := &ocov1.Event{EventId: "e", Address: said("x", "").Address, Kind: &ocov1.Event_Member{Member: &ocov1.MemberEvent{User: &ocov1.User{UserId: "alice"}}}}
	for name, e := range map[string]*ocov1.Event{
		"a command":     said("alice", "oco: ping"),
		"no command":    said("alice", "frobnicate", direct),
		"heard":         said("alice", "some beer?"),
		"a word":        said("olga", "oco retry d0123456789ab"),
		"a code":        said("alice", "claim-abc", direct),
		"a reaction":    happened("alice", &ocov1.ReactionEvent{MessageId: "m", Emoji: "x"}),
		"that it comes": joined,
	} {
		got, err := b.publish(e)
		if err != nil || len(got.Deliveries)+len(got.Sends)+len(got.Writes) != 0 || got.Word != nil {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	if b.held[intake.HeldIgnored] != 7 {
		t.Errorf("held %v", b.held)
	}
	if got, _ := b.publish(said("bob", "oco: ping")); len(got.Deliveries) != 1 {
		t.Errorf("%+v", got)
	}
}

// The bot's own messages and those of other bots run nothing, whoever says that they
// are: the adapter, or the id of the bot's own user, also where the chat service
// repeats to the bot what it posted itself (OCO-SEC-15, OCO-SEC-16).
func TestBotsRunNothing(t *testing.T) {
	for who, from := range map[string]func(text string, change ...func(*ocov1.Event)) *ocov1.Event{
		"itself": func(text string, change ...func(*ocov1.Event)) *ocov1.Event {
			return said("x", text, append(change, own)...)
		},
		"itself, by its id": func(text string, change ...func(*ocov1.Event)) *ocov1.Event {
			return said("bot", text, change...)
		},
		"another": func(text string, change ...func(*ocov1.Event)) *ocov1.Event {
			return said("x", text, append(change, fromBot)...)
		},
	} {
		for how, change := range map[string]func(*ocov1.Event){"": func(*ocov1.Event) {}, "edited": edited, "quoted": quoted, "direct": direct, "of the past": historical} {
			for _, text := range []string{"oco: ping", "oco: deploy web", "oco: frobnicate", "some beer?", "oco retry d0123456789ab", "outcomes", "pause", "claim-abc"} {
				b := newBench(t)
				got, err := b.publish(from(text, change))
				if err != nil || len(got.Deliveries)+len(got.Sends)+len(got.Writes) != 0 || got.Word != nil || len(b.paused) != 0 {
					t.Errorf("%q of %s %s: %+v, %v", text, who, how, got, err)
				}
			}
		}
	}
}

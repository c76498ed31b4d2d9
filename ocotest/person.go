package ocotest

import (
	"context"
	"fmt"
	"strings"

	"github.com/openchatops/oco"
)

// A Person says things in a place and looks at what comes back there.
type Person struct {
	b      *Bot
	user   string
	room   string
	direct bool

	zone     string
	files    []oco.Attachment
	mentions []mention
}

// As makes somebody else speak, in a direct room of their own.
func (p *Person) As(user string) *Person {
	return &Person{b: p.b, user: user, direct: true}
}

// In makes the person speak in a room that others read, where the bot must be
// addressed.
func (p *Person) In(room string) *Person {
	in := *p
	in.room, in.direct = room, false
	return &in
}

// Say says text as it is and blocks until the event is settled: every delivery
// of it has its outcome, and all that was said about it is posted.
func (p *Person) Say(text string) {
	p.b.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	done, err := p.b.chat.publish(ctx, p.incoming(text))
	if err != nil {
		p.b.t.Fatalf("ocotest: %q is not admitted: %v", text, err)
	}
	select {
	case <-done:
	case <-ctx.Done():
		p.b.t.Fatalf("ocotest: %q has no outcome after %s; what was said meanwhile:\n%s", text, patience, p.b.chat.transcript())
	}
}

// Begin says text and does not wait for its outcome. The function that it
// returns does.
func (p *Person) Begin(text string) (wait func()) {
	p.b.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	done, err := p.b.chat.publish(ctx, p.incoming(text))
	if err != nil {
		cancel()
		p.b.t.Fatalf("ocotest: %q is not admitted: %v", text, err)
	}
	return func() {
		p.b.t.Helper()
		defer cancel()
		select {
		case <-done:
		case <-ctx.Done():
			p.b.t.Fatalf("ocotest: %q has no outcome after %s", text, patience)
		}
	}
}

// Command says text to the bot: in a room it is addressed by name.
func (p *Person) Command(text string) {
	p.b.t.Helper()
	p.Say(p.address(text))
}

// BeginCommand is Begin for what Command says.
func (p *Person) BeginCommand(text string) (wait func()) {
	p.b.t.Helper()
	return p.Begin(p.address(text))
}

func (p *Person) address(text string) string {
	if p.direct {
		return text
	}
	return Name + ": " + text
}

// Event publishes an event that is not a message and blocks until it is
// settled.
func (p *Person) Event(eventType string, data map[string]any) {
	p.b.t.Helper()
	p.happen("the event "+eventType, func(in *oco.Incoming) {
		in.Custom = &oco.CustomEvent{Type: eventType, Data: data}
	})
}

// happen publishes an event that is not a message and blocks until it is
// settled.
func (p *Person) happen(what string, change func(*oco.Incoming)) {
	p.b.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	in := p.incoming("")
	in.Message = nil
	change(&in)
	done, err := p.b.chat.publish(ctx, in)
	if err != nil {
		p.b.t.Fatalf("ocotest: %s is not admitted: %v", what, err)
	}
	select {
	case <-done:
	case <-ctx.Done():
		p.b.t.Fatalf("ocotest: %s has no outcome after %s", what, patience)
	}
}

func (p *Person) incoming(text string) oco.Incoming {
	return oco.Incoming{
		Room:    p.place(),
		Actor:   p.actor(),
		Message: &oco.IncomingMessage{Text: text, Attachments: p.files, Mentions: p.mentioned(text)},
	}
}

func (p *Person) place() oco.Room {
	if p.direct {
		return oco.Room{ID: oco.RoomID("dm-" + p.user), Kind: oco.RoomDirect, Name: "dm-" + p.user}
	}
	return oco.Room{ID: oco.RoomID(p.room), Kind: oco.RoomChannel, Name: p.room}
}

// WantReply fails the test unless handlers said exactly these texts here since
// the last look, in this order.
func (p *Person) WantReply(texts ...string) {
	p.b.t.Helper()
	got := p.b.chat.look(p.place().ID, oco.ReasonHandler)
	if !equal(got, texts) {
		p.b.t.Errorf("replies in %s:\n got %s\nwant %s\n%s", p.place().ID, list(got), list(texts), p.b.chat.transcript())
	}
}

// WantAnswer fails the test unless the bot said one thing for itself here since
// the last look, and each part is in it.
func (p *Person) WantAnswer(parts ...string) {
	p.b.t.Helper()
	p.wantOne("answer", oco.ReasonBot, parts)
}

// WantNotice fails the test unless the bot said one notice here since the last
// look, and each part is in it.
func (p *Person) WantNotice(parts ...string) {
	p.b.t.Helper()
	p.wantOne("notice", oco.ReasonNotice, parts)
}

func (p *Person) wantOne(what string, reason oco.SendReason, parts []string) {
	p.b.t.Helper()
	got := p.b.chat.look(p.place().ID, reason)
	if len(got) != 1 {
		p.b.t.Errorf("%ss in %s: got %s, want one with %s\n%s", what, p.place().ID, list(got), list(parts), p.b.chat.transcript())
		return
	}
	for _, part := range parts {
		if !strings.Contains(got[0], part) {
			p.b.t.Errorf("the %s in %s lacks %q:\n%s", what, p.place().ID, part, got[0])
		}
	}
}

// WantSilence fails the test if anything was said here since the last look.
func (p *Person) WantSilence() {
	p.b.t.Helper()
	if got := p.b.chat.look(p.place().ID, 0); len(got) > 0 {
		p.b.t.Errorf("silence was expected in %s, but the bot said %s", p.place().ID, list(got))
	}
}

// WantOutcome fails the test unless the deliveries of the last event that was
// settled ended so; none means that no route took it.
func (b *Bot) WantOutcome(outcomes ...oco.Outcome) {
	b.t.Helper()
	got := b.chat.lastOutcomes()
	if fmt.Sprint(got) != fmt.Sprint(outcomes) {
		b.t.Errorf("outcomes: got %v, want %v\n%s", got, outcomes, b.chat.transcript())
	}
}

// LastOutcomes returns how the deliveries of the last event that was settled
// ended, for tests of what may end in several ways.
func (b *Bot) LastOutcomes() []oco.Outcome { return b.chat.lastOutcomes() }

// LastNotice returns the newest notice anywhere, for tests that need its id.
func (b *Bot) LastNotice() string { return b.chat.lastOf(oco.ReasonNotice) }

func equal(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func list(texts []string) string {
	if len(texts) == 0 {
		return "nothing"
	}
	return fmt.Sprintf("%q", texts)
}

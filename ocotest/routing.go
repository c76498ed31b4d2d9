package ocotest

import (
	"context"
	"fmt"
	"strings"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// A Routing is what the bot would make of a message, without anything that runs.
type Routing struct {
	// Text is the message as it was said.
	Text string
	// Addressed says that it is addressed to the bot.
	Addressed bool
	// Route is the command that takes it, as "handler:route", and Args are its
	// arguments; empty if none does.
	Route string
	Args  Args
	// Refused says why the command does not run for this person; empty if it does.
	Refused string
	// Hears are the hear routes that fire, in this order, and HearArgs the named
	// groups of each.
	Hears    []string
	HearArgs []Args
	// OwnWord is the word of the bot's own that takes it instead, such as "retry".
	OwnWord string
	// Answer is what the bot itself would say; empty if nothing.
	Answer string
	// Near are routes that do not take it and nearly do, the nearest first.
	Near []NearRoute
	// Ambiguous are commands that fit it as well, and only come later.
	Ambiguous []string
}

// A NearRoute is a route that nearly takes a message.
type NearRoute struct {
	Route string // "handler:route"
	Usage string
	Why   string // it does not
}

// Match says what the bot would make of text, said as Say would say it. Nothing runs,
// nobody is answered, and no limit counts it.
func (p *Person) Match(text string) Routing {
	p.b.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	in := p.incoming(text)
	p.b.chat.introduce(in)
	answer, err := p.b.bot.Match(ctx, &ocov1.MatchMessageRequest{
		Text: text, User: &ocov1.MatchMessageRequest_UserId{UserId: userPrefix + p.user},
		Room: &ocov1.RoomRef{By: &ocov1.RoomRef_RoomId{RoomId: roomPrefix + string(in.Room.ID)}},
	})
	if err != nil {
		p.b.t.Fatalf("ocotest: %q cannot be matched: %v", text, err)
	}
	return routing(text, answer)
}

func routing(text string, m *ocov1.MatchMessageResponse) Routing {
	r := Routing{Text: text, Addressed: m.GetAddressed(), OwnWord: m.GetOwnWord(), Answer: m.GetAnswer()}
	if c := m.GetCommand(); c != nil {
		r.Route, r.Args = c.GetPluginId()+":"+c.GetRoute(), args(c.GetArguments())
		if !c.GetAllowed() {
			r.Refused = c.GetDecision()
		}
	}
	for _, h := range m.GetHears() {
		r.Hears = append(r.Hears, h.GetPluginId()+":"+h.GetRoute())
		r.HearArgs = append(r.HearArgs, args(h.GetArguments()))
	}
	for _, n := range m.GetNear() {
		r.Near = append(r.Near, NearRoute{Route: n.GetPluginId() + ":" + n.GetRoute(), Usage: n.GetUsage(), Why: n.GetProblem()})
	}
	for _, a := range m.GetAmbiguities() {
		r.Ambiguous = append(r.Ambiguous, a.GetSecond().GetPluginId()+":"+a.GetSecond().GetRoute())
	}
	return r
}

// String says what takes the message and what nearly does, for the text of a failure.
func (r Routing) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%q", r.Text)
	switch {
	case r.OwnWord != "":
		fmt.Fprintf(&b, " is the bot's own word %s", r.OwnWord)
	case r.Refused != "":
		fmt.Fprintf(&b, " is taken by %s with %v, which this person may not run: %s", r.Route, r.Args, r.Refused)
	case r.Route != "":
		fmt.Fprintf(&b, " is taken by %s with %v", r.Route, r.Args)
	case !r.Addressed:
		b.WriteString(" is not addressed to the bot")
	default:
		b.WriteString(" is taken by no command")
	}
	for i, h := range r.Hears {
		fmt.Fprintf(&b, "\n  heard by %s with %v", h, r.HearArgs[i])
	}
	for _, n := range r.Near {
		fmt.Fprintf(&b, "\n  nearly %s (%s): %s", n.Route, n.Usage, n.Why)
	}
	for _, a := range r.Ambiguous {
		fmt.Fprintf(&b, "\n  %s fits it as well, and comes later", a)
	}
	if r.Answer != "" {
		fmt.Fprintf(&b, "\n  the bot answers: %s", strings.ReplaceAll(r.Answer, "\n", "\n    "))
	}
	return b.String()
}

package intake

import (
	"strings"

	"github.com/openchatops/oco/internal/pattern"
	"github.com/openchatops/oco/internal/route"
	"github.com/openchatops/oco/internal/texts"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// message resolves a message: the bot's own words, a command, hear routes, or
// an answer of the bot's own to who addressed it.
func (p *pending) message() {
	msg, named, ok := p.read()
	if !ok {
		return
	}
	plain := isPlain(msg)
	actor := p.event.GetActor()
	p.said = saying{
		talk:  talk{actor.GetUserId(), p.event.GetAddress().GetRoom().GetRoomId()},
		place: place(p.event.GetAddress()), name: actor.GetName(), order: plain,
	}
	if plain && p.direct() && p.claim() {
		p.said.free = true
		return
	}
	if !p.direct() && p.spoil() {
		if plain {
			p.say(p.in.words().Say(texts.CodeVoid))
		}
		return
	}
	w, own, found := p.consider(msg, named, plain)
	if len(p.wants) > 0 {
		return
	}
	if len(found.Unheard) > 0 {
		p.in.o.Unheard(found.Unheard)
	}
	if own {
		p.obey(w)
		return
	}
	p.take(found)
	p.said.order = ordered(found, plain)
	p.said.wrong, p.said.resolved = found.Refused != nil, found.Command != nil || p.answered()
	switch {
	case p.said.order && !p.answered():
		p.said.wrong = true
		p.say(p.in.unmatched(found, msg.Text))
	case found.Command != nil && found.Command.Deprecated:
		p.renamed(found.Command)
	}
}

// ordered says whether a message is an order to the bot, so that who said it is
// answered in any case: said plainly, or one that a command takes, or nearly, where
// the bot listens or when a message is changed.
func ordered(found route.Result, plain bool) bool {
	return plain || found.Command != nil || found.Refused != nil || found.Near != nil
}

// isPlain says whether a person says a message plainly: only that is an order to
// the bot itself.
func isPlain(msg route.Message) bool {
	return msg.Addressed && !msg.Bot && !msg.Edited && !msg.Forwarded
}

// consider says who takes a message, and does nothing: one of the bot's own words,
// or what the table found. named says that it begins with the bot's name, and plain
// that it may be an order to the bot itself.
func (p *pending) consider(msg route.Message, named, plain bool) (w word, own bool, found route.Result) {
	w, isWord := ownWord(p.text)
	ofDelivery := named && w.delivery
	if plain && isWord && ofDelivery && p.heeds(w) {
		return w, true, found
	}
	found = p.in.o.Table().Match(msg, p.may)
	taken := found.Command != nil || found.Refused != nil
	if found = p.mean(found); found.Near != nil && !msg.Addressed {
		msg.Listening = false // what a command does not take whole is not for the bot
		found = p.in.o.Table().Match(msg, p.may)
	}
	return w, plain && !taken && isWord && !ofDelivery && p.heeds(w), found
}

// resolve finds the deliveries of a message and nothing else. heeded says that the
// message counted as addressed before: then it needs no address now.
func (p *pending) resolve(heeded bool) (found route.Result) {
	if msg, _, ok := p.read(); ok {
		msg.Listening = msg.Listening || heeded
		found = p.mean(p.in.o.Table().Match(msg, p.may))
		if len(p.wants) == 0 {
			p.take(found)
		}
	}
	return found
}

// read is the message as routes see it. named says that its text begins with
// the bot's name; ok is false if there is nothing to match.
func (p *pending) read() (msg route.Message, named, ok bool) {
	m := p.event.GetMessage()
	text := m.GetMessage().GetContent().GetText()
	if m.GetChange() == ocov1.Change_CHANGE_DELETED || strings.TrimSpace(text) == "" {
		return msg, false, false
	}
	rest, addressed, named := p.strip(text, p.direct())
	p.text = rest
	p.mentions = p.mentioned()
	return route.Message{
		Mentions: spans(p.mentions), Files: len(m.GetMessage().GetAttachments()),
		Text: rest, Addressed: addressed, Listening: p.in.o.Rules.Listening[p.event.GetAddress().GetRoom().GetRoomId()],
		Bot:    p.event.GetActor().GetBot(),
		Edited: m.GetChange() == ocov1.Change_CHANGE_UPDATED, Forwarded: m.GetForwarded(),
	}, named, true
}

func (p *pending) direct() bool { return p.event.GetRoomKind() == ocov1.RoomKind_ROOM_KIND_DIRECT }

// strip takes the address off a text. named says that the text begins with it.
func (p *pending) strip(text string, direct bool) (rest string, addressed, named bool) {
	rest, how := p.in.o.Rules.Address.Strip(text, direct, p.callsBot()...)
	return rest, how != route.NotAddressed, how == route.ByName
}

// callsBot are the mentions of the bot's own account.
func (p *pending) callsBot() []route.Mention {
	if p.self == "" {
		return nil
	}
	var all []route.Mention
	for _, m := range p.event.GetMessage().GetMessage().GetMentions() {
		if m.GetUserId() == p.self {
			all = append(all, route.Mention{Start: int(m.GetStart()), Length: int(m.GetLength())})
		}
	}
	return all
}

// take turns what the table found into deliveries.
func (p *pending) take(found route.Result) {
	for _, t := range p.takers(found) {
		d := p.deliver(t.route, t.match, t.decision, t.answers)
		d.Refused, d.UserText = t.refused, t.userText
	}
}

// A taker is a route that takes a message, and what it takes of it.
type taker struct {
	route      *route.Route
	pattern    string // that takes it
	deprecated bool   // the pattern is
	match      *ocov1.Match
	decision   string
	answers    bool   // it owes the person an answer
	refused    bool   // it must not run
	userText   string // why, for the person
}

// takers are the routes that take a message, by what the table found.
func (p *pending) takers(found route.Result) []taker {
	var all []taker
	addressed := found.Addressed
	if hit := found.Command; hit != nil {
		all = append(all, p.taker(hit, addressed))
	} else if hit := found.Refused; hit != nil {
		t := p.taker(hit, addressed)
		t.refused, t.userText = true, p.in.words().Say(texts.WhyForbidden)
		if found.Hidden != "" {
			t.decision, t.userText = "refused: invisible characters", p.in.words().Say(texts.WhyHidden, "text", found.Hidden)
		}
		all = append(all, t)
	}
	heard := len(all) == 0
	for _, h := range found.Hears {
		d := p.ask(h.Route)
		if !d.Allowed {
			continue // it was not meant to run a command, so nobody is told
		}
		// Of several that only take what is addressed the first one answers for all.
		answers := heard && addressed && h.Route.AddressedOnly
		all = append(all, taker{route: h.Route, pattern: h.Route.Regex, match: p.heard(h.Args, addressed), decision: d.Why, answers: answers})
		if answers {
			heard = false
		}
	}
	return all
}

// taker is a command that takes the message.
func (p *pending) taker(hit *route.Hit, addressed bool) taker {
	return taker{
		route: hit.Route, pattern: hit.Pattern, deprecated: hit.Deprecated,
		match: p.match(hit, addressed), decision: p.ask(hit.Route).Why, answers: true,
	}
}

// answered reports whether one of the deliveries owes the person an answer. A
// route that listens to everything does not: then the bot answers by itself.
func (p *pending) answered() bool {
	for _, d := range p.out.Deliveries {
		if d.Addressed {
			return true
		}
	}
	return false
}

// match is what a command took of the message. What it means is known of a command
// that may run.
func (p *pending) match(hit *route.Hit, addressed bool) *ocov1.Match {
	m := &ocov1.Match{Text: p.text, Addressed: addressed, Arguments: p.args}
	if m.Arguments == nil {
		for _, v := range hit.Args {
			m.Arguments = append(m.Arguments, argument(v))
		}
	}
	return m
}

// heard is what an expression took: its named groups.
func (p *pending) heard(groups []pattern.Value, addressed bool) *ocov1.Match {
	m := &ocov1.Match{Text: p.text, Addressed: addressed}
	for _, v := range groups {
		m.Arguments = append(m.Arguments, argument(v))
	}
	return m
}

// code is the text if it could be a one-time code, else empty.
func (p *pending) code() string {
	code := strings.TrimSpace(p.text)
	if len(code) > 64 || strings.ContainsAny(code, " \t\n") {
		return ""
	}
	p.inTurn() // who says a code first has it, or makes it void
	return code
}

// spoil makes void a code that was said where others read it (OCO-SEC-17).
func (p *pending) spoil() bool {
	code := p.code()
	return code != "" && p.in.o.Claims.Void(code)
}

// claim redeems a one-time code, said in a direct room.
func (p *pending) claim() bool {
	code := p.code()
	if code == "" {
		return false
	}
	user := p.event.GetActor().GetUserId()
	w, ok := p.in.o.Claims.Redeem(code, user)
	if !ok {
		return false
	}
	p.out.Writes = append(p.out.Writes, w)
	p.claimed = user
	p.say(p.in.words().Say(texts.Claimed))
	return true
}

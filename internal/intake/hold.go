package intake

import (
	"slices"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/texts"
)

// Why something that came in triggers nothing.
const (
	HeldIgnored  = "ignored"  // of a user on the ignore list
	HeldTooMany  = "too_many" // beyond what one user may say in a minute
	HeldLoop     = "loop"     // of a user who answers the bot as a program does
	HeldRepeated = "repeated" // the bot has said often enough that there is no such command
)

// A Held says that something came in and triggers nothing.
type Held struct {
	Why        string
	User, Room string
	First      bool // the first one of its kind for a while
}

// A saying is a message that would be delivered or answered, as guards and limits
// see it.
type saying struct {
	talk
	place    chat.Place
	name     string // of the user
	order    bool   // it is addressed to the bot, plainly
	wrong    bool   // an order that is none: the bot says so
	resolved bool   // an order that is one
	free     bool   // a code, or an operator's word: always taken
}

// hold takes back what guards and limits do not let pass, in the order of the
// events. Of what is held no more is kept than that it was seen.
func (in *Intake) hold(decided []decision) {
	for i := range decided {
		d := &decided[i]
		e := &d.event
		if d.err != nil || d.said.user == "" || d.said.free || len(e.Deliveries)+len(e.Sends) == 0 && e.Word == nil {
			continue
		}
		if in.tooMany(d) || in.wrongAgain(d) {
			continue
		}
		in.looping(d)
	}
}

// tooMany holds what is beyond the limit of a user (OCO-SEC-28).
func (in *Intake) tooMany(d *decision) bool {
	most := in.o.Rules.UserMessages
	if most == 0 {
		return false
	}
	over, tell := in.limits.take(d.said.user, in.o.Now(), most)
	if !over {
		return false
	}
	d.withhold()
	if tell && d.said.order {
		d.say(in.words().Say(texts.TooFast, "n", most))
	}
	in.held(Held{Why: HeldTooMany, User: d.said.user, Room: d.said.room, First: tell})
	return true
}

// looping holds what a user says who answers the bot as a program does
// (OCO-SEC-29).
func (in *Intake) looping(d *decision) {
	most := in.o.Rules.LoopAnswers
	if most == 0 {
		return
	}
	now := in.o.Now()
	held, first := in.guard.turn(d.said.talk, d.event.Trace, now, most)
	if !held {
		return
	}
	d.withhold()
	if first && d.said.order {
		d.say(in.words().Say(texts.LikeAProgram))
	}
	if first && !in.o.Rules.OperatorsRoom.IsZero() && in.guard.tell(d.said.talk, now) {
		d.event.Sends = append(d.event.Sends, delivery.NewSend{Place: in.o.Rules.OperatorsRoom, Reason: chat.ForNotice, Text: in.words().Say(
			texts.LoopFound, "user", shown(d.said.name), "id", d.said.user, "room", d.said.room, "n", most)})
	}
	in.held(Held{Why: HeldLoop, User: d.said.user, Room: d.said.room, First: first})
}

// wrongAgain bounds how often a user is told that there is no such command
// (OCO-SEC-30). It says that nothing is left of the message.
func (in *Intake) wrongAgain(d *decision) bool {
	most := in.o.Rules.LoopAnswers
	switch {
	case most == 0 || !d.said.order:
		return false
	case !d.said.wrong:
		if d.said.resolved {
			in.guard.good(d.said.talk)
		}
		return false
	}
	e := &d.event
	enough, last := in.guard.complain(d.said.talk, in.o.Now(), most)
	if enough || last {
		in.held(Held{Why: HeldRepeated, User: d.said.user, Room: d.said.room, First: last})
	}
	switch {
	case enough:
		e.Sends, e.Word = nil, nil
		e.Deliveries = slices.DeleteFunc(e.Deliveries, func(n delivery.NewDelivery) bool { return n.Refused })
		if len(e.Deliveries) == 0 {
			d.withhold()
			return true
		}
	case last:
		// In one line: where lines are messages, each of several would be answered.
		text := in.words().Say(texts.SaidEnough)
		if len(e.Sends) > 0 {
			e.Sends[0].Text = in.words().Sentences(e.Sends[0].Text, text)
		} else {
			d.say(text)
		}
	}
	return false
}

// held tells of what triggers nothing.
func (in *Intake) held(h Held) {
	if in.o.Held != nil {
		in.o.Held(h)
	}
}

// withhold leaves nothing of an event but that it was seen.
func (d *decision) withhold() {
	e := &d.event
	e.Deliveries, e.Sends, e.Word, e.Payload, e.Writes = nil, nil, nil, nil, nil
}

// say adds an answer of the bot's own.
func (d *decision) say(text string) {
	d.event.Sends = append(d.event.Sends, delivery.NewSend{Place: d.said.place, Text: text, Reason: chat.ForBot})
}

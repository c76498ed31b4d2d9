package intake

import (
	"errors"
	"strings"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/pattern"
	"github.com/openchatops/oco/internal/texts"
)

// A word is one of the bot's own words, taken apart.
type word struct {
	verb     string
	id       string // of what is shown, retried, dropped or cancelled
	handler  string // that is paused or resumed; empty: all
	reason   string
	delivery bool // it names a delivery by its id, so no route can mean the same
}

// ownWord reads a text as one of the bot's own words. They may also be said as on
// the command line, as "outcomes retry ID".
func ownWord(text string) (word, bool) {
	fields := strings.Fields(text)
	if len(fields) > 1 && strings.EqualFold(fields[0], "outcomes") {
		switch next := strings.ToLower(fields[1]); next {
		case "show", "retry", "drop", "cancel":
			fields = fields[1:]
		case "list":
			fields = append(fields[:1:1], fields[2:]...)
		}
	}
	if len(fields) == 0 {
		return word{}, false
	}
	w := word{verb: strings.ToLower(fields[0])}
	rest := fields[1:]
	switch w.verb {
	case "outcomes", "status":
		return w, len(rest) == 0
	case "pause":
		if len(rest) > 0 {
			w.handler, w.reason = rest[0], spoken(rest[1:])
		}
		return w, true
	case "resume":
		if len(rest) > 0 {
			w.handler = rest[0]
		}
		return w, len(rest) <= 1
	case "retry", "cancel", "show", "drop":
		if len(rest) == 0 || len(rest) > 1 && w.verb != "drop" {
			return w, false
		}
		w.id, w.reason = rest[0], spoken(rest[1:])
		if id := strings.ToLower(w.id); delivery.IsID(delivery.KindDelivery, id) {
			w.id, w.delivery = id, true
		}
		// Events and messages can be shown: their ids have what no word has.
		return w, w.delivery || w.verb == "show" && strings.ContainsAny(w.id, ":/")
	}
	return w, false
}

// spoken is what people read of words that somebody said.
func spoken(words []string) string { return pattern.EscapeHidden(strings.Join(words, " ")) }

// heeds says whether one of the bot's own words is obeyed: those that are for
// operators, if somebody else says them, get the answer that any other text gets
// (OCO-RTE-27).
func (p *pending) heeds(w word) bool {
	switch w.verb {
	case "retry", "cancel", "show":
		return true
	}
	return p.operator() && p.in.o.Records != nil && p.in.o.Control != nil
}

// operator says whether the person is one.
func (p *pending) operator() bool {
	return p.in.o.People.Decide(p.event.GetActor().GetUserId(), operatorsOnly).Allowed
}

// obey does what one of the bot's own words asks for, which it heeds.
func (p *pending) obey(w word) {
	operator := p.operator()
	switch w.verb {
	case "retry", "cancel":
		p.rerun(w, operator)
	case "show":
		p.show(w, operator)
	default:
		p.command(w)
	}
	p.said.free, p.said.resolved = operator, !p.said.wrong
}

// command does what only operators may.
func (p *pending) command(w word) {
	switch w.verb {
	case "outcomes":
		p.outcomes()
	case "status":
		p.status()
	case "drop":
		p.out.Asker = place(p.event.GetAddress())
		p.out.Word = delivery.Drop{Delivery: w.id, By: p.sayer(), Reason: w.reason}
	case "pause", "resume":
		p.pause(w)
	}
}

// sayer is how the record and notices name who says it.
func (p *pending) sayer() string {
	actor := p.event.GetActor()
	if actor.GetName() == "" {
		return actor.GetUserId()
	}
	return shown(actor.GetName())
}

// rerun runs a delivery again, or cancels it: for who asked for it, and operators.
func (p *pending) rerun(w word, operator bool) {
	p.out.Asker = place(p.event.GetAddress())
	user := p.event.GetActor().GetUserId()
	rec, err := p.in.find(w.id)
	if err != nil {
		p.wrong(p.in.words().Say(texts.NoSuchID, "id", w.id))
		return
	}
	if rec.User != user && !operator {
		p.wrong(p.in.words().Say(texts.NotYours, "id", w.id))
		return
	}
	if w.verb == "cancel" {
		p.out.Word = delivery.CancelOf{Delivery: w.id, By: p.sayer()}
		return
	}
	again, waits, err := p.in.again(w.id, rec, user, false, p.found)
	if waits != nil {
		p.wants, p.found = waits.wants, waits.found
		return
	}
	if err != nil {
		p.wrong(err.In(p.in.words()))
		return
	}
	again.By = p.sayer()
	p.out.Word = *again
}

// wrong is an answer to what cannot be done.
func (p *pending) wrong(text string) {
	p.said.wrong = true
	p.say(text)
}

// pause pauses or resumes before the event is admitted: if the bot dies between, the
// event comes again and the same is done once more. An event that was admitted
// before, or obeyed before, does nothing.
func (p *pending) pause(w word) {
	p.inTurn()
	if said := p.in.obeyed.answer(p.out.Dedup); said != "" {
		p.say(said)
		return
	}
	seen, err := p.in.o.Engine.Do(p.ctx, delivery.Seen{Dedup: p.out.Dedup})
	if err != nil {
		p.wrong(p.refusal(err))
		return
	}
	if seen.(bool) {
		return // a repeat, which nobody waits for
	}
	plugin, paused := w.handler, w.verb == "pause"
	if strings.EqualFold(plugin, "all") {
		plugin = ""
	}
	text := p.paused(plugin, paused)
	if err := p.in.o.Control.Pause(p.ctx, plugin, paused, p.sayer(), w.reason); err != nil {
		p.wrong(p.refusal(err))
		return
	}
	p.in.obeyed.add(p.out.Dedup, text)
	p.say(text)
}

// paused is the answer to who paused or resumed a handler, or with an empty name all.
func (p *pending) paused(plugin string, paused bool) string {
	say := p.in.words()
	switch {
	case paused && plugin == "":
		return say.Say(texts.AllPaused)
	case paused:
		return say.Say(texts.IsPaused, "plugin", shown(plugin))
	case plugin == "":
		return say.Say(texts.AllRun)
	}
	return say.Say(texts.Runs, "plugin", shown(plugin))
}

// refusal is what a person reads of an error.
func (p *pending) refusal(err error) string {
	say := p.in.words()
	if refused, ok := errors.AsType[*chat.Error](err); ok {
		return refused.In(say)
	}
	return say.Say(texts.WentWrong, "error", say.Sentence(err.Error()))
}

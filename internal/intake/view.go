package intake

import (
	"errors"
	"math"
	"slices"
	"strings"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/pattern"
	"github.com/openchatops/oco/internal/texts"
	"github.com/openchatops/oco/internal/timeline"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

const (
	// maxListed is how many deliveries the open list shows in chat.
	maxListed = 20
	// maxShown is how much of a timeline fits into a message that people read, in
	// lines and in bytes.
	maxShown, maxShownBytes = 30, 3 << 10
)

// show tells the life of an event: to operators, and of a delivery to who asked for
// it. What was said in another room is not repeated where others read it
// (OCO-RTE-29).
func (p *pending) show(w word, operator bool) {
	say := p.in.words()
	unknown := say.Say(texts.NoSuchID, "id", shown(w.id))
	if p.in.o.Records == nil {
		p.wrong(unknown)
		return
	}
	if !operator {
		rec, err := p.in.find(w.id)
		if err != nil || rec.User != p.event.GetActor().GetUserId() {
			p.wrong(unknown) // whether or not there is one of somebody else
			return
		}
	}
	life, err := p.in.o.Records.ShowRecord(p.ctx, &ocov1.ShowRecordRequest{Id: w.id}, say)
	if err != nil {
		if refused, ok := errors.AsType[*chat.Error](err); ok && refused.Reason == chat.DeliveryNotFound {
			p.wrong(unknown)
			return
		}
		p.wrong(p.refusal(err))
		return
	}
	if !operator { // what else the event led to is of others
		life.Deliveries = slices.DeleteFunc(life.Deliveries, func(d *ocov1.DeliveryRecord) bool { return d.GetDeliveryId() != w.id })
		for _, d := range life.Deliveries {
			hideInside(d)
		}
	}
	outline := !p.direct() && !p.fromHere(life)
	text := timeline.Style{Escape: pattern.EscapeHidden, Outline: outline, Plain: true, Texts: say}.Record(life)
	if outline {
		text += say.Say(texts.ShowElsewhere)
	}
	p.say(cut(strings.TrimSpace(text), maxShown, say.Say(texts.ShowRest, "id", w.id)))
}

// hideInside takes out what programs wrote for operators: why a callback failed, or
// a chat service refused a message, may tell of machines and their secrets. What the
// bot itself says of how it ended, who asked has read already (OCO-RTE-31).
func hideInside(d *ocov1.DeliveryRecord) {
	own := false
	switch d.GetOutcome() {
	case ocov1.Outcome_OUTCOME_CANCELLED, ocov1.Outcome_OUTCOME_EXPIRED, ocov1.Outcome_OUTCOME_REFUSED:
		own = true
	case ocov1.Outcome_OUTCOME_UNKNOWN:
		own = d.GetResolvedOutcome() == ocov1.Outcome_OUTCOME_UNSPECIFIED
	case ocov1.Outcome_OUTCOME_UNSPECIFIED:
		own = len(d.GetAttempts()) == 0 // why it waits
	}
	if !own {
		d.Detail = ""
	}
	for _, s := range d.GetSends() {
		s.Detail = ""
	}
}

// fromHere says that all of it happened in the room in which it is asked for.
func (p *pending) fromHere(life *ocov1.ShowRecordResponse) bool {
	here := p.event.GetAddress().GetRoom().GetRoomId()
	if e := life.GetEvent(); e != nil && e.GetAddress().GetRoom().GetRoomId() != here {
		return false
	}
	return !slices.ContainsFunc(life.GetDeliveries(), func(d *ocov1.DeliveryRecord) bool {
		return d.GetAddress().GetRoom().GetRoomId() != here
	})
}

// cut keeps the first lines of a text, and says where the rest is.
func cut(text string, most int, rest string) string {
	lines := strings.Split(text, "\n")
	size := 0
	for i, line := range lines {
		if size += len(line) + 1; i == most || size > maxShownBytes {
			return strings.Join(append(lines[:i:i], rest), "\n")
		}
	}
	return text
}

// outcomes lists what ended badly and was not settled, the newest first.
func (p *pending) outcomes() {
	say := p.in.words()
	newest, all, err := p.in.o.Records.OpenList(p.ctx, maxListed)
	if err != nil {
		p.wrong(p.refusal(err))
		return
	}
	if all == 0 {
		p.say(say.Say(texts.NothingOpen))
		return
	}
	most := ""
	if all > len(newest) {
		most = say.Say(texts.OpenNewest, "n", len(newest))
	}
	lines := []string{say.Sentences(say.Say(texts.Open, "n", all), most)}
	here := p.event.GetAddress().GetRoom().GetRoomId()
	for _, d := range newest {
		with := []any{
			"id", d.GetDeliveryId(), "ago", say.Ago(p.now.Sub(d.GetEndTime().AsTime())), "outcome", say.Word(timeline.Word(d.GetOutcome())),
			"route", shown(d.GetPluginId() + ":" + d.GetRoute()), "user", shown(d.GetUserId()),
		}
		line := texts.Of(texts.OpenOne, with...)
		if said := d.GetDetail(); said != "" && (p.direct() || d.GetAddress().GetRoom().GetRoomId() == here) {
			line = texts.Of(texts.OpenOneWhy, append(with, "why", shown(said))...)
		}
		lines = append(lines, say.Text(line))
	}
	lines = append(lines, say.Say(texts.OpenToDo))
	p.say(strings.Join(lines, "\n"))
}

// status says in a few lines how the bot is.
func (p *pending) status() {
	s, err := p.in.o.Control.GetStatus(p.ctx, &ocov1.GetStatusRequest{})
	if err != nil {
		p.wrong(p.refusal(err))
		return
	}
	say, counts := p.in.words(), s.GetCounts()
	how := texts.Ready
	if !s.GetReady() {
		how = texts.NotReady
	}
	count := func(name string) int { return int(min(counts[name], math.MaxInt32)) }
	lines := []string{say.Text(texts.Of(how, "bot", s.GetBot().GetName(), "time", say.Brief(s.GetUptime().AsDuration()),
		"waiting", count("waiting"), "running", count("leased"), "outbox", count("outbox"), "open", count("open_list")))}
	for _, d := range s.GetPlugins() {
		if line := standing(d); !line.IsZero() {
			lines = append(lines, say.Text(line))
		}
	}
	for _, warning := range s.GetWarnings() {
		lines = append(lines, say.Say(texts.StatusWarning, "text", pattern.EscapeHidden(strings.Join(strings.Fields(warning), " "))))
	}
	p.say(cut(strings.Join(lines, "\n"), maxShown, say.Say(texts.StatusRest)))
}

// standing says why a plugin does not work, if it does not.
func standing(d *ocov1.Plugin) texts.Text {
	name, reason, why := shown(d.GetPluginId()), shown(d.GetPauseReason()), shown(d.GetDetail())
	switch {
	case d.GetPaused() && reason == "":
		return texts.Of(texts.StatusPaused, "plugin", name)
	case d.GetPaused():
		return texts.Of(texts.StatusPausedIn, "plugin", name, "reason", reason)
	case slices.ContainsFunc(d.GetReplicas(), func(r *ocov1.Replica) bool { return r.GetConnected() }):
		return texts.Text{}
	case why == "":
		return texts.Of(texts.StatusAway, "plugin", name)
	}
	return texts.Of(texts.StatusAwayWhy, "plugin", name, "why", why)
}

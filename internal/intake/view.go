package intake

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/pattern"
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

// shown makes what somebody wrote a part of a line: not too long, and without what
// cannot be seen.
func shown(text string) string {
	const most = 80
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > most {
		text = string(runes[:most]) + "…"
	}
	return pattern.EscapeHidden(text)
}

// show tells the life of an event: to operators, and of a delivery to who asked for
// it. What was said in another room is not repeated where others read it
// (OCO-RTE-29).
func (p *pending) show(w word, operator bool) {
	unknown := "I know of no " + shown(w.id) + "."
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
	life, err := p.in.o.Records.ShowRecord(p.ctx, &ocov1.ShowRecordRequest{Id: w.id})
	if err != nil {
		if refused, ok := errors.AsType[*chat.Error](err); ok && refused.Reason == chat.DeliveryNotFound {
			p.wrong(unknown)
			return
		}
		p.wrong(refusal(err))
		return
	}
	if !operator { // what else the event led to is of others
		life.Deliveries = slices.DeleteFunc(life.Deliveries, func(d *ocov1.DeliveryRecord) bool { return d.GetDeliveryId() != w.id })
		for _, d := range life.Deliveries {
			hideInside(d)
		}
	}
	outline := !p.direct() && !p.fromHere(life)
	text := timeline.Style{Escape: pattern.EscapeHidden, Outline: outline, Plain: true}.Record(life)
	if outline {
		text += "What was said is of another room: ask me in a direct room to see it."
	}
	p.say(cut(strings.TrimSpace(text), maxShown, "The rest: oco show "+w.id))
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
	newest, all, err := p.in.o.Records.OpenList(p.ctx, maxListed)
	if err != nil {
		p.wrong(refusal(err))
		return
	}
	if all == 0 {
		p.say("Nothing is open: whatever was admitted ended done or was settled.")
		return
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Open: %d.", all)
	if all > len(newest) {
		fmt.Fprintf(&b, " The newest %d, all of them: oco outcomes", len(newest))
	}
	here := p.event.GetAddress().GetRoom().GetRoomId()
	for _, d := range newest {
		fmt.Fprintf(&b, "\n%s  %s  %s  %s, of %s", d.GetDeliveryId(), timeline.Ago(p.now.Sub(d.GetEndTime().AsTime())),
			timeline.Word(d.GetOutcome()), shown(d.GetPluginId()+":"+d.GetRoute()), shown(d.GetUserId()))
		if said := d.GetDetail(); said != "" && (p.direct() || d.GetAddress().GetRoom().GetRoomId() == here) {
			b.WriteString(": " + shown(said))
		}
	}
	b.WriteString("\nSay show, retry or drop with the id of one.")
	p.say(b.String())
}

// status says in a few lines how the bot is.
func (p *pending) status() {
	s, err := p.in.o.Control.GetStatus(p.ctx, &ocov1.GetStatusRequest{})
	if err != nil {
		p.wrong(refusal(err))
		return
	}
	var b strings.Builder
	state := "ready"
	if !s.GetReady() {
		state = "NOT READY"
	}
	counts := s.GetCounts()
	fmt.Fprintf(&b, "%s is %s, up %s. Waiting %d, running %d, to be posted %d, on the open list %d.", s.GetBot().GetName(), state,
		timeline.Span(s.GetUptime().AsDuration()), counts["waiting"], counts["leased"], counts["outbox"], counts["open_list"])
	for _, d := range s.GetPlugins() {
		switch {
		case d.GetPaused():
			b.WriteString("\n" + shown(d.GetPluginId()) + " is paused: " + shown(d.GetPauseReason()))
		case !slices.ContainsFunc(d.GetReplicas(), func(r *ocov1.Replica) bool { return r.GetConnected() }):
			b.WriteString("\n" + strings.TrimSuffix(shown(d.GetPluginId())+" is not running: "+shown(d.GetDetail()), ": "))
		}
	}
	for _, warning := range s.GetWarnings() {
		b.WriteString("\nWarning: " + pattern.EscapeHidden(strings.Join(strings.Fields(warning), " ")))
	}
	p.say(cut(b.String(), maxShown, "The rest: oco status"))
}

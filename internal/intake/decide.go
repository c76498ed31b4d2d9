package intake

import (
	"context"
	"strconv"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/openchatops/oco/internal/authz"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/route"
	"github.com/openchatops/oco/internal/wire"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// The sizes that one event may have, in bytes (OCO-SIZ-4, OCO-SIZ-8, OCO-SIZ-21).
// maxEvent leaves a frame the room that what matched takes: text that is at most
// maxText long, for each of the few ways in which it is told.
const (
	maxText      = 64 << 10
	maxNative    = 256 << 10
	maxEvent     = 2 << 20
	maxServiceID = 1 << 10
)

// pending is one event on its way to admission.
type pending struct {
	ctx context.Context // of the call that brought it
	in  *Intake
	account
	event   *ocov1.Event
	now     time.Time
	out     delivery.Event
	text    string // without the address
	claimed string // the user who said a code
	said    saying // as guards and limits see it
	mayAll  bool   // it was authorised already
	before  <-chan struct{}
	writes  []delivery.Write // rows of its ids, if a route takes it

	mentions []mentioned       // in text, by where they stand
	args     []*ocov1.Argument // of the command that takes it
	wants    []name            // to be looked up before it can be decided about
	found    map[name]answer   // what was looked up; nil: nothing was yet
	meant    []*ocov1.Argument // of args, what is kept for when it is run again
	past     []*ocov1.Argument // what they meant when it was said, if it is run again now
	guess    bool              // names that cannot be found out now are left open
}

// decide checks an event, gives it the bot's ids and says what is to be done
// about it. It changes the event in place. If p.wants is not empty then, nothing is
// decided yet.
func (p *pending) decide() (delivery.Event, *chat.Error) {
	if err := p.adopt(); err != nil {
		return delivery.Event{}, err
	}
	return p.settle()
}

// adopt checks an event and gives it the bot's ids.
func (p *pending) adopt() *chat.Error {
	e := p.event
	if err := check(e); err != nil {
		return err
	}
	p.out.ServiceID = e.GetEventId()
	p.out.Dedup = dedupHash(p.number, e.GetEventId())
	ids := idMapper{account: p.account, lookup: p.in.ownMessage}
	ids.event(e)
	if ids.longest > maxServiceID {
		return chat.Refuse(chat.TooLarge, "an id of the event has %d bytes, at most %d are allowed", ids.longest, maxServiceID).With("limit", strconv.Itoa(maxServiceID))
	}
	p.writes = ids.writes
	p.out.ID = e.GetEventId()
	p.out.Trace = newTrace()
	if at := e.GetOccurTime(); at.IsValid() {
		p.out.Occurred = at.AsTime()
	}
	e.AdmitTime = timestamppb.New(p.now)
	return nil
}

// settle says what is to be done about an event that has the bot's ids.
func (p *pending) settle() (delivery.Event, *chat.Error) {
	e := p.event
	p.wants = nil
	if a := e.GetActor(); a != nil {
		a.Groups = p.in.o.People.Groups(a.GetUserId())
	}
	if u := e.GetMember().GetUser(); u != nil {
		u.Groups = p.in.o.People.Groups(u.GetUserId())
	}
	about := p.aboutSelf()
	switch {
	case e.GetHistorical() || p.own() && !about:
		// Of the past, or the bot's own: no route takes it.
	case p.ignored():
		p.in.held(Held{Why: HeldIgnored, User: p.who(), Room: e.GetAddress().GetRoom().GetRoomId()})
	case e.GetMessage() != nil:
		p.message()
	default:
		p.happens()
	}
	if len(p.out.Deliveries) > 0 {
		payload, err := wire.Marshal(e)
		if err != nil {
			return delivery.Event{}, chat.Refuse(chat.FieldInvalid, "the event does not encode: %v", err)
		}
		if len(payload) > maxEvent {
			return delivery.Event{}, chat.Refuse(chat.TooLarge, "the event has %d bytes with the ids of the bot, at most %d fit into a frame", len(payload), maxEvent).With("limit", strconv.Itoa(maxEvent))
		}
		p.out.Payload = payload
		p.out.Meant = p.remember()
		p.out.Writes = append(p.out.Writes, p.writes...)
	}
	return p.out, nil
}

// who is the user who did it: of a change of members that names nobody else, whom
// it is about.
func (p *pending) who() string {
	if id := p.event.GetActor().GetUserId(); id != "" {
		return id
	}
	return p.event.GetMember().GetUser().GetUserId()
}

// ignored says whether it is of a user of whom nothing triggers anything
// (OCO-SEC-27).
func (p *pending) ignored() bool { return p.in.o.Rules.Ignore[p.who()] }

// own says whether the bot's own user did it, by the adapter's word or by its id.
func (p *pending) own() bool {
	actor := p.event.GetActor()
	return actor.GetIsSelf() || p.self != "" && actor.GetUserId() == p.self
}

// check refuses what can never be admitted as it is.
func check(e *ocov1.Event) *chat.Error {
	text := e.GetMessage().GetMessage().GetContent().GetText()
	switch {
	case e.GetEventId() == "":
		return chat.Refuse(chat.FieldInvalid, "event_id is empty").With("field", "event_id")
	case len(e.GetEventId()) > maxServiceID:
		return chat.Refuse(chat.TooLarge, "event_id has %d bytes, at most %d are allowed", len(e.GetEventId()), maxServiceID).With("limit", strconv.Itoa(maxServiceID))
	case len(text) > maxText:
		return chat.Refuse(chat.TooLarge, "the text has %d bytes, at most %d are allowed", len(text), maxText).With("limit", strconv.Itoa(maxText))
	case len(e.GetNative()) > maxNative:
		return chat.Refuse(chat.TooLarge, "native has %d bytes, at most %d are allowed", len(e.GetNative()), maxNative).With("limit", strconv.Itoa(maxNative))
	case e.GetKind() == nil:
		return chat.Refuse(chat.FieldInvalid, "the event has no kind").With("field", "kind")
	case e.GetMessage() != nil && e.GetMessage().GetMessage() == nil:
		return chat.Refuse(chat.FieldInvalid, "a message event without a message").With("field", "message.message")
	case e.GetMessage() != nil && e.GetActor().GetUserId() == "":
		return chat.Refuse(chat.FieldInvalid, "a message event needs its actor's user_id").With("field", "actor.user_id")
	case e.GetMessage() != nil && e.GetAddress().GetRoom().GetRoomId() == "":
		return chat.Refuse(chat.FieldInvalid, "a message event needs its room's room_id").With("field", "address.room.room_id")
	}
	if err := checkAttachments(e.GetMessage().GetMessage().GetAttachments()); err != nil {
		return err
	}
	return checkHappening(e)
}

// deliver adds the delivery of one route.
func (p *pending) deliver(r *route.Route, match *ocov1.Match, why string, addressed bool) *delivery.NewDelivery {
	encoded, err := wire.Marshal(match)
	if err != nil {
		encoded = nil // text that is not UTF-8 was repaired before: cannot be
	}
	p.out.Deliveries = append(p.out.Deliveries, delivery.NewDelivery{
		ID: p.newDelivery(), Route: machineRoute(r), Match: encoded, Addressed: addressed,
		User: p.event.GetActor().GetUserId(), Place: place(p.event.GetAddress()), Decision: why,
	})
	return &p.out.Deliveries[len(p.out.Deliveries)-1]
}

// say adds an answer of the bot's own.
func (p *pending) say(text string) {
	p.out.Sends = append(p.out.Sends, delivery.NewSend{Place: place(p.event.GetAddress()), Text: text, Reason: chat.ForBot})
}

// ask says whether the person may use a route, and why.
func (p *pending) ask(r *route.Route) authz.Decision {
	if p.mayAll {
		return authz.Decision{Allowed: true}
	}
	return p.in.o.People.Decide(p.event.GetActor().GetUserId(), rule(r))
}

func (p *pending) may(r *route.Route) bool { return p.ask(r).Allowed }

func rule(r *route.Route) authz.Rule { return authz.Rule{Allow: r.Allow, Danger: r.Danger} }

// machineRoute is what the state machine must know of a route.
func machineRoute(r *route.Route) delivery.Route {
	return delivery.Route{
		Plugin: r.Plugin, Name: r.Name, Definition: r.ID, RunPolicy: r.RunPolicy, Order: r.Order, Notice: r.Notice,
		MaxRun: r.MaxRun, StaleAfter: r.StaleAfter, MaxAttempts: r.MaxAttempts,
		Sensitive: r.Secret(),
	}
}

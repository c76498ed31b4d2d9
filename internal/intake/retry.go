package intake

import (
	"context"
	"errors"

	"google.golang.org/protobuf/proto"

	"github.com/openchatops/oco/internal/authz"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/record"
	"github.com/openchatops/oco/internal/route"
	"github.com/openchatops/oco/internal/store"
	"github.com/openchatops/oco/internal/texts"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

var operatorsOnly = authz.Rule{Allow: []string{authz.Operators}}

// Retry runs the event of an ended delivery again, on the word of somebody who
// holds an operator's key. It returns the id of the new delivery.
func (in *Intake) Retry(ctx context.Context, id, by string) (string, error) {
	rec, refused := in.find(id)
	if refused != nil {
		return "", refused
	}
	again, waits, refused := in.againNow(id, rec, nil)
	if waits != nil {
		in.lookups.find(ctx, []*pending{waits})
		again, _, refused = in.againNow(id, rec, waits.found)
	}
	if refused != nil {
		return "", refused
	}
	again.By = by
	value, err := in.o.Engine.Do(ctx, *again)
	if err != nil {
		return "", err
	}
	return value.(string), nil
}

// againNow is again for an operator's key, while no rule changes.
func (in *Intake) againNow(id string, rec *record.Delivery, found map[name]answer) (*delivery.RetryOf, *pending, *chat.Error) {
	in.rules.RLock()
	defer in.rules.RUnlock()
	return in.again(id, rec, rec.User, true, found)
}

// find reads the record of a delivery, open or ended.
func (in *Intake) find(id string) (*record.Delivery, *chat.Error) {
	rec := &record.Delivery{}
	for _, key := range [][]byte{delivery.EndedKey(id), delivery.DeliveryKey(id)} {
		value, err := in.o.Engine.Store().Get(key)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err == nil {
			err = proto.Unmarshal(value, rec)
		}
		if err != nil {
			return nil, chat.Refuse(chat.StorageFailed, "read %s: %v", id, err)
		}
		return rec, nil
	}
	return nil, chat.Refuse(chat.DeliveryNotFound, "there is no delivery %s", id).Saying(texts.NoSuchID, "id", id)
}

// again matches the event of a delivery anew, against the routes as they are
// now, and authorises it afresh: as the user, or for an operator's key. What names and
// times meant when it was said, they still mean (OCO-RTE-57). If others have to be
// looked up it returns what waits for them, and is to be called again with what was
// found.
func (in *Intake) again(id string, rec *record.Delivery, user string, operator bool, found map[name]answer) (*delivery.RetryOf, *pending, *chat.Error) {
	event, past, refused := in.event(id, rec.Event)
	if refused != nil {
		return nil, nil, refused
	}
	r := in.o.Table().Find(rec.Plugin, rec.Route)
	if r == nil || !in.o.Table().Enabled(r) {
		return nil, nil, chat.Refuse(chat.RouteNotFound, "%s does not offer %s any more", rec.Plugin, rec.Route).
			Saying(texts.RouteGone, "plugin", rec.Plugin, "route", rec.Route)
	}
	d := in.o.People.Decide(user, rule(r))
	if operator {
		d = authz.Decision{Allowed: true, Why: "allowed: operator's key"}
	} else if by := in.o.People.Decide(user, operatorsOnly); !d.Allowed && by.Allowed && user != rec.User {
		d = in.o.People.Decide(rec.User, rule(r))
	}
	if !d.Allowed {
		return nil, nil, chat.Refuse(chat.UserNotInGroup, "You may not run %s.", rec.Route).Saying(texts.MayNotRun, "route", rec.Route)
	}
	account, _ := chat.AccountNumber(event.GetAccountId())
	p := &pending{in: in, account: in.account(account), event: event, now: in.o.Now(), past: past, found: found}
	n, refused := p.rematch(id, rec)
	if refused != nil {
		return nil, nil, refused
	}
	if len(p.wants) > 0 {
		return nil, p, nil
	}
	n.Decision = d.Why
	n.User, n.Place = rec.User, chat.Place{Room: rec.Place.GetRoom(), User: rec.Place.GetUser(), Thread: rec.Place.GetThread(), Start: rec.Place.GetStart()}
	n.Addressed = rec.Addressed
	return &delivery.RetryOf{Old: id, New: n, Meant: p.remember()}, nil, nil
}

// event reads the event of a delivery, and what the names and times in it meant.
func (in *Intake) event(delivered, id string) (*ocov1.Event, []*ocov1.Argument, *chat.Error) {
	value, err := in.o.Engine.Store().Get(delivery.EventKey(id))
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil, chat.Refuse(chat.DeliveryState, "the event of %s is not kept any more", delivered).Saying(texts.EventGone, "id", delivered)
	}
	var row record.Event
	event, meant := &ocov1.Event{}, &ocov1.Match{}
	if err == nil {
		err = proto.Unmarshal(value, &row)
	}
	if row.Bare {
		return nil, nil, delivery.TextGone(delivered)
	}
	if err == nil {
		err = errors.Join(proto.Unmarshal(row.Payload, event), proto.Unmarshal(row.Meant, meant))
	}
	if err != nil {
		return nil, nil, chat.Refuse(chat.StorageFailed, "read the event of %s: %v", delivered, err)
	}
	return event, meant.GetArguments(), nil
}

// rematch finds the delivery that the route of rec would get of the event now, unless
// something has to be looked up before.
func (p *pending) rematch(id string, rec *record.Delivery) (delivery.NewDelivery, *chat.Error) {
	p.mayAll = true
	var found route.Result
	switch {
	case p.event.GetMessage() != nil:
		found = p.resolve(rec.Addressed)
	default:
		p.happens()
	}
	if len(p.wants) > 0 {
		return delivery.NewDelivery{}, nil
	}
	for _, n := range p.out.Deliveries {
		switch {
		case n.Route.Plugin != rec.Plugin || n.Route.Name != rec.Route:
		case n.Refused: // for what it says, not for who asks: that is decided before
			return n, p.notRun(id, n.UserText)
		default:
			return n, nil
		}
	}
	if r := found.Near; r != nil && r.Plugin == rec.Plugin && r.Name == rec.Route {
		return delivery.NewDelivery{}, p.notRun(id, p.in.words().Text(problem(found.Problem)))
	}
	return delivery.NewDelivery{}, chat.Refuse(chat.RouteNotFound, "what was said does not fit %s any more", rec.Route).
		Saying(texts.FitsNoMore, "route", rec.Route)
}

// notRun says why what was said is not run again.
func (p *pending) notRun(id, why string) *chat.Error {
	return chat.Refuse(chat.DeliveryState, "%s is not run: %s", id, why).Saying(texts.NotRunAgain, "id", id, "why", p.in.words().Sentence(why))
}

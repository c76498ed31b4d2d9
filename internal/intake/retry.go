package intake

import (
	"context"
	"errors"

	"google.golang.org/protobuf/proto"

	"github.com/openchatops/oco/internal/authz"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/record"
	"github.com/openchatops/oco/internal/store"

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
	again, refused := in.againNow(id, rec)
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
func (in *Intake) againNow(id string, rec *record.Delivery) (*delivery.RetryOf, *chat.Error) {
	in.rules.RLock()
	defer in.rules.RUnlock()
	return in.again(id, rec, rec.User, true)
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
	return nil, chat.Refuse(chat.DeliveryNotFound, "there is no delivery %s", id)
}

// again matches the event of a delivery anew, against the routes as they are
// now, and authorises it afresh: as the user, or for an operator's key.
func (in *Intake) again(id string, rec *record.Delivery, user string, operator bool) (*delivery.RetryOf, *chat.Error) {
	value, err := in.o.Engine.Store().Get(delivery.EventKey(rec.Event))
	if errors.Is(err, store.ErrNotFound) {
		return nil, chat.Refuse(chat.DeliveryState, "the event of %s is not kept any more", id)
	}
	var row record.Event
	event := &ocov1.Event{}
	if err == nil {
		err = proto.Unmarshal(value, &row)
	}
	if row.Bare {
		return nil, delivery.TextGone(id)
	}
	if err == nil {
		err = proto.Unmarshal(row.Payload, event)
	}
	if err != nil {
		return nil, chat.Refuse(chat.StorageFailed, "read the event of %s: %v", id, err)
	}
	r := in.o.Table().Find(rec.Plugin, rec.Route)
	if r == nil || !in.o.Table().Enabled(r) {
		return nil, chat.Refuse(chat.RouteNotFound, "%s does not offer %s any more", rec.Plugin, rec.Route)
	}
	d := in.o.People.Decide(user, rule(r))
	if operator {
		d = authz.Decision{Allowed: true, Why: "allowed: operator's key"}
	} else if by := in.o.People.Decide(user, operatorsOnly); !d.Allowed && by.Allowed && user != rec.User {
		d = in.o.People.Decide(rec.User, rule(r))
	}
	if !d.Allowed {
		return nil, chat.Refuse(chat.UserNotInGroup, "You may not run %s.", rec.Route)
	}
	account, _ := chat.AccountNumber(event.GetAccountId())
	p := &pending{in: in, account: in.account(account), event: event, now: in.o.Now()}
	n, ok := p.rematch(rec)
	switch {
	case !ok:
		return nil, chat.Refuse(chat.RouteNotFound, "what was said does not fit %s any more", rec.Route)
	case n.Refused: // for what it says, not for who asks: that is decided above
		return nil, chat.Refuse(chat.DeliveryState, "%s is not run: %s", id, n.UserText)
	}
	n.Decision = d.Why
	n.User, n.Place = rec.User, chat.Place{Room: rec.Place.GetRoom(), User: rec.Place.GetUser(), Thread: rec.Place.GetThread(), Start: rec.Place.GetStart()}
	n.Addressed = rec.Addressed
	return &delivery.RetryOf{Old: id, New: n}, nil
}

// rematch finds the delivery that the route of rec would get of the event now.
func (p *pending) rematch(rec *record.Delivery) (delivery.NewDelivery, bool) {
	p.mayAll = true
	switch {
	case p.event.GetMessage() != nil:
		p.resolve()
	default:
		p.happens()
	}
	for _, n := range p.out.Deliveries {
		if n.Route.Plugin == rec.Plugin && n.Route.Name == rec.Route {
			return n, true
		}
	}
	return delivery.NewDelivery{}, false
}

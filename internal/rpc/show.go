package rpc

import (
	"cmp"
	"context"
	"fmt"

	"google.golang.org/protobuf/proto"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/record"
	"github.com/openchatops/oco/internal/texts"
)

// ShowRecord tells the whole life of an event, named by itself, by one of its
// deliveries or by a message that answers it.
func (c *Core) ShowRecord(ctx context.Context, req *ocov1.ShowRecordRequest) (*ocov1.ShowRecordResponse, error) {
	return c.ShowRecordIn(ctx, req, nil)
}

// ShowRecordIn is ShowRecord for who reads it in the language of a catalogue: what a
// delivery waits for is told in it.
func (c *Core) ShowRecordIn(ctx context.Context, req *ocov1.ShowRecordRequest, in *texts.Catalogue) (*ocov1.ShowRecordResponse, error) {
	id := req.GetId()
	if err := checkID("id", id); err != nil {
		return nil, err
	}
	res, err := c.find(id)
	if err != nil {
		return nil, err
	}
	return res, c.explain(ctx, res.GetDeliveries(), in)
}

// find finds what is recorded under an id.
func (c *Core) find(id string) (*ocov1.ShowRecordResponse, error) {
	if res, err := c.showEvent(id); res != nil || err != nil {
		return res, err
	}
	if res, err := c.showDelivery(id); res != nil || err != nil {
		return res, err
	}
	send, err := c.message(id)
	if err != nil {
		return nil, err
	}
	if send != nil {
		return c.showMessage(id, send)
	}
	if d := deliveryOf(id); d != id {
		if res, err := c.showDelivery(d); res != nil || err != nil {
			return res, err
		}
	}
	return nil, chat.Refuse(chat.DeliveryNotFound, "nothing is recorded under %q: it is the id of an event, a delivery or a message, and an event that no route took is not kept", id)
}

// showEvent is nil if there is no such event.
func (c *Core) showEvent(id string) (*ocov1.ShowRecordResponse, error) {
	row := new(record.Event)
	if found, err := c.row(delivery.EventKey(id), row); err != nil || !found {
		return nil, err
	}
	res := &ocov1.ShowRecordResponse{Event: new(ocov1.Event)}
	if err := proto.Unmarshal(row.Payload, res.Event); err != nil {
		return nil, fmt.Errorf("the payload of the event %s cannot be read: %w", id, err)
	}
	if row.Bare {
		res.Event.EventId = id // nothing else is known of it any more
	}
	for _, d := range row.Deliveries {
		one, sensitive, err := c.delivery(d)
		if err != nil {
			return nil, err
		}
		if one != nil {
			res.Deliveries = append(res.Deliveries, one)
		}
		if sensitive {
			hideText(res.Event)
		}
	}
	return res, nil
}

// redacted stands where a text must not be shown.
const redacted = "[redacted]"

// hideText takes what was typed out of an event that a route with a sensitive
// argument took (OCO-RPC-11).
func hideText(e *ocov1.Event) {
	if e == nil {
		return
	}
	e.Native = nil
	if m := e.GetMessage().GetMessage(); m != nil {
		m.Content, m.Mentions = &ocov1.Content{Text: redacted}, nil
	}
}

// showDelivery is nil if there is no such delivery. Of one whose event is gone
// the delivery alone is shown.
func (c *Core) showDelivery(id string) (*ocov1.ShowRecordResponse, error) {
	one, sensitive, err := c.delivery(id)
	if err != nil || one == nil {
		return nil, err
	}
	res, err := c.showEvent(one.EventId)
	if err != nil {
		return nil, err
	}
	if res == nil {
		res = new(ocov1.ShowRecordResponse)
	}
	for _, d := range res.Deliveries {
		if d.DeliveryId == id {
			return res, nil
		}
	}
	res.Deliveries = append(res.Deliveries, one) // a retry
	if sensitive {
		hideText(res.Event)
	}
	return res, nil
}

func (c *Core) showMessage(id string, send *record.Send) (*ocov1.ShowRecordResponse, error) {
	if res, err := c.showDelivery(cmp.Or(send.Delivery, deliveryOf(id))); res != nil || err != nil {
		return res, err
	}
	if send.Event != "" {
		if res, err := c.showEvent(send.Event); res != nil || err != nil {
			return res, err
		}
	}
	// A message outside a delivery: what is known of it stands in a record
	// without one.
	return &ocov1.ShowRecordResponse{Deliveries: []*ocov1.DeliveryRecord{{
		Address: addressOf(send.Place), Sends: []*ocov1.SentRecord{sentRecord(id, send)},
		AdmitTime: moment(send.MadeMs), EndTime: moment(send.EndMs),
	}}}, nil
}

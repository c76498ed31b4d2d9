package rpc

import (
	"fmt"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/record"
	"github.com/openchatops/oco/internal/store"
)

// delivery reads the record of a delivery, open or ended; nil if there is none.
// sensitive says that the text of its event must not be shown.
func (c *Core) delivery(id string) (out *ocov1.DeliveryRecord, sensitive bool, err error) {
	row := new(record.Delivery)
	found, err := c.row(delivery.EndedKey(id), row)
	if err == nil && !found {
		row, err = c.openRow(id)
	}
	if err != nil || row == nil {
		return nil, false, err
	}
	out = deliveryRecord(id, row)
	err = c.addSends(out)
	return out, row.Sensitive, err
}

// openRow reads the rows of a delivery that has not ended; nil if there are
// none.
func (c *Core) openRow(id string) (*record.Delivery, error) {
	fixed, err := c.value(delivery.DeliveryKey(id))
	if err != nil || fixed == nil {
		return nil, err
	}
	turn, err := c.value(delivery.TurnKey(id))
	if err != nil {
		return nil, err
	}
	return delivery.MergeDelivery(fixed, turn)
}

// value reads a row; nil if there is none.
func (c *Core) value(key []byte) ([]byte, error) {
	value, err := c.opt.Store.Get(key)
	if isAbsent(err) {
		return nil, nil
	}
	return value, err
}

// addSends puts the messages of deliveries into their records: those that ended,
// then those that wait. It goes through the outbox once for all of them.
func (c *Core) addSends(records ...*ocov1.DeliveryRecord) error {
	byID := make(map[string]*ocov1.DeliveryRecord, len(records))
	for _, d := range records {
		var err error
		if d.Sends, err = c.sent(d.DeliveryId); err != nil {
			return err
		}
		byID[d.DeliveryId] = d
	}
	return c.eachOutbox(func(row *record.Send) error {
		if d := byID[row.Delivery]; d != nil {
			d.Sends = append(d.Sends, sentRecord(row.Id, row))
		}
		return nil
	})
}

// sent are the messages of a delivery that ended.
func (c *Core) sent(id string) (sends []*ocov1.SentRecord, err error) {
	prefix := delivery.SentKey(chat.MessageID(id, ""))
	err = c.opt.Store.Scan(prefix, nil, func(key, value []byte) error {
		row := new(record.Send)
		if err := proto.Unmarshal(value, row); err != nil {
			return fmt.Errorf("the row %q cannot be read: %w", key, err)
		}
		sends = append(sends, sentRecord(id+"/"+string(key[len(prefix):]), row))
		return nil
	})
	return sends, err
}

// eachOutbox visits the messages that have not ended. Their number is bounded.
func (c *Core) eachOutbox(visit func(*record.Send) error) error {
	return c.opt.Store.Scan(delivery.OutboxPrefix(), nil, func(key, value []byte) error {
		row := new(record.Send)
		if err := proto.Unmarshal(value, row); err != nil {
			return fmt.Errorf("the row %q cannot be read: %w", key, err)
		}
		return visit(row)
	})
}

// message finds a message that the bot was asked to send; nil if there is none.
func (c *Core) message(id string) (*record.Send, error) {
	row := new(record.Send)
	found, err := c.row(delivery.SentKey(id), row)
	if err != nil || found {
		return row, err
	}
	row = nil
	err = c.eachOutbox(func(waiting *record.Send) error {
		if waiting.Id != id {
			return nil
		}
		row = waiting
		return store.ErrStop
	})
	return row, err
}

func sentRecord(id string, row *record.Send) *ocov1.SentRecord {
	state := ocov1.SendState(row.State)
	if state == ocov1.SendState_SEND_STATE_UNSPECIFIED {
		state = ocov1.SendState_SEND_STATE_QUEUED
	}
	return &ocov1.SentRecord{
		MessageId: id, State: state, Detail: row.Detail, Operation: row.What, MakeTime: moment(row.MadeMs), EndTime: moment(row.EndMs),
	}
}

func deliveryRecord(id string, row *record.Delivery) *ocov1.DeliveryRecord {
	out := &ocov1.DeliveryRecord{
		DeliveryId: id, EventId: row.Event, PluginId: row.Plugin, Route: row.Route,
		State: ocov1.DeliveryState(stateOf(row)), Outcome: ocov1.Outcome(row.Outcome),
		ResolvedOutcome: ocov1.Outcome(row.Resolved), Settled: row.Settled, Address: addressOf(row.Place),
		UserId: row.User, Decision: row.Decision, UserText: row.UserText, Detail: row.Detail,
		AdmitTime: moment(row.AdmitMs), EndTime: moment(row.EndMs), RetriedAs: row.RetriedAs, Traceparent: row.Trace,
	}
	for _, a := range row.Attempts {
		out.Attempts = append(out.Attempts, &ocov1.Attempt{
			Attempt: a.Attempt, Replica: a.Replica, StartTime: moment(a.StartMs), EndTime: moment(a.EndMs), EndedBy: a.EndedBy,
		})
	}
	return out
}

func stateOf(row *record.Delivery) chat.State {
	switch {
	case row.Outcome != 0:
		return chat.Ended
	case row.Lease != "":
		return chat.Leased
	}
	return chat.Waiting
}

func addressOf(p *record.Place) *ocov1.Address {
	if p.GetRoom() == "" && p.GetUser() == "" {
		return nil
	}
	a := &ocov1.Address{Room: &ocov1.RoomRef{}}
	if p.GetRoom() != "" {
		a.Room.By = &ocov1.RoomRef_RoomId{RoomId: p.GetRoom()}
	} else {
		a.Room.By = &ocov1.RoomRef_UserId{UserId: p.GetUser()}
	}
	switch {
	case p.GetThread() != "":
		a.Place = &ocov1.Address_ThreadId{ThreadId: p.GetThread()}
	case p.GetStart() != "":
		a.Place = &ocov1.Address_StartThreadAt{StartThreadAt: p.GetStart()}
	}
	return a
}

func moment(ms int64) *timestamppb.Timestamp {
	if ms == 0 {
		return nil
	}
	return timestamppb.New(time.UnixMilli(ms))
}

// deliveryOf is the delivery that a message belongs to.
func deliveryOf(message string) string {
	id, _, _ := strings.Cut(message, "/")
	return id
}

package rpc_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/engine"
	"github.com/openchatops/oco/internal/record"
)

// Forget notes whom it forgets, and asks for the room of an event that came from a
// direct room, of one that did not, and of none.
func (e *fakeEngine) Forget(_ context.Context, person delivery.Person, room func([]byte) (string, error), writes []delivery.Write) (delivery.Erased, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, kind := range []ocov1.RoomKind{ocov1.RoomKind_ROOM_KIND_DIRECT, ocov1.RoomKind_ROOM_KIND_CHANNEL} {
		payload, err := marshal(&ocov1.Event{RoomKind: kind, Address: &ocov1.Address{Room: &ocov1.RoomRef{By: &ocov1.RoomRef_RoomId{RoomId: "room:1:D7"}}}})
		if err != nil {
			return delivery.Erased{}, err
		}
		id, err := room(payload)
		if err != nil {
			return delivery.Erased{}, err
		}
		person.Rooms = append(person.Rooms, id)
	}
	if _, err := room([]byte{0xff}); err == nil {
		return delivery.Erased{}, errors.New("a payload that is none has a room")
	}
	e.inputs = append(e.inputs, delivery.Erase{Person: person, Writes: writes})
	return delivery.Erased{Events: 3, Deliveries: 4, Messages: 5, Open: 2}, nil
}

// Kept is a number that tests know.
func (e *fakeEngine) Kept() engine.Standing {
	return engine.Standing{Deliveries: 12, Counted: !e.counting}
}

// A person is forgotten by their id, with the direct rooms that are theirs (OCO-RPC-35).
func TestForgetUser(t *testing.T) {
	w := newWorld(t)
	res, err := w.core.ForgetUser(w.as(chat.RoleOperator), &ocov1.ForgetUserRequest{UserId: "user:1:alice"})
	if err != nil || res.Events != 3 || res.Deliveries != 4 || res.Open != 2 {
		t.Fatalf("%v %v", res, err)
	}
	in := w.engine.inputs[len(w.engine.inputs)-1].(delivery.Erase)
	if want := []string{"room:1:alice", "room:1:D7", ""}; in.User != "user:1:alice" || !slices.Equal(in.Rooms, want) {
		t.Errorf("%+v, want the rooms %q", in, want)
	}
	if len(in.Writes) != 1 || string(in.Writes[0].Key) != "n/user:1:alice" || in.Writes[0].Value != nil {
		t.Errorf("%+v", in.Writes)
	}
	for _, id := range []string{"", "alice", "room:1:ops", "user:1:a b"} {
		_, err := w.core.ForgetUser(w.as(chat.RoleOperator), &ocov1.ForgetUserRequest{UserId: id})
		wants(t, err, chat.FieldInvalid)
	}
}

// A record whose text is gone is shown without it, and so is one that names nobody.
func TestShowOfARecordWithoutText(t *testing.T) {
	w := newWorld(t)
	w.row(delivery.EventKey("e1"), &record.Event{Bare: true, Deliveries: []string{"d1"}})
	w.row(delivery.EndedKey("d1"), &record.Delivery{Event: "e1", Plugin: "web", Route: "deploy", Bare: true, Forgotten: true, Outcome: uint32(chat.Failed), AdmitMs: 1000, EndMs: 2000})
	for _, id := range []string{"e1", "d1"} {
		res, err := w.core.ShowRecord(w.as(chat.RoleOperator), &ocov1.ShowRecordRequest{Id: id})
		if err != nil {
			t.Fatal(err)
		}
		d := res.Deliveries[0]
		if res.Event.EventId != "e1" || res.Event.Kind != nil || d.Route != "deploy" || d.Address != nil || d.UserId != "" || d.Outcome != ocov1.Outcome_OUTCOME_FAILED {
			t.Errorf("%v", res)
		}
	}
}

// How many records there are is told once they are counted.
func TestStatusCountsRecords(t *testing.T) {
	w := newWorld(t)
	for _, counted := range []bool{true, false} {
		w.engine.counting = !counted
		res, err := w.core.GetStatus(w.as(chat.RoleOperator), &ocov1.GetStatusRequest{})
		if err != nil {
			t.Fatal(err)
		}
		if n, told := res.Counts["records"]; told != counted || counted && n != 12 {
			t.Errorf("counted: %t, told: %t, %d", counted, told, n)
		}
	}
}

package loop

import (
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/openchatops/oco"
	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// messageSize is that of the message of the bare chain.
const messageSize = 318

// onTheWire is the event as the library publishes it.
func onTheWire(in oco.Incoming) *ocov1.Event {
	to := &ocov1.Address{Room: &ocov1.RoomRef{By: &ocov1.RoomRef_RoomId{RoomId: string(in.Room.ID)}}}
	who := &ocov1.User{UserId: string(in.Actor.ID), Name: in.Actor.Name, MentionName: in.Actor.MentionName}
	at := timestamppb.New(in.Time)
	return &ocov1.Event{
		EventId: string(in.ID), OccurTime: at, Address: to, Actor: who, RoomKind: ocov1.RoomKind(in.Room.Kind),
		Kind: &ocov1.Event_Message{Message: &ocov1.MessageEvent{
			Change: ocov1.Change_CHANGE_CREATED,
			Message: &ocov1.Message{
				MessageId: string(in.Message.ID), Address: to, Sender: who, CreateTime: at,
				Content: &ocov1.Content{Text: in.Message.Text},
			},
		}},
	}
}

func TestTheEventHasItsSize(t *testing.T) {
	for _, number := range []uint64{0, 1, Rooms, 9_999_999} {
		if n := proto.Size(onTheWire(Incoming("echo", number, time.Unix(1763850000, 500_000_000)))); n != messageSize {
			t.Errorf("event %d has %d bytes, want %d", number, n, messageSize)
		}
	}
}

func TestNoTwoInFlightShareARoom(t *testing.T) {
	seen := map[oco.RoomID]bool{}
	for n := range uint64(MaxInFlight) {
		m := Incoming("echo", Rooms-10+n, time.Now())
		if seen[m.Room.ID] {
			t.Fatalf("room %s twice within %d messages", m.Room.ID, MaxInFlight)
		}
		seen[m.Room.ID] = true
	}
}

func TestTheEchoIsRecognised(t *testing.T) {
	for text, want := range map[string]uint64{"0000042 and so on": 42, "7": 7} {
		if n, err := numberOf(text); err != nil || n != want {
			t.Errorf("%q: %d, %v", text, n, err)
		}
	}
	for _, text := range []string{"", "echo did not run", "-1 x"} {
		if n, err := numberOf(text); err == nil {
			t.Errorf("%q is taken for %d", text, n)
		}
	}
}

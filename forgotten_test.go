package oco

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

func TestForgottenReplicaRegistersAgainAndKeepsItsLeases(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		var forgotten atomic.Bool
		b.onHeartbeat = func(*ocov1.HeartbeatRequest) (*ocov1.HeartbeatResponse, error) {
			if forgotten.Load() && len(b.seen().registers) == 1 {
				return nil, refusal(codes.NotFound, "REPLICA_NOT_FOUND")
			}
			return &ocov1.HeartbeatResponse{}, nil
		}
		g := newGate()
		p := b.run(t, handlerWith(g.run))
		b.push(t, frame(said("d1", "do", "do it")))
		forgotten.Store(true)
		later(13 * time.Second)
		if len(b.seen().registers) != 2 || !proto.Equal(b.seen().registers[0], b.seen().registers[1]) {
			t.Errorf("registrations: %v", b.seen().registers)
		}
		last := b.seen().heartbeats[len(b.seen().heartbeats)-1]
		if len(last.GetHeld()) != 1 || last.GetHeld()[0].GetLeaseId() != "lease-d1" {
			t.Errorf("held: %v", last.GetHeld())
		}
		if g.calls != 1 || len(g.causes) != 0 {
			t.Errorf("the callback was disturbed: %d calls, %v", g.calls, g.causes)
		}
		close(g.open)
		p.end(t)
	})
}

// A bot that knows the replica none of the times is asked again at once only once.
func TestAStreamThatIsForgottenEachTimeIsNotOpenedWithoutAPause(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		var tries []time.Time
		b.onStream = func() error {
			if tries = append(tries, time.Now()); len(tries) < 6 {
				return refusal(codes.NotFound, "REPLICA_NOT_FOUND")
			}
			return nil
		}
		p := b.run(t, handlerWith(newGate().run))
		later(time.Minute)
		if len(tries) != 6 || len(b.seen().registers) != 6 {
			t.Fatalf("%d tries, %d registrations", len(tries), len(b.seen().registers))
		}
		onlyTheFirstAtOnce(t, tries)
		p.end(t)
	})
}

// onlyTheFirstAtOnce: of five refusals the first is repeated without a pause.
func onlyTheFirstAtOnce(t *testing.T, tries []time.Time) {
	t.Helper()
	for i := range 5 {
		if waited := tries[i+1].Sub(tries[i]); (waited == 0) != (i == 0) {
			t.Errorf("it waited %v after try %d", waited, i+1)
		}
	}
}

// Neither is a bot that registers the replica and does not know it by its heartbeats.
func TestHeartbeatsThatAreForgottenEachTimeComeWithPauses(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		var beats []time.Time
		b.onHeartbeat = func(*ocov1.HeartbeatRequest) (*ocov1.HeartbeatResponse, error) {
			if beats = append(beats, time.Now()); len(beats) < 6 {
				return nil, refusal(codes.NotFound, "REPLICA_NOT_FOUND")
			}
			return &ocov1.HeartbeatResponse{}, nil
		}
		p := b.run(t, handlerWith(newGate().run))
		later(time.Minute)
		if len(beats) < 7 || len(b.seen().registers) != 6 {
			t.Fatalf("%d heartbeats, %d registrations", len(beats), len(b.seen().registers))
		}
		onlyTheFirstAtOnce(t, beats)
		p.end(t)
	})
}

func TestForgottenReplicaCompletesAfterRegistering(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		b.onComplete = func(*ocov1.CompleteRequest) (*ocov1.CompleteResponse, error) {
			if len(b.seen().registers) == 1 {
				return nil, refusal(codes.NotFound, "REPLICA_NOT_FOUND")
			}
			return nil, nil
		}
		p := b.run(t, handlerWith(func(context.Context, *Message) error { return nil }))
		b.push(t, frame(said("d1", "do", "do it")))
		later(time.Second)
		if len(b.seen().registers) != 2 || !b.seen().final["d1"] {
			t.Errorf("%d registrations, final %v", len(b.seen().registers), b.seen().final)
		}
		p.end(t)
	})
}

package oco

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

func TestHeartbeatNamesLeasesAndCancelsTheLost(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		b.onHeartbeat = func(req *ocov1.HeartbeatRequest) (*ocov1.HeartbeatResponse, error) {
			resp := &ocov1.HeartbeatResponse{}
			for _, h := range req.GetHeld() {
				if h.GetDeliveryId() == "d1" {
					resp.LostLeaseIds = append(resp.LostLeaseIds, h.GetLeaseId())
				}
			}
			return resp, nil
		}
		g := newGate()
		p := b.run(t, handlerWith(g.run))
		b.push(t, frame(said("d1", "do", "do it")), frame(said("d2", "do", "do it")))
		later(10 * time.Second)
		if len(g.causes) != 1 || !errors.Is(g.causes[0], ErrLeaseLost) {
			t.Errorf("causes: %v", g.causes)
		}
		later(10 * time.Second)
		last := b.seen().heartbeats[len(b.seen().heartbeats)-1]
		if len(last.GetHeld()) != 1 || last.GetHeld()[0].GetDeliveryId() != "d2" {
			t.Errorf("held: %v", last.GetHeld())
		}
		close(g.open)
		p.end(t)
	})
}

// A replica that the bot does not know any more registers and goes on with what it
// holds (OCO-LIF-12).
// A heartbeat that meets the end of a delivery is no loss: the bot has taken what the
// replica is about to hear of.
func TestAHeartbeatThatMeetsACompletionIsNoLoss(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		b.onComplete = func(*ocov1.CompleteRequest) (*ocov1.CompleteResponse, error) {
			time.Sleep(12 * time.Second) // the answer, not what it does
			return nil, nil
		}
		b.onHeartbeat = func(req *ocov1.HeartbeatRequest) (*ocov1.HeartbeatResponse, error) {
			resp := &ocov1.HeartbeatResponse{}
			for _, held := range req.GetHeld() {
				resp.LostLeaseIds = append(resp.LostLeaseIds, held.GetLeaseId())
			}
			return resp, nil
		}
		log := &bytes.Buffer{}
		o := b.options()
		o.Log = slog.New(slog.NewTextHandler(log, nil))
		g := newGate()
		close(g.open)
		p := b.runWith(t, o, handlerWith(g.run))
		b.push(t, frame(said("d1", "do", "do it")))
		later(20 * time.Second)
		p.end(t)
		if got := b.completions(); len(got) != 1 || strings.Contains(log.String(), "lost") {
			t.Errorf("%d completions; the log: %s", len(got), log)
		}
	})
}

// A bot that is away is told of once, not with each heartbeat, and not by heartbeats if
// nothing runs.
func TestThatHeartbeatsDoNotArriveIsSaidOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		var answers atomic.Bool
		b.onHeartbeat = func(*ocov1.HeartbeatRequest) (*ocov1.HeartbeatResponse, error) {
			if !answers.Load() {
				return nil, status.Error(codes.Unavailable, "not now")
			}
			return &ocov1.HeartbeatResponse{}, nil
		}
		log := &bytes.Buffer{}
		o := b.options()
		o.Log = slog.New(slog.NewTextHandler(log, nil))
		g := newGate()
		p := b.runWith(t, o, handlerWith(g.run))
		warned := func(want int) {
			t.Helper()
			before := len(b.seen().heartbeats)
			later(time.Minute)
			if beats := len(b.seen().heartbeats) - before; beats < 6 {
				t.Errorf("only %d heartbeats came", beats)
			}
			if got := strings.Count(log.String(), "cannot tell the bot"); got != want {
				t.Errorf("told %d times instead of %d: %s", got, want, log)
			}
		}
		warned(0)
		b.push(t, frame(said("d1", "do", "do it")))
		warned(1)
		answers.Store(true)
		warned(1)
		answers.Store(false)
		b.push(t, frame(said("d2", "do", "do it")))
		warned(2)
		answers.Store(true)
		close(g.open)
		p.end(t)
	})
}

package oco

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/codes"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// pulling makes a bot do as it must when a replica that has a stream pulls: what
// is on its way comes first, then the stream ends.
func pulling(b *fakeBot, onItsWay ...*ocov1.Frame) {
	b.onPull = func(*ocov1.PullRequest) (*ocov1.PullResponse, error) {
		s := b.seen().streams[0]
		for _, f := range onItsWay {
			s.frames <- []*ocov1.Frame{f}
		}
		for len(s.frames) > 0 {
			time.Sleep(time.Millisecond)
		}
		s.stop <- refusal(codes.Aborted, "EPOCH_FENCED")
		return &ocov1.PullResponse{Frames: []*ocov1.Frame{frame(said("pulled", "do", "do it"))}}, nil
	}
}

// released are the deliveries that were given back.
func (b *fakeBot) released() map[string]bool {
	all := map[string]bool{}
	for _, c := range b.completions() {
		if c.GetRelease() != nil {
			all[c.GetDeliveryId()] = true
		}
	}
	return all
}

// A replica that stops releases what the bot has sent already, and runs none of
// it; what runs is finished (OCO-LIF-16, OCO-LIF-28).
func TestStoppingReleasesWhatIsOnItsWay(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		pulling(b, frame(said("late1", "do", "do it")), frame(said("late2", "do", "do it")))
		g := newGate()
		p := b.run(t, handlerWith(g.run))
		b.push(t, frame(said("d1", "do", "do it")))
		p.stop()
		synctest.Wait()
		later(time.Second)
		close(g.open)
		if err := <-p.done; err != nil {
			t.Errorf("Run: %v", err)
		}
		if got := b.released(); len(got) != 3 || !got["late1"] || !got["late2"] || !got["pulled"] {
			t.Errorf("released: %v", got)
		}
		if g.calls != 1 || !b.seen().final["d1"] {
			t.Errorf("%d callbacks ran, finished: %v", g.calls, b.seen().final)
		}
		if !b.seen().streams[0].ended.Load() {
			t.Error("the stream is open")
		}
	})
}

// A bot that cannot end a stream by a Pull, stops itself, or does not answer,
// holds nobody up for long.
func TestLeavingABotThatDoesNotHelp(t *testing.T) {
	for name, pull := range map[string]func(*ocov1.PullRequest) (*ocov1.PullResponse, error){
		"does not know Pull": nil,
		"forgot the replica": func(*ocov1.PullRequest) (*ocov1.PullResponse, error) {
			return nil, refusal(codes.NotFound, "REPLICA_NOT_FOUND")
		},
		"stops": func(*ocov1.PullRequest) (*ocov1.PullResponse, error) {
			return nil, refusal(codes.Unavailable, "DRAINING")
		},
		"ends no stream":  func(*ocov1.PullRequest) (*ocov1.PullResponse, error) { return &ocov1.PullResponse{}, nil },
		"does not answer": func(*ocov1.PullRequest) (*ocov1.PullResponse, error) { time.Sleep(2 * leaveGrace); return nil, nil },
		"revoked the key": func(*ocov1.PullRequest) (*ocov1.PullResponse, error) {
			return nil, refusal(codes.Unauthenticated, "KEY_INVALID")
		},
		"sends a new word": func(*ocov1.PullRequest) (*ocov1.PullResponse, error) {
			return &ocov1.PullResponse{Frames: []*ocov1.Frame{{}}}, nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				b := newFakeBot(t)
				b.onPull = pull
				p := b.run(t, handlerWith(func(context.Context, *Message) error { return nil }))
				began := time.Now()
				p.end(t)
				if took := time.Since(began); took > leaveGrace+time.Second {
					t.Errorf("it took %s", took)
				}
				later(2 * leaveGrace) // for the call of the bot that slept
			})
		})
	}
}

// After the bot said that it stops, a replica that stops does not ask again.
func TestLeavingADrainedStream(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		b.onPull = func(*ocov1.PullRequest) (*ocov1.PullResponse, error) {
			t.Error("it pulled")
			return nil, refusal(codes.Unavailable, "DRAINING")
		}
		p := b.run(t, handlerWith(newGate().run))
		b.push(t, &ocov1.Frame{Kind: &ocov1.Frame_Drain{Drain: &ocov1.Drain{}}})
		p.end(t)
	})
}

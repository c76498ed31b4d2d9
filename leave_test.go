package oco

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/durationpb"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// leaving makes a bot do as it must when a replica that has a stream leaves: what
// is on its way comes first, then the stream ends.
func leaving(b *fakeBot, onItsWay ...*ocov1.Frame) {
	b.onLeave = func() error {
		s := b.seen().streams[0]
		for _, f := range onItsWay {
			s.frames <- []*ocov1.Frame{f}
		}
		for len(s.frames) > 0 {
			time.Sleep(time.Millisecond)
		}
		s.stop <- nil
		return nil
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
// it; what runs is finished (OCO-LIF-16, OCO-LIF-55).
func TestStoppingReleasesWhatIsOnItsWay(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		leaving(b, frame(said("late1", "do", "do it")), frame(said("late2", "do", "do it")))
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
		if got := b.released(); len(got) != 2 || !got["late1"] || !got["late2"] {
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

// A replica that stops while its stream is being opened leaves when it is open: a Leave
// that overtook the Subscribe would end nothing (OCO-LIF-71).
func TestStoppingBeforeTheStreamHasBegun(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		b.mayOpen = make(chan struct{})
		leaving(b, frame(said("late2", "do", "do it")))
		asked, leave := 0, b.onLeave
		b.onLeave = func() error {
			asked++
			return leave()
		}
		g := newGate()
		p := b.run(t, handlerWith(g.run))
		b.push(t, frame(said("late1", "do", "do it")))
		p.stop()
		synctest.Wait()
		if asked != 0 {
			t.Errorf("it left %d times, and there is no stream", asked)
		}
		close(b.mayOpen)
		if err := <-p.done; err != nil {
			t.Errorf("Run: %v", err)
		}
		if got := b.released(); asked != 1 || g.calls != 0 || len(got) != 2 || !got["late1"] || !got["late2"] {
			t.Errorf("it left %d times, ran %d callbacks and released %v", asked, g.calls, got)
		}
	})
}

// A bot that stops itself refuses to end the stream, and ends it all the same: what it
// sent before is given back.
func TestStoppingWithTheBotReleasesWhatIsOnItsWay(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		b.onLeave = func() error {
			s := b.seen().streams[0]
			s.frames <- []*ocov1.Frame{frame(said("late", "do", "do it"))}
			go func() {
				time.Sleep(10 * time.Millisecond)
				s.stop <- refusal(codes.Unavailable, "DRAINING")
			}()
			return refusal(codes.Unavailable, "DRAINING")
		}
		g := newGate()
		p := b.run(t, handlerWith(g.run))
		p.stop()
		if err := <-p.done; err != nil {
			t.Errorf("Run: %v", err)
		}
		if got := b.released(); len(got) != 1 || !got["late"] || g.calls != 0 {
			t.Errorf("released: %v, %d callbacks ran", got, g.calls)
		}
	})
}

// A bot that knows no Leave, stops itself, or does not answer,
// holds nobody up for long.
func TestLeavingABotThatDoesNotHelp(t *testing.T) {
	for name, leave := range map[string]func() error{
		"does not know Leave": nil,
		"forgot the replica": func() error {
			return refusal(codes.NotFound, "REPLICA_NOT_FOUND")
		},
		"stops": func() error {
			return refusal(codes.Unavailable, "DRAINING")
		},
		"ends no stream":  func() error { return nil },
		"does not answer": func() error { time.Sleep(2 * leaveGrace); return nil },
		"revoked the key": func() error {
			return refusal(codes.Unauthenticated, "KEY_INVALID")
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				b := newFakeBot(t)
				b.onLeave = leave
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
		b.onLeave = func() error {
			t.Error("it asked to leave")
			return refusal(codes.Unavailable, "DRAINING")
		}
		p := b.run(t, handlerWith(newGate().run))
		b.push(t, &ocov1.Frame{Kind: &ocov1.Frame_Drain{Drain: &ocov1.Drain{}}})
		p.end(t)
	})
}

// In a process that stops with its bot, what runs is cancelled while the bot still
// takes the end of it, and not when the grace of the process is over.
func TestStoppingWithABotThatStops(t *testing.T) {
	drain := func(grace time.Duration) *ocov1.Frame {
		return &ocov1.Frame{Kind: &ocov1.Frame_Drain{Drain: &ocov1.Drain{Grace: durationpb.New(grace)}}}
	}
	for name, c := range map[string]struct {
		grace, drained time.Duration
		ready          bool // a bot has come since
		want           time.Duration
	}{
		"the same grace":            {grace: 30 * time.Second, drained: 30 * time.Second, want: 23 * time.Second},
		"a short one":               {grace: 30 * time.Second, drained: 2 * time.Second, want: 1500 * time.Millisecond},
		"a longer one":              {grace: 10 * time.Second, drained: time.Minute, want: 10 * time.Second},
		"none":                      {grace: 30 * time.Second, want: 30 * time.Second},
		"a bot has come since then": {grace: 30 * time.Second, drained: 10 * time.Second, ready: true, want: 30 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				b := newFakeBot(t)
				g := newGate()
				o := b.options()
				o.Grace = c.grace
				p := b.runWith(t, o, handlerWith(g.run))
				b.push(t, frame(said("d1", "do", "do it")))
				b.push(t, drain(c.drained))
				if c.ready {
					later(5 * time.Second) // the new stream is open
				}
				began := time.Now()
				p.end(t)
				if took := time.Since(began); took != c.want {
					t.Errorf("it was cancelled after %v, want %v", took, c.want)
				}
				if len(g.causes) != 1 || !errors.Is(g.causes[0], ErrStopping) {
					t.Errorf("causes %v", g.causes)
				}
				if got := b.completions(); len(got) != 1 || got[0].GetFail() == nil {
					t.Errorf("completions: %v", got)
				}
			})
		})
	}
}

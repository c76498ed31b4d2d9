package oco

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// attachBubble runs a test whose bot serves Attach.
func attachBubble(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	t.Run(overAttach, func(t *testing.T) { synctest.Test(t, f) })
}

// What a handler does goes over the stream, where the bot has it, and by calls
// where it has not.
func TestAttachIsPreferred(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		g := newGate()
		close(g.open)
		p := b.run(t, handlerWith(g.run))
		b.push(t, frame(said("d1", "do", "do it")))
		later(15 * time.Second)
		seen := b.seen()
		if len(seen.completes) != 1 || len(seen.heartbeats) != 2 {
			t.Errorf("%d completions, %d heartbeats", len(seen.completes), len(seen.heartbeats))
		}
		if want := 3; attaches(t) && seen.attached != want || !attaches(t) && seen.attached != 0 {
			t.Errorf("%d calls came by an Attach", seen.attached)
		}
		p.end(t)
	})
}

// An Attach that does not come up is followed by a Subscribe, and the next stream
// is an Attach again.
func TestAttachThatDoesNotComeUpIsReplaced(t *testing.T) {
	for name, c := range map[string]struct {
		fails func() error
		waits time.Duration
	}{
		"unknown":      {func() error { return status.Error(codes.Unimplemented, "what is that?") }, time.Second},
		"not there":    {func() error { return refusal(codes.FailedPrecondition, "FEATURE_MISSING") }, time.Second},
		"a bad proxy":  {func() error { return status.Error(codes.Internal, "no trailers") }, time.Second},
		"never begins": {func() error { time.Sleep(time.Hour); return nil }, silence + 5*time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			attachBubble(t, func(t *testing.T) {
				b := newFakeBot(t)
				tries := 0
				b.onAttach = func() error {
					if tries++; tries == 1 {
						return c.fails()
					}
					return nil
				}
				g := newGate()
				p := b.run(t, handlerWith(g.run))
				later(c.waits)
				b.push(t, frame(said("d1", "do", "do it")))
				close(g.open)
				synctest.Wait()
				if seen := b.seen(); len(seen.streams) != 1 || seen.attached != 0 || !seen.final["d1"] || tries != 1 {
					t.Errorf("%d streams, %d calls by an Attach, %d tries, done: %v", len(seen.streams), seen.attached, tries, seen.final)
				}
				b.seen().streams[0].stop <- status.Error(codes.Unavailable, "gone")
				later(time.Second)
				b.push(t, frame(said("d2", "do", "do it")))
				if seen := b.seen(); len(seen.streams) != 2 || seen.attached == 0 || !seen.final["d2"] || tries != 2 {
					t.Errorf("afterwards: %d streams, %d calls by an Attach, %d tries, done: %v", len(seen.streams), seen.attached, tries, seen.final)
				}
				p.end(t)
				later(time.Hour) // for the call of the bot that sleeps
			})
		})
	}
}

// A bot that was restarted refuses an Attach until the replica has registered
// again: that is no reason to do without.
func TestAttachOfAForgottenReplicaIsTriedAgain(t *testing.T) {
	attachBubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		tries := 0
		b.onAttach = func() error {
			if tries++; tries == 1 {
				return refusal(codes.NotFound, "REPLICA_NOT_FOUND")
			}
			return nil
		}
		p := b.run(t, handlerWith(newGate().run))
		later(time.Second)
		if seen := b.seen(); tries != 2 || len(seen.streams) != 1 || len(seen.registers) != 2 || seen.attached == 0 {
			t.Errorf("%d tries, %d streams, registered %d times", tries, len(seen.streams), len(seen.registers))
		}
		p.end(t)
	})
}

// A call whose stream breaks is made again by itself at once: the lease is the same,
// and so is the outcome.
func TestACallWhoseStreamBreaksIsMadeByItself(t *testing.T) {
	attachBubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		b.onComplete = func(req *ocov1.CompleteRequest) (*ocov1.CompleteResponse, error) {
			if len(b.seen().completes) == 1 {
				b.commit(req.GetCompletions())
				b.seen().streams[0].stop <- errors.New("cut")
				time.Sleep(time.Minute) // its answer never leaves
			}
			return nil, nil
		}
		g := newGate()
		close(g.open)
		p := b.run(t, handlerWith(g.run))
		began := time.Now()
		b.push(t, frame(said("d1", "do", "do it")))
		later(time.Second)
		all := b.completions()
		if len(all) != 2 || all[0].GetLeaseId() != all[1].GetLeaseId() || g.calls != 1 {
			t.Errorf("after %s: %v", time.Since(began), all)
		}
		p.end(t)
		later(2 * time.Minute)
	})
}

// A bot that sends more than it granted and takes nothing is not read any further:
// by an Attach its answers would wait behind its frames.
func TestABotThatFloodsAnAttachIsLeft(t *testing.T) {
	attachBubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		closed, tries := make(chan struct{}), 0
		b.onAttach = func() error { tries++; return nil }
		b.onComplete = func(*ocov1.CompleteRequest) (*ocov1.CompleteResponse, error) { <-closed; return nil, nil }
		p := b.run(t, handlerWith(newGate().run))
		for i := range maxWaiting + 200 {
			b.push(t, frame(said("d"+string(rune(i)), "do", "do it")))
			if i > maxWaiting && b.seen().streams[0].ended.Load() {
				break
			}
		}
		if !b.seen().streams[0].ended.Load() {
			t.Error("the stream is still read")
		}
		later(time.Second)
		if n := len(b.seen().streams); n != 2 || tries != 1 {
			t.Errorf("%d streams, %d of them by Attach", n, tries)
		}
		close(closed)
		b.locked(func() {
			b.onLeave = func() error {
				return refusal(codes.Unavailable, "DRAINING")
			}
		})
		p.stop()
		<-p.done
	})
}

package oco

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// gate is a callback that waits until it is opened and counts its calls.
type gate struct {
	open   chan struct{}
	mu     sync.Mutex
	calls  int
	causes []error
}

func newGate() *gate { return &gate{open: make(chan struct{})} }

func (g *gate) run(ctx context.Context, m *Message) error {
	g.mu.Lock()
	g.calls++
	g.mu.Unlock()
	select {
	case <-g.open:
		return nil
	case <-ctx.Done():
		g.mu.Lock()
		defer g.mu.Unlock()
		g.causes = append(g.causes, context.Cause(ctx))
		return context.Cause(ctx)
	}
}

func later(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func TestLostResponseToCompleteIsRepeatedUnchanged(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		tries := 0
		b.onComplete = func(req *ocov1.CompleteRequest) (*ocov1.CompleteResponse, error) {
			if tries++; tries <= 3 {
				b.commit(req.GetCompletions()) // taken, but the answer is lost
				return nil, status.Error(codes.Unavailable, "lost")
			}
			return nil, nil
		}
		p := b.run(t, handlerWith(func(_ context.Context, m *Message) error { m.Reply("hi"); return nil }))
		b.push(t, frame(said("d1", "do", "do it")))
		later(10 * time.Second)
		if len(b.seen().completes) != 4 {
			t.Fatalf("%d calls, want 4", len(b.seen().completes))
		}
		for _, c := range b.seen().completes[1:] {
			if !proto.Equal(c, b.seen().completes[0]) {
				t.Errorf("the repeat differs: %v, first %v", c, b.seen().completes[0])
			}
		}
		p.end(t)
	})
}

func TestFramesThatComeTwiceRunOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		g := newGate()
		p := b.run(t, handlerWith(g.run))
		d := said("d1", "do", "do it")
		b.push(t, frame(d), frame(d))
		b.push(t, frame(d))
		close(g.open)
		synctest.Wait()
		b.push(t, frame(d)) // also when it is over
		if g.calls != 1 || len(b.completions()) != 1 {
			t.Errorf("%d calls, completions %v", g.calls, b.completions())
		}
		p.end(t)
	})
}

// A stream that misses two heartbeats is dead, and is opened anew (OCO-LIF-14).
func TestSilentBotIsDialledAgainAndNothingIsLost(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		g := newGate()
		p := b.run(t, handlerWith(g.run, MaxRun(time.Hour)))
		d := said("d1", "do", "do it")
		d.MaxRun = nil
		b.push(t, frame(d))
		b.locked(func() { b.silent = true })
		later(20*time.Second - 1)
		if len(b.seen().streams) != 1 || b.seen().dials != 1 {
			t.Errorf("reconnected before 20 s: %d streams, %d dials", len(b.seen().streams), b.seen().dials)
		}
		later(2 * time.Second) // the first wait is below half a second
		if len(b.seen().streams) != 2 || b.seen().dials != 2 || !b.seen().streams[0].ended.Load() {
			t.Errorf("after 22 s: %d streams, %d dials", len(b.seen().streams), b.seen().dials)
		}
		last := b.seen().heartbeats[len(b.seen().heartbeats)-1]
		if len(last.GetHeld()) != 1 || last.GetHeld()[0].GetLeaseId() != "lease-d1" {
			t.Errorf("the heartbeat after the reconnect names %v", last.GetHeld())
		}
		close(g.open)
		synctest.Wait()
		if got := b.completions(); len(got) != 1 || got[0].GetDone() == nil {
			t.Errorf("completions: %v", got)
		}
		p.end(t)
	})
}

func TestStreamThatEndsIsOpenedAgainWithJitter(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		p := b.run(t, handlerWith(newGate().run))
		for i := range 5 {
			b.seen().streams[i].stop <- status.Error(codes.Unavailable, "gone")
			later(time.Second) // the first wait is below half a second
			if len(b.seen().streams) != i+2 {
				t.Fatalf("%d streams after %d ends", len(b.seen().streams), i+1)
			}
		}
		if len(b.seen().registers) != 1 {
			t.Errorf("registered %d times", len(b.seen().registers))
		}
		p.end(t)
	})
}

// What comes beyond the credit is released on receipt, and waits in no queue
// (OCO-DLV-7).
func TestBeyondTheCreditIsReleased(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		b.grant = 2
		g := newGate()
		p := b.run(t, handlerWith(g.run))
		b.push(t, frame(said("d1", "do", "do it")), frame(said("d2", "do", "do it")), frame(said("d3", "do", "do it")))
		got := b.completions()
		if g.calls != 2 || len(got) != 1 || got[0].GetDeliveryId() != "d3" || got[0].GetRelease() == nil {
			t.Errorf("%d calls, completions %v", g.calls, got)
		}
		close(g.open)
		synctest.Wait()
		b.push(t, frame(said("d4", "do", "do it")))
		if g.calls != 3 {
			t.Errorf("the slots were not freed: %d calls", g.calls)
		}
		p.end(t)
	})
}

// A callback that hangs keeps its slot, and what comes meanwhile is released
// (OCO-DLV-7).
func TestAHungCallbackKeepsItsSlot(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		h := handlerWith(func(context.Context, *Message) error { time.Sleep(time.Hour); return nil })
		h.MaxInFlight(1)
		p := b.run(t, h)
		b.push(t, frame(said("d1", "do", "do it")))
		b.push(t, &ocov1.Frame{Kind: &ocov1.Frame_Cancel{Cancel: &ocov1.Cancel{DeliveryId: "d1"}}})
		b.push(t, frame(said("d2", "do", "do it")))
		if got := b.completions(); len(got) != 1 || got[0].GetRelease() == nil {
			t.Errorf("completions: %v", got)
		}
		later(time.Hour)
		p.end(t)
	})
}

func TestWrongKeyStopsAfterThree(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		b.onRegister = func(*ocov1.RegisterRequest) error { return refusal(codes.Unauthenticated, "KEY_INVALID") }
		p := b.run(t, handlerWith(newGate().run))
		err := <-p.done
		if !errors.Is(err, ErrKey) || !strings.Contains(err.Error(), "oco key new test") {
			t.Errorf("error %v", err)
		}
		if len(b.seen().registers) != 3 {
			t.Errorf("%d tries, want 3", len(b.seen().registers))
		}
	})
}

func TestRefusedManifestStops(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		b.onRegister = func(*ocov1.RegisterRequest) error { return refusal(codes.FailedPrecondition, "FEATURE_MISSING") }
		p := b.run(t, handlerWith(newGate().run))
		if err := <-p.done; status.Code(err) != codes.FailedPrecondition || len(b.seen().registers) != 1 {
			t.Errorf("error %v after %d tries", err, len(b.seen().registers))
		}
	})
}

func TestBadRouteDoesNotHideTheOthers(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		h := NewHandler("test")
		h.Command("BAD {x", "Bad.", func(context.Context, *Message) error { t.Error("bad route ran"); return nil })
		ran := false
		h.Command("good", "Good.", func(context.Context, *Message) error { ran = true; return nil })
		p := b.run(t, h)
		b.push(t, frame(said("d1", "good", "good")))
		if !ran {
			t.Error("the good route did not run")
		}
		p.end(t)
	})
}

func TestStoppingFinishesWhatRuns(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		g := newGate()
		p := b.run(t, handlerWith(g.run))
		b.push(t, frame(said("d1", "do", "do it")))
		p.stop()
		synctest.Wait()
		if !b.seen().streams[0].ended.Load() {
			t.Error("the stream is still open: new deliveries would come")
		}
		beats := len(b.seen().heartbeats)
		later(20 * time.Second)
		if n := len(b.seen().heartbeats) - beats; n != 2 {
			t.Errorf("%d heartbeats within 20 s of draining", n)
		}
		close(g.open)
		if err := <-p.done; err != nil {
			t.Errorf("Run: %v", err)
		}
		if got := b.completions(); len(got) != 1 || got[0].GetDone() == nil {
			t.Errorf("completions: %v", got)
		}
	})
}

func TestStoppingCancelsAtTheEndOfTheGrace(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		g := newGate()
		p := b.run(t, handlerWith(g.run))
		b.push(t, frame(said("d1", "do", "do it")))
		start := time.Now()
		p.end(t)
		if d := time.Since(start); d != 30*time.Second {
			t.Errorf("took %v", d)
		}
		if len(g.causes) != 1 || !errors.Is(g.causes[0], ErrStopping) {
			t.Errorf("causes %v", g.causes)
		}
		if got := b.completions(); len(got) != 1 || got[0].GetFail() == nil {
			t.Errorf("completions: %v", got)
		}
	})
}

func TestKillSaysNothing(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		g := newGate()
		o := b.options()
		kill := make(chan struct{})
		o.Kill = kill
		p := b.runWith(t, o, handlerWith(g.run))
		b.push(t, frame(said("d1", "do", "do it")))
		close(kill)
		if err := <-p.done; !errors.Is(err, ErrKilled) {
			t.Errorf("Run: %v", err)
		}
		synctest.Wait()
		if got := b.completions(); len(got) != 0 || len(g.causes) != 1 {
			t.Errorf("completions %v, causes %v", got, g.causes)
		}
	})
}

func TestDrainOpensTheNewStreamFirst(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		g := newGate()
		p := b.run(t, handlerWith(g.run))
		b.push(t, frame(said("d1", "do", "do it")), &ocov1.Frame{Kind: &ocov1.Frame_Drain{Drain: &ocov1.Drain{}}})
		if len(b.seen().streams) == 2 && b.seen().streams[0].ended.Load() {
			t.Log("the jitter was drawn very short")
		}
		later(time.Second)
		if len(b.seen().streams) != 2 || !b.seen().streams[0].ended.Load() || b.seen().streams[1].ended.Load() {
			t.Errorf("streams: %d", len(b.seen().streams))
		}
		if g.calls != 1 || len(g.causes) != 0 {
			t.Errorf("the callback was disturbed: %v", g.causes)
		}
		close(g.open)
		synctest.Wait()
		if got := b.completions(); len(got) != 1 || got[0].GetDone() == nil {
			t.Errorf("completions: %v", got)
		}
		p.end(t)
	})
}

func TestCompletionsRideTogether(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		h := handlerWith(func(_ context.Context, m *Message) error { m.Reply("x"); return nil })
		h.MaxInFlight(1000)
		p := b.run(t, h)
		for f := range 4 {
			var frames []*ocov1.Frame
			for i := range 64 {
				frames = append(frames, frame(said(fmt.Sprintf("d%d-%d", f, i), "do", "do it")))
			}
			b.push(t, frames...)
		}
		if n := len(b.completions()); n != 256 {
			t.Fatalf("%d completions", n)
		}
		// One a frame would be perfect; one a completion is what must not be.
		if n := len(b.seen().completes); n > 64 {
			t.Errorf("256 completions took %d calls", n)
		}
		for _, c := range b.seen().completes {
			if len(c.GetCompletions()) > 64 {
				t.Errorf("a batch of %d", len(c.GetCompletions()))
			}
		}
		p.end(t)
	})
}

func TestWhileOneCallIsInFlightTheOthersWaitForTheNext(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		hold := make(chan struct{})
		b.onComplete = func(*ocov1.CompleteRequest) (*ocov1.CompleteResponse, error) { <-hold; return nil, nil }
		h := handlerWith(func(_ context.Context, m *Message) error { m.Reply(strings.Repeat("x", 64<<10)); return nil })
		p := b.run(t, h)
		b.push(t, frame(said("first", "do", "do it")))
		var frames []*ocov1.Frame
		for i := range 15 {
			frames = append(frames, frame(said(fmt.Sprintf("d%d", i), "do", "do it")))
		}
		b.push(t, frames...)
		if len(b.seen().completes) != 1 {
			t.Fatalf("%d calls in flight", len(b.seen().completes))
		}
		close(hold)
		later(time.Second)
		if len(b.seen().completes) != 2 || len(b.seen().completes[1].GetCompletions()) != 15 {
			t.Errorf("%d calls, the second with %d completions", len(b.seen().completes), len(b.seen().completes[1].GetCompletions()))
		}
		if n := proto.Size(b.seen().completes[1]); n > 1<<20 {
			t.Errorf("a batch of %d bytes", n)
		}
		p.end(t)
	})
}

func TestBatchesStayBelowOneMiB(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		hold := make(chan struct{})
		b.onComplete = func(*ocov1.CompleteRequest) (*ocov1.CompleteResponse, error) { <-hold; return nil, nil }
		h := handlerWith(func(_ context.Context, m *Message) error { m.Reply(strings.Repeat("x", 64<<10)); return nil })
		h.MaxInFlight(64)
		p := b.run(t, h)
		for i := range 60 {
			b.push(t, frame(said(fmt.Sprintf("d%d", i), "do", "do it")))
		}
		close(hold)
		later(time.Second)
		for _, c := range b.seen().completes {
			if n := proto.Size(c); n > 1<<20 && len(c.GetCompletions()) > 1 {
				t.Errorf("a batch of %d completions has %d bytes", len(c.GetCompletions()), n)
			}
		}
		if n := len(b.completions()); n != 60 {
			t.Errorf("%d completions", n)
		}
		p.end(t)
	})
}

func TestRefusedCompletions(t *testing.T) {
	type completing func(*ocov1.CompleteRequest) (*ocov1.CompleteResponse, error)
	refuse := func(reason string, times int) func() completing {
		return func() completing {
			left := times
			return func(req *ocov1.CompleteRequest) (*ocov1.CompleteResponse, error) {
				if left--; left < 0 {
					return nil, nil
				}
				resp := &ocov1.CompleteResponse{}
				for range req.GetCompletions() {
					resp.Results = append(resp.Results, &ocov1.CompletionResult{
						Verdict: ocov1.Verdict_VERDICT_REFUSED, Error: status.Convert(refusal(codes.InvalidArgument, reason)).Proto(),
					})
				}
				return resp, nil
			}
		}
	}
	cases := []struct {
		name  string
		hook  func() completing
		kinds string
	}{
		{"one that the bot cannot take is failed instead", refuse("FIELD_INVALID", 1), "done fail"},
		{"only once", refuse("FIELD_INVALID", 9), "done fail"},
		{"a lost lease is the end of it", refuse("LEASE_LOST", 9), "done"},
		{"a refused call, too", func() completing {
			return func(req *ocov1.CompleteRequest) (*ocov1.CompleteResponse, error) {
				if req.GetCompletions()[0].GetDone() != nil {
					return nil, refusal(codes.InvalidArgument, "FIELD_INVALID")
				}
				return nil, nil
			}
		}, "done fail"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				b := newFakeBot(t)
				b.onComplete = c.hook()
				p := b.run(t, handlerWith(func(context.Context, *Message) error { return nil }))
				b.push(t, frame(said("d1", "do", "do it")))
				later(time.Minute)
				var kinds []string
				for _, c := range b.completions() {
					k, _, _ := strings.Cut(kindOf(c), "|")
					kinds = append(kinds, k)
				}
				if got := strings.Join(kinds, " "); got != c.kinds {
					t.Errorf("sent %q, want %q", got, c.kinds)
				}
				p.end(t)
			})
		})
	}
}

func TestAPoisonedCompletionDoesNotHoldUpTheOthers(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		b.onComplete = func(req *ocov1.CompleteRequest) (*ocov1.CompleteResponse, error) {
			for _, c := range req.GetCompletions() {
				if c.GetDeliveryId() == "bad" && c.GetDone() != nil {
					return nil, refusal(codes.InvalidArgument, "FIELD_INVALID")
				}
			}
			return nil, nil
		}
		g := newGate()
		p := b.run(t, handlerWith(g.run))
		b.push(t, frame(said("d1", "do", "do it")), frame(said("bad", "do", "do it")), frame(said("d2", "do", "do it")))
		close(g.open)
		synctest.Wait()
		if !b.seen().final["d1"] || !b.seen().final["d2"] || !b.seen().final["bad"] {
			t.Errorf("final: %v", b.seen().final)
		}
		p.end(t)
	})
}

func TestSeveralPluginsHaveTheirOwnKeys(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		o := b.options()
		o.Key, o.Keys = "", map[string]string{"one": "k1", "two": "k2"}
		p := b.runWith(t, o, NewHandler("one"), NewHandler("two"))
		if !b.seen().keys["Bearer k1"] || !b.seen().keys["Bearer k2"] || len(b.seen().keys) != 2 || len(b.seen().streams) != 2 {
			t.Errorf("keys %v, %d streams", b.seen().keys, len(b.seen().streams))
		}
		p.end(t)
	})
}

func TestRunRefusesWhatCannotWork(t *testing.T) {
	a, two := NewHandler("a"), NewHandler("a")
	for want, f := range map[string]func() error{
		"no plugin":    func() error { return Run(t.Context(), Options{Endpoint: "unix:///x", Key: "k"}) },
		"Options.Keys": func() error { return Run(t.Context(), Options{Endpoint: "unix:///x", Key: "k"}, a, two) },
		"called \"a\"": func() error {
			return Run(t.Context(), Options{Endpoint: "unix:///x", Keys: map[string]string{"a": "k"}}, a, two)
		},
		"no key": func() error { return Run(t.Context(), Options{Endpoint: "unix:///x"}, a) },
		"oco key new a": func() error {
			return Run(t.Context(), Options{Endpoint: "unix:///x", Key: "oco_b_k7q2m4n5p6r7_" + strings.Repeat("x", 43) + "_00000000"}, a)
		},
		"unix:///absolute": func() error { return Run(t.Context(), Options{Endpoint: "unix://x", Key: "k"}, a) },
	} {
		if err := f(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q in it", err, want)
		}
	}
}

func TestEndsWhileItWaitsForTheBot(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		b.onRegister = func(*ocov1.RegisterRequest) error { return refusal(codes.Unavailable, "STARTING") }
		p := b.run(t, handlerWith(newGate().run))
		later(time.Minute)
		if len(b.seen().registers) < 2 {
			t.Errorf("%d tries in a minute", len(b.seen().registers))
		}
		p.end(t)
	})
}

// A replica that is told to stop while the bot that has forgotten it is away does
// so, whoever of its parts tries to register.
func TestStopsWhileTheBotIsAway(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		forgotten := refusal(codes.FailedPrecondition, "REPLICA_NOT_FOUND")
		b.onHeartbeat = func(*ocov1.HeartbeatRequest) (*ocov1.HeartbeatResponse, error) { return nil, forgotten }
		b.onRegister = func(*ocov1.RegisterRequest) error {
			if len(b.registers) > 1 {
				return status.Error(codes.Unavailable, "away")
			}
			return nil
		}
		p := b.run(t, handlerWith(newGate().run))
		later(15 * time.Second) // the heartbeat tries to register, again and again
		b.seen().streams[0].stop <- forgotten
		synctest.Wait()
		p.end(t)
	})
}

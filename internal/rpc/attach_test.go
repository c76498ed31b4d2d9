package rpc_test

import (
	"context"
	"errors"
	"io"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/status"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/plugin"
	"github.com/openchatops/oco/internal/rpc"
)

// A plug is the caller's end of an Attach in a bubble.
type plug struct {
	calls chan *ocov1.AttachRequest // closed: the caller says no more
	ended chan error
	leave context.CancelFunc
	stuck chan struct{} // if not nil: the caller reads once it is closed

	mu      sync.Mutex
	read    int // calls that the bot took
	sent    int // messages that the bot wrote
	answers map[uint64]*ocov1.AttachResponse
	frames  []*ocov1.Frame
}

func (w *world) plugsIn(ctx context.Context, stuck chan struct{}) *plug {
	ctx, leave := context.WithCancel(ctx)
	p := &plug{calls: make(chan *ocov1.AttachRequest, 100), ended: make(chan error, 1), leave: leave, stuck: stuck, answers: map[uint64]*ocov1.AttachResponse{}}
	receive := func(in *ocov1.AttachRequest) error {
		select {
		case call, more := <-p.calls:
			if !more {
				return io.EOF
			}
			p.mu.Lock()
			p.read++
			p.mu.Unlock()
			in.Call, in.Kind = call.Call, call.Kind
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	send := func(m any) error {
		res := w.decoded(m)
		p.mu.Lock()
		p.sent++
		if res.Call != 0 {
			p.answers[res.Call] = res
		}
		p.frames = append(p.frames, res.GetFrames().GetFrames()...)
		p.mu.Unlock()
		if p.stuck != nil {
			<-p.stuck
		}
		return nil
	}
	go func() {
		err := w.core.Attach(ctx, receive, send)
		leave() // as gRPC does
		p.ended <- err
	}()
	return p
}

// subscribed is an Attach that has begun.
func (w *world) subscribed(ctx context.Context) *plug {
	p := w.plugsIn(ctx, nil)
	p.calls <- subscribe()
	synctest.Wait()
	return p
}

func (p *plug) answer(call uint64) *ocov1.AttachResponse {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.answers[call]
}

func subscribe() *ocov1.AttachRequest {
	return &ocov1.AttachRequest{Kind: &ocov1.AttachRequest_Subscribe{Subscribe: &ocov1.SubscribeRequest{Replica: "one"}}}
}

func completes(call uint64) *ocov1.AttachRequest {
	return &ocov1.AttachRequest{Call: call, Kind: &ocov1.AttachRequest_Complete{Complete: &ocov1.CompleteRequest{Replica: "one", Completions: []*ocov1.Completion{done()}}}}
}

func beats(call uint64) *ocov1.AttachRequest {
	return &ocov1.AttachRequest{Call: call, Kind: &ocov1.AttachRequest_Heartbeat{Heartbeat: &ocov1.HeartbeatRequest{Replica: "one"}}}
}

func publishes(call uint64) *ocov1.AttachRequest {
	return &ocov1.AttachRequest{Call: call, Kind: &ocov1.AttachRequest_Publish{Publish: &ocov1.PublishEventsRequest{Replica: "one", AccountId: "account:1"}}}
}

func answersQuery(call uint64) *ocov1.AttachRequest {
	return &ocov1.AttachRequest{Call: call, Kind: &ocov1.AttachRequest_Answers{Answers: &ocov1.AnswerQueriesRequest{}}}
}

// What a caller must not do ends the stream and says what it was; nothing of it is
// taken (OCO-ATT-1, OCO-ATT-3, OCO-ATT-4).
func TestAnAttachThatMakesNoSenseEnds(t *testing.T) {
	numbered := subscribe()
	numbered.Call = 1
	for name, c := range map[string]struct {
		calls []*ocov1.AttachRequest
		says  string
	}{
		"nothing":              {nil, "kind: the first message of this stream is subscribe, whose call is 0"},
		"a call first":         {[]*ocov1.AttachRequest{completes(1)}, "kind: the first message of this stream is subscribe, whose call is 0"},
		"an empty message":     {[]*ocov1.AttachRequest{{}}, "kind: the first message of this stream is subscribe, whose call is 0"},
		"a numbered subscribe": {[]*ocov1.AttachRequest{numbered}, "kind: the first message of this stream is subscribe, whose call is 0"},
		"subscribe twice":      {[]*ocov1.AttachRequest{subscribe(), subscribe()}, "kind: this stream is subscribed already: subscribe comes once, as the first message"},
		"no number":            {[]*ocov1.AttachRequest{subscribe(), completes(0)}, "call: it is 0, and an answer could not say what it answers: count from 1"},
		"the same number":      {[]*ocov1.AttachRequest{subscribe(), beats(7), completes(7)}, "call: 7 is not new on this stream, where 7 was the last: count upwards"},
		"a lower number":       {[]*ocov1.AttachRequest{subscribe(), beats(7), completes(6)}, "call: 6 is not new on this stream, where 7 was the last: count upwards"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				p := w.plugsIn(w.as(chat.RoleHandler), nil)
				for _, call := range c.calls {
					p.calls <- call
				}
				if c.calls == nil {
					close(p.calls)
				}
				err := <-p.ended
				if reason(err) != chat.FieldInvalid || err.Error() != "FIELD_INVALID: "+c.says {
					t.Errorf("it ended with %v", err)
				}
				if taken := asked[delivery.Complete](w.engine); len(taken) != 0 {
					t.Errorf("it was taken: %v", taken)
				}
				if len(c.calls) == 3 && p.answer(7).GetHeartbeat() == nil {
					t.Error("the call before was not answered")
				}
			})
		})
	}
}

// Each call has its answer or its error, whatever becomes of the others, and the
// stream goes on (OCO-ATT-2, OCO-ATT-5, OCO-ATT-6).
func TestEveryCallOfAnAttachIsAnsweredForItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.intake.publish = func(*ocov1.PublishEventsRequest) error { panic("a mistake") }
		handler, adapter := w.subscribed(w.as(chat.RoleHandler)), w.subscribed(w.as(chat.RoleAdapter))
		odd := completes(2)
		odd.GetComplete().Replica = "no name"
		for _, call := range []*ocov1.AttachRequest{completes(1), odd, publishes(3), answersQuery(4), {Call: 5}, beats(99)} {
			handler.calls <- call
		}
		for _, call := range []*ocov1.AttachRequest{answersQuery(1), publishes(2), beats(3)} {
			adapter.calls <- call
		}
		synctest.Wait()
		if v := handler.answer(1).GetCompleted().GetResults(); len(v) != 1 || v[0].Verdict != ocov1.Verdict_VERDICT_COMMITTED {
			t.Errorf("a completion: %v", handler.answer(1))
		}
		for call, want := range map[uint64]chat.Reason{2: chat.FieldInvalid, 3: chat.RoleForbidden, 4: chat.RoleForbidden, 5: chat.FieldInvalid} {
			got := handler.answer(call)
			if got.GetKind() != nil || reason(status.ErrorProto(got.GetError())) != want {
				t.Errorf("call %d: %v, want %s", call, got, want)
			}
		}
		if handler.answer(99).GetHeartbeat().GetNext() == nil || adapter.answer(3).GetHeartbeat() == nil {
			t.Error("a stream did not go on")
		}
		if adapter.answer(1).GetAnswered() == nil {
			t.Errorf("answers to queries: %v", adapter.answer(1))
		}
		if got := adapter.answer(2).GetError(); got.GetMessage() != "the bot failed at this; its log says why" {
			t.Errorf("a call that panicked: %v", adapter.answer(2))
		}
		for _, p := range []*plug{handler, adapter} {
			p.leave()
			if err := <-p.ended; !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		}
	})
}

// What a call may do is what its key may do when it comes, not what it could when
// the stream began (OCO-ATT-2).
func TestACallOfAnAttachHasTheScopesOfNow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var registry *plugin.Registry
		w := newWorld(t, func(o *rpc.Options) { registry = o.Registry })
		p := w.subscribed(w.as(chat.RoleHandler))
		grants := [][]string{nil, {plugin.MessagesWrite}, nil}
		for n, granted := range grants {
			registry.SetOptions(plugin.Options{Grants: map[string][]string{chat.RoleHandler.String(): granted}})
			call := completes(uint64(n + 1))
			elsewhere := reply("a", "hello")
			elsewhere.Message.To = &ocov1.Address{Room: byID("room:1:x")}
			call.GetComplete().Completions = []*ocov1.Completion{done(elsewhere)}
			p.calls <- call
			synctest.Wait()
		}
		asked := asked[delivery.Complete](w.engine)
		if len(asked) != len(grants) {
			t.Fatalf("%d of %d completions came through", len(asked), len(grants))
		}
		for n, granted := range grants {
			if may := asked[n].Completions[0].Sends[0].Elsewhere; may != (granted != nil) {
				t.Errorf("granted %q, it may send elsewhere: %t", granted, may)
			}
		}
		p.leave()
		<-p.ended
	})
}

// A call that takes long holds up no other, and only one publish of an account is
// in flight (OCO-ATT-2, OCO-ATT-6, OCO-LIF-24).
func TestASlowCallOfAnAttachHoldsUpNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		stored := make(chan struct{})
		w.intake.publish = func(*ocov1.PublishEventsRequest) error { <-stored; return nil }
		p := w.subscribed(w.as(chat.RoleAdapter))
		p.calls <- publishes(1)
		synctest.Wait()
		p.calls <- publishes(2)
		p.calls <- beats(3)
		w.engine.only(t).Take([]delivery.Effect{offer("a")})
		synctest.Wait()
		if p.answer(1) != nil || p.answer(3) == nil || len(p.frames) != 2 {
			t.Errorf("while one waits: %v", p.answers)
		}
		if got := reason(status.ErrorProto(p.answer(2).GetError())); got != chat.PublishInFlight {
			t.Errorf("the second publish: %v", p.answer(2))
		}
		close(stored)
		synctest.Wait()
		if p.answer(1).GetPublished() == nil {
			t.Errorf("the first publish: %v", p.answer(1))
		}
		p.leave()
		<-p.ended
	})
}

// A caller that asks and does not listen is read no further, and what is ready when
// it listens leaves together (OCO-ATT-8).
func TestACallerThatDoesNotListenIsReadNoFurther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		stuck := make(chan struct{})
		p := w.plugsIn(w.as(chat.RoleHandler), stuck)
		p.calls <- subscribe()
		for i := range 40 {
			p.calls <- beats(uint64(i + 1))
		}
		synctest.Wait()
		if p.read > 1+8 {
			t.Errorf("%d calls were taken in", p.read-1)
		}
		for i := range 60 {
			w.engine.only(t).Take([]delivery.Effect{offer("d" + string(rune('0'+i)))})
		}
		synctest.Wait()
		close(stuck)
		synctest.Wait()
		if len(p.answers) != 40 || len(p.frames) != 61 {
			t.Errorf("%d answers, %d frames", len(p.answers), len(p.frames))
		}
		if p.sent != 1+1+40 {
			t.Errorf("%d messages for Ready, 60 frames and 40 answers", p.sent)
		}
		p.leave()
		<-p.ended
	})
}

// A caller that has said all gets the answers that it waits for, and then the end
// (OCO-ATT-7).
func TestTheEndOfAnAttachComesBehindItsAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(*testing.T, *world, *plug)
		want chat.Reason
	}{
		"the caller's": {func(_ *testing.T, _ *world, p *plug) { close(p.calls) }, ""},
		"the bot's":    {func(t *testing.T, w *world, _ *plug) { w.engine.only(t).Close(nil) }, ""},
		"another's": {func(t *testing.T, w *world, _ *plug) {
			w.engine.only(t).Close(chat.Refuse(chat.EpochFenced, "another"))
		}, chat.EpochFenced},
		"a bad call's": {func(_ *testing.T, _ *world, p *plug) { p.calls <- beats(0) }, chat.FieldInvalid},
		"a stuck call's": {func(t *testing.T, w *world, _ *plug) {
			w.engine.only(t).Close(nil)
			time.Sleep(time.Minute)
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				stored := make(chan struct{})
				w.engine.do = func(in delivery.Input) (any, error, bool) {
					if _, ok := in.(delivery.Complete); ok {
						<-stored
					}
					return nil, nil, false
				}
				p := w.subscribed(w.as(chat.RoleHandler))
				p.calls <- completes(1)
				synctest.Wait()
				w.engine.only(t).Take([]delivery.Effect{offer("last")})
				began := time.Now()
				c.end(t, w, p)
				synctest.Wait()
				if stuck := name == "a stuck call's"; stuck && time.Since(began) < 5*time.Second {
					t.Error("it was not waited for")
				}
				select {
				case err := <-p.ended:
					t.Errorf("it ended before its answer: %v", err)
				default:
				}
				close(stored)
				if err := <-p.ended; reason(err) != c.want || c.want == "" && err != nil {
					t.Errorf("it ended with %v", err)
				}
				if name != "a stuck call's" && p.answer(1).GetCompleted() == nil {
					t.Error("there was no answer")
				}
				if n := len(p.frames); p.frames[n-1].GetDelivery().GetDeliveryId() != "last" {
					t.Error("what came before the end was not sent")
				}
				if left := asked[delivery.Disconnect](w.engine); len(left) != 1 || len(w.engine.sinks) != 0 {
					t.Errorf("signed off: %v", left)
				}
			})
		})
	}
}

// Attach is a feature: a bot that has it not says so, and refuses it (OCO-ATT-9).
func TestABotMayDoWithoutAttach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for without, has := range map[string]bool{"": true, "oco.attach": false} {
			w := newWorld(t, func(o *rpc.Options) { o.Without = []string{without} })
			info := must(w.core.GetBotInfo(w.as(chat.RoleHandler), nil))(t)
			if slices.Contains(info.Features, "oco.attach") != has || !slices.Contains(info.Features, "oco.pull") {
				t.Errorf("without %q the features are %q", without, info.Features)
			}
			p := w.plugsIn(w.as(chat.RoleHandler), nil)
			p.calls <- subscribe()
			synctest.Wait()
			p.leave()
			if got := reason(<-p.ended); (got == chat.FeatureMissing) == has {
				t.Errorf("without %q it ended with %q", without, got)
			}
			manifest := &ocov1.Manifest{RequiredFeatures: []string{"oco.attach"}}
			_, err := w.core.Register(w.as(chat.RoleHandler), &ocov1.RegisterRequest{Replica: "one", Manifest: manifest})
			if (reason(err) == chat.FeatureMissing) == has {
				t.Errorf("without %q a plugin that needs it is told %v", without, err)
			}
		}
	})
}

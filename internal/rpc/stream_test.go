package rpc_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/rpc"
)

// reader collects what a stream sends.
type reader struct {
	t       testing.TB
	mu      sync.Mutex // guards frames while the stream runs
	frames  []*ocov1.Frame
	fail    error
	queries chan *ocov1.Query // if not nil, where queries go
}

func (r *reader) send(raw rpc.Frames) error {
	if r.fail != nil {
		return r.fail
	}
	res := new(ocov1.SubscribeResponse)
	if err := proto.Unmarshal(raw, res); err != nil {
		r.t.Error(err)
	}
	r.mu.Lock()
	r.frames = append(r.frames, res.Frames...)
	r.mu.Unlock()
	for _, f := range res.Frames {
		if q := f.GetQuery(); q != nil && r.queries != nil {
			r.queries <- q
		}
	}
	return nil
}

// soFar is what came by now, of a stream that still runs.
func (r *reader) soFar() []*ocov1.Frame {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.frames)
}

func offer(id string) delivery.Offer {
	return delivery.Offer{Lease: delivery.Lease{Delivery: id, ID: "lease-" + id}, Attempt: 1, Route: "ping"}
}

// subscribe runs a stream in a bubble until stop is called, which gives its
// error.
func (w *world) subscribe(ctx context.Context, r *reader) (stop func() error) {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- w.stream(ctx, &ocov1.SubscribeRequest{Replica: "one"}, r.send) }()
	synctest.Wait()
	return func() error { cancel(); return <-ended }
}

// The first frame says what was granted, and the others keep their order (OCO-LIF-9).
func TestAStreamBeginsWithReadyAndKeepsItsOrder(t *testing.T) {
	overBoth(t, func(t *testing.T, over func(*world) *world) {
		synctest.Test(t, func(t *testing.T) {
			w, r := over(newWorld(t)), &reader{t: t}
			stop := w.subscribe(w.as(chat.RoleHandler), r)
			sink := w.engine.only(t)
			sink.Take([]delivery.Effect{offer("a"), offer("b")})
			sink.Take([]delivery.Effect{delivery.CancelFrame{Delivery: "a", Reason: delivery.CancelMaxRun}, delivery.DrainFrame{Grace: time.Second}})
			synctest.Wait()
			time.Sleep(10 * time.Second)
			synctest.Wait()
			if err := stop(); !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			if len(r.frames) != 6 {
				t.Fatalf("%d frames: %v", len(r.frames), r.frames)
			}
			ready := r.frames[0].GetReady()
			if ready.GetMaxInFlight() != 16 || ready.GetLeaseTerm().AsDuration() != 30*time.Second || ready.GetInstanceId() == "" {
				t.Errorf("ready: %v", ready)
			}
			if r.frames[1].GetDelivery().GetDeliveryId() != "a" || r.frames[2].GetDelivery().GetLeaseId() != "lease-b" ||
				r.frames[3].GetCancel().GetReason() != ocov1.CancelReason_CANCEL_REASON_MAX_RUN || r.frames[4].GetDrain() == nil || r.frames[5].GetHeartbeat() == nil {
				t.Errorf("frames: %v", r.frames)
			}
			if connects := asked[delivery.Connect](w.engine); len(connects) != 1 || connects[0].Credit != 16 || connects[0].Plugin != "handler" {
				t.Errorf("connects: %+v", connects)
			}
			if left := asked[delivery.Disconnect](w.engine); len(left) != 1 || len(left[0].Unsent) != 0 || len(w.engine.sinks) != 0 {
				t.Errorf("disconnects: %+v, %d sinks", left, len(w.engine.sinks))
			}
		})
	})
}

// Every stream tells every 10 s that the bot lives (OCO-LIF-13).
func TestTheBotsHeartbeat(t *testing.T) {
	overBoth(t, func(t *testing.T, over func(*world) *world) {
		synctest.Test(t, func(t *testing.T) {
			w, r := over(newWorld(t)), &reader{t: t}
			stop := w.subscribe(w.as(chat.RoleHandler), r)
			for want := range 6 {
				got := 0
				for _, f := range r.soFar() {
					if f.GetHeartbeat() != nil {
						got++
					}
				}
				if got != want {
					t.Fatalf("%d heartbeats after %d s", got, 10*want)
				}
				time.Sleep(10 * time.Second)
				synctest.Wait()
			}
			if err := stop(); !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
		})
	})
}

func TestWhatWasNeverSentGoesBack(t *testing.T) {
	overBoth(t, func(t *testing.T, over func(*world) *world) {
		synctest.Test(t, func(t *testing.T) {
			w, r := over(newWorld(t)), &reader{t: t}
			stop := w.subscribe(w.as(chat.RoleHandler), r)
			// A hundred frames are two batches; the first one breaks on its way.
			r.fail = errors.New("broken pipe")
			frames := make([]delivery.Effect, 100)
			for i := range frames {
				frames[i] = offer("d" + strings.Repeat("x", i))
			}
			w.engine.only(t).Take(frames)
			synctest.Wait()
			if err := stop(); !errors.Is(err, r.fail) {
				t.Fatal(err)
			}
			left := asked[delivery.Disconnect](w.engine)
			if len(left) != 1 || len(left[0].Unsent) != 100-rpc.MaxBatchItems {
				t.Fatalf("%d leases went back; the %d of the broken batch may have left", len(left[0].Unsent), rpc.MaxBatchItems)
			}
		})
	})
}

func TestTheBotEndsAStream(t *testing.T) {
	overBoth(t, func(t *testing.T, over func(*world) *world) {
		for _, why := range []*chat.Error{nil, chat.Refuse(chat.EpochFenced, "another stream")} {
			synctest.Test(t, func(t *testing.T) {
				w, r := over(newWorld(t)), &reader{t: t}
				stop := w.subscribe(w.as(chat.RoleHandler), r)
				sink := w.engine.only(t)
				sink.Take([]delivery.Effect{offer("last")})
				sink.Close(why)
				synctest.Wait()
				err := stop()
				if why == nil && err != nil || why != nil && reason(err) != why.Reason {
					t.Fatal(err)
				}
				if n := len(r.frames); r.frames[n-1].GetDelivery().GetDeliveryId() != "last" {
					t.Fatal("what came before the end was not sent")
				}
			})
		}
	})
}

func TestAStreamThatIsNotReadIsBounded(t *testing.T) {
	overBoth(t, func(t *testing.T, over func(*world) *world) {
		synctest.Test(t, func(t *testing.T) {
			w := over(newWorld(t))
			blocked := make(chan struct{})
			ended := make(chan error, 1)
			ctx := w.as(chat.RoleHandler)
			go func() {
				ended <- w.stream(ctx, &ocov1.SubscribeRequest{Replica: "one"}, func(rpc.Frames) error { <-blocked; return nil })
			}()
			synctest.Wait()
			sink := w.engine.only(t)
			for range 5000 {
				sink.Take([]delivery.Effect{delivery.CancelFrame{Delivery: "d"}})
			}
			if n := rpc.Queued(sink); n > 4097 {
				t.Fatalf("%d frames wait", n)
			}
			sink.Take([]delivery.Effect{offer("late")})
			close(blocked)
			if err := <-ended; reason(err) != chat.QueueFull {
				t.Fatal(err)
			}
		})
	})
}

// Each reason of a Cancel has its own number on the wire, and there are no others
// (OCO-DLV-71).
func TestTheReasonsOfACancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, r := newWorld(t), &reader{t: t}
		stop := w.subscribe(w.as(chat.RoleHandler), r)
		reasons := []delivery.CancelReason{delivery.CancelMaxRun, delivery.CancelPerson, delivery.CancelSettled}
		var all []delivery.Effect
		for _, reason := range reasons {
			all = append(all, delivery.CancelFrame{Delivery: "a", Reason: reason, Text: "why"})
		}
		w.engine.only(t).Take(all)
		synctest.Wait()
		var told []string
		for _, f := range r.soFar()[1:] {
			told = append(told, strings.TrimPrefix(f.GetCancel().GetReason().String(), "CANCEL_REASON_")+" "+f.GetCancel().GetText())
		}
		if got := strings.Join(told, ", "); got != "MAX_RUN why, PERSON why, SETTLED why" || len(ocov1.CancelReason_name) != len(reasons)+1 {
			t.Errorf("told %s of %v", got, ocov1.CancelReason_name)
		}
		_ = stop()
	})
}

func TestAnUnknownReplicaIsTold(t *testing.T) {
	overBoth(t, func(t *testing.T, over func(*world) *world) {
		w := over(newWorld(t))
		w.engine.do = func(in delivery.Input) (any, error, bool) {
			return nil, chat.Refuse(chat.ReplicaNotFound, "Register"), true
		}
		err := w.stream(w.as(chat.RoleHandler), &ocov1.SubscribeRequest{Replica: "one"}, (&reader{t: t}).send)
		wants(t, err, chat.ReplicaNotFound)
		_, err = w.core.Pull(w.as(chat.RoleHandler), &ocov1.PullRequest{Replica: "one"})
		wants(t, err, chat.ReplicaNotFound)
		_, err = w.core.Heartbeat(w.as(chat.RoleHandler), &ocov1.HeartbeatRequest{Replica: "one"})
		wants(t, err, chat.ReplicaNotFound)
		_, err = w.core.Leave(w.as(chat.RoleHandler), &ocov1.LeaveRequest{Replica: "one"})
		wants(t, err, chat.ReplicaNotFound) // what the loop says is told
		if left := asked[delivery.Leave](w.engine); len(left) != 1 || left[0].Replica != (delivery.Replica{Plugin: "handler", Name: "one"}) {
			t.Errorf("who leaves is %v", left)
		}
	})
}

// A replica has a name that can be shown and kept (OCO-SIZ-15).
func TestNamesOfReplicasAreChecked(t *testing.T) {
	overBoth(t, func(t *testing.T, over func(*world) *world) {
		w := over(newWorld(t))
		for _, name := range []string{"", "a b", strings.Repeat("x", 65), "é", "a/b"} {
			ctx := w.as(chat.RoleAdapter)
			err := w.stream(ctx, &ocov1.SubscribeRequest{Replica: name}, (&reader{t: t}).send)
			wants(t, err, chat.FieldInvalid)
			_, err = w.core.Pull(ctx, &ocov1.PullRequest{Replica: name})
			wants(t, err, chat.FieldInvalid)
			_, err = w.core.Leave(ctx, &ocov1.LeaveRequest{Replica: name})
			wants(t, err, chat.FieldInvalid)
			_, err = w.core.Register(ctx, &ocov1.RegisterRequest{Replica: name, Manifest: &ocov1.Manifest{}})
			wants(t, err, chat.FieldInvalid)
			_, err = w.core.Complete(ctx, &ocov1.CompleteRequest{Replica: name})
			wants(t, err, chat.FieldInvalid)
			_, err = w.core.PublishEvents(ctx, &ocov1.PublishEventsRequest{Replica: name, AccountId: "account:1"})
			wants(t, err, chat.FieldInvalid)
		}
		if len(w.engine.inputs) != 0 {
			t.Fatal(w.engine.inputs)
		}
	})
}

// A long poll ends with the first frame, or when its wait is over, which is a minute
// at most (OCO-RPC-6, OCO-SIZ-11).
func TestPullWaitsAndReturnsWhatCame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		ctx, began := w.as(chat.RoleHandler), time.Now()
		res, err := w.core.Pull(ctx, &ocov1.PullRequest{Replica: "one", Wait: durationpb.New(time.Hour)})
		if err != nil || len(res.Frames) != 0 || time.Since(began) != time.Minute {
			t.Fatalf("%v, %v after %s", res, err, time.Since(began))
		}
		go func() {
			time.Sleep(3 * time.Second)
			w.engine.only(t).Take([]delivery.Effect{offer("a")})
			w.engine.only(t).Close(nil)
		}()
		began = time.Now()
		res, err = w.core.Pull(ctx, &ocov1.PullRequest{Replica: "one", MaxDeliveries: 500, Wait: durationpb.New(20 * time.Second)})
		if err != nil || len(res.GetFrames()) != 1 || res.Frames[0].GetDelivery().GetDeliveryId() != "a" || time.Since(began) != 3*time.Second {
			t.Fatalf("%v, %v after %s", res, err, time.Since(began))
		}
		if c := asked[delivery.Connect](w.engine); c[0].Pull != 1 || c[1].Pull != rpc.MaxBatchItems {
			t.Fatalf("%+v", c)
		}
		_, err = w.core.Pull(ctx, &ocov1.PullRequest{Replica: "one", Wait: durationpb.New(-1)})
		wants(t, err, chat.FieldInvalid)
	})
}

// What does not fit into one answer of a long poll goes back (OCO-SIZ-2).
func TestPullGivesBackWhatItCannotReturn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		big := offer("big")
		big.Payload = must(proto.Marshal(&ocov1.Event{Native: make([]byte, 700<<10)}))(t)
		other := big
		other.Lease = delivery.Lease{Delivery: "other", ID: "lease-other"}
		take := func() { time.Sleep(time.Second); w.engine.only(t).Take([]delivery.Effect{big, other}) }
		go take()
		res, err := w.core.Pull(w.as(chat.RoleHandler), &ocov1.PullRequest{Replica: "one", MaxDeliveries: 2, Wait: durationpb.New(time.Minute)})
		if err != nil || len(res.Frames) != 1 {
			t.Fatal(len(res.GetFrames()), err)
		}
		ctx, cancel := context.WithTimeout(w.as(chat.RoleHandler), time.Second)
		defer cancel()
		_, err = w.core.Pull(ctx, &ocov1.PullRequest{Replica: "one", Wait: durationpb.New(time.Minute)})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		var back []string
		for _, d := range asked[delivery.Disconnect](w.engine) {
			for _, l := range d.Unsent {
				back = append(back, l.Delivery)
			}
		}
		if !slices.Equal(back, []string{"other"}) {
			t.Fatalf("went back: %q", back)
		}
	})
}

// A heartbeat answers the leases that are lost (OCO-LIF-10).
func TestHeartbeatsNameWhatIsLost(t *testing.T) {
	w := newWorld(t)
	w.engine.do = func(in delivery.Input) (any, error, bool) {
		return []string{"l2"}, nil, true
	}
	res, err := w.core.Heartbeat(w.as(chat.RoleHandler), &ocov1.HeartbeatRequest{Replica: "one", Held: []*ocov1.HeldLease{{DeliveryId: "d1", LeaseId: "l1"}, {DeliveryId: "d2", LeaseId: "l2"}}})
	if err != nil || !slices.Equal(res.LostLeaseIds, []string{"l2"}) || res.Next.AsDuration() != 10*time.Second {
		t.Fatal(res, err)
	}
	if h := asked[delivery.Heartbeat](w.engine)[0]; len(h.Held) != 2 || h.Held[1] != (delivery.Lease{Delivery: "d2", ID: "l2"}) {
		t.Fatalf("%+v", h)
	}
}

func TestARevokedKeyEndsItsStreams(t *testing.T) {
	overBoth(t, func(t *testing.T, over func(*world) *world) {
		synctest.Test(t, func(t *testing.T) {
			w := over(newWorld(t))
			ctx, ended := w.as(chat.RoleHandler), make(chan error, 2)
			go func() {
				ended <- w.stream(ctx, &ocov1.SubscribeRequest{Replica: "one"}, (&reader{t: t}).send)
			}()
			go func() {
				_, err := w.core.Pull(ctx, &ocov1.PullRequest{Replica: "two", Wait: durationpb.New(time.Hour)})
				ended <- err
			}()
			synctest.Wait()
			began := time.Now()
			if err := w.keys.Revoke(t.Context(), w.keys.List()[0].ID); err != nil {
				t.Fatal(err)
			}
			wants(t, <-ended, chat.KeyInvalid)
			wants(t, <-ended, chat.KeyInvalid)
			if time.Since(began) != 0 || len(asked[delivery.Disconnect](w.engine)) != 2 {
				t.Fatal("they lived on, or were not signed off")
			}
		})
	})
}

// A replica is granted what it asks for, 16 by default, up to the limit, which the
// operator may raise (OCO-SIZ-6).
func TestTheOperatorSetsTheCredit(t *testing.T) {
	overBoth(t, func(t *testing.T, over func(*world) *world) {
		synctest.Test(t, func(t *testing.T) {
			for asks, want := range map[uint32]int{0: 16, 500: 200, 3: 3} {
				w, r := over(newWorld(t, func(o *rpc.Options) { o.Credit = map[string]int{"handler": 200} })), &reader{t: t}
				ctx, cancel := context.WithCancel(w.as(chat.RoleHandler))
				ended := make(chan error, 1)
				go func() {
					ended <- w.stream(ctx, &ocov1.SubscribeRequest{Replica: "one", MaxInFlight: asks}, r.send)
				}()
				synctest.Wait()
				cancel()
				<-ended
				info := must(w.core.GetBotInfo(w.as(chat.RoleHandler), nil))(t)
				if got := asked[delivery.Connect](w.engine)[0].Credit; got != want || r.frames[0].GetReady().MaxInFlight != uint32(want) || info.Limits.MaxInFlight != 200 {
					t.Errorf("asks for %d: gets %d, want %d; %v", asks, got, want, info.Limits)
				}
			}
		})
	})
}

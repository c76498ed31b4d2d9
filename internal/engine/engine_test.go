package engine

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/store"
)

// A stream is a sink that keeps what it gets.
type stream struct {
	mu     sync.Mutex
	frames []delivery.Effect
	closed bool
	err    *chat.Error
}

func (s *stream) Take(frames []delivery.Effect) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.frames = append(s.frames, frames...)
}

func (s *stream) Close(err *chat.Error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed, s.err = true, err
}

func (s *stream) all() []delivery.Effect {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]delivery.Effect(nil), s.frames...)
}

var (
	far = delivery.Replica{Plugin: "far", Name: "f1"}
	irc = delivery.Replica{Plugin: "irc", Name: "a1"}
	ops = chat.Place{Room: "ops"}
)

func open(t testing.TB, st store.Store, o Options) *Engine {
	t.Helper()
	o.Seed = &[2]uint64{1, 2}
	e, err := Open(st, o)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func must(t testing.TB, e *Engine, in delivery.Input) any {
	t.Helper()
	v, err := e.Do(context.Background(), in)
	if err != nil {
		t.Fatalf("%T: %v", in, err)
	}
	return v
}

// come registers a replica and opens its stream.
func come(t testing.TB, e *Engine, id delivery.Replica, credit int) (*stream, delivery.Sink) {
	t.Helper()
	s := &stream{}
	role := chat.RoleHandler
	if id == irc {
		role = chat.RoleAdapter
	}
	must(t, e, delivery.Hello{Replica: id, Role: role, Definitions: map[string]struct{}{"def": {}}})
	if id == irc {
		must(t, e, delivery.Activate{Account: "account:1", From: id})
	}
	sink := e.Add(s)
	must(t, e, delivery.Connect{Replica: id, Sink: sink, Credit: credit})
	return s, sink
}

// command is an event with one delivery.
func command(id string, order chat.Order) delivery.Admit {
	e := delivery.Event{ID: "e" + id, Payload: []byte("payload " + id)}
	copy(e.Dedup[:], id)
	e.Deliveries = []delivery.NewDelivery{{
		ID: id, Match: []byte("match " + id), Addressed: true, User: "alice", Place: ops,
		Route: delivery.Route{
			Plugin: "far", Name: "deploy", Definition: "def", RunPolicy: chat.Once, Order: order, Notice: chat.NoticePerson,
			MaxRun: time.Minute, StaleAfter: 5 * time.Minute, MaxAttempts: 5,
		},
	}}
	return delivery.Admit{Events: []delivery.Event{e}}
}

func done(id string) delivery.Complete {
	return delivery.Complete{From: far, Completions: []delivery.Completion{{
		Lease: delivery.Lease{Delivery: id, ID: id + ".1"}, Kind: delivery.DoneKind,
	}}}
}

// Nothing is answered and nothing leaves before it is on disk (OCO-DLV-1,
// OCO-DLV-6).
func TestEffectsWaitForTheDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newGated()
		e := open(t, st, Options{})
		defer e.Stop()
		s, _ := come(t, e, far, 4)
		let := st.close()
		answered := make(chan error, 1)
		go func() {
			_, err := e.Do(t.Context(), command("d1", chat.OrderNone))
			answered <- err
		}()
		synctest.Wait()
		if len(answered) > 0 || len(s.all()) > 0 {
			t.Fatal("let out before it is on disk")
		}
		if _, err := st.Get(delivery.DeliveryKey("d1")); err != nil {
			t.Fatal("not applied")
		}
		let()
		synctest.Wait()
		if err := <-answered; err != nil {
			t.Fatal(err)
		}
		if f := s.all(); len(f) != 1 || string(f[0].(delivery.Offer).Payload) != "payload d1" || string(f[0].(delivery.Offer).Match) != "match d1" {
			t.Fatalf("%+v", f)
		}
		if e.Store() != store.Store(st) {
			t.Fatal("another store")
		}
	})
}

// Who sends a message and does not wait for its end is answered when it is on disk
// (OCO-RPC-7).
func TestASendIsAnsweredWhenItIsOnDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newGated()
		e := open(t, st, Options{})
		defer e.Stop()
		let := st.close()
		answered := make(chan delivery.SendEnd, 1)
		go func() {
			answered <- must(t, e, delivery.Say{Send: delivery.NewSend{Place: ops, Text: "hi"}, Caller: "ci", Request: "r"}).(delivery.SendEnd)
		}()
		time.Sleep(time.Minute)
		synctest.Wait()
		if len(answered) > 0 {
			t.Fatal("answered before it is on disk")
		}
		let()
		end := <-answered
		if end.State != chat.Queued || end.Message == "" {
			t.Fatalf("%+v", end)
		}
		if err := st.Scan(delivery.OutboxPrefix(), nil, func(_, row []byte) error {
			if bytes.Contains(row, []byte(end.Message)) {
				end.Message = ""
			}
			return nil
		}); err != nil || end.Message != "" {
			t.Fatalf("%s is not in the outbox, %v", end.Message, err)
		}
	})
}

// What needs no sync of its own is answered within 5 ms by one, in order with
// all else.
func TestLazyAnswersWaitAtMost5ms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newGated()
		e := open(t, st, Options{})
		defer e.Stop()
		s, _ := come(t, e, irc, 4)
		must(t, e, delivery.Say{Send: delivery.NewSend{Place: ops, Text: "hi"}})
		op := s.all()[0].(delivery.Operate)
		if op.Parts[0].Text != "hi" {
			t.Fatalf("%+v", op)
		}
		began, syncs := time.Now(), st.syncs
		must(t, e, delivery.Complete{From: irc, Completions: []delivery.Completion{{
			Lease: op.Lease, Kind: delivery.DoneKind, Operation: &delivery.OperationResult{State: chat.Sent, ServiceID: "1"},
		}}})
		if took := time.Since(began); took != lazySync {
			t.Fatalf("took %s", took)
		}
		if st.syncs != syncs+1 {
			t.Fatalf("%d syncs", st.syncs-syncs)
		}
		// An answer that changes nothing does not overtake one that waits.
		must(t, e, delivery.Say{Send: delivery.NewSend{Place: ops, Text: ""}})
		op = s.all()[1].(delivery.Operate)
		began = time.Now()
		go func() {
			must(t, e, delivery.Complete{From: irc, Completions: []delivery.Completion{{
				Lease: op.Lease, Kind: delivery.DoneKind, Operation: &delivery.OperationResult{State: chat.Sent},
			}}})
		}()
		synctest.Wait()
		if must(t, e, delivery.Inspect{}); time.Since(began) != lazySync {
			t.Fatalf("it overtook after %s", time.Since(began))
		}
		synctest.Wait()
	})
}

// A caller that does not wait any more is forgotten; its input may have taken
// effect.
func TestCancelledCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := open(t, newGated(), Options{})
		defer e.Stop()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := e.Do(ctx, delivery.Say{Send: delivery.NewSend{Place: ops, Text: "hi"}, Wait: true})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		if len(e.calls) != 0 {
			t.Fatal("the call is kept")
		}
		if n := must(t, e, delivery.Inspect{}).(delivery.Snapshot).Outbox; n != 1 {
			t.Fatalf("%d in the outbox", n)
		}
		ended, stop := context.WithCancel(t.Context())
		stop()
		for range 1000 { // whichever is ready first
			if _, err := e.Do(ended, delivery.Inspect{}); err != nil && !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
		}
	})
}

// A refusal is the machine's own error; an input with an impossible id is
// refused and stops nothing.
func TestRefusal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := open(t, newGated(), Options{Fatal: func(err error) { t.Error(err) }})
		defer e.Stop()
		var refused *chat.Error
		for _, in := range []delivery.Input{
			delivery.CancelOf{Delivery: "nothing"},
			delivery.CancelOf{Delivery: strings.Repeat("x", 5000)},
			delivery.CancelOf{Delivery: ""},
			delivery.RetryOf{Old: strings.Repeat("x", 5000)},
		} {
			if _, err := e.Do(t.Context(), in); !errors.As(err, &refused) || refused.Reason != chat.DeliveryNotFound {
				t.Fatalf("%+v: %v", in, err)
			}
		}
	})
}

// Time passes without inputs: who waits is told, and the operators' log hears.
func TestAlarms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		kinds := map[string]int{}
		e := open(t, newGated(), Options{Report: func(r delivery.Report) {
			mu.Lock()
			defer mu.Unlock()
			kinds[r.Kind]++
		}})
		s, _ := come(t, e, irc, 4)
		must(t, e, command("d1", chat.OrderUser))
		time.Sleep(3*time.Second + time.Millisecond)
		synctest.Wait()
		f := s.all()
		if len(f) != 1 || !strings.Contains(f[0].(delivery.Operate).Parts[0].Text, "far is not running") {
			t.Fatalf("%+v", f)
		}
		time.Sleep(6 * time.Minute)
		e.Stop()
		mu.Lock()
		defer mu.Unlock()
		if kinds["admitted"] != 1 || kinds["ended"] != 1 {
			t.Fatalf("%v", kinds)
		}
	})
}

// What was offered and ended in one batch leaves whole, and its end behind it.
func TestOfferAndEndInOneBatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newGated()
		e := open(t, st, Options{})
		defer e.Stop()
		must(t, e, command("d1", chat.OrderNone)) // its rows are on disk, nobody is there
		s := &stream{}
		must(t, e, delivery.Hello{Replica: far, Role: chat.RoleHandler, Definitions: map[string]struct{}{"def": {}}})
		sink := e.Add(s)
		let := st.close()
		var all sync.WaitGroup
		all.Go(func() { must(t, e, delivery.Connect{Replica: far, Sink: sink, Credit: 1}) })
		synctest.Wait()
		all.Go(func() { must(t, e, delivery.CancelOf{Delivery: "d1", By: "bob"}) })
		synctest.Wait()
		let()
		all.Wait()
		f := s.all()
		if len(f) != 2 || string(f[0].(delivery.Offer).Payload) != "payload d1" || string(f[0].(delivery.Offer).Match) != "match d1" {
			t.Fatalf("%+v", f)
		}
		if c, ok := f[1].(delivery.CancelFrame); !ok || c.Delivery != "d1" {
			t.Fatalf("%+v", f)
		}
		// A second stream of the same replica ends the first.
		_, second := come(t, e, far, 1)
		if s.mu.Lock(); !s.closed || s.err == nil || s.err.Reason != chat.EpochFenced {
			t.Fatal("the older stream stays")
		}
		s.mu.Unlock()
		must(t, e, delivery.Disconnect{Replica: far, Sink: second})
		e.Remove(second)
		if e.find(second) != nil {
			t.Fatal("kept")
		}
		must(t, e, delivery.Drain{})
	})
}

// An idle bot that has something open says that it lives, so that a restart does
// not count the time before as time without a bot.
func TestAliveWhileIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newGated()
		e := open(t, st, Options{})
		come(t, e, far, 0)
		must(t, e, delivery.Pause{Plugin: "far", Paused: true})
		must(t, e, command("d1", chat.OrderUser))
		time.Sleep(time.Hour)
		e.Stop()
		time.Sleep(time.Minute)
		e = open(t, st, Options{})
		if n := must(t, e, delivery.Inspect{}).(delivery.Snapshot).Open; n != 1 {
			t.Fatal("an hour of pause made it old")
		}
		e.Stop()
		time.Sleep(5 * time.Minute)
		e = open(t, st, Options{})
		if n := must(t, e, delivery.Inspect{}).(delivery.Snapshot).Open; n != 0 {
			t.Fatal("five minutes without a bot did not")
		}
		e.Stop()
	})
}

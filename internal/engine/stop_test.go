package engine

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/store"
)

// The newer engine takes the store over: the older one can write nothing more
// and stops.
func TestSecondEngineTakesOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newGated()
		var fatal atomic.Value
		first := open(t, st, Options{Fatal: func(err error) { fatal.Store(err) }})
		must(t, first, command("d1", chat.OrderNone))
		second := open(t, st, Options{})
		defer second.Stop()
		if _, err := first.Do(t.Context(), command("d2", chat.OrderNone)); !errors.Is(err, ErrStopped) {
			t.Fatal(err)
		}
		if err, ok := fatal.Load().(error); !ok || !strings.Contains(err.Error(), "another bot took over") {
			t.Fatal(err)
		}
		if _, err := st.Get(delivery.DeliveryKey("d2")); !errors.Is(err, store.ErrNotFound) {
			t.Fatal("it wrote")
		}
		if _, err := first.Do(t.Context(), delivery.Inspect{}); !errors.Is(err, ErrStopped) {
			t.Fatal(err)
		}
		first.Stop()
		must(t, second, command("d2", chat.OrderNone))
	})
}

// A failed sync acknowledges nothing, then or later (OCO-DLV-45).
func TestFailedSyncStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newGated()
		var fatal atomic.Int32
		e := open(t, st, Options{Fatal: func(error) { fatal.Add(1) }})
		s, _ := come(t, e, far, 9)
		st.set(func() { st.wrong = errors.New("EIO") })
		let := st.close()
		answers := make(chan error, 3)
		for _, id := range []string{"d1", "d2", "d3"} {
			go func() {
				_, err := e.Do(t.Context(), command(id, chat.OrderNone))
				answers <- err
			}()
			synctest.Wait()
			st.set(func() { st.wrong = nil }) // later syncs seem to succeed
		}
		let()
		for range 3 {
			if err := <-answers; !errors.Is(err, ErrStopped) {
				t.Fatal(err)
			}
		}
		if len(s.all()) > 0 || fatal.Load() != 1 {
			t.Fatalf("%d frames left, fatal %d", len(s.all()), fatal.Load())
		}
		e.Stop()
	})
}

// A store that cannot be read stops the bot too.
func TestFailedReadStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newGated()
		e := open(t, st, Options{})
		must(t, e, command("d1", chat.OrderNone))
		st.set(func() { st.getErr = errors.New("EIO") })
		if _, err := e.Do(t.Context(), delivery.CancelOf{Delivery: "nothing"}); !errors.Is(err, ErrStopped) {
			t.Fatal(err)
		}
		if _, err := Open(st, Options{}); err == nil {
			t.Fatal("opened without knowing the epoch")
		}
		st.set(func() { st.getErr = nil; st.rows["l/d2"] = []byte{0xff} })
		if _, err := Open(st, Options{}); err == nil || !strings.Contains(err.Error(), "d2") {
			t.Fatal(err)
		}
		st.set(func() { delete(st.rows, "l/d2"); st.rows["e/ed1"] = []byte{0xff} })
		e = open(t, st, Options{})
		must(t, e, delivery.Hello{Replica: far, Role: chat.RoleHandler, Definitions: map[string]struct{}{"def": {}}})
		must(t, e, delivery.Connect{Replica: far, Sink: e.Add(&stream{}), Credit: 1})
		time.Sleep(16 * time.Second) // now it is offered, and cannot be read
		if _, err := e.Do(t.Context(), delivery.Inspect{}); !errors.Is(err, ErrStopped) {
			t.Fatal(err)
		}
	})
}

// Stop lets out what is lazily synced.
func TestStopFlushes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := open(t, newGated(), Options{})
		s, _ := come(t, e, irc, 1)
		must(t, e, delivery.Say{Send: delivery.NewSend{Place: ops, Text: "hi"}})
		answered := make(chan error, 1)
		go func() {
			_, err := e.Do(t.Context(), delivery.Complete{From: irc, Completions: []delivery.Completion{{
				Lease: s.all()[0].(delivery.Operate).Lease, Kind: delivery.DoneKind, Operation: &delivery.OperationResult{State: chat.Sent},
			}}})
			answered <- err
		}()
		synctest.Wait()
		e.Stop()
		if err := <-answered; err != nil {
			t.Fatal(err)
		}
	})
}

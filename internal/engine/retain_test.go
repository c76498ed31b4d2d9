package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/record"
	"github.com/openchatops/oco/internal/wire"
)

// rows counts those whose keys begin so.
func (g *gated) count(prefix string) (n int) {
	g.set(func() {
		for key := range g.rows {
			if strings.HasPrefix(key, prefix) {
				n++
			}
		}
	})
	return n
}

// holds says whether a text is in a row whose key begins so.
func (g *gated) holds(prefix, text string) (found bool) {
	g.set(func() {
		for key, value := range g.rows {
			found = found || strings.HasPrefix(key, prefix) && bytes.Contains(value, []byte(text))
		}
	})
	return found
}

// run lets so many deliveries begin and end, of which nobody is told anything.
func run(t *testing.T, e *Engine, from, n int) {
	t.Helper()
	for i := range n {
		id := fmt.Sprintf("d%03d", from+i)
		in := command(id, chat.OrderNone)
		in.Events[0].Deliveries[0].Addressed = false
		must(t, e, in)
		must(t, e, done(id))
	}
}

// post lets the adapter post what it is asked to, until nothing comes any more.
func post(t *testing.T, e *Engine, s *stream) {
	t.Helper()
	for done := 0; ; {
		synctest.Wait()
		frames := s.all()[done:]
		if len(frames) == 0 {
			return
		}
		done += len(frames)
		for _, f := range frames {
			if op, ok := f.(delivery.Operate); ok {
				must(t, e, delivery.Complete{From: irc, Completions: []delivery.Completion{{
					Lease: op.Lease, Kind: delivery.DoneKind,
					Operation: &delivery.OperationResult{State: chat.Sent, ServiceID: op.Lease.Delivery, Detail: "to alice"},
				}}})
			}
		}
		time.Sleep(5 * time.Second) // notices of one room have a gap
	}
}

var forEver = delivery.Kept{Records: 1000 * time.Hour, Most: 1_000_000, Text: 1000 * time.Hour}

// What is old goes in the background, in rounds, and is counted (OCO-DLV-52).
func TestOldRecordsGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newGated()
		kept := forEver
		kept.Records = time.Hour
		e := open(t, st, Options{Kept: kept})
		defer e.Stop()
		come(t, e, far, 4)
		run(t, e, 0, 200) // more than one input takes
		time.Sleep(30 * time.Minute)
		run(t, e, 200, 10)
		time.Sleep(29 * time.Minute)
		if n := st.count("o/"); n != 210 {
			t.Fatalf("%d are left too soon", n)
		}
		time.Sleep(3 * time.Minute)
		if n := st.count("o/"); n != 10 || st.count("e/") != 10 {
			t.Fatalf("%d are left", n)
		}
		if s := e.Kept(); !s.Counted || s.Deliveries != 10 || s.Removed["delivery"] != 200 {
			t.Fatalf("%+v", s)
		}
	})
}

// If there are too many the oldest go, also of those that were there at the start
// (OCO-DLV-53).
func TestTooManyRecordsGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newGated()
		e := open(t, st, Options{})
		come(t, e, far, 4)
		run(t, e, 0, 200)
		e.Stop()
		kept := forEver
		kept.Most = 150
		e = open(t, st, Options{Kept: kept})
		defer e.Stop()
		if s := e.Kept(); s.Counted || s.Deliveries != 0 {
			t.Fatalf("%+v", s)
		}
		come(t, e, far, 4)
		run(t, e, 200, 3)
		time.Sleep(3 * time.Minute)
		if s := e.Kept(); st.count("o/") != 150 || s.Deliveries != 150 || s.Removed["delivery"] != 53 {
			t.Fatalf("%d are left, %+v", st.count("o/"), s)
		}
		for i := range 203 {
			_, err := st.Get(delivery.EndedKey(fmt.Sprintf("d%03d", i)))
			if there := err == nil; there != (i >= 53) {
				t.Errorf("%d is there: %t", i, there)
			}
		}
		run(t, e, 203, 5)
		time.Sleep(3 * time.Minute)
		for i := range 208 { // none was passed by that had to go first
			_, err := st.Get(delivery.EndedKey(fmt.Sprintf("d%03d", i)))
			if there := err == nil; there != (i >= 58) {
				t.Errorf("later %d is there: %t", i, there)
			}
		}
		kept.Most = 20 // as a reload says it
		e.SetKept(kept)
		e.SetKept(kept)
		time.Sleep(3 * time.Minute)
		if st.count("o/") != 20 {
			t.Fatalf("%d are left", st.count("o/"))
		}
	})
}

// What people said goes at its time; with no time at all, when the last delivery of
// its event has ended, however long that took (OCO-DLV-54).
func TestTextGoesAtItsTime(t *testing.T) {
	for _, text := range []time.Duration{0, time.Hour} {
		t.Run(text.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				st := newGated()
				kept := forEver
				kept.Text = text
				e := open(t, st, Options{Kept: kept})
				defer e.Stop()
				come(t, e, far, 4)
				long := command("d000", chat.OrderNone)
				long.Events[0].Deliveries[0].Route.MaxRun = 24 * time.Hour
				must(t, e, long)
				run(t, e, 1, 3)
				for range 60 * 6 * 2 { // two hours
					time.Sleep(10 * time.Second)
					must(t, e, delivery.Heartbeat{Replica: far, Held: []delivery.Lease{{Delivery: "d000", ID: "d000.1"}}})
				}
				if !st.holds("e/ed000", "payload d000") || st.holds("e/ed001", "payload") {
					t.Fatalf("the open one has its text: %t, that which ended %t", st.holds("e/ed000", "payload"), st.holds("e/ed001", "payload"))
				}
				must(t, e, done("d000"))
				if text > 0 {
					time.Sleep(text - time.Second)
					if !st.holds("e/", "payload d000") {
						t.Fatal("gone too soon")
					}
				}
				time.Sleep(5 * time.Second)
				if st.holds("e/", "payload") || st.count("o/") != 4 {
					t.Fatal("the text is left")
				}
			})
		})
	}
}

// After a start everything is looked at again: the rows say what is to be done.
func TestTextGoesAfterAStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newGated()
		e := open(t, st, Options{Kept: forEver})
		come(t, e, far, 4)
		run(t, e, 0, 100)
		e.Stop()
		kept := forEver
		kept.Text = time.Minute
		time.Sleep(5 * time.Minute)
		e = open(t, st, Options{Kept: kept})
		defer e.Stop()
		time.Sleep(3 * time.Second)
		if st.holds("e/", "payload") {
			t.Fatal("the text is left")
		}
		if n := e.Kept().Removed["text"]; n != 100 {
			t.Fatalf("%d counted", n)
		}
	})
}

// More rows than are remembered to be looked at again are found all the same.
func TestTooManyToLookAtAgain(t *testing.T) {
	k := &keeper{}
	k.again(make([]delivery.Later, laterMost-1)...)
	k.again(make([]delivery.Later, 5)...)
	if len(k.later) != laterMost {
		t.Fatalf("%d", len(k.later))
	}
}

// What nobody settled is told when it goes, once, with its number.
func TestWhatNobodySettledIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var said bytes.Buffer
		st := newGated()
		kept := forEver
		kept.Records = time.Hour
		operators := chat.Place{Room: "operators"}
		e := open(t, st, Options{Kept: kept, Log: slog.New(slog.NewTextHandler(&said, nil)), Delivery: delivery.Options{Operators: operators}})
		come(t, e, far, 100)
		for i := range 100 {
			id := fmt.Sprintf("d%03d", i)
			must(t, e, command(id, chat.OrderNone))
			fail := done(id)
			fail.Completions[0].Kind = delivery.Fail
			must(t, e, fail)
		}
		s, _ := come(t, e, irc, 100)
		post(t, e, s)
		time.Sleep(2 * time.Hour)
		told := 0
		for _, f := range s.all() {
			if op, ok := f.(delivery.Operate); ok && op.Place == operators && strings.HasPrefix(op.Parts[0].Text, "100 deliveries ") {
				told++
			}
		}
		e.Stop()
		if told != 1 || st.count("x/") != 0 || strings.Count(said.String(), "nobody settled") != 1 || !strings.Contains(said.String(), "deliveries=100") {
			t.Fatalf("%d are on the list; said:\n%s", st.count("x/"), said.String())
		}
	})
}

// Request ids go after a day, and the messages that they asked for stay as records do.
func TestRequestIDsGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newGated()
		e := open(t, st, Options{Kept: forEver})
		defer e.Stop()
		s, _ := come(t, e, irc, 400)
		for i := range 5 {
			must(t, e, delivery.Say{Send: delivery.NewSend{Place: chat.Place{Room: fmt.Sprint("r", i)}, Text: "news"}, Caller: "ci", Request: fmt.Sprint(i)})
		}
		post(t, e, s)
		if n := st.count("s/"); n != 5 {
			t.Fatalf("%d were sent", n)
		}
		time.Sleep(23 * time.Hour)
		if n := st.count("q/"); n != 5 {
			t.Fatalf("%d are left too soon", n)
		}
		time.Sleep(2 * time.Hour)
		if n := st.count("q/"); n != 0 || st.count("s/") != 5 || e.Kept().Removed["request"] != 5 || e.Kept().Messages != 5 {
			t.Fatalf("%d are left, %d messages, %+v", n, st.count("s/"), e.Kept())
		}
	})
}

// What cannot be read is told, and tried again.
func TestRetainingIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var said bytes.Buffer
		st := newGated()
		kept := forEver
		kept.Records = time.Minute
		e := open(t, st, Options{Kept: kept, Log: slog.New(slog.NewTextHandler(&said, nil))})
		come(t, e, far, 4)
		run(t, e, 1, 1)
		st.set(func() { st.rows["o/d000"] = []byte{0xff} })
		time.Sleep(5 * time.Minute)
		if st.count("o/") != 2 {
			t.Fatal("it went on behind what is damaged")
		}
		st.set(func() { delete(st.rows, "o/d000") })
		time.Sleep(retainRest + 5*time.Second)
		e.Stop()
		if st.count("o/") != 0 || strings.Count(said.String(), "old records cannot be removed") != 5 {
			t.Fatalf("%d are left; said:\n%s", st.count("o/"), said.String())
		}
	})
}

// A person is taken out of everything, in as many inputs as it takes; what is
// open, or may yet be resolved, is counted (OCO-RPC-35, OCO-RPC-36).
func TestForget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newGated()
		e := open(t, st, Options{Kept: forEver})
		defer e.Stop()
		come(t, e, far, 4)
		s, _ := come(t, e, irc, 400)
		for i := range 150 {
			id := fmt.Sprintf("d%03d", i)
			in := command(id, chat.OrderNone)
			in.Events[0].Deliveries[0].Place = chat.Place{Room: "room:1:dm-alice"}
			if i%3 == 0 {
				in.Events[0].Deliveries[0].User = "bob"
			}
			must(t, e, in)
			if i < 147 {
				must(t, e, done(id))
			}
		}
		post(t, e, s)
		room := func([]byte) (string, error) { return "room:1:dm-alice", nil }
		longID := []delivery.Write{{Key: delivery.LongIDKey("alice")}}
		got, err := e.Forget(t.Context(), delivery.Person{User: "alice"}, room, longID)
		if err != nil || got.Events != 98 || got.Deliveries != 98 || got.Open != 2 {
			t.Fatalf("%+v %v", got, err)
		}
		for i := range 147 {
			var d record.Delivery
			value, err := st.Get(delivery.EndedKey(fmt.Sprintf("d%03d", i)))
			if err == nil {
				err = wire.Decode(value, &d)
			}
			if his := i%3 == 0; err != nil || d.Forgotten == his || d.Place != nil || (d.User == "bob") != his || st.holds(fmt.Sprintf("e/ed%03d", i), "payload") != his {
				t.Fatalf("%d: %v %v", i, &d, err)
			}
		}
		// Two were lost meanwhile: they may be resolved for an hour.
		if again, err := e.Forget(t.Context(), delivery.Person{User: "alice"}, room, longID); err != nil || again != (delivery.Erased{Open: 2}) {
			t.Errorf("%+v %v", again, err)
		}
		time.Sleep(time.Hour)
		if last, err := e.Forget(t.Context(), delivery.Person{User: "alice"}, room, longID); err != nil || last != (delivery.Erased{Events: 2, Deliveries: 2}) {
			t.Errorf("%+v %v", last, err)
		}
		for _, prefix := range []string{"o/", "s/", "e/"} {
			if st.holds(prefix, "alice") {
				t.Errorf("alice is left in %s", prefix)
			}
		}
		wrong := errors.New("no event")
		if _, err := e.Forget(t.Context(), delivery.Person{User: "bob"}, func([]byte) (string, error) { return "", wrong }, nil); !errors.Is(err, wrong) {
			t.Error(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := e.Forget(ctx, delivery.Person{User: "bob"}, room, nil); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

// One that ran for a while goes with the others of its age, and not only when all are
// looked at anew (OCO-DLV-53).
func TestSlowOnesOfTooManyGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newGated()
		kept := forEver
		kept.Most = 3
		e := open(t, st, Options{Kept: kept})
		defer e.Stop()
		come(t, e, far, 4)
		slow := command("d000", chat.OrderNone)
		slow.Events[0].Deliveries[0].Addressed = false
		must(t, e, slow)
		time.Sleep(20 * time.Second)
		must(t, e, done("d000"))
		run(t, e, 1, 3)
		time.Sleep(4 * time.Minute)
		if _, err := st.Get(delivery.EndedKey("d000")); err == nil || st.count("o/") != 3 {
			t.Errorf("%d are left, the slow one: %v", st.count("o/"), err)
		}
	})
}

package engine

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/store/pebblestore"
)

// Callers that left make room for others that wait for the same message, also if
// they left before the loop saw them: 64 may wait at once.
func TestCallersThatLeftMakeRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st, err := pebblestore.OpenMemory(pebblestore.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer st.Close()
		e := open(t, st, Options{})
		defer e.Stop()
		s, _ := come(t, e, irc, 4)
		say := delivery.Say{Send: delivery.NewSend{Place: ops, Text: "news"}, Caller: "ci", Request: "r", Wait: true}
		ctx, leave := context.WithCancel(t.Context())
		left := make(chan error, 100)
		for range 100 {
			go func() {
				_, err := e.Do(ctx, say)
				left <- err
			}()
		}
		synctest.Wait() // 64 wait, the others are refused
		leave()
		for range 100 {
			var refused *chat.Error
			if err := <-left; !errors.Is(err, context.Canceled) && !(errors.As(err, &refused) && refused.Reason == chat.QuotaExceeded) {
				t.Fatal(err)
			}
		}
		if _, err := e.Do(ctx, say); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() {
			end, err := e.Do(t.Context(), say)
			if err == nil && end.(delivery.SendEnd).State != chat.Sent {
				err = errors.New("it did not end well")
			}
			ended <- err
		}()
		synctest.Wait()
		op := s.all()[0].(delivery.Operate)
		must(t, e, delivery.Complete{From: irc, Completions: []delivery.Completion{{
			Lease: op.Lease, Kind: delivery.DoneKind, Operation: &delivery.OperationResult{State: chat.Sent},
		}}})
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
	})
}

// What an operation asks for is at hand when it is handed out at once, and is read
// from its row when it is handed out later.
func TestOperationsLeaveWithWhatTheyAsk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st, err := pebblestore.OpenMemory(pebblestore.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer st.Close()
		e := open(t, st, Options{})
		defer e.Stop()
		ask := func(encoded string) {
			must(t, e, delivery.Say{Send: delivery.NewSend{Place: ops, Act: &delivery.Act{Encoded: []byte(encoded), What: "topic"}}})
		}
		ask("one")
		s, _ := come(t, e, irc, 4)
		ask("two")
		synctest.Wait()
		for i, want := range []string{"one", "two"} {
			op := s.all()[i].(delivery.Operate)
			if string(op.Parts[0].Act) != want || op.Parts[0].Text != "" {
				t.Fatalf("%+v", op)
			}
			must(t, e, delivery.Complete{From: irc, Completions: []delivery.Completion{{
				Lease: op.Lease, Kind: delivery.DoneKind, Operation: &delivery.OperationResult{State: chat.Sent},
			}}})
			synctest.Wait()
		}
	})
}

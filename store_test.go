package oco_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/openchatops/oco"
	"github.com/openchatops/oco/ocotest"
)

// withStore runs test in a callback of a handler that may use its store.
func withStore(t *testing.T, test func(ctx context.Context, msg *oco.Message) error) *ocotest.Bot {
	t.Helper()
	h := oco.NewHandler("keeper")
	h.Scopes("store", "store.shared:team")
	h.Command("test", "Test.", func(ctx context.Context, msg *oco.Message) error { return test(ctx, msg) })
	bot := ocotest.StartWith(t, ocotest.Config{Scopes: map[string][]string{"keeper": {"store", "store.shared:team"}}}, h)
	bot.Command("test")
	return bot
}

// wantDone runs test, which must end well.
func wantDone(t *testing.T, test func(ctx context.Context, s *oco.Store) error) {
	t.Helper()
	var failed error
	bot := withStore(t, func(ctx context.Context, msg *oco.Message) error {
		failed = test(ctx, msg.Store())
		return failed
	})
	bot.WantOutcome(oco.Done)
	if failed != nil {
		t.Error(failed)
	}
}

type deployment struct {
	App  string
	When time.Time
}

func TestStoreGivesBackWhatWasPut(t *testing.T) {
	wantDone(t, func(ctx context.Context, s *oco.Store) error {
		in, out := deployment{"web", time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}, deployment{App: "as it was"}
		absent, err := s.Get(ctx, "deployment", &out)
		if err != nil || absent != 0 || out.App != "as it was" {
			return fmt.Errorf("a key that is not there: %d, %v, %v", absent, out, err)
		}
		put, err := s.Put(ctx, "deployment", in)
		if err != nil {
			return err
		}
		got, err := s.Get(ctx, "deployment", &out)
		if err != nil || got != put || got == 0 || out != in {
			return fmt.Errorf("got %v at %d, put %v at %d: %v", out, got, in, put, err)
		}
		var number int
		if _, err := s.Get(ctx, "deployment", &number); err == nil || !strings.Contains(err.Error(), "deployment") {
			return fmt.Errorf("an object is a number: %v", err)
		}
		if err := s.Delete(ctx, "deployment"); err != nil {
			return err
		}
		if absent, err := s.Get(ctx, "deployment", &out); err != nil || absent != 0 {
			return fmt.Errorf("after the delete: %d, %v", absent, err)
		}
		return s.Delete(ctx, "deployment")
	})
}

func TestStoreListsInOrderOverPages(t *testing.T) {
	wantDone(t, func(ctx context.Context, s *oco.Store) error {
		var want []string
		for i := range 250 {
			key := fmt.Sprintf("n/%03d", i)
			want = append(want, key)
			if i%50 == 0 {
				if _, err := s.Put(ctx, fmt.Sprintf("other/%d", i), i); err != nil {
					return err
				}
			}
			if _, err := s.Put(ctx, key, i, oco.TTL(time.Hour)); err != nil {
				return err
			}
		}
		var got []string
		for e, err := range s.List(ctx, "n/") {
			if err != nil {
				return err
			}
			var n int
			if err := e.Decode(&n); err != nil || n != len(got) || e.Revision == 0 || time.Until(e.Expires) < 50*time.Minute {
				return fmt.Errorf("%+v: %d, %v", e, n, err)
			}
			if n == 10 { // later writes do not show
				if err := s.Delete(ctx, "n/200"); err != nil {
					return err
				}
			}
			got = append(got, e.Key)
		}
		if !slices.Equal(got, want) {
			return fmt.Errorf("listed %d keys, want %d", len(got), len(want))
		}
		for range s.List(ctx, "") {
			break
		}
		for _, err := range s.List(ctx, "\x00") {
			if status.Code(err) == codes.InvalidArgument {
				return nil
			}
		}
		return errors.New("a prefix with a control character is taken")
	})
}

func TestStoreUpdatesUnderContention(t *testing.T) {
	const workers, each = 8, 10
	wantDone(t, func(ctx context.Context, s *oco.Store) error {
		var all sync.WaitGroup
		var failed atomic.Value
		for w := range workers {
			all.Go(func() {
				for i := range each {
					_, err := oco.Update(ctx, s, "list", func(old []string, found bool) ([]string, error) {
						if found != (len(old) > 0) {
							return nil, errors.New("found is wrong")
						}
						return append(old, fmt.Sprintf("%d-%d", w, i)), nil
					})
					if err != nil {
						failed.Store(err)
					}
					if _, err := s.Add(ctx, "sum", 3); err != nil {
						failed.Store(err)
					}
				}
			})
		}
		all.Wait()
		if err, _ := failed.Load().(error); err != nil {
			return err
		}
		var got []string
		if _, err := s.Get(ctx, "list", &got); err != nil || len(got) != workers*each {
			return fmt.Errorf("%d of %d updates are there: %v", len(got), workers*each, err)
		}
		if sum, err := s.Add(ctx, "sum", -1); err != nil || sum != 3*workers*each-1 {
			return fmt.Errorf("the sum is %d: %v", sum, err)
		}
		enough := errors.New("enough")
		if _, err := oco.Update(ctx, s, "list", func([]string, bool) ([]string, error) { return nil, enough }); !errors.Is(err, enough) {
			return fmt.Errorf("the error of change is %v", err)
		}
		return nil
	})
}

func TestTransactionsAreWholeAndGuarded(t *testing.T) {
	wantDone(t, func(ctx context.Context, s *oco.Store) error {
		rev, err := s.Transact(ctx, new(oco.Transaction).Guard("a", 0).Put("a", 1).Put("b", 2).Add("c", 5).Delete("b"))
		if err != nil || rev != 1 {
			return fmt.Errorf("revision %d: %v", rev, err)
		}
		if _, err := s.Transact(ctx, new(oco.Transaction).Guard("a", 0).Put("a", 9).Add("c", 1)); !errors.Is(err, oco.ErrConflict) {
			return fmt.Errorf("a guard that does not hold: %v", err)
		}
		var a, c int
		if _, err := s.Get(ctx, "a", &a); err != nil || a != 1 {
			return fmt.Errorf("a is %d: %v", a, err)
		}
		if _, err := s.Get(ctx, "c", &c); err != nil || c != 5 {
			return fmt.Errorf("c is %d: %v", c, err)
		}
		if _, err := s.Transact(ctx, new(oco.Transaction)); err == nil {
			return errors.New("an empty transaction is taken")
		}
		if _, err := s.Put(ctx, "f", func() {}); err == nil {
			return errors.New("a function is stored")
		}
		if _, err := s.Add(ctx, "a", 1); err != nil {
			return err
		}
		if _, err := s.Put(ctx, "text", "no number"); err != nil {
			return err
		}
		if _, err := s.Add(ctx, "text", 1); status.Code(err) != codes.InvalidArgument {
			return fmt.Errorf("a text is a counter: %v", err)
		}
		_, err = s.Put(ctx, "raw", json.RawMessage(`{"x": 1}`))
		return err
	})
}

func TestSharedStoresAreByScope(t *testing.T) {
	wantDone(t, func(ctx context.Context, s *oco.Store) error {
		if _, err := s.Shared("team").Put(ctx, "k", 1); err != nil {
			return err
		}
		var n int
		if r, err := s.Get(ctx, "k", &n); err != nil || r != 0 {
			return fmt.Errorf("one store is in the other: %d, %v", r, err)
		}
		if _, err := s.Shared("others").Get(ctx, "k", &n); status.Code(err) != codes.PermissionDenied {
			return fmt.Errorf("a store without its scope: %v", err)
		}
		return nil
	})
}

// What a callback puts into its transaction is there if it ends done, and only
// then. [OCO-STO-12]
func TestTheTransactionOfADelivery(t *testing.T) {
	wrong := errors.New("wrong")
	for name, c := range map[string]struct {
		call    func(ctx context.Context, msg *oco.Message) error
		outcome oco.Outcome
		want    int
	}{
		"done": {func(_ context.Context, msg *oco.Message) error {
			msg.Transaction().Add("n", 1).Add("n", 2)
			msg.Transaction().Put("other", "x").Delete("other")
			msg.Reply("three")
			return nil
		}, oco.Done, 3},
		"failed": {func(_ context.Context, msg *oco.Message) error {
			msg.Transaction().Add("n", 1)
			return wrong
		}, oco.Failed, 0},
		"a guard that does not hold": {func(_ context.Context, msg *oco.Message) error {
			msg.Transaction().Guard("n", 7).Add("n", 1)
			msg.Reply("this is not said")
			return nil
		}, oco.Failed, 0},
		"a guard that holds": {func(_ context.Context, msg *oco.Message) error {
			msg.Transaction().Guard("n", 0).Add("n", 1)
			return nil
		}, oco.Done, 1},
		"a value that is none": {func(_ context.Context, msg *oco.Message) error {
			msg.Transaction().Add("n", 1).Put("f", func() {})
			return nil
		}, oco.Failed, 0},
		"written at once": {func(ctx context.Context, msg *oco.Message) error {
			if _, err := msg.Store().Add(ctx, "n", 1); err != nil {
				return err
			}
			return wrong
		}, oco.Failed, 1},
		"another's": {func(_ context.Context, msg *oco.Message) error {
			msg.Transaction().Add("n", 1).In("others")
			return nil
		}, oco.Failed, 0},
	} {
		t.Run(name, func(t *testing.T) {
			h := oco.NewHandler("keeper")
			h.Scopes("store")
			h.Command("test", "Test.", func(ctx context.Context, msg *oco.Message) error {
				return c.call(ctx, msg)
			})
			got := -1
			h.Command("look", "Look.", func(ctx context.Context, msg *oco.Message) error {
				got = 0
				_, err := msg.Store().Get(ctx, "n", &got)
				return err
			})
			bot := ocotest.StartWith(t, ocotest.Config{Scopes: map[string][]string{"keeper": {"store"}}}, h)
			bot.Command("test")
			bot.WantOutcome(c.outcome)
			if c.outcome != oco.Done {
				bot.WantReply()
			}
			bot.Command("look")
			bot.WantOutcome(oco.Done)
			if got != c.want {
				t.Errorf("the counter is %d, want %d", got, c.want)
			}
		})
	}
}

// A delivery of a repeatable route whose guard does not hold runs again.
func TestAGuardLetsARepeatableRouteRunAgain(t *testing.T) {
	runs := 0
	h := oco.NewHandler("keeper")
	h.Scopes("store")
	h.Command("test", "Test.", func(ctx context.Context, msg *oco.Message) error {
		var n int
		revision, err := msg.Store().Get(ctx, "n", &n)
		if err != nil {
			return err
		}
		if runs++; runs == 1 { // somebody else is faster
			if _, err := msg.Store().Add(ctx, "n", 1); err != nil {
				return err
			}
		}
		msg.Transaction().Guard("n", revision).Put("n", n+10)
		msg.Reply(fmt.Sprint(n + 10))
		return nil
	}, oco.Repeatable())
	bot := ocotest.StartWith(t, ocotest.Config{Scopes: map[string][]string{"keeper": {"store"}}}, h)
	bot.Command("test")
	bot.WantOutcome(oco.Done)
	bot.WantReply("11")
	if runs != 2 {
		t.Errorf("it ran %d times", runs)
	}
}

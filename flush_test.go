package oco

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// Callbacks that share the timer have their replies leave each after its own
// 100 ms, and those that returned before do not disturb it.
func TestRepliesLeaveEachInItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f flusher
		log := slog.New(slog.DiscardHandler)
		out := newCompleter(log, 0, func(context.Context, []*ocov1.Completion) ([]*ocov1.CompletionResult, error) { return nil, nil })
		begin := func() *call {
			return &call{wire: &ocov1.Delivery{DeliveryId: "d"}, out: out, flush: &f, logger: log, cancel: func(error) {}}
		}
		left := func(after time.Duration, want int) {
			t.Helper()
			time.Sleep(after)
			synctest.Wait()
			if n := out.waiting(); n != want {
				t.Errorf("%d completions left, want %d", n, want)
			}
		}
		short, first, second := begin(), begin(), begin()
		short.Reply("gone at once")
		left(10*time.Millisecond, 0)
		short.finish(nil, nil)
		first.Reply("one")
		first.Reply("with it")
		left(30*time.Millisecond, 1)
		second.Reply("two")
		left(69*time.Millisecond, 1)
		left(time.Millisecond, 2) // 100 ms after the first
		left(29*time.Millisecond, 2)
		left(time.Millisecond, 3)
		first.Reply("anew")
		left(99*time.Millisecond, 3)
		left(time.Millisecond, 4)
		if len(f.waiting) != 0 {
			t.Errorf("%d calls are still known", len(f.waiting))
		}
	})
}

// More replies than one completion may hold leave in several (OCO-SIZ-14), and one
// that the bot refuses before the end fails the delivery.
func TestManyAndRefusedReplies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sizes []int
		var kinds []string
		refuse := false
		out := newCompleter(slog.New(slog.DiscardHandler), 0, func(_ context.Context, batch []*ocov1.Completion) ([]*ocov1.CompletionResult, error) {
			results := make([]*ocov1.CompletionResult, len(batch))
			for i, c := range batch {
				sizes, kinds = append(sizes, len(c.GetSends())), append(kinds, fmt.Sprintf("%T", c.GetKind()))
				results[i] = &ocov1.CompletionResult{Verdict: ocov1.Verdict_VERDICT_COMMITTED}
				if refuse && len(c.GetSends()) > 0 {
					results[i] = &ocov1.CompletionResult{Verdict: ocov1.Verdict_VERDICT_REFUSED, Error: status.Convert(refusal(codes.PermissionDenied, "ROOM_FORBIDDEN")).Proto()}
				}
			}
			return results, nil
		})
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go out.run(ctx)
		var f flusher
		begin := func() *call {
			return &call{wire: &ocov1.Delivery{DeliveryId: "d", LeaseId: "l"}, out: out, flush: &f, logger: slog.New(slog.DiscardHandler), cancel: func(error) {}}
		}
		many := begin()
		for range 150 {
			many.Reply("again")
		}
		many.finish(nil, func(error) {})
		synctest.Wait()
		if !slices.Equal(sizes, []int{64, 64, 22}) {
			t.Errorf("completions with %d replies", sizes)
		}
		// Also if the callback has returned before the verdict comes (OCO-DLV-12).
		kinds, refuse = nil, true
		late := begin()
		late.Reply("to somebody else")
		late.mu.Lock()
		late.flushLocked(nil, nil)
		late.mu.Unlock()
		late.Reply("with the end")
		settled := 0
		late.finish(nil, func(error) { settled++ })
		synctest.Wait()
		if want := []string{"*ocov1.Completion_Progress", "*ocov1.Completion_Fail", "*ocov1.Completion_Fail"}; !slices.Equal(kinds, want) || settled != 1 {
			t.Errorf("it completed with %q, settled %d times", kinds, settled)
		}
		kinds = nil
		refused := begin()
		refused.Reply("to somebody else")
		time.Sleep(2 * flushAfter)
		synctest.Wait()
		refused.finish(nil, func(error) {})
		synctest.Wait()
		if want := []string{"*ocov1.Completion_Progress", "*ocov1.Completion_Fail"}; !slices.Equal(kinds, want) {
			t.Errorf("it completed with %q", kinds)
		}
	})
}

// A callback whose lease is lost says with its end what the bot would not take before
// it: if the end still counts, nothing that was replied is missing. What does not fit
// there fails the delivery (OCO-DLV-12, OCO-DLV-18).
func TestRepliesOfALostLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var last *ocov1.Completion
		out := newCompleter(slog.New(slog.DiscardHandler), 0, func(_ context.Context, batch []*ocov1.Completion) ([]*ocov1.CompletionResult, error) {
			results := make([]*ocov1.CompletionResult, len(batch))
			for i, c := range batch {
				results[i] = &ocov1.CompletionResult{Verdict: ocov1.Verdict_VERDICT_RESOLVED}
				if c.GetProgress() != nil {
					results[i] = &ocov1.CompletionResult{Verdict: ocov1.Verdict_VERDICT_REFUSED, Error: status.Convert(refusal(codes.Aborted, "LEASE_LOST")).Proto()}
				}
				last = c
			}
			return results, nil
		})
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go out.run(ctx)
		var f flusher
		for name, c := range map[string]struct {
			before int // replies that are refused, each by itself
			text   string
			want   string
		}{
			"two":      {2, "early", "1 2 N done"},
			"too many": {maxSends, "early", "N fail"},
			"too long": {20, strings.Repeat("x", maxText), "N fail"},
		} {
			var why error
			d := &call{wire: &ocov1.Delivery{DeliveryId: "d", LeaseId: "l"}, out: out, flush: &f, logger: slog.New(slog.DiscardHandler), cancel: func(err error) { why = err }}
			for range c.before {
				d.Reply(c.text)
				time.Sleep(2 * flushAfter)
				synctest.Wait()
			}
			d.Reply("at the end")
			d.finish(nil, func(error) {})
			synctest.Wait()
			said := ""
			for _, s := range last.GetSends() {
				said += s.GetKey() + " "
			}
			if last.GetDone() != nil {
				said += "done"
			} else if last.GetFail() != nil {
				said += "fail"
			}
			if want := strings.Replace(c.want, "N", strconv.Itoa(c.before+1), 1); said != want || !errors.Is(why, ErrLeaseLost) {
				t.Errorf("%s: the end is %q, want %q; the callback was stopped by %v", name, said, want, why)
			}
		}
	})
}

// A completion that waits for something to take it along waits its whole time,
// also where others before it were taken along meanwhile.
func TestCompletionWaitsForARide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		sent := make(chan time.Duration, 2)
		q := newCompleter(slog.New(slog.DiscardHandler), 5*time.Millisecond, func(_ context.Context, batch []*ocov1.Completion) ([]*ocov1.CompletionResult, error) {
			sent <- time.Since(begin)
			return make([]*ocov1.CompletionResult, len(batch)), nil
		})
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		go q.run(ctx)
		q.add(&ocov1.Completion{DeliveryId: "d1"}, nil)
		time.Sleep(2 * time.Millisecond)
		if rides := q.take(maxBatchBytes); len(rides) != 1 {
			t.Fatalf("%d completions ride, want 1", len(rides))
		}
		time.Sleep(2 * time.Millisecond)
		q.add(&ocov1.Completion{DeliveryId: "d2"}, nil)
		if at := <-sent; at != 9*time.Millisecond {
			t.Errorf("the second left after %v, want 9ms: it was queued after 4", at)
		}
	})
}

// What a full outbox does not take is sent again, and what the delivery says after
// it waits behind it: a reply is not lost, and nothing is failed for want of room.
func TestAFullOutboxIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		full := 3
		var taken []string
		q := newCompleter(slog.New(slog.DiscardHandler), 0, func(_ context.Context, batch []*ocov1.Completion) ([]*ocov1.CompletionResult, error) {
			var results []*ocov1.CompletionResult
			for _, c := range batch {
				one := &ocov1.CompletionResult{Verdict: ocov1.Verdict_VERDICT_COMMITTED}
				if len(c.GetSends()) > 0 && full > 0 {
					full--
					one.Verdict, one.Error = ocov1.Verdict_VERDICT_REFUSED, status.Convert(refusal(codes.ResourceExhausted, "QUEUE_FULL")).Proto()
				} else if _, failed := c.GetKind().(*ocov1.Completion_Fail); failed {
					t.Error("it is failed")
				} else {
					taken = append(taken, fmt.Sprintf("%s %d", c.GetDeliveryId(), len(c.GetSends())))
				}
				results = append(results, one)
			}
			return results, nil
		})
		settled := 0
		add := func(id string, c *ocov1.Completion, replies int) {
			c.DeliveryId = id
			for range replies {
				c.Sends = append(c.Sends, &ocov1.Send{Key: fmt.Sprint(len(c.Sends))})
			}
			q.add(c, func(err error) {
				if err != nil {
					t.Errorf("%s: %v", id, err)
				}
				settled++
			})
		}
		done := func() *ocov1.Completion { return &ocov1.Completion{Kind: &ocov1.Completion_Done{}} }
		add("one", &ocov1.Completion{Kind: &ocov1.Completion_Progress{}}, 2)
		add("one", done(), 0)
		add("two", done(), 1)
		add("three", done(), 0)
		ctx, stop := context.WithTimeout(t.Context(), 5*time.Minute)
		defer stop()
		go q.run(ctx)
		if !q.drained(ctx) || settled != 4 {
			t.Fatalf("%d settled", settled)
		}
		if one, two := slices.Index(taken, "one 2"), slices.Index(taken, "one 0"); len(taken) != 4 || one < 0 || two < one {
			t.Errorf("the bot took %q", taken)
		}
	})
}

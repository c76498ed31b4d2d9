package oco

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/durationpb"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
)

// handlerWith is a handler with one command "do".
func handlerWith(fn HandlerFunc, opts ...RouteOption) *Handler {
	h := NewHandler("test")
	h.Command("do {what...}", "Do it.", fn, opts...)
	return h
}

func texts(c *ocov1.Completion) string {
	var out []string
	for _, s := range c.GetSends() {
		out = append(out, s.GetKey()+"="+s.GetMessage().GetContent().GetText())
	}
	return strings.Join(out, " ")
}

func TestReplyCommitsWithOutcome(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		var h Handle
		p := b.run(t, handlerWith(func(_ context.Context, m *Message) error {
			h = m.Reply(m.Arg("what"))
			return nil
		}))
		b.push(t, frame(said("d1", "do", "do it", textArg("what", "it"))))
		got := b.completions()
		if len(got) != 1 || got[0].GetDone() == nil || texts(got[0]) != "1=it" || got[0].GetLeaseId() != "lease-d1" {
			t.Errorf("completions: %v", got)
		}
		if h.ID() != "d1/1" {
			t.Errorf("handle %q", h.ID())
		}
		if to := got[0].GetSends()[0].GetMessage().GetTo(); to != nil {
			t.Errorf("a plain reply names its place: %v", to)
		}
		p.end(t)
		if !b.seen().keys["Bearer oco_test"] || len(b.seen().keys) != 1 {
			t.Errorf("keys: %v", b.seen().keys)
		}
	})
}

func TestReplyLeavesAfter100ms(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		p := b.run(t, handlerWith(func(_ context.Context, m *Message) error {
			m.Reply("starting")
			m.Reply("really", Key("verdict"))
			time.Sleep(time.Second)
			m.Reply("done")
			return nil
		}))
		b.push(t, frame(said("d1", "do", "do it")))
		if n := len(b.completions()); n != 0 {
			t.Errorf("%d completions before the 100 ms", n)
		}
		time.Sleep(100 * time.Millisecond)
		synctest.Wait()
		if got := b.completions(); len(got) != 1 || got[0].GetProgress() == nil || texts(got[0]) != "1=starting verdict=really" {
			t.Errorf("after 100 ms: %v", got)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if got := b.completions(); len(got) != 2 || got[1].GetDone() == nil || texts(got[1]) != "2=done" {
			t.Errorf("at the end: %v", got)
		}
		p.end(t)
	})
}

func TestWhatACallbackReturns(t *testing.T) {
	boom := errors.New("boom \xff")
	cases := []struct {
		name       string
		err        error
		panics     bool
		repeatable bool
		want       string
	}{
		{"nil is done", nil, false, false, "done"},
		{"an error fails a once route", boom, false, false, "fail||boom \uFFFD"},
		{"an error retries a repeatable route", boom, false, true, "retry|0s|boom \uFFFD"},
		{"Tell fails with a text for the person", Tell("It broke.", boom), false, false, "fail|It broke.|boom \uFFFD"},
		{"Tell is final on a repeatable route", Tell("It broke.", boom), false, true, "fail|It broke.|boom \uFFFD"},
		{"Tell needs no error", Tell("It broke.", nil), false, false, "fail|It broke.|It broke."},
		{"RetryAfter is obeyed on a once route", fmt.Errorf("busy: %w", RetryAfter(3*time.Second)), false, false, "retry|3s|busy: try again in 3s"},
		{"Permanent fails a repeatable route", Permanent(boom), false, true, "fail||boom \uFFFD"},
		{"a panic fails a once route", boom, true, false, "fail||the callback panicked: boom \uFFFD (HERE)"},
		{"a panic fails a repeatable route", boom, true, true, "fail||the callback panicked: boom \uFFFD (HERE)"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				b := newFakeBot(t)
				p := b.run(t, handlerWith(func(context.Context, *Message) error {
					if c.panics {
						panic(c.err)
					}
					return c.err
				}))
				d := said("d1", "do", "do it")
				if c.repeatable {
					d.RunPolicy = ocov1.RunPolicy_RUN_POLICY_REPEATABLE
				}
				b.push(t, frame(d))
				got := b.completions()
				if len(got) != 1 || here.ReplaceAllString(kindOf(got[0]), "(HERE)") != c.want {
					t.Errorf("got %v, want %s", got, c.want)
				}
				p.end(t)
			})
		})
	}
}

// here is a place in this file where something panicked.
var here = regexp.MustCompile(`\(\S+/callback_test\.go:\d+ in \S+TestWhatACallbackReturns\S+\)`)

func kindOf(c *ocov1.Completion) string {
	switch {
	case c.GetDone() != nil:
		return "done"
	case c.GetFail() != nil:
		return "fail|" + c.GetFail().GetUserText() + "|" + c.GetFail().GetError().GetMessage()
	case c.GetRetry() != nil:
		return fmt.Sprintf("retry|%v|%s", c.GetRetry().GetDelay().AsDuration(), c.GetRetry().GetReason())
	case c.GetRelease() != nil:
		return "release|" + c.GetRelease().GetReason()
	}
	return "progress"
}

func TestRepliesThatCannotBeTaken(t *testing.T) {
	cases := []struct {
		name, want string
		fn         func(m *Message)
	}{
		{"longer than 64 KiB", "reply of 65537 bytes is longer than 64 KiB", func(m *Message) { m.Reply(strings.Repeat("x", 64<<10+1)) }},
		{"empty", "reply without text", func(m *Message) { m.Reply("") }},
		{"key twice", `reply key "a" was used twice in one delivery`, func(m *Message) { m.Reply("1", Key("a")); m.Reply("2", Key("a")) }},
		{"key of another alphabet", "must be 1 to 64 characters", func(m *Message) { m.Reply("1", Key("a/b")) }},
		{"key that is a number", "numbers are the library's", func(m *Message) { m.Reply("1", Key("17")) }},
		{"without end", "wait to be taken by the bot", func(m *Message) {
			for range 2000 {
				m.Reply("x")
			}
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				b := newFakeBot(t)
				d := said("d1", "do", "do it")
				d.RunPolicy = ocov1.RunPolicy_RUN_POLICY_REPEATABLE
				p := b.run(t, handlerWith(func(_ context.Context, m *Message) error {
					m.Reply("before")
					c.fn(m)
					return nil
				}))
				b.push(t, frame(d))
				got := b.completions()
				last := got[len(got)-1]
				if !strings.Contains(last.GetFail().GetError().GetMessage(), c.want) {
					t.Errorf("got %q, want %q in it", kindOf(last), c.want)
				}
				if !strings.HasPrefix(texts(got[0]), "1=before") {
					t.Errorf("what was said before is lost: %q", texts(got[0]))
				}
				p.end(t)
			})
		})
	}
}

func TestReplyFillsTheText(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		full := strings.Repeat("x", 64<<10)
		p := b.run(t, handlerWith(func(_ context.Context, m *Message) error {
			for range 40 {
				m.Reply(full)
			}
			m.Reply("bad \xff\xfe utf-8")
			return nil
		}))
		b.push(t, frame(said("d1", "do", "do it")))
		keys := 0
		for _, c := range b.completions() {
			size := 0
			for _, s := range c.GetSends() {
				keys++
				size += len(s.GetMessage().GetContent().GetText())
				if want := fmt.Sprint(keys); s.GetKey() != want {
					t.Fatalf("key %s came where %s was due", s.GetKey(), want)
				}
			}
			if size > 1<<20 {
				t.Errorf("one completion has %d bytes of text", size)
			}
		}
		if keys != 41 {
			t.Errorf("%d replies came, want 41", keys)
		}
		got := b.completions()
		if last := got[len(got)-1]; last.GetDone() == nil || !strings.HasSuffix(texts(last), "41=bad \uFFFD utf-8") {
			t.Errorf("last: %s %s", kindOf(last), texts(last))
		}
		p.end(t)
	})
}

func TestReplyPlaces(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		p := b.run(t, handlerWith(func(_ context.Context, m *Message) error {
			m.Reply("a", InThread())
			m.Reply("b", Thread("t9"))
			m.ReplyDirect("c")
			return nil
		}))
		b.push(t, frame(said("d1", "do", "do it")))
		s := b.completions()[0].GetSends()
		if s[0].GetMessage().GetTo().GetStartThreadAt() != "msg-d1" || s[1].GetMessage().GetTo().GetThreadId() != "t9" || s[2].GetMessage().GetTo().GetRoom().GetUserId() != "user-alice" {
			t.Errorf("sends: %v", s)
		}
		p.end(t)
	})
}

func TestTermsOfAReply(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		p := b.run(t, handlerWith(func(_ context.Context, m *Message) error {
			m.Reply("a", PreferLoss(), Direct())
			m.Reply("b", ValidFor(time.Minute))
			m.Reply("c")
			if h := m.Reply("d", ValidFor(-time.Minute)); h.err == nil {
				t.Error("a reply was taken that was over before it was said")
			}
			return nil
		}))
		b.push(t, frame(said("d1", "do", "do it")))
		s := b.completions()[0].GetSends()
		const loss = ocov1.RepeatPolicy_REPEAT_POLICY_PREFER_LOSS
		if len(s) != 3 || s[0].GetMessage().GetRepeatPolicy() != loss || s[1].GetMessage().GetValidFor().AsDuration() != time.Minute || s[2].GetMessage().GetRepeatPolicy() == loss || s[2].GetMessage().GetValidFor() != nil {
			t.Errorf("sends: %v", s)
		}
		p.end(t)
	})
}

func TestReplyNowComesAfterWhatIsQueued(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		states := []ocov1.SendState{ocov1.SendState_SEND_STATE_SENT, ocov1.SendState_SEND_STATE_UNKNOWN, ocov1.SendState_SEND_STATE_FAILED}
		before := -1
		tries := 0
		b.onSend = func(*ocov1.SendMessageRequest) (*ocov1.SendMessageResponse, error) {
			if before < 0 {
				before = len(b.completions())
			}
			if tries++; tries == 1 {
				return nil, refusal(codes.Unavailable, "STARTING")
			}
			return &ocov1.SendMessageResponse{State: states[tries-2]}, nil
		}
		var errs []error
		p := b.run(t, handlerWith(func(ctx context.Context, m *Message) error {
			m.Reply("first")
			for range 3 {
				_, err := m.ReplyNow(ctx, "now")
				errs = append(errs, err)
			}
			m.Reply("last")
			return nil
		}))
		b.push(t, frame(said("d1", "do", "do it")))
		time.Sleep(2 * time.Second) // the try after STARTING
		synctest.Wait()
		if before != 1 {
			t.Errorf("%d completions came before the send, want the one with the queued reply", before)
		}
		if len(errs) != 3 || errs[0] != nil || !errors.Is(errs[1], ErrMaybeSent) || !errors.Is(errs[2], ErrNotSent) {
			t.Errorf("errors: %v", errs)
		}
		first := b.seen().sends[0]
		if in := first.GetInDelivery(); in.GetKey() != "2" || in.GetDeliveryId() != "d1" || in.GetLeaseId() != "lease-d1" || !first.GetWait() {
			t.Errorf("send: %v", first)
		}
		if again := b.seen().sends[1]; again.GetInDelivery().GetKey() != "2" {
			t.Errorf("the repeat has another key: %v", again)
		}
		got := b.completions()
		if texts(got[len(got)-1]) != "5=last" {
			t.Errorf("last: %s", texts(got[len(got)-1]))
		}
		p.end(t)
	})
}

// ending is why a callback ended.
type ending struct{ atomic.Pointer[error] }

func (e *ending) why() error {
	if p := e.Load(); p != nil {
		return *p
	}
	return nil
}

// ends is a callback that waits for its context and keeps why it ended.
func ends(e *ending) HandlerFunc {
	return func(ctx context.Context, _ *Message) error {
		<-ctx.Done()
		cause := context.Cause(ctx)
		e.Store(&cause)
		return cause
	}
}

func TestCallbackEndsWithMaxRun(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		var cause ending
		p := b.run(t, handlerWith(ends(&cause)))
		d := said("d1", "do", "do it")
		d.MaxRun = durationpb.New(3 * time.Second)
		b.push(t, frame(d))
		time.Sleep(3*time.Second - time.Millisecond)
		synctest.Wait()
		if cause.why() != nil {
			t.Errorf("ended too early: %v", cause.why())
		}
		time.Sleep(time.Millisecond)
		synctest.Wait()
		if !errors.Is(cause.why(), ErrMaxRun) {
			t.Errorf("cause %v", cause.why())
		}
		p.end(t)
	})
}

func TestExtendCountsAnew(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		var cause ending
		p := b.run(t, handlerWith(func(ctx context.Context, m *Message) error {
			if err := m.Extend(ctx, time.Minute); err != nil {
				return err
			}
			return ends(&cause)(ctx, m)
		}))
		d := said("d1", "do", "do it")
		d.MaxRun = durationpb.New(3 * time.Second)
		b.push(t, frame(d))
		if got := b.completions(); len(got) != 1 || got[0].GetProgress().GetExtend().AsDuration() != time.Minute {
			t.Errorf("completions: %v", got)
		}
		time.Sleep(time.Minute - time.Millisecond)
		synctest.Wait()
		if cause.why() != nil {
			t.Errorf("ended too early: %v", cause.why())
		}
		time.Sleep(time.Millisecond)
		synctest.Wait()
		if !errors.Is(cause.why(), ErrMaxRun) {
			t.Errorf("cause %v", cause.why())
		}
		p.end(t)
	})
}

func TestCancelFrame(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		var cause ending
		p := b.run(t, handlerWith(ends(&cause)))
		b.push(t, frame(said("d1", "do", "do it")))
		b.push(t, &ocov1.Frame{Kind: &ocov1.Frame_Cancel{Cancel: &ocov1.Cancel{DeliveryId: "d1", Reason: ocov1.CancelReason_CANCEL_REASON_PERSON}}})
		if !errors.Is(cause.why(), ErrCancelled) {
			t.Errorf("cause %v", cause.why())
		}
		if got := b.completions(); len(got) != 1 || got[0].GetFail() == nil {
			t.Errorf("a cancelled delivery completes as usual: %v", got)
		}
		p.end(t)
	})
}

func TestUnknownRouteFails(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newFakeBot(t)
		p := b.run(t, handlerWith(func(context.Context, *Message) error { t.Error("called"); return nil }))
		b.push(t, frame(said("d1", "other", "other")))
		if got := b.completions(); len(got) != 1 || !strings.Contains(kindOf(got[0]), `no route "other"`) {
			t.Errorf("completions: %v", got)
		}
		p.end(t)
	})
}

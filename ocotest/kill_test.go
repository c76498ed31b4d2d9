package ocotest_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/openchatops/oco"
	"github.com/openchatops/oco/ocotest"
)

// A slow handler runs its callbacks until it is killed, the first time.
type slow struct {
	runs    atomic.Int32
	started chan struct{}
}

func (s *slow) handler(opts ...oco.RouteOption) *oco.Handler {
	h := oco.NewHandler("slow")
	h.Command("work", "Work.", func(ctx context.Context, msg *oco.Message) error {
		if s.runs.Add(1) == 1 {
			close(s.started)
			<-ctx.Done()
			return ctx.Err()
		}
		msg.Reply("worked")
		return nil
	}, opts...)
	return h
}

// A command of a once route whose handler is killed runs no second time, and the
// person is told (OCO-DLV-8, OCO-DLV-15).
func TestKilledOnce(t *testing.T) {
	ocotest.OverBoth(t, func(t *testing.T) {
		s := &slow{started: make(chan struct{})}
		bot := ocotest.Start(t, s.handler())
		wait := bot.BeginCommand("work")
		<-s.started
		bot.Kill("slow")
		wait()
		bot.WantNotice("work: outcome unknown", "oco retry d")
		bot.WantOutcome(oco.Unknown)
		bot.Restart("slow")
		if n := s.runs.Load(); n != 1 {
			t.Errorf("it ran %d times, want 1", n)
		}
		bot.Command("work")
		bot.WantReply("worked")
	})
}

// One of a repeatable route runs again by itself.
func TestKilledRepeatable(t *testing.T) {
	ocotest.OverBoth(t, func(t *testing.T) {
		s := &slow{started: make(chan struct{})}
		bot := ocotest.Start(t, s.handler(oco.Repeatable()))
		wait := bot.BeginCommand("work")
		<-s.started
		bot.Kill("slow")
		bot.Restart("slow")
		wait()
		bot.WantNotice("Trying again")
		bot.WantReply("worked")
		bot.WantOutcome(oco.Done)
	})
}

// Who asked may run it again; somebody else may not (OCO-DLV-37, OCO-DLV-38).
func TestRetryByWord(t *testing.T) {
	ocotest.OverBoth(t, func(t *testing.T) {
		s := &slow{started: make(chan struct{})}
		bot := ocotest.StartWith(t, ocotest.Config{Operators: []string{"olga"}}, s.handler())
		wait := bot.BeginCommand("work")
		<-s.started
		bot.Kill("slow")
		wait()
		id := idIn(t, bot.LastNotice())
		bot.Restart("slow")
		mallory := bot.As("mallory")
		mallory.Command("retry " + id)
		mallory.WantAnswer("Only who asked for " + id)
		bot.Command("oco retry " + id)
		bot.WantAnswer(id + " runs again, as d")
		bot.Command("retry " + id)
		bot.WantAnswer("was run again already")
	})
}

// What waits behind a command that was lost runs when its turn comes.
func TestWaitsItsTurn(t *testing.T) {
	ocotest.OverBoth(t, func(t *testing.T) {
		s := &slow{started: make(chan struct{})}
		bot := ocotest.Start(t, s.handler())
		first := bot.BeginCommand("work")
		<-s.started
		second := bot.BeginCommand("work")
		bot.Kill("slow")
		first()
		bot.Restart("slow")
		second()
		bot.WantReply("worked")
	})
}

func idIn(t *testing.T, notice string) string {
	t.Helper()
	for i := 0; i+13 <= len(notice); i++ {
		if word := notice[i : i+13]; word[0] == 'd' && (i == 0 || notice[i-1] == ' ') && isID(word) {
			return word
		}
	}
	t.Fatalf("no id of a delivery in %q", notice)
	return ""
}

func isID(word string) bool {
	digits := 0
	for _, c := range word {
		switch {
		case '0' <= c && c <= '9':
			digits++
		case 'a' <= c && c <= 'z':
		default:
			return false
		}
	}
	return digits > 0 && len(word) == 13
}

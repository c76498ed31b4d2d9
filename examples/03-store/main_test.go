package main

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/openchatops/oco"
	"github.com/openchatops/oco/ocotest"
)

var granted = ocotest.Config{Scopes: map[string][]string{"counter": {"store"}}}

func TestCount(t *testing.T) {
	bot := ocotest.StartWith(t, granted, newHandler())
	for range 3 {
		bot.Command("count")
		bot.WantReply("Counted.")
		bot.WantOutcome(oco.Done)
	}
	bot.As("bob").In("ops").Command("count")
	bot.Command("total")
	bot.WantReply("4 so far.")
}

func TestReserve(t *testing.T) {
	bot := ocotest.StartWith(t, granted, newHandler())
	bot.Command("reserve 7")
	bot.WantReply("They are yours; 3 are left.")
	bot.Command("reserve 4")
	bot.WantNotice("There are 3 left.")
	bot.WantOutcome(oco.Failed)
	bot.Command("reserve 3")
	bot.WantReply("They are yours; 0 are left.")
}

func TestWithoutTheScopeNothingIsCounted(t *testing.T) {
	bot := ocotest.Start(t, newHandler())
	bot.Command("count")
	bot.WantOutcome(oco.Failed)
}

// The handler is killed again and again while it counts: the total is the number
// of commands whose reply was posted, which are those that ended done, or unknown
// until a completion that was under way resolved it.
func TestTheCountIsExactUnderKills(t *testing.T) {
	h := newHandler()
	counted := 0
	h.Command("look", "Tell the test.", func(ctx context.Context, msg *oco.Message) error {
		_, err := msg.Store().Get(ctx, "total", &counted)
		return err
	})
	bot := ocotest.StartWith(t, granted, h)
	r := rand.New(rand.NewPCG(1, 2))
	done := 0
	for range 20 {
		wait := bot.BeginCommand("count")
		if r.IntN(3) > 0 {
			time.Sleep(time.Duration(r.IntN(2000)) * time.Microsecond) // the drawn moment
		}
		bot.Kill("counter")
		bot.Restart("counter")
		wait()
		if slices.Equal(bot.LastOutcomes(), []oco.Outcome{oco.Done}) {
			done++
		}
	}
	bot.Command("look")
	bot.WantReply(slices.Repeat([]string{"Counted."}, counted)...)
	if counted < done {
		t.Errorf("%d commands ended done, and %d were counted", done, counted)
	}
	t.Logf("%d of 20 commands ended done, %d were counted", done, counted)
}

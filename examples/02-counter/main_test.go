package main

import (
	"fmt"
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
// of commands that ended done.
func TestTheCountIsExactUnderKills(t *testing.T) {
	bot := ocotest.StartWith(t, granted, newHandler())
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
	bob := bot.As("bob")
	bob.Command("total")
	bob.WantReply(fmt.Sprintf("%d so far.", done))
	t.Logf("%d of 20 commands ended done", done)
}

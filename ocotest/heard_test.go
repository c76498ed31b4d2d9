package ocotest_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/openchatops/oco"
	"github.com/openchatops/oco/ocotest"
)

// Groups of a hear route have the types that the author says, and what is something
// else is not heard (OCO-RTE-43).
func TestGroupsHaveTypes(t *testing.T) {
	h := oco.NewHandler("ear")
	h.Hear(`slow for (?P<time>\w+) on (?P<host>\w+)( (?P<times>\S+) times)?( by (?P<rate>\S+))?`, "Hear of slowness.", func(_ context.Context, m *oco.Message) error {
		m.Reply(fmt.Sprint(m.Duration("time"), " ", m.Arg("host"), " ", m.Has("times"), m.Int("times"), " ", m.Float("rate")))
		return nil
	},
		oco.Argument(oco.ArgumentSpec{Name: "time", Type: oco.TypeDuration}),
		oco.Argument(oco.ArgumentSpec{Name: "host", Choices: []string{"web", "db"}}),
		oco.Argument(oco.ArgumentSpec{Name: "times", Type: oco.TypeInteger}),
		oco.Argument(oco.ArgumentSpec{Name: "rate", Type: oco.TypeNumber}))
	bot := ocotest.Start(t, h)
	ops := bot.In("ops")
	ops.Say("it is slow for 90s on WEB 3 times by 0.5")
	ops.WantReply("1m30s web true 3 0.5")
	ops.Say("it is slow for 2h on db")
	ops.WantReply("2h0m0s db false 0 0")
	for _, text := range []string{"it is slow for ages on web", "it is slow for 1h on mars", "it is slow for 1h on web many times"} {
		ops.Say(text)
		ops.WantSilence()
	}
}

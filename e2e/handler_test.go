package e2e

import (
	"context"
	"fmt"
	"time"

	"github.com/openchatops/oco"
)

// runHandler is a handler of the library whose every run is counted in a file.
func runHandler(s *site, file string) int {
	h := oco.NewHandler("worker")
	run := func(finish func(msg *oco.Message)) oco.HandlerFunc {
		return func(_ context.Context, msg *oco.Message) error {
			if err := count(file, fmt.Sprintf("%s %s", msg.Route(), msg.Arg("n"))); err != nil {
				return err
			}
			s.step("running")
			finish(msg)
			return nil
		}
	}
	reply := func(msg *oco.Message) {
		msg.Reply(fmt.Sprintf("%s %s ran", msg.Route(), msg.Arg("n")))
		s.step("replied")
	}
	h.Command("once {n}", "Run once.", run(reply))
	h.Command("safe {n}", "Run, and again if that is needed.", run(reply), oco.Repeatable())
	h.Command("quiet {n}", "Run and say nothing.", run(func(*oco.Message) { s.step("replied") }))
	h.Command("slow {n}", "Say something, work, say something.", run(func(msg *oco.Message) {
		msg.Reply(fmt.Sprintf("slow %s begins", msg.Arg("n")))
		time.Sleep(150 * time.Millisecond) // longer than a reply waits to be sent on
		s.step("progressed")
		reply(msg)
	}))
	oco.Main(h)
	return 0
}

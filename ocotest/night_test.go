package ocotest_test

import (
	"context"
	"errors"
	"regexp"
	"sync/atomic"
	"testing"

	"github.com/openchatops/oco"
	"github.com/openchatops/oco/ocotest"
)

// A night of an operator: a command fails, and all that is to be done about it is
// done in chat (OCO-RTE-28).
func TestANightInChat(t *testing.T) {
	var fails atomic.Bool
	fails.Store(true)
	h := oco.NewHandler("deploy")
	h.Command("deploy {app}", "Deploy.", func(_ context.Context, msg *oco.Message) error {
		if fails.Load() {
			return errors.New("no space left on web-3")
		}
		msg.Reply(msg.Arg("app") + " is deployed.")
		return nil
	})
	bot := ocotest.StartWith(t, ocotest.Config{Operators: []string{"olga"}, OperatorsRoom: "ops"}, h)
	alice, olga, ops := bot.In("dev"), bot.As("olga"), bot.As("olga").In("ops")
	id := func() string { return regexp.MustCompile(`\bd[0-9a-z]{12}\b`).FindString(bot.LastNotice()) }

	// alice #dev> oco: deploy web
	alice.Command("deploy web")
	alice.WantNotice("deploy failed", "oco retry "+id())
	first := id()

	// olga #ops> oco: outcomes
	ops.Command("outcomes")
	ops.WantAnswer("Open: 1.", first, "failed  deploy:deploy, of user:1:alice")

	// olga #ops> oco: show ID tells what happened, and not what was said in #dev.
	ops.Command("show " + first)
	ops.WantAnswer("delivery "+first, "route: deploy:deploy", "attempt 1: handed to", "outcome: failed", "open: nobody has retried or dropped it", "ask me in a direct room")
	olga.Say("show " + first)
	olga.WantAnswer("text: oco: deploy web", "detail: no space left on web-3")

	// olga #ops> oco: retry ID runs it again, in the room from which it came.
	ops.Command("retry " + first)
	ops.WantAnswer(first + " runs again, as ")
	alice.WantNotice("deploy failed")
	second := id()
	ops.Command("show " + first)
	ops.WantAnswer("state: failed (settled)", "run again as "+second)

	// olga #ops> oco: drop ID web-3 is gone
	ops.Command("drop " + second + " web-3 is gone")
	ops.WantAnswer(second + " is settled: it will not run again.")
	olga.Say("show " + second)
	olga.WantAnswer("dropped by olga: web-3 is gone", "settled: it will not run again")
	ops.Command("outcomes")
	ops.WantAnswer("Nothing is open")

	// olga #ops> oco: pause deploy the disk is full
	ops.Command("pause deploy the disk is full")
	ops.WantAnswer("deploy is paused")
	ops.Command("status")
	ops.WantAnswer("oco is ", "deploy is paused: the disk is full (olga)")
	wait := alice.BeginCommand("deploy web")

	// olga #ops> oco: resume deploy
	fails.Store(false)
	ops.Command("resume deploy")
	ops.WantAnswer("deploy runs again.")
	wait()
	alice.WantReply("web is deployed.")

	// Nobody else learns that there are such words.
	for _, text := range []string{"outcomes", "drop " + second, "pause deploy", "resume", "status"} {
		alice.Command(text)
		alice.WantAnswer("There is no command")
	}
	alice.Command("show " + second)
	alice.WantAnswer("delivery " + second) // it is her own
	bob := bot.As("bob")
	bob.Say("show " + second)
	bob.WantAnswer("I know of no " + second + ".")
}

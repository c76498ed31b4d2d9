package ocotest_test

import (
	"context"
	"errors"
	"testing"

	"github.com/openchatops/oco"
	"github.com/openchatops/oco/ocotest"
)

func greeter() *oco.Handler {
	h := oco.NewHandler("greeter")
	h.Command("greet {name}", "Greet somebody.", func(_ context.Context, msg *oco.Message) error {
		msg.Reply("hello " + msg.Arg("name"))
		return nil
	}, oco.Repeatable())
	h.Command("quiet", "Say nothing.", func(context.Context, *oco.Message) error { return nil })
	h.Command("deploy {app}", "Deploy an app.", func(_ context.Context, msg *oco.Message) error {
		msg.Reply("starting")
		msg.Reply("done")
		return nil
	}, oco.Allow("ops"))
	h.Command("break", "Fail.", func(context.Context, *oco.Message) error {
		return oco.Tell("the disk is full", errors.New("ENOSPC"))
	})
	h.Hear("beer", "Cheer.", func(_ context.Context, msg *oco.Message) error {
		msg.Reply("cheers")
		return nil
	})
	return h
}

func TestReplies(t *testing.T) {
	bot := ocotest.Start(t, greeter())
	bot.Command("greet world")
	bot.WantReply("hello world")
	bot.WantOutcome(oco.Done)
	ops := bot.As("bob").In("ops")
	ops.Say("beer?")
	ops.WantReply("cheers")
	ops.Say("nothing of interest")
	ops.WantSilence()
	bot.WantOutcome()
	ops.Command("greet bob")
	ops.WantReply("hello bob")
}

// Whoever addressed the bot always sees something, if only that a command that
// said nothing is done (OCO-DLV-13, OCO-DLV-66, OCO-SEC-9).
func TestNeverSilent(t *testing.T) {
	bot := ocotest.StartWith(t, ocotest.Config{Groups: map[string][]string{"ops": {"carol"}}}, greeter())
	bot.Command("quiet")
	bot.WantReaction("✅")
	bot.WantReply()
	bot.Command("break")
	bot.WantNotice("break failed: the disk is full", "oco retry d")
	bot.WantOutcome(oco.Failed)
	bot.Command("deploy web")
	bot.WantNotice("deploy was refused")
	bot.WantOutcome(oco.Refused)
	bot.WantReply()
	bot.Command("gret world")
	bot.WantAnswer("Did you mean", "greet")
	bot.As("carol").Command("deploy web")
	bot.As("carol").WantReply("starting", "done")
}

package ocotest_test

import (
	"context"
	"testing"

	"github.com/openchatops/oco"
	"github.com/openchatops/oco/ocotest"
)

// An author renames a command, lets it be corrected by an edit, and shows how it is
// used (OCO-RTE-23, OCO-RTE-40, OCO-RTE-41).
func TestWhatAnAuthorSaysOfACommand(t *testing.T) {
	h := oco.NewHandler("ci")
	h.Command("deploy {app} to {env:prod|staging}", "Deploy.", func(_ context.Context, msg *oco.Message) error {
		text := msg.Arg("app") + " is on " + msg.Arg("env")
		if msg.Edited() {
			text += ", after all"
		}
		msg.Reply(text)
		return nil
	}, oco.Deprecated("rollout {app} {env:prod|staging}"), oco.Examples("deploy web to prod"), oco.OnEdit())
	h.Command("wipe {app}", "Wipe.", func(_ context.Context, msg *oco.Message) error { msg.Reply("gone"); return nil })
	bot := ocotest.Start(t, h)
	ops := bot.As("alice").In("ops")

	ops.Say("oco: rollout web prod")
	ops.WantReply("web is on prod")
	ops.WantAnswer("rollout {app} {env:prod|staging} is called deploy {app} to {env:prod|staging} now")
	ops.Say("oco: rollout web staging")
	ops.WantReply("web is on staging")
	ops.WantSilence()

	ops.Say("oco: deploy web to prd")
	ops.WantAnswer("“prd” does not fit env")
	ops.Edit("oco: deploy web to prod")
	ops.WantReply("web is on prod, after all")
	ops.Edit("oco: wipe web")
	ops.WantSilence()
	ops.Edit("deploy web to prod")
	ops.WantSilence()
	ops.Edit("oco: deploy web to moon")
	ops.WantAnswer("“moon” does not fit env")
}

// The operator has the bot listen, and calls a command otherwise (OCO-RTE-36,
// OCO-RTE-38).
func TestWhatTheOperatorSaysOfACommand(t *testing.T) {
	h := oco.NewHandler("ci")
	h.Command("deploy {app}", "Deploy.", func(_ context.Context, msg *oco.Message) error {
		msg.Reply(msg.Arg("app") + " is deployed")
		return nil
	}, oco.Allow("ops"))
	bot := ocotest.StartWith(t, ocotest.Config{
		Groups: map[string][]string{"ops": {"olga"}}, Listening: []string{"ops"}, Aliases: map[string][]string{"ci:deploy": {"d {app}"}},
	}, h)
	olga, bob := bot.As("olga").In("ops"), bot.As("bob").In("ops")

	olga.Say("d web")
	olga.WantReply("web is deployed")
	olga.Say("shall we deploy web?")
	olga.Say("deploy")
	olga.WantSilence()
	bob.Say("d web")
	bob.WantNotice("deploy", "refused")
	bot.As("olga").In("dev").Say("d web")
	bot.As("olga").In("dev").WantSilence()
	olga.Say("> oco: d web\nwas that you?")
	olga.WantSilence()
}

package main

import (
	"testing"

	"github.com/openchatops/oco"
	"github.com/openchatops/oco/ocotest"
)

func TestHello(t *testing.T) {
	bot := ocotest.Start(t, newHandler())
	bot.Command("hello Ada")
	bot.WantReply("Hello, Ada. One moment.", "Now I have time for you.")
	bot.WantOutcome(oco.Done)
	bot.Command("hello")
	bot.WantReply("Hello, alice. One moment.", "Now I have time for you.")
	bot.WantOutcome(oco.Done)
}

func TestDeploy(t *testing.T) {
	bot := ocotest.Start(t, newHandler())
	bot.Command("deploy web to prod")
	bot.WantReply("Deploying web.", "web is deployed.")
	bot.WantOutcome(oco.Done)
}

func TestADeployThatFailsIsTold(t *testing.T) {
	bot := ocotest.Start(t, newHandler())
	bot.Command("deploy web to moon")
	bot.WantReply()
	bot.WantNotice("There is no rocket today.")
	bot.WantOutcome(oco.Failed)
}

func TestADeployIsForWhoAddressesTheBot(t *testing.T) {
	bot := ocotest.Start(t, newHandler())
	ops := bot.As("bob").In("ops")
	ops.WantNoRoute("deploy web")
	ops.WantRoute("oco: deploy web", "hello:deploy", ocotest.Args{"app": "web"})
	ops.Say("deploy web")
	ops.WantSilence()
	bot.WantOutcome()
	ops.Command("deploy web")
	ops.WantReply("Deploying web.", "web is deployed.")
	bot.WantOutcome(oco.Done)
}

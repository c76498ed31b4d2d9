package main

import (
	"testing"
	"time"

	"github.com/openchatops/oco"
	"github.com/openchatops/oco/ocotest"
)

func TestDeploy(t *testing.T) {
	bot := ocotest.Start(t, newHandler())
	for said, reply := range map[string]string{
		"deploy web":                 "Deploying web to staging, 1 times.",
		"deploy web to PROD":         "Deploying web to prod, 1 times.",
		"deploy “web shop” —count=3": "Deploying web shop to staging, 3 times.",
		"deploy -f web --count 2 to prod because it's friday": "Deploying web to prod, 2 times, whatever it takes, because it's friday.",
	} {
		bot.Command(said)
		bot.WantReply(reply)
		bot.WantOutcome(oco.Done)
	}
}

// What takes a text, and with which arguments, can be asked without running it.
func TestRouting(t *testing.T) {
	bot := ocotest.Start(t, newHandler())
	bot.WantRoute("deploy web to PROD --count=2", "ops:deploy", ocotest.Args{"app": "web", "env": "prod", "n": 2})
	bot.WantRoute("watch https://example.com every 90s", "ops:watch", ocotest.Args{"page": "https://example.com", "pause": 90 * time.Second})
	bot.WantNoRoute("deploy web to moon")
	bot.In("floor").WantNoRoute("deploy web")
	bot.WantSilence()
}

func TestWhatDoesNotFitIsSaid(t *testing.T) {
	bot := ocotest.Start(t, newHandler())
	for said, parts := range map[string][]string{
		"deploy web to moon":      {"moon", "env", "staging", "prod"},
		"deploy web --count=many": {"many", "n", "whole number"},
		"deploy web --froce":      {"--froce", "--force"},
		"watch example.com":       {"page", "https://"},
		"remind me someday x":     {"when", "tomorrow 9am"},
		"dploy web":               {"deploy {app}"},
	} {
		bot.Command(said)
		bot.WantAnswer(parts...)
		bot.WantOutcome()
	}
}

func TestRemind(t *testing.T) {
	bot := ocotest.Start(t, newHandler())
	bot.As("bob").In("ops").Say("good morning")
	bot.Command("remind @bob 2030-01-02T09:00Z renew the certificate")
	bot.WantReply("I will remind bob at 2 January 2030 09:00 UTC: renew the certificate")
	bot.Command("remind me 2030-01-02T09:00+01:00 “stand up”")
	bot.WantReply("I will remind alice at 2 January 2030 08:00 UTC: “stand up”")
	for _, said := range []string{"invite @bob me to ops", "ask bob @alice into #ops"} {
		bot.Command(said)
		bot.WantReply("I will invite bob and alice to ops.")
	}
}

func TestASecretIsNotRepeated(t *testing.T) {
	bot := ocotest.Start(t, newHandler())
	bot.Command("watch https://example.com every 90s --token=hunter2")
	bot.WantReply("I will look at https://example.com every 1m30s, with the token that I will not repeat.")
	bot.Command("watch https://example.com")
	bot.WantReply("I will look at https://example.com every 5m0s.")
}

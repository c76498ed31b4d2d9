"""Tests the handler with a real bot."""

import openchatops as oco
import pytest
from arguments import handler


def test_deploy(bot):
    bot.start(handler)
    for said, reply in {
        "deploy web": "Deploying web to staging, 1 times.",
        "deploy web to PROD": "Deploying web to prod, 1 times.",
        "deploy “web shop” —count=3": "Deploying web shop to staging, 3 times.",
        "deploy -f web --count 2 to prod because it's friday": (
            "Deploying web to prod, 2 times, whatever it takes, because it's friday."
        ),
    }.items():
        bot.command(said)
        bot.want_reply(reply)
        bot.want_outcome(oco.Outcome.DONE)


@pytest.mark.parametrize(
    ("said", "parts"),
    [
        ("deploy web to moon", ["moon", "env", "staging", "prod"]),
        ("deploy web --count=many", ["many", "n", "whole number"]),
        ("watch example.com", ["page", "https://"]),
        ("dploy web", ["deploy {app}"]),
    ],
)
def test_what_does_not_fit_is_said(bot, said, parts):
    bot.start(handler)
    bot.command(said)
    bot.want_answer(*parts)
    bot.want_outcome()


def test_remind_and_invite(bot):
    bot.start(handler)
    bot.as_("bob").in_("ops").say("good morning")
    bot.command("remind @bob 2030-01-02T09:00Z renew the certificate")
    bot.want_reply("I will remind bob at 2 January 2030 09:00 UTC: renew the certificate")
    for said in ("invite @bob me to ops", "ask bob @alice into #ops"):
        bot.command(said)
        bot.want_reply("I will invite bob and alice to ops.")


def test_a_secret_is_not_repeated(bot):
    bot.start(handler)
    bot.command("watch https://example.com every 90s --token=hunter2")
    bot.want_reply("I will look at https://example.com every 0:01:30, with the token that I will not repeat.")

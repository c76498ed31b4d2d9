"""Tests the handler with a real bot."""

import openchatops as oco
from hello import handler


def test_hello(bot):
    bot.start(handler)
    bot.command("hello Ada")
    bot.want_reply("Hello, Ada. One moment.", "Now I have time for you.")
    bot.want_outcome(oco.Outcome.DONE)
    bot.command("hello")
    bot.want_reply("Hello, alice. One moment.", "Now I have time for you.")


def test_deploy(bot):
    bot.start(handler)
    bot.command("deploy web to prod")
    bot.want_reply("Deploying web.", "web is deployed.")
    bot.want_outcome(oco.Outcome.DONE)


def test_a_deploy_that_fails_is_told(bot):
    bot.start(handler)
    bot.command("deploy web to moon")
    bot.want_reply()
    bot.want_notice("There is no rocket today.")
    bot.want_outcome(oco.Outcome.FAILED)


def test_a_deploy_is_for_who_addresses_the_bot(bot):
    bot.start(handler)
    ops = bot.as_("bob").in_("ops")
    ops.say("deploy web")
    ops.want_silence()
    bot.want_outcome()
    ops.command("deploy web")
    ops.want_reply("Deploying web.", "web is deployed.")

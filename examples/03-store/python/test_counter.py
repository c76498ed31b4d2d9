"""Tests the handler with a real bot."""

import openchatops as oco
from counter import handler


def test_count(bot):
    bot.start(handler, scopes=["store"])
    for _ in range(3):
        bot.command("count")
        bot.want_reply("Counted.")
        bot.want_outcome(oco.Outcome.DONE)
    bot.as_("bob").in_("ops").command("count")
    bot.command("total")
    bot.want_reply("4 so far.")


def test_reserve(bot):
    bot.start(handler, scopes=["store"])
    bot.command("reserve 7")
    bot.want_reply("They are yours; 3 are left.")
    bot.command("reserve 4")
    bot.want_notice("There are 3 left.")
    bot.want_outcome(oco.Outcome.FAILED)
    bot.command("reserve 3")
    bot.want_reply("They are yours; 0 are left.")


def test_without_the_scope_nothing_is_counted(bot):
    bot.start(handler)
    bot.command("count")
    bot.want_outcome(oco.Outcome.FAILED)

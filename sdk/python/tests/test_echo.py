"""A first handler."""

import pytest

import openchatops as oco
from openchatops.testing import Bot


def echo_handler() -> oco.Handler:
    handler = oco.Handler("echo")

    @handler.command("echo {text...}")
    async def echo(msg: oco.Message, text: str) -> None:
        """Repeat some text."""
        msg.reply(text)

    return handler


def test_a_bot_that_runs_is_not_started_again(bot: Bot) -> None:
    bot.start(echo_handler())
    with pytest.raises(oco.OcoError, match="kill it before it is started again"):
        bot.restart()


def test_echo(bot: Bot) -> None:
    bot.start(echo_handler())
    bot.command("echo hello there")
    bot.want_reply("hello there")
    bot.want_outcome(oco.Outcome.DONE)


def test_a_room_needs_the_name(bot: Bot) -> None:
    bot.start(echo_handler())
    ops = bot.as_("bob").in_("ops")
    ops.say("echo hi")
    ops.want_silence()
    bot.want_outcome()
    ops.command("echo hi")
    ops.want_reply("hi")

"""Runs a real bot in a test, with handlers in it; pytest gives it as the fixture `bot`.

    from echo import handler

    def test_echo(bot):
        bot.start(handler)
        bot.command("echo hello there")
        bot.want_reply("hello there")
        bot.want_outcome(oco.Outcome.DONE)

What is said blocks until every delivery of it has its outcome and every reply and notice
is posted, so what follows can look at once. Replies are what handlers say; answers what
the bot says for itself, such as a usage line; notices what it says about an outcome.

Without more said, user "alice" speaks in her direct room, where every message addresses
the bot. `as_` and `in_` make other people speak elsewhere. The bot is the program `oco`:
the one that OCO_BIN names, else that in the PATH. Nothing leaves this machine.
"""

from .bot import Bot, Program
from .person import Person

__all__ = ["Bot", "Person", "Program"]

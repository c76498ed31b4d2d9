"""What callbacks say, and in what order it arrives."""

import asyncio
import threading
from typing import Any

import pytest

import openchatops as oco
from openchatops.testing import Bot


def talking_handler(errors: list[Exception]) -> oco.Handler:
    handler = oco.Handler("talk", scopes=["messages.write.direct"])

    @handler.command("two")
    async def two(msg: oco.Message) -> None:
        msg.reply("starting")
        await asyncio.sleep(0.15)
        msg.reply("done")

    @handler.command("many {n}")
    def many(msg: oco.Message, n: int) -> None:
        for i in range(n):
            msg.reply(f"line {i}")

    @handler.command("now")
    async def now(msg: oco.Message) -> None:
        msg.reply("first")
        handle = await msg.reply_now("second")
        await handle.update("second, changed", wait=True)
        msg.reply("third")

    @handler.command("work")
    async def work(msg: oco.Message) -> None:
        await msg.react("👀")
        await msg.typing()
        message = msg.reply("building…")
        gone = msg.reply("this may take long")
        await message.update("built")
        await gone.delete()
        await message.react("🎉")
        await msg.unreact("👀")

    @handler.command("blocking")
    def blocking(msg: oco.Message) -> None:
        msg.reply("begun")
        msg.wait(msg.progress())
        handle = msg.wait(msg.reply_now("there"))
        msg.reply(handle.id.removeprefix(msg.delivery_id))

    @handler.command("where")
    async def where(msg: oco.Message) -> None:
        msg.reply_direct("psst")
        msg.reply("here", prefer_loss=True, valid_for=60)
        msg.reply("thread", start_thread=True)
        msg.reply("named", key="named")

    @handler.command("bad {what}")
    async def bad(msg: oco.Message, what: str) -> None:
        texts: dict[str, tuple[Any, dict[str, Any]]] = {
            "empty": ("", {}),
            "long": ("x" * (64 * 1024 + 1), {}),
            "key": ("x", {"key": "a b"}),
            "number": ("x", {"key": "1"}),
            "valid": ("x", {"valid_for": 0}),
            "none": (None, {}),
        }
        if what == "twice":
            msg.reply("x", key="k")
            texts["twice"] = ("x", {"key": "k"})
        text, options = texts[what]
        handle = msg.reply(text, **options)
        try:
            await handle.update("y")
        except oco.OcoError as err:
            errors.append(err)

    @handler.command("misuse")
    async def misuse(msg: oco.Message) -> None:
        progress = msg.progress()
        try:
            msg.wait(progress)
        except oco.OcoError as err:
            errors.append(err)
        await progress
        try:
            await msg.extend(-1)
        except oco.OcoError as err:
            errors.append(err)

    return handler


def test_two_replies_with_work_between(bot: Bot) -> None:
    bot.start(talking_handler([]))
    wait = bot.begin_command("two")
    bot.await_text("starting")
    wait()
    bot.want_reply("starting", "done")
    bot.want_outcome(oco.Outcome.DONE)


@pytest.mark.parametrize("n", [63, 64, 65, 200])
def test_more_replies_than_one_completion_carries(bot: Bot, n: int) -> None:
    bot.start(talking_handler([]))
    bot.command(f"many {n}")
    bot.want_reply(*(f"line {i}" for i in range(n)))
    bot.want_outcome(oco.Outcome.DONE)


def test_a_reply_that_is_waited_for(bot: Bot) -> None:
    bot.start(talking_handler([]))
    bot.command("now")
    bot.want_reply("first", "second", "third")
    bot.want_edit("second, changed")


def test_updates_reactions_and_work(bot: Bot) -> None:
    bot.start(talking_handler([]))
    ops = bot.in_("ops")
    ops.command("work")
    ops.want_reply("building…", "this may take long")
    ops.want_edit("built")
    ops.want_delete("this may take long")
    ops.want_reaction("👀", "🎉")
    ops.want_unreact("👀")
    ops.want_typing()


def test_a_plain_function_waits(bot: Bot) -> None:
    bot.start(talking_handler([]))
    bot.command("blocking")
    bot.want_reply("begun", "there", "/2")


def test_where_replies_go(bot: Bot) -> None:
    bot.start(talking_handler([]), scopes=["messages.write.direct"])
    ops = bot.in_("ops")
    ops.command("where")
    ops.want_reply("here", "thread", "named")
    bot.want_reply("psst")


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ("empty", "not empty"),
        ("none", "not empty, not None"),
        ("long", "longer than 64 KiB"),
        ("key", "must be 1 to 64 characters"),
        ("number", "and not a number"),
        ("valid", "must be above zero and at most 30 days"),
        ("twice", "was used twice in one delivery"),
    ],
)
def test_a_reply_that_cannot_be_taken_fails_the_delivery(bot: Bot, what: str, says: str) -> None:
    errors: list[Exception] = []
    bot.start(talking_handler(errors))
    bot.command(f"bad {what}")
    bot.want_outcome(oco.Outcome.FAILED)
    assert says in bot.deliveries()[0].detail
    assert [says in str(e) for e in errors] == [True]


def test_what_is_no_use(bot: Bot) -> None:
    errors: list[Exception] = []
    bot.start(talking_handler(errors))
    bot.command("misuse")
    assert "in an async one, await it" in str(errors[0])
    assert "must be above zero" in str(errors[-1])


def test_nothing_is_said_after_the_end(bot: Bot) -> None:
    kept: list[oco.Message] = []
    handler = oco.Handler("late")

    @handler.command("keep")
    async def keep(msg: oco.Message) -> None:
        kept.append(msg)
        msg.reply("kept")

    bot.start(handler)
    bot.command("keep")
    said = threading.Event()

    def late() -> None:
        kept[0].reply("too late")
        said.set()

    threading.Thread(target=late).start()
    assert said.wait(30)
    bot.want_reply("kept")
    with pytest.raises(oco.OcoError, match="the callback has returned"):
        bot._loop.run(kept[0].reply_now("too late"))

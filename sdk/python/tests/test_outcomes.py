"""How a callback ends, and what people and operators read of it."""

import asyncio
import logging
import threading
from datetime import timedelta

import openchatops as oco
from openchatops._log import LOG
from openchatops.testing import Bot


def wanted(bot: Bot, outcome: oco.Outcome) -> str:
    """The detail that operators read of the newest delivery, which ended so."""
    bot.want_outcome(outcome)
    newest = max(bot.deliveries(), key=lambda d: (d.admit_time.seconds, d.admit_time.nanos))
    return newest.detail


def failing_handler() -> oco.Handler:
    handler = oco.Handler("fail")

    @handler.command("tell")
    async def tell(msg: oco.Message) -> None:
        msg.reply("before")
        try:
            raise OSError("disk full")
        except OSError as err:
            raise oco.Tell("The deploy failed.") from err

    @handler.command("raise")
    async def raising(msg: oco.Message) -> None:
        raise ValueError("boom")

    @handler.command("thread")
    def thread(msg: oco.Message) -> None:
        raise KeyError("boom")

    @handler.command("exit")
    def leave(msg: oco.Message) -> None:
        raise SystemExit(3)

    @handler.command("again", repeatable=True)
    async def again(msg: oco.Message) -> None:
        msg.reply("trying")
        if msg.attempt == 1:
            raise RuntimeError("not yet")
        msg.reply("worked")

    @handler.command("permanent", repeatable=True)
    async def permanent(msg: oco.Message) -> None:
        raise oco.Permanent("never will")

    @handler.command("later")
    async def later(msg: oco.Message) -> None:
        if msg.attempt < 2:
            raise oco.RetryAfter(0.01, "the registry is busy")
        msg.reply(f"attempt {msg.attempt}")

    @handler.command("self")
    async def cancelled(msg: oco.Message) -> None:
        raise asyncio.CancelledError

    return handler


def test_tell_is_for_the_person_and_the_cause_for_operators(bot: Bot) -> None:
    bot.start(failing_handler())
    bot.command("tell")
    bot.want_reply("before")
    bot.want_notice("The deploy failed.")
    detail = wanted(bot, oco.Outcome.FAILED)
    assert "OSError: disk full" in detail
    assert f"{__file__}:" in detail


def test_an_exception_says_where_it_was_raised(bot: Bot) -> None:
    bot.start(failing_handler())
    bot.command("raise")
    bot.want_notice("failed")
    detail = wanted(bot, oco.Outcome.FAILED)
    line = failing_handler().routes[1].signature.fn.__code__.co_firstlineno + 2
    assert detail.startswith(f"ValueError: boom ({__file__}:{line} in raising)")
    bot.command("thread")
    assert "KeyError: 'boom'" in wanted(bot, oco.Outcome.FAILED)
    bot.command("exit")
    assert "SystemExit" in wanted(bot, oco.Outcome.FAILED)
    bot.command("self")
    assert "though nobody cancelled the delivery" in wanted(bot, oco.Outcome.FAILED)


def test_a_repeatable_route_runs_again_and_says_nothing_twice(bot: Bot) -> None:
    bot.start(failing_handler())
    bot.command("again")
    bot.want_reply("trying", "worked")
    bot.want_outcome(oco.Outcome.DONE)
    bot.command("permanent")
    assert "never will" in wanted(bot, oco.Outcome.FAILED)


def test_a_once_route_runs_again_if_it_asks_for_it(bot: Bot) -> None:
    bot.start(failing_handler())
    bot.command("later")
    bot.want_reply("attempt 2")
    bot.want_outcome(oco.Outcome.DONE)


def slow_handler(running: threading.Event, ended: list[object]) -> oco.Handler:
    handler = oco.Handler("slow")

    @handler.command("wait", max_run=1)
    async def wait(msg: oco.Message) -> None:
        running.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(msg.ended_by)

    @handler.command("block", max_run=1)
    def block(msg: oco.Message) -> None:
        done = threading.Event()
        while msg.ended_by is None:
            done.wait(0.01)
        ended.append(msg.ended_by)
        raise msg.ended_by

    @handler.command("long", max_run=timedelta(seconds=20))
    async def long(msg: oco.Message) -> None:
        msg.reply("working")
        running.set()
        await asyncio.Event().wait()

    @handler.command("extend", max_run=4)
    async def extend(msg: oco.Message) -> None:
        await msg.extend(30)
        await asyncio.sleep(4.1)
        msg.reply("took long")

    return handler


def test_max_run_ends_the_callback(bot: Bot) -> None:
    ended: list[object] = []
    bot.start(slow_handler(threading.Event(), ended))
    bot.command("wait")
    assert bot.chat.outcomes in ([oco.Outcome.UNKNOWN], [oco.Outcome.FAILED])
    assert bot.chat.until(lambda: len(ended) == 1)
    bot.command("block")
    assert bot.chat.until(lambda: len(ended) == 2)
    # Whose clock is faster, the bot's or the library's, says it.
    assert all(isinstance(e, (oco.MaxRunOver, oco.Cancelled)) for e in ended)


def test_a_person_cancels(bot: Bot) -> None:
    running = threading.Event()
    bot.start(slow_handler(running, []))
    wait = bot.begin_command("long")
    assert running.wait(30)
    (open_,) = bot.deliveries()
    bot.command(f"oco cancel {open_.delivery_id}")
    wait()
    assert [d.outcome for d in bot.deliveries()] == [oco.Outcome.CANCELLED]


def test_a_callback_that_needs_longer(bot: Bot) -> None:
    bot.start(slow_handler(threading.Event(), []))
    bot.command("extend")
    bot.want_reply("took long")
    bot.want_outcome(oco.Outcome.DONE)


def test_a_log_that_raises_holds_no_delivery(bot: Bot) -> None:
    def full(record: logging.LogRecord) -> bool:
        if "raising() at" in record.getMessage():
            raise OSError("no space left on device")
        return True

    bot.start(failing_handler())
    LOG.addFilter(full)
    try:
        bot.command("raise")
        assert "ValueError: boom" in wanted(bot, oco.Outcome.FAILED)
    finally:
        LOG.removeFilter(full)

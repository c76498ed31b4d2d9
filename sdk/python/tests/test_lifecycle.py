"""Plugins come, stay and go: reconnecting, draining, refused keys."""

import asyncio
import threading

import pytest
from test_echo import echo_handler

import openchatops as oco
from openchatops.testing import Bot
from openchatops.testing.loop import PATIENCE
from openchatops.v1 import admin_pb2

WAITING, LEASED = admin_pb2.DELIVERY_STATE_WAITING, admin_pb2.DELIVERY_STATE_LEASED


class Gate:
    """Callbacks that wait until a test lets them go on."""

    def __init__(self) -> None:
        self.entered = threading.Semaphore(0)
        self.open = threading.Event()
        self.runs: list[str] = []

    def handler(self, slots: int = 16) -> oco.Handler:
        handler = oco.Handler("gate", max_in_flight=slots)

        @handler.command("pass {n}", order=oco.Order.NONE)
        def through(msg: oco.Message, n: str) -> None:
            self.runs.append(n)
            self.entered.release()
            self.open.wait(PATIENCE)
            msg.reply(f"passed {n}")

        @handler.command("safe {n}", repeatable=True, order=oco.Order.NONE)
        async def safe(msg: oco.Message, n: str) -> None:
            self.runs.append(n)
            self.entered.release()
            while not self.open.is_set():  # noqa: ASYNC110 - it is set by another thread
                await asyncio.sleep(0.005)
            msg.reply(f"passed {n} at attempt {msg.attempt}")

        return handler


def test_what_runs_is_finished_when_the_process_stops(bot: Bot) -> None:
    gate = Gate()
    bot.start(gate.handler())
    wait = bot.begin_command("pass 1")
    assert gate.entered.acquire(timeout=PATIENCE)
    stopping = threading.Thread(target=bot.stop_handler, args=["gate"])
    stopping.start()
    gate.open.set()
    stopping.join(PATIENCE)
    assert not stopping.is_alive()
    wait()
    bot.want_reply("passed 1")
    bot.want_outcome(oco.Outcome.DONE)


def test_the_grace_ends(bot: Bot) -> None:
    gate = Gate()
    bot.start(gate.handler(), grace=0.05)
    wait = bot.begin_command("safe 1")
    assert gate.entered.acquire(timeout=PATIENCE)
    bot.stop_handler("gate")  # cancelled: it may run again, in the next process
    gate.open.set()
    bot.start_handler("gate")
    wait()
    bot.want_reply("passed 1 at attempt 2")
    bot.want_outcome(oco.Outcome.DONE)
    assert gate.runs == ["1", "1"]


def test_the_bot_is_killed_while_a_callback_runs(bot: Bot) -> None:
    gate = Gate()
    bot.start(gate.handler())
    bot.begin_command("pass 1")
    assert gate.entered.acquire(timeout=PATIENCE)
    bot.kill()
    bot.restart()
    gate.open.set()
    bot.await_text("passed 1")
    bot.want_reply("passed 1")
    assert [d.outcome for d in bot.deliveries()] == [oco.Outcome.DONE]
    assert gate.runs == ["1"]
    bot.command("pass 2")
    bot.want_reply("passed 2")


def test_the_bot_stops_in_order_and_comes_back(bot: Bot) -> None:
    gate = Gate()
    bot.start(gate.handler())
    gate.open.set()
    assert bot.process is not None
    assert bot.process.stop() == 0
    bot.restart()
    bot.command("pass 1")
    bot.want_reply("passed 1")


def test_a_handler_that_is_killed_runs_nothing_twice(bot: Bot) -> None:
    gate = Gate()
    bot.start(gate.handler())
    bot.begin_command("pass 1")
    assert gate.entered.acquire(timeout=PATIENCE)
    bot.kill_handler("gate")
    gate.open.set()
    bot.start_handler("gate")
    bot.command("pass 2")
    bot.want_reply("passed 2")
    assert gate.runs == ["1", "2"]


def test_no_more_callbacks_than_slots(bot: Bot) -> None:
    gate = Gate()
    bot.start(gate.handler(slots=2))
    waits = [bot.begin_command(f"pass {n}") for n in range(4)]
    assert gate.entered.acquire(timeout=PATIENCE)
    assert gate.entered.acquire(timeout=PATIENCE)
    while len(records := bot.deliveries()) < 4:
        assert len(gate.runs) == 2
    assert sorted(r.state for r in records) == [WAITING, WAITING, LEASED, LEASED]
    assert len(gate.runs) == 2
    gate.open.set()
    for wait in waits:
        wait()
    assert sorted(gate.runs) == ["0", "1", "2", "3"]


def test_a_key_that_is_refused_ends_the_plugin(bot: Bot) -> None:
    bot.start(echo_handler())
    assert bot.process is not None
    work = oco.run(echo_handler(), endpoint=bot.process.endpoint, key="oco_echo_abc_wrong")
    with pytest.raises(oco.KeyRefused) as caught:
        bot._loop.run(work)
    assert "make a new one with `oco key new echo`" in str(caught.value)


def test_the_key_of_another_plugin_is_refused(bot: Bot) -> None:
    bot.start(echo_handler())
    assert bot.process is not None
    other = oco.Handler("other")
    with pytest.raises(oco.UsageError, match="the key is that of the plugin 'echo', and this is the plugin 'other'"):
        bot._loop.run(oco.run(other, endpoint=bot.process.endpoint, key=bot._guests["echo"]._key))


def test_a_route_that_the_bot_does_not_take_is_told_with_its_line(bot: Bot, caplog: pytest.LogCaptureFixture) -> None:
    handler = echo_handler()

    @handler.command("broken (a|")
    async def broken(msg: oco.Message) -> None: ...

    bot.start(handler)
    bot.command("echo still here")
    bot.want_reply("still here")
    (record,) = [r for r in caplog.records if "does not take the route" in r.getMessage()]
    assert f"{__file__}:{broken.__code__.co_firstlineno}: " in record.getMessage()


def test_an_adapter_that_is_replaced_ends(bot: Bot) -> None:
    bot.start(echo_handler())
    assert bot.process is not None
    from openchatops.testing.room import ChatRoom

    first = bot._guests["test"]
    second = oco.AdapterPlugin("test", "test", ChatRoom())
    bot.launch(second, adapter=True)
    assert first._running is not None
    with pytest.raises(oco.Fenced):
        first._running.result(30)

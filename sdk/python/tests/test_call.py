"""What a delivery ends as when the bot judges its replies late."""

import asyncio
import contextvars
import logging
import threading
from types import SimpleNamespace
from typing import Any, cast

import pytest

import openchatops as oco
from openchatops._call import Call, ReplyOptions
from openchatops._callbacks import _in_thread
from openchatops._completion import Completer, Item
from openchatops._leases import Lease
from openchatops.errors import BotError, LeaseLost
from openchatops.v1 import delivery_pb2


def ends(replies: int, refuse: bool) -> list[str]:
    """The kinds of the completions of a callback that returned before the bot judged what it said."""

    async def play() -> list[str]:
        queue: list[Item] = []
        settled: list[BaseException | None] = []
        wire = delivery_pb2.Delivery(delivery_id="d", lease_id="l")
        lease = SimpleNamespace(wire=wire, cancel=lambda _: None, settled=settled.append)
        out = SimpleNamespace(add=queue.append)
        call = Call(cast(Lease, lease), cast(Completer, cast(Any, out)), logging.getLogger("test"))
        call.reply("early", ReplyOptions())
        call.flush()
        for _ in range(replies):
            call.reply("at the end", ReplyOptions())
        call.finish(None)
        kinds: list[str] = []
        while queue:
            item = queue.pop(0)
            kind = str(item.wire.WhichOneof("kind"))
            kinds.append(kind)
            assert item.settled is not None
            item.settled(BotError("ROOM_FORBIDDEN", "no") if refuse and kind == "progress" else None)
        assert settled == [None]
        return kinds

    return asyncio.run(play())


def test_a_reply_that_is_refused_after_the_callback_returned_fails_the_delivery() -> None:
    assert ends(0, refuse=True) == ["progress", "fail"]
    assert ends(1, refuse=True) == ["progress", "fail"]


def test_what_does_not_fit_into_one_completion_is_judged_first() -> None:
    assert ends(100, refuse=False) == ["progress", "progress", "done"]
    assert ends(100, refuse=True) == ["progress", "progress", "fail"]


def left(replies: int, text: str) -> tuple[list[str], str]:
    """The keys and the kind of the end of a callback whose lease is lost, and which replied so often before."""

    async def play() -> tuple[list[str], str]:
        queue: list[Item] = []
        stopped: list[BaseException] = []
        lease = SimpleNamespace(
            wire=delivery_pb2.Delivery(delivery_id="d"), cancel=stopped.append, settled=lambda _: None
        )
        out = SimpleNamespace(add=queue.append)
        call = Call(cast(Lease, lease), cast(Completer, cast(Any, out)), logging.getLogger("test"))
        for _ in range(replies):
            call.reply(text, ReplyOptions())
            call.flush()
            progress = queue.pop()
            assert progress.settled is not None
            progress.settled(LeaseLost("it is lost"))
        call.reply("at the end", ReplyOptions())
        call.finish(None)
        (end,) = queue
        assert isinstance(stopped[0], LeaseLost)
        return [send.key for send in end.wire.sends], str(end.wire.WhichOneof("kind"))

    return asyncio.run(play())


def test_replies_that_a_lost_lease_kept_back_go_with_the_end() -> None:
    """If the end still counts, nothing that was replied is missing (OCO-DLV-12, OCO-DLV-18)."""
    assert left(2, "early") == (["1", "2", "3"], "done")
    assert left(64, "early") == (["65"], "fail")
    assert left(20, "x" * (64 << 10)) == (["21"], "fail")


class Mute(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no text")


class Wrong(oco.Tell):
    @property
    def user_text(self) -> Any:
        return 7

    @user_text.setter
    def user_text(self, text: str) -> None: ...


def ended_with(err: BaseException) -> Any:
    """The completion of a callback that raised this."""

    async def play() -> Any:
        queue: list[Item] = []
        lease = SimpleNamespace(wire=delivery_pb2.Delivery(delivery_id="d"), cancel=lambda _: None, settled=print)
        out = SimpleNamespace(add=queue.append)
        call = Call(cast(Lease, lease), cast(Completer, cast(Any, out)), logging.getLogger("test"))
        call.finish(err)
        return queue[0].wire

    return asyncio.run(play())


def test_an_exception_that_cannot_be_told_ends_the_delivery_all_the_same() -> None:
    """Else its lease would be held for ever."""
    mute = ended_with(Mute())
    assert mute.fail.error.message == "Mute: its text cannot be had: RuntimeError in its __str__"
    assert ended_with(Wrong("x")).fail.error.message.startswith("how the callback ended cannot be told: ")
    assert ended_with(oco.Tell(cast(Any, 7))).fail.user_text == "7"
    assert ended_with(oco.RetryAfter(1e12)).retry.delay.seconds == 3650 * 24 * 3600


def test_long_replies_in_a_row_are_parts_that_the_wire_holds() -> None:
    """A plain function queues them before the loop comes to send them (OCO-SIZ-3)."""

    async def play() -> list[int]:
        queue: list[Item] = []
        lease = SimpleNamespace(wire=delivery_pb2.Delivery(delivery_id="d"), cancel=print, settled=lambda _: None)
        out = SimpleNamespace(add=queue.append)
        call = Call(cast(Lease, lease), cast(Completer, cast(Any, out)), logging.getLogger("test"))

        def say() -> None:
            for _ in range(60):
                call.reply("x" * (64 << 10), ReplyOptions())

        thread = threading.Thread(target=say)
        thread.start()
        thread.join()  # the loop does not come to send them
        call.finish(None)
        sizes = []
        while queue:
            item = queue.pop(0)
            sizes.append(item.wire.ByteSize())
            assert item.settled is not None
            item.settled(None)
        return sizes

    sizes = asyncio.run(play())
    assert sum(sizes) > 60 << 16
    assert max(sizes) <= 1 << 20


def test_thousands_of_replies_that_are_not_taken_are_told_once(caplog: pytest.LogCaptureFixture) -> None:
    async def play() -> list[Item]:
        queue: list[Item] = []
        wire = delivery_pb2.Delivery(delivery_id="d", lease_id="l")
        lease = SimpleNamespace(wire=wire, cancel=lambda _: None, settled=lambda _: None)
        out = SimpleNamespace(add=queue.append)
        call = Call(cast(Lease, lease), cast(Completer, cast(Any, out)), logging.getLogger("test"))
        for n in range(10_000):
            call.reply(f"line {n}", ReplyOptions())
        while queue:
            settled = queue.pop(0).settled
            assert settled is not None
            settled(None)
        call.finish(None)
        return queue

    (end,) = asyncio.run(play())
    said = (
        "1000 replies of 7890 bytes wait for the bot, and no more are queued: let msg.progress() send them now and then"
    )
    assert end.wire.fail.error.message.startswith(said)
    assert [r.getMessage().startswith(f"a reply was not taken: {said} (") for r in caplog.records] == [True]


def test_a_plain_function_has_the_context_of_its_delivery_and_no_other() -> None:
    word = contextvars.ContextVar("word", default="none")

    def fn() -> str:
        found = word.get()
        word.set("left behind")
        return found

    async def play() -> list[str]:
        word.set("of the delivery")
        return [await _in_thread(fn, "test"), await _in_thread(fn, "test"), word.get()]

    assert asyncio.run(play()) == ["of the delivery"] * 3

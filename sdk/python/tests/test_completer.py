"""What travels together to the bot, and in which order."""

import asyncio
import logging
from collections.abc import Sequence

import pytest

from openchatops._completion import MAX_BYTES, MAX_ITEMS, Completer, Item
from openchatops.v1 import completion_pb2


def item(delivery: str, progress: bool = False, text: int = 0) -> Item:
    wire = completion_pb2.Completion(delivery_id=delivery, lease_id="l")
    (wire.progress if progress else wire.done).SetInParent()
    if text:
        wire.sends.add(key="1").message.content.text = "x" * text
    return Item(wire)


async def never(batch: list[completion_pb2.Completion]) -> Sequence[completion_pb2.CompletionResult]:
    raise AssertionError(batch)


def batches(*items: Item) -> list[list[str]]:
    """How these leave, one call after the other."""

    async def play() -> list[list[str]]:
        out = Completer(never, logging.getLogger("test"))
        for i in items:
            out.add(i)
        taken: list[list[str]] = []
        while batch := out.take():
            taken.append([i.wire.delivery_id for i in batch])
        return taken

    return asyncio.run(play())


LONG = MAX_BYTES // 2


@pytest.mark.parametrize(
    ("items", "leave"),
    [
        ([item("a"), item("b")], [["a", "b"]]),
        ([item("a", progress=True), item("a")], [["a"], ["a"]]),
        ([item("a", progress=True), item("b"), item("a"), item("c")], [["a", "b"], ["a", "c"]]),
        ([item("a", text=LONG), item("b", text=LONG), item("c")], [["a"], ["b", "c"]]),
        ([item("a"), item("b", text=2 * MAX_BYTES), item("c")], [["a"], ["b"], ["c"]]),
        ([item(str(n)) for n in range(MAX_ITEMS + 1)], [[str(n) for n in range(MAX_ITEMS)], [str(MAX_ITEMS)]]),
    ],
)
def test_what_leaves_together(items: list[Item], leave: list[list[str]]) -> None:
    assert batches(*items) == leave


def test_below_waits_until_few_enough_are_left() -> None:
    async def play() -> None:
        out = Completer(never, logging.getLogger("test"))
        for n in range(MAX_ITEMS + 3):
            out.add(item(str(n)))
        await out.below(MAX_ITEMS + 3)
        waiting = asyncio.ensure_future(out.below(3))
        await asyncio.sleep(0)
        assert not waiting.done()
        out.take()
        await waiting

    asyncio.run(play())


def test_what_nobody_sent_goes_first_and_in_its_order() -> None:
    async def play() -> None:
        out = Completer(never, logging.getLogger("test"))
        for name in "abc":
            out.add(item(name))
        batch = out.take()
        out.add(item("d"))
        out.put_back(batch)
        assert [i.wire.delivery_id for i in out.take()] == ["a", "b", "c", "d"]

    asyncio.run(play())


def test_it_is_drained_when_all_that_left_has_its_verdict() -> None:
    async def play() -> None:
        out = Completer(never, logging.getLogger("test"))
        out.add(item("a", progress=True))
        out.add(item("a"))
        first, second = out.take(), out.take()
        drained = asyncio.ensure_future(out.drained())
        committed = [completion_pb2.CompletionResult(verdict=completion_pb2.VERDICT_COMMITTED)]
        for batch in first, second:
            await asyncio.sleep(0)
            assert not drained.done()
            out.settle(batch, committed)
        await asyncio.wait_for(drained, 30)

    asyncio.run(play())

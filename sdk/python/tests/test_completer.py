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


def batches(*items: Item) -> list[list[str]]:
    """How these leave, one call after the other."""

    async def play() -> list[list[str]]:
        async def never(
            batch: list[completion_pb2.Completion],
        ) -> Sequence[completion_pb2.CompletionResult]:
            raise AssertionError(batch)

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
        async def never(batch: list[completion_pb2.Completion]) -> Sequence[completion_pb2.CompletionResult]:
            raise AssertionError(batch)

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

"""Sends completions: one call in flight, everything that queued meanwhile rides in the next."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from ._backoff import Backoff
from ._rpc import error_of
from ._wire import cut
from .errors import BotError, LeaseLost, transient
from .v1 import completion_pb2

MAX_ITEMS = 64
MAX_BYTES = 1 << 20  # OCO-SIZ-3

Verdict = Callable[[BaseException | None], None]
Send = Callable[[list[completion_pb2.Completion]], Awaitable[Sequence[completion_pb2.CompletionResult]]]


@dataclass
class Item:
    """A completion on its way. It is sent, the same each time, until the bot gave a verdict."""

    wire: completion_pb2.Completion
    settled: Verdict | None = None
    """Called once, with None if the bot took it, or had it already."""
    again: bool = False
    """If a guard of its transaction does not hold, the delivery may run again."""
    replaced: bool = False
    """It stands for one that the bot would not take."""

    @property
    def size(self) -> int:
        return self.wire.ByteSize() + 8


def final(wire: completion_pb2.Completion) -> bool:
    """Whether it ends the lease."""
    kind: str | None = wire.WhichOneof("kind")
    return kind != "progress"


class Completer:
    """The queue of completions. It is bounded by the credit and by what one callback may leave unsent."""

    def __init__(self, send: Send, log: logging.Logger, hold: float = 0.0) -> None:
        self._send = send
        self._log = log
        self._hold = hold
        self._queue: deque[Item] = deque()
        self._sending = 0
        self._crowded = False
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._taken = asyncio.Event()

    async def below(self, most: int) -> None:
        """Waits until at most so many have not been sent."""
        while len(self._queue) > most:
            self._taken.clear()
            await self._taken.wait()

    def add(self, item: Item) -> None:
        """Queues a completion. Only on the loop."""
        self._queue.append(item)
        self._idle.clear()
        self._wake.set()

    async def run(self) -> None:
        """Sends until it is cancelled."""
        full = Backoff()
        while True:
            await self._wake.wait()
            self._wake.clear()
            # What ends together leaves together: the loop runs what is ready first, and
            # where something may take completions along they wait for it.
            await asyncio.sleep(self._hold if len(self._queue) < MAX_ITEMS // 2 else 0)
            while batch := self.take():
                await self._deliver(batch)
                if self._crowded:
                    self._crowded = False
                    await full.sleep()
                else:
                    full.reset()

    def take(self, room: int = MAX_BYTES) -> list[Item]:
        """Removes the next batch: at most 64 items and `room` bytes, but one if `room` is untouched.

        What a delivery says behind its progress is not in the batch of that, so that it
        cannot be taken before it.
        """
        batch: list[Item] = []
        underway: set[str] = set()
        total = 0
        while self._queue and len(batch) < MAX_ITEMS:
            item = self._queue[0]
            total += item.size
            if total > room and (batch or room < MAX_BYTES):
                break
            if item.wire.delivery_id in underway:
                break
            if not final(item.wire):
                underway.add(item.wire.delivery_id)
            batch.append(self._queue.popleft())
        self._sending += len(batch)
        self._taken.set()
        return batch

    def put_back(self, batch: list[Item]) -> None:
        """Returns a batch that take gave and nobody sent."""
        if batch:
            self._queue.extendleft(reversed(batch))
            self._sending -= len(batch)
            self._wake.set()

    async def _deliver(self, batch: list[Item]) -> None:
        """Repeats a batch until the bot answers it."""
        backoff = Backoff()
        while True:
            try:
                results = await self._send([i.wire for i in batch])
                if len(results) != len(batch):
                    raise BotError("INTERNAL", f"it answered {len(batch)} completions with {len(results)} results")
            except asyncio.CancelledError:
                self.put_back(batch)
                raise
            except BotError as err:
                if not transient(err) and err.reason != "REPLICA_NOT_FOUND":
                    await self._dissect(batch, err)
                    return
                self._log.warning("the bot did not take %d completions; they are sent again: %s", len(batch), err)
                await self._wait(backoff, batch)
            else:
                self.settle(batch, results)
                return

    async def _wait(self, backoff: Backoff, batch: list[Item]) -> None:
        try:
            await backoff.sleep()
        except asyncio.CancelledError:
            self.put_back(batch)
            raise

    async def _dissect(self, batch: list[Item], err: BotError) -> None:
        """Sends the items of a refused batch one by one, so that one does not hold up the others."""
        if len(batch) == 1:
            self._refuse(batch[0], err)
            return
        for item in batch:
            await self._deliver([item])

    def settle(self, batch: list[Item], results: Sequence[completion_pb2.CompletionResult]) -> None:
        """Takes the verdicts of a batch that take returned."""
        full: list[Item] = []
        for item, result in zip(batch, results, strict=True):
            if result.verdict != completion_pb2.VERDICT_REFUSED:
                self._end(item, None)
                continue
            err = error_of(result.error)
            if err.reason == "QUEUE_FULL":
                full.append(item)
            else:
                self._refuse(item, err)
        if full:
            # The delivery stays leased; what a full outbox did not take is sent again.
            self._log.warning("the bot's outbox is full; %d completions are sent again", len(full))
            self._crowded = True
            self.put_back(full)

    def _refuse(self, item: Item, err: BotError) -> None:
        """Deals with what the bot will never take: a delivery that is still ours is failed, not silent."""
        wire = item.wire
        lost = err.reason == "LEASE_LOST"
        if not final(wire) or lost or item.replaced:
            self._log.warning("the bot refused a completion of the delivery %s: %s", wire.delivery_id, err)
            self._end(item, LeaseLost(str(err)) if lost else err)
            return
        self._log.error("the bot refused the completion of the delivery %s, which is failed: %s", wire.delivery_id, err)
        why = cut(f"its completion was refused: {err}")
        instead = completion_pb2.Completion(delivery_id=wire.delivery_id, lease_id=wire.lease_id)
        if item.again and err.reason == "GUARD_FAILED":
            instead.retry.reason = why
        else:
            instead.fail.error.code = 2
            instead.fail.error.message = why
        self._sending -= 1
        self.add(Item(instead, item.settled, replaced=True))

    def _end(self, item: Item, err: BaseException | None) -> None:
        self._sending -= 1
        if item.settled is not None:
            item.settled(err)
        if self._sending == 0 and not self._queue:
            self._idle.set()

    async def drained(self) -> None:
        """Waits until every completion has its verdict."""
        await self._idle.wait()

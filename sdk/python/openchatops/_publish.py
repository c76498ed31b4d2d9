"""Brings events in: one call in flight, everything that waits rides in the next."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, cast

from google.protobuf import struct_pb2

from . import _rpc, _wire
from ._backoff import Backoff
from ._completion import MAX_BYTES, MAX_ITEMS, Item
from ._rpc import error_of
from .adapter import CustomEvent, Incoming, IncomingMessage, PublishError
from .errors import BotError, OcoError, transient
from .v1 import adapter_pb2, event_pb2, message_pb2
from .values import MemberChange, Reaction, RoomChange

if TYPE_CHECKING:
    from ._replica import Replica

RIDE_ALONG = 0.005
"""How long the completion of an operation waits for a publish that takes it along."""
_MAX_NATIVE = 256 << 10
_MAX_CHECKPOINT = 4 << 10


@dataclass
class _Publish:
    """One call of publish."""

    left: int
    done: asyncio.Future[None]
    problems: dict[int, Exception] = field(default_factory=dict)


@dataclass
class _Publication:
    """One event on its way."""

    wire: event_pb2.Event
    checkpoint: str
    index: int
    call: _Publish


class Publisher:
    """The events of an adapter. A queue holds what publish waits for and nothing more."""

    def __init__(self, replica: Replica) -> None:
        self._replica = replica
        self._queue: deque[_Publication] = deque()
        self._wake = asyncio.Event()
        self.account = ""
        self.epoch = 0
        self.checkpoint = ""

    async def publish(self, events: Sequence[Incoming]) -> None:
        """Returns when the events are on disk."""
        call = _Publish(0, asyncio.get_running_loop().create_future())
        for i, event in enumerate(events):
            try:
                wire = to_wire(event)
            except OcoError as err:
                call.problems[i] = err
                continue
            call.left += 1
            self._queue.append(_Publication(wire, _wire.valid(event.checkpoint), i, call))
        if call.left:
            self._wake.set()
            try:
                await call.done
            except asyncio.CancelledError:
                self._queue = deque(p for p in self._queue if p.call is not call)
                raise
        if call.problems:
            raise PublishError(call.problems)

    def _take(self) -> tuple[list[_Publication], int]:
        batch: list[_Publication] = []
        total = 0
        while self._queue and len(batch) < MAX_ITEMS:
            size = self._queue[0].wire.ByteSize() + 8
            if batch and total + size > MAX_BYTES:
                break
            total += size
            batch.append(self._queue.popleft())
        return batch, total

    async def run(self) -> None:
        """Publishes until it is cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while True:
                batch, total = self._take()
                if not batch:
                    break
                await self._send(batch, self._replica.out.take(MAX_BYTES - total))

    async def _send(self, batch: list[_Publication], riding: list[Item]) -> None:
        """Repeats a batch until the bot answered it."""
        replica = self._replica
        backoff = Backoff()
        again = False
        while True:
            generation, epoch = replica.generation, self.epoch
            try:
                answer = await self._call(batch, riding)
            except asyncio.CancelledError:
                replica.out.put_back(riding)
                raise
            except BotError as err:
                before, again = again, await self._again(err, epoch, generation, riding)
                if again and not before:
                    continue
                if not again and not transient(err):
                    replica.out.put_back(riding)
                    await self._dissect(batch, err)
                    return
                replica.log.warning("the bot did not take %d events; they are sent again: %s", len(batch), err)
                try:
                    await backoff.sleep()
                except asyncio.CancelledError:
                    replica.out.put_back(riding)
                    raise
            else:
                replica.accepted()
                replica.out.settle(riding, answer.results)
                self._end(batch, answer)
                return

    async def _again(self, err: BotError, epoch: int, generation: int, riding: list[Item]) -> bool:
        """Whether a refused batch can be sent again at once: this replica got another epoch meanwhile."""
        replica = self._replica
        try:
            if err.reason == "EPOCH_FENCED":
                async with replica._registering:
                    if self.epoch != epoch:
                        return True
            return await replica.after(err, generation)
        except BaseException:
            replica.out.put_back(riding)
            raise

    async def _call(self, batch: list[_Publication], riding: list[Item]) -> adapter_pb2.PublishEventsResponse:
        checkpoint = next((p.checkpoint for p in reversed(batch) if p.checkpoint), self.checkpoint)
        request = adapter_pb2.PublishEventsRequest(
            account_id=self.account,
            epoch=self.epoch,
            replica=self._replica.id,
            checkpoint=checkpoint,
            events=[p.wire for p in batch],
            completions=[i.wire for i in riding],
        )
        answer = await self._replica.connection.call(_rpc.PUBLISH_EVENTS, request)
        if len(answer.results) != len(riding):
            raise BotError("INTERNAL", f"it answered {len(riding)} completions with {len(answer.results)} results")
        return answer

    async def _dissect(self, batch: list[_Publication], err: BotError) -> None:
        """Publishes the events of a refused batch one by one, so that one does not hold up the others."""
        if len(batch) == 1:
            batch[0].call.problems[batch[0].index] = err
            self._end(batch, adapter_pb2.PublishEventsResponse())
            return
        for publication in batch:
            await self._send([publication], [])

    def _end(self, batch: list[_Publication], answer: adapter_pb2.PublishEventsResponse) -> None:
        """Tells the callers of publish what became of their events."""
        self.checkpoint = answer.checkpoint or self.checkpoint
        for e in answer.errors:
            if e.index < len(batch):
                batch[e.index].call.problems[batch[e.index].index] = error_of(e.error)
        for publication in batch:
            call = publication.call
            call.left -= 1
            if call.left == 0 and not call.done.done():
                call.done.set_result(None)


def to_wire(event: Incoming) -> event_pb2.Event:
    """Checks what can be checked here and makes an event of the wire."""
    if not event.id:
        raise OcoError("the event has no id")
    if len(event.native) > _MAX_NATIVE:
        raise OcoError(f"the native payload of {len(event.native)} bytes is longer than 256 KiB")
    if _wire.size(event.checkpoint) > _MAX_CHECKPOINT:
        raise OcoError(f"the checkpoint of {_wire.size(event.checkpoint)} bytes is longer than 4 KiB")
    address = message_pb2.Address(room=message_pb2.RoomRef(room_id=_wire.valid(event.room.id)))
    if event.thread:
        address.thread_id = _wire.valid(event.thread)
    wire = event_pb2.Event(
        event_id=_wire.valid(event.id),
        occur_time=_wire.time_to(event.time or datetime.now(timezone.utc)),
        address=address,
        actor=_wire.user_to(event.actor),
        historical=event.historical,
        room_kind=cast(Any, int(event.room.kind)),
        native=event.native,
    )
    match event.about:
        case IncomingMessage() as m:
            if _wire.size(m.text) > _wire.MAX_TEXT:
                raise OcoError(f"the text of {_wire.size(m.text)} bytes is longer than 64 KiB")
            wire.message.CopyFrom(_message(m, wire, address))
        case Reaction() as r:
            wire.reaction.message_id = _wire.valid(r.message)
            wire.reaction.emoji = _wire.valid(r.emoji)
            wire.reaction.removed = r.removed
        case MemberChange() as change:
            wire.member.left = change.left
            if (user := _wire.user_to(change.user)) is not None:
                wire.member.user.CopyFrom(user)
                if not wire.HasField("actor"):
                    wire.actor.CopyFrom(user)
        case RoomChange() as change:
            wire.room.change = cast(Any, int(change.change))
            wire.room.room.CopyFrom(_wire.room_to(change.room))
        case CustomEvent() as custom:
            wire.custom.type = _wire.valid(custom.type)
            wire.custom.data.CopyFrom(_data(custom))
        case _:
            raise OcoError(f"about is {type(event.about).__name__}, which is no event")
    return wire


def _message(m: IncomingMessage, wire: event_pb2.Event, address: message_pb2.Address) -> event_pb2.MessageEvent:
    out = event_pb2.MessageEvent(change=cast(Any, int(m.change)), forwarded=m.forwarded)
    out.message.CopyFrom(
        message_pb2.Message(
            message_id=_wire.valid(m.id),
            address=address,
            sender=wire.actor if wire.HasField("actor") else None,
            content=message_pb2.Content(text=_wire.valid(m.text)),
            reply_to=_wire.valid(m.reply_to),
            mentions=_wire.mentions_to(m.mentions),
            create_time=wire.occur_time,
            attachments=[_wire.file_to(f) for f in m.files],
        )
    )
    return out


def _data(custom: CustomEvent) -> struct_pb2.Struct:
    data = struct_pb2.Struct()
    try:
        data.update(custom.data)
    except (TypeError, ValueError) as err:
        raise OcoError(f"the data of the event {custom.type} is no JSON: {err}") from err
    return data

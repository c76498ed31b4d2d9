"""What the bot asks an adapter to do, one after the other in each room."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from . import _wire
from ._author import described, tellable, trimmed
from ._completion import Item
from ._log import trace
from .adapter import (
    Adapter,
    Deleter,
    Membership,
    MessageRef,
    Outgoing,
    Place,
    Reactor,
    TopicSetter,
    Updater,
)
from .errors import DeliveryEnded, MaxRunOver, NotSent, RetryAfter, find
from .v1 import completion_pb2, message_pb2, operation_pb2
from .values import SendReason

if TYPE_CHECKING:
    from ._leases import Lease
    from ._replica import Replica

_MAX_RUN = timedelta(minutes=1)
_UNIMPLEMENTED = 12


def place(address: message_pb2.Address) -> Place:
    """A place of the wire."""
    return Place(address.room.room_id, address.room.user_id, address.thread_id)


class Operations:
    """The operations of an adapter."""

    def __init__(self, adapter: Adapter, replica: Replica) -> None:
        self._adapter = adapter
        self._replica = replica
        self._rooms: dict[str, deque[Lease]] = {}
        """What waits behind the operation that runs in a room."""
        self.serving = False

    def add(self, lease: Lease) -> None:
        """Queues an operation behind those of its room."""
        room = _room(lease.wire.operation)
        waiting = self._rooms.get(room)
        if waiting is not None:
            waiting.append(lease)
            return
        self._rooms[room] = deque([lease])
        self._replica.spawn(self._work(room))

    async def _work(self, room: str) -> None:
        """Does the operations of one room until none is left."""
        waiting = self._rooms[room]
        try:
            while waiting:
                await self._one(waiting.popleft())
        finally:
            del self._rooms[room]

    async def _one(self, lease: Lease) -> None:
        wire = completion_pb2.Completion(delivery_id=lease.wire.delivery_id, lease_id=lease.wire.lease_id)
        do = self._find(lease.wire.operation)
        if do is None:
            wire.fail.error.code = _UNIMPLEMENTED
            wire.fail.error.message = "this adapter does not know the operation"
        elif lease.ended_by is not None:
            self._failed(lease, wire, NotSent(f"it was not begun: {lease.ended_by}"))
        elif not self.serving:
            wire.release.reason = "the adapter does not run"
        else:
            await self._do(lease, wire, do)
        self._replica.out.add(Item(wire, lease.settled))
        lease.ended()

    async def _do(self, lease: Lease, wire: completion_pb2.Completion, do: Callable[[], Awaitable[str | None]]) -> None:
        """Calls the adapter and says in wire what became of it."""

        async def traced() -> str | None:
            trace(lease.wire)
            return await do()

        task = asyncio.ensure_future(traced())
        lease.cancel_with = lambda _: task.cancel()
        limit = lease.wire.max_run.ToTimedelta() or _MAX_RUN
        over = MaxRunOver(f"the adapter took longer than {limit.total_seconds():g} s")
        timer = asyncio.get_running_loop().call_later(limit.total_seconds(), lease.cancel, over)
        result = wire.done.operation
        try:
            result.message_id = _wire.valid(_id(await task))
            result.state = message_pb2.SEND_STATE_SENT
        except asyncio.CancelledError:
            if lease.ended_by is None:
                task.cancel()
                raise
            self._failed(lease, wire, lease.ended_by)
        except Exception as err:
            self._failed(lease, wire, err)
        finally:
            timer.cancel()

    def _failed(self, lease: Lease, wire: completion_pb2.Completion, err: Exception) -> None:
        expected = find(err, NotSent) or find(err, RetryAfter) or isinstance(err, DeliveryEnded)
        self._replica.log.warning(
            "an operation of the delivery %s was not done: %s",
            lease.wire.delivery_id,
            described(err),
            exc_info=None if expected else trimmed(err),
        )
        detail = _wire.cut(tellable(err) if expected else described(err))
        if (retry := find(err, RetryAfter)) is not None:
            wire.retry.reason = detail
            if retry.delay is not None:
                wire.retry.delay.CopyFrom(_wire.duration(retry.delay))
            return
        result = wire.done.operation
        # After what nobody foresaw, nobody knows whether the chat service has it.
        failed = find(err, NotSent) is not None
        result.state = message_pb2.SEND_STATE_FAILED if failed else message_pb2.SEND_STATE_UNKNOWN
        result.detail = detail

    def _find(self, op: operation_pb2.Operation) -> Callable[[], Awaitable[str | None]] | None:
        """The method of the adapter that does what is asked, None if it has none."""
        adapter = self._adapter
        kind = op.WhichOneof("kind")
        if kind == "send":
            return lambda: adapter.send(_outgoing(op))
        if kind == "update" and isinstance(adapter, Updater):
            return _none(lambda: adapter.update_message(_at(op, op.update), op.update.content.text))
        if kind == "delete" and isinstance(adapter, Deleter):
            return _none(lambda: adapter.delete_message(_at(op, op.delete)))
        if kind == "reaction" and isinstance(adapter, Reactor):
            return _none(lambda: adapter.set_reaction(_at(op, op.reaction), op.reaction.emoji, op.reaction.remove))
        if kind == "membership" and isinstance(adapter, Membership):
            m = op.membership
            return _none(lambda: adapter.set_membership(m.room_id, m.user_id, m.leave))
        if kind == "room" and isinstance(adapter, TopicSetter) and op.room.HasField("topic"):
            return _none(lambda: adapter.set_topic(op.room.room_id, op.room.topic))
        return None


def _none(do: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[str | None]]:
    """An operation that makes no message."""

    async def done() -> None:
        await do()

    return done


def _at(
    op: operation_pb2.Operation,
    about: operation_pb2.UpdateOperation | operation_pb2.DeleteOperation | operation_pb2.ReactionOperation,
) -> MessageRef:
    return MessageRef(place(about.address), about.message_id, op.idempotency_token)


def _outgoing(op: operation_pb2.Operation) -> Outgoing:
    message = op.send.message
    return Outgoing(
        place=place(message.to),
        text=message.content.text,
        start_thread_at=message.to.start_thread_at,
        reply_to=message.reply_to,
        token=op.idempotency_token,
        possible_repeat=op.send.possible_repeat,
        reason=_wire.known(SendReason, op.send.reason),
    )


def _room(op: operation_pb2.Operation) -> str:
    """Names the room that an operation is about: there its order counts."""
    match op.WhichOneof("kind"):
        case "membership":
            return op.membership.room_id
        case "room":
            return op.room.room_id
        case "update":
            room = op.update.address.room
        case "delete":
            room = op.delete.address.room
        case "reaction":
            room = op.reaction.address.room
        case _:
            room = op.send.message.to.room
    return room.room_id or "\0" + room.user_id


def _id(sent: object) -> str:
    """The id of a message as the adapter gave it, nothing after what is no send."""
    if sent is None:
        return ""
    if not isinstance(sent, str):
        raise TypeError(f"send returned {type(sent).__name__}: it must return the id that the service gave, as str")
    return sent

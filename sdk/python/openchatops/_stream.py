"""Keeps a stream of deliveries open, and leaves it in order."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import grpc

from . import _rpc
from ._backoff import Backoff, first_of
from ._rpc import error_from
from .errors import BotError
from .v1 import delivery_pb2

if TYPE_CHECKING:
    from ._replica import Replica

SILENCE = 20.0
"""How long the bot may send nothing: two heartbeats missed (OCO-LIF-14)."""
LEAVE_GRACE = 5.0
MAX_WAITING = 4096
"""Unsent completions at which the stream is read no further: the bot ignores the credit or takes none."""


class Stream:
    """One Subscribe."""

    def __init__(self, replica: Replica) -> None:
        self._replica = replica
        self.ready = asyncio.Event()
        self.drained = asyncio.Event()
        """The bot said that it stops."""
        self.done = asyncio.Event()
        self.error: BotError | None = None
        self._channel: grpc.aio.Channel | None = None
        self._silent = False
        self._limit = SILENCE
        self._task = asyncio.ensure_future(self._read())

    @property
    def asked(self) -> bool:
        """Whether the bot may have been asked for it: there is a connection."""
        return self._channel is not None and self._channel.get_state() is grpc.ChannelConnectivity.READY

    async def close(self) -> None:
        """Ends the stream."""
        self._task.cancel()
        await self.done.wait()

    async def _read(self) -> None:
        try:
            await self._frames()
        except BotError as err:
            self.error = err
        finally:
            self.done.set()

    async def _frames(self) -> None:
        replica = self._replica
        request = delivery_pb2.SubscribeRequest(replica=replica.id, max_in_flight=replica.part.in_flight())
        channel, call = await replica.connection.stream(_rpc.SUBSCRIBE, request)
        self._channel = channel
        loop = asyncio.get_running_loop()

        def silent() -> None:
            self._silent = True
            call.cancel()

        watch = loop.call_later(self._limit, silent)
        try:
            while True:
                try:
                    answer = await call.read()
                except grpc.aio.AioRpcError as err:
                    raise error_from(err) from None
                except asyncio.CancelledError:
                    if not self._silent:
                        raise
                    await replica.connection.link.replace(channel)
                    raise BotError("UNAVAILABLE", "the bot was silent for longer than two heartbeats") from None
                watch.cancel()
                if answer is grpc.aio.EOF:
                    raise BotError("UNAVAILABLE", "the bot ended the stream")
                self._take(answer)
                await replica.out.below(MAX_WAITING)
                watch = loop.call_later(self._limit, silent)
        finally:
            watch.cancel()
            call.cancel()

    def _take(self, answer: delivery_pb2.SubscribeResponse) -> None:
        for frame in answer.frames:
            if frame.HasField("ready"):
                interval = frame.ready.heartbeat_interval.ToTimedelta().total_seconds()
                self._limit = 2 * interval if interval > 0 else SILENCE
            elif frame.HasField("drain"):
                self.drained.set()
            self._replica.frame(frame)
        self.ready.set()


class Subscription:
    """Streams, one after the other, until the replica leaves."""

    def __init__(self, replica: Replica) -> None:
        self._replica = replica
        self._old: Stream | None = None
        self._stream: Stream | None = None

    async def run(self) -> None:
        """Keeps a stream open until the replica leaves, and leaves it in order.

        After a Drain the new stream opens before the old one is left.
        """
        try:
            await self._keep()
            await self._leave()
        finally:
            for stream in (self._stream, self._old):
                if stream is not None:
                    await stream.close()

    async def _keep(self) -> None:
        replica = self._replica
        leaving = replica.leaving
        backoff = Backoff()
        forgotten = False  # the stream before ended because the bot did not know this replica
        while not leaving.is_set():
            generation = replica.generation
            stream = self._stream = Stream(replica)
            await first_of(stream.ready, stream.done, leaving)
            if leaving.is_set():
                return
            if stream.ready.is_set():
                backoff.reset()
                await self._drop_old()
                replica.accepted()
                if replica.ready.is_set():
                    replica.log.info("%s takes deliveries again", replica.plugin.name)
                replica.ready.set()
                replica.beat.set()
            await first_of(stream.drained, stream.done, leaving)
            if leaving.is_set():
                return
            if stream.drained.is_set() and not stream.done.is_set():
                await self._drop_old()
                self._old, self._stream = stream, None
                await backoff.sleep(leaving)
                continue
            err = stream.error
            again = forgotten
            forgotten = err is not None and await replica.after(err, generation)
            if forgotten and not again:
                continue
            replica.log.warning("%s: deliveries do not come any more; trying again: %s", replica.plugin.name, err)
            await replica.connection.link.look()
            await backoff.sleep(leaving)

    async def _drop_old(self) -> None:
        if self._old is not None:
            await self._old.close()
            self._old = None

    async def _leave(self) -> None:
        """Ends the streams of a replica that stops.

        A frame that the bot has sent counts as started, so a stream is not just closed:
        the bot ends it behind its last frame, and what still comes is released.
        """
        self._replica.leases.stop()
        for stream in (self._stream, self._old):
            if stream is None:
                continue
            try:
                await asyncio.wait_for(self._read_out(stream), LEAVE_GRACE)
            except (TimeoutError, asyncio.TimeoutError):
                self._replica.log.warning("the bot does not end the stream; what is on its way may end unknown")

    async def _read_out(self, stream: Stream) -> None:
        """Reads a stream to the last frame that the bot sent on it, behind which it ends it (OCO-LIF-55)."""
        replica = self._replica
        if not stream.ready.is_set() and stream.asked:
            # Until then a Leave may come before the stream, and end nothing (OCO-LIF-71).
            await first_of(stream.ready, stream.done)
        if not stream.ready.is_set() or stream.done.is_set() or stream.drained.is_set():
            return  # nothing comes any more
        try:
            await replica.connection.call(
                _rpc.LEAVE, delivery_pb2.LeaveRequest(replica=replica.id), timeout=LEAVE_GRACE, wait=False
            )
        except BotError as err:
            replica.log.warning("the bot does not end the stream; what is on its way may end unknown: %s", err)
            return
        await first_of(stream.done, stream.drained)

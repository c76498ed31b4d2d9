"""The side of a replica that runs an adapter."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from . import _rpc, _wire
from ._author import described, trimmed
from ._backoff import Backoff
from ._operations import Operations
from ._publish import RIDE_ALONG, Publisher
from ._queries import Queries
from .adapter import AdapterPlugin, Incoming, Resetter, Settler
from .client import Client, Command
from .errors import BotError, Fenced, OcoError
from .v1 import adapter_pb2, bot_pb2, delivery_pb2, message_pb2, operation_pb2
from .values import Outcome

if TYPE_CHECKING:
    from ._leases import Lease
    from ._replica import Replica

IN_FLIGHT = 1000
"""What an adapter asks for; the operator grants less."""


class AdapterPart:
    """Runs the adapter and is the Bot that it speaks to."""

    hold = RIDE_ALONG

    def __init__(self, plugin: AdapterPlugin, replica: Replica) -> None:
        self._plugin = plugin
        self._replica = replica
        self._publisher = Publisher(replica)
        self._operations = Operations(plugin.adapter, replica)
        self._queries = Queries(plugin.adapter, replica)
        self._client = Client(replica.connection)
        self._connected = False
        self._detail = "starting"
        self._changed = asyncio.Event()

    def in_flight(self) -> int:
        return IN_FLIGHT

    async def registered(self, answer: bot_pb2.RegisterResponse) -> None:
        """Reports the status, which makes this replica the active one."""
        if answer.account_id:
            self._publisher.account = answer.account_id
            await self._report()

    async def _report(self) -> None:
        d = self._plugin.describe()
        rooms = [
            message_pb2.Room(room_id=_wire.valid(room), capabilities=_wire.levels_to(levels))
            for room, levels in self._plugin.room_levels(d).items()
        ]
        answer = await self._replica.connection.call(
            _rpc.REPORT_STATUS,
            adapter_pb2.ReportStatusRequest(
                account_id=self._publisher.account,
                replica=self._replica.id,
                connected=self._connected,
                detail=_wire.cut(self._detail),
                capabilities=self._plugin.capabilities(d),
                rooms=rooms,
            ),
        )
        if not answer.active:
            raise Fenced(f"a newer process serves the account of {self._plugin.name}: end one of the two")
        self._publisher.epoch = answer.epoch
        self._publisher.checkpoint = answer.resume_checkpoint

    async def publish(self, *events: Incoming) -> None:
        await self._publisher.publish(events)

    @property
    def checkpoint(self) -> str:
        return self._publisher.checkpoint

    def status(self, connected: bool, detail: str = "") -> None:
        self._connected, self._detail = connected, detail
        self._changed.set()

    def commands(self, user: str, room: str) -> AsyncIterator[Command]:
        return self._client.commands(user, room)

    async def _reports(self) -> None:
        """Tells the bot each newest status."""
        backoff = Backoff()
        while True:
            await self._changed.wait()
            self._changed.clear()
            generation = self._replica.generation
            try:
                await self._report()
                backoff.reset()
            except BotError as err:
                if await self._replica.after(err, generation):
                    continue  # registering again has reported it
                self._replica.log.warning("cannot report the adapter's status; trying again: %s", err)
                self._changed.set()
                await backoff.sleep()

    async def serve(self) -> None:
        """Runs the adapter. The publisher goes on until its run returned."""
        work = [asyncio.ensure_future(self._publisher.run()), asyncio.ensure_future(self._reports())]
        running = asyncio.ensure_future(self._plugin.adapter.run(self))
        self._operations.serving = True
        try:
            await asyncio.wait([*work, running], return_when=asyncio.FIRST_COMPLETED)
            for task in work:
                if task.done():
                    await task  # it raised why the replica ends
            try:
                await running
            except Exception as err:
                why = f"the adapter {self._plugin.name} failed: {described(err)}"
                self._replica.log.error("%s", why, exc_info=trimmed(err))
                raise OcoError(why) from err
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            self._operations.serving = False
            for task in work:
                task.cancel()
            await asyncio.gather(*work, return_exceptions=True)

    def outdated(self, _wire: delivery_pb2.Delivery) -> bool:
        return False

    def deliver(self, lease: Lease) -> None:
        self._operations.add(lease)

    def running(self) -> list[str]:
        return []

    def query(self, query: operation_pb2.Query) -> None:
        self._queries.ask(query)

    def settled(self, settled: delivery_pb2.Settled) -> None:
        if isinstance(self._plugin.adapter, Settler):
            outcomes = [_wire.known(Outcome, o) for o in settled.outcomes]
            try:
                self._plugin.adapter.settled(settled.event_id, outcomes)
            except Exception:
                self._replica.log.exception("the adapter's settled raised")

    def resettle(self) -> bool:
        return not self._operations.serving or isinstance(self._plugin.adapter, Resetter)

    def told(self) -> None:
        if isinstance(self._plugin.adapter, Resetter):
            self._plugin.adapter.reset()

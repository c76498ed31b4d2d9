"""This process as one plugin: it registers, takes deliveries, finishes what runs, and leaves in order."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any, Protocol

from . import _rpc
from ._backoff import Backoff, within
from ._call import TOO_LONG
from ._completion import Completer
from ._leases import Lease, Leases
from ._link import Keyed
from ._wire import cut
from .errors import (
    BotError,
    Cancelled,
    DeliveryEnded,
    EndedElsewhere,
    Fenced,
    KeyRefused,
    MaxRunOver,
    OcoError,
    RegistrationRefused,
    SettingsChanged,
    Stopping,
    transient,
)
from .settings import Settings, problems_of
from .v1 import bot_pb2, completion_pb2, delivery_pb2, operation_pb2

HEARTBEAT_EVERY = 10.0
HEARTBEAT_AGAIN = 2.0
"""One that failed is sent again within this."""
FLUSH_GRACE = 10.0
KEYS_ALLOWED = 3
_MAX_PROBLEM = 2 << 10
_MAX_PATH = 1 << 10


class Offer(Protocol):
    """What a plugin offers to the bot: a Handler or an AdapterPlugin."""

    name: str

    def manifest(self) -> bot_pb2.Manifest: ...

    _depends: bool
    """What it offers depends on its settings."""

    @property
    def _declared(self) -> Settings[Any] | None: ...


class Part(Protocol):
    """What differs between a handler and an adapter."""

    hold: float
    """How long completions wait for something that takes them along."""

    def in_flight(self) -> int: ...

    async def registered(self, answer: bot_pb2.RegisterResponse) -> None:
        """After each registration, before deliveries come."""

    async def serve(self) -> None:
        """Runs until it is cancelled; its return ends the replica in order, an exception at once."""

    def outdated(self, wire: delivery_pb2.Delivery) -> bool:
        """Says that a delivery matched its route as it was before the settings changed (OCO-LIF-60)."""

    def deliver(self, lease: Lease) -> None:
        """Starts a delivery, in the order of the stream. It ends in lease.ended."""

    def running(self) -> list[str]:
        """The callbacks that run, for people."""

    def query(self, query: operation_pb2.Query) -> None: ...

    def settled(self, settled: delivery_pb2.Settled) -> None: ...

    def resettle(self) -> bool:
        """Whether changed settings may count now; else the plugin is to be started again."""

    def told(self) -> None:
        """Changed settings count now."""


class Replica:
    """What one process holds of one plugin, over streams and connections."""

    def __init__(
        self,
        plugin: Offer,
        part: Callable[[Replica], Part],
        connection: Keyed,
        replica_id: str,
        grace: float,
        log: logging.Logger,
    ) -> None:
        self.plugin = plugin
        self.connection = connection
        self.id = replica_id
        self.grace = grace
        self.log = log
        self.generation = 0
        self.part = part(self)
        self.out = Completer(self.complete, log, self.part.hold)
        self.leases = Leases(self)
        self.beat = asyncio.Event()
        self.leaving = asyncio.Event()
        """No new stream is opened any more."""
        self.ready = asyncio.Event()
        """Deliveries come."""
        self._registering = asyncio.Lock()
        self._refusals = 0
        self._unheard = False
        """The bot was not reached with what is held, and that was said."""
        self._forgotten = False
        """The last heartbeat met a bot that did not know this replica."""
        self._outdated = False
        self._tasks: set[asyncio.Task[Any]] = set()
        self._ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def run(self, stop: asyncio.Event) -> None:
        """The life of the replica, until stop is set and what runs is finished."""
        from ._stream import Subscription

        self.spawn(self._obey(stop))
        life = asyncio.ensure_future(self._live(Subscription(self)))
        try:
            await asyncio.wait({life, self._ended}, return_when=asyncio.FIRST_COMPLETED)
            if not life.done():
                life.cancel()
                await asyncio.wait({life})
                await self._ended
            elif self._ended.done():
                await self._ended
            await life
        finally:
            life.cancel()
            self.leases.cancel(Stopping("the process ended"))
            await self._finish()
        if self._outdated:
            raise SettingsChanged(f"the settings of {self.plugin.name} have changed: start it again")

    async def _live(self, subscription: Any) -> None:
        self.spawn(self.out.run())
        if not await self.register(0):
            return
        self.spawn(self._heartbeats())
        serving = self.spawn(self._serve())
        await subscription.run()
        await self._drain()
        serving.cancel()
        done, _ = await asyncio.wait({serving}, timeout=FLUSH_GRACE)
        if not done:
            self.log.error("the run of the plugin %s did not end though it was cancelled", self.plugin.name)
        try:
            await asyncio.wait_for(self.out.drained(), FLUSH_GRACE)
        except (TimeoutError, asyncio.TimeoutError):
            self.log.error("the bot did not take the last completions; their deliveries end unknown")

    async def _obey(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self.leaving.set()

    async def _serve(self) -> None:
        await self.part.serve()
        self.leaving.set()

    async def _finish(self) -> None:
        end = asyncio.get_running_loop().time() + FLUSH_GRACE
        while self._tasks and asyncio.get_running_loop().time() < end:
            for task in self._tasks:
                task.cancel()
            await asyncio.wait(list(self._tasks), timeout=0.2)

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Runs work until the replica ends. What it raises ends the replica."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._over)
        return task

    def _over(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (err := task.exception()) is not None:
            self.end(err)

    def end(self, err: BaseException) -> None:
        """Ends the replica: it can never go on."""
        if not self._ended.done():
            self._ended.set_exception(err)
            # Looked at by run, also if that has ended already.
            self._ended.exception()

    async def _drain(self) -> None:
        """Waits for what runs, then for its cancellation. No lease begins any more."""
        if self.leases.running:
            names = "; ".join(self.part.running())
            self.log.info("told to stop: %d callbacks have %g s to end: %s", self.leases.running, self.grace, names)
        if await within(self.leases.quiet, self.grace):
            return
        names = "; ".join(self.part.running())
        self.log.warning(
            "%d callbacks still run at the end of the grace and are cancelled: %s", self.leases.running, names
        )
        self.leases.cancel(Stopping("the process stops, and the grace for what runs is over"))
        if not await within(self.leases.quiet, FLUSH_GRACE):
            names = "; ".join(self.part.running())
            self.log.error("these do not end though they were cancelled; their deliveries end unknown: %s", names)

    async def register(self, seen: int) -> bool:
        """Registers unless somebody did since generation seen; False if the replica leaves before.

        It repeats until the bot answers; an exception says that it never will.
        """
        async with self._registering:
            if self.generation > seen:
                return True
            backoff = Backoff()
            while not self.leaving.is_set():
                try:
                    if not await self._unless_leaving(self._register_once()):
                        return False
                except BotError as err:
                    self._judge(err)
                    # What comes behind Register, an adapter's report, may meet a bot that has started again.
                    if not transient(err) and err.reason != "REPLICA_NOT_FOUND":
                        raise RegistrationRefused(
                            f"the bot does not register the plugin {self.plugin.name}: {err.text}"
                        ) from err
                    self.log.warning("cannot register with the bot; trying again: %s", err)
                else:
                    self.generation += 1
                    return True
                await self.connection.link.look()
                await backoff.sleep(self.leaving)
            return False

    async def _register_to_end(self, seen: int) -> bool:
        """Registers a replica that leaves, once: else the bot would take from it what still runs."""
        async with self._registering:
            if self.generation > seen:
                return True
            try:
                await self._register_once()
            except OcoError as err:
                self.log.warning("cannot register again to finish what runs: %s", err)
                return False
            self.generation += 1
            return True

    async def _unless_leaving(self, work: Coroutine[Any, Any, None]) -> bool:
        """Does work to its end, or until the replica leaves; whether it ended."""
        doing = asyncio.ensure_future(work)
        leaving = asyncio.ensure_future(self.leaving.wait())
        try:
            await asyncio.wait([doing, leaving], return_when=asyncio.FIRST_COMPLETED)
            if not doing.done():
                return False
            await doing
            return True
        finally:
            doing.cancel()
            leaving.cancel()

    async def _register_once(self) -> None:
        declared = self.plugin._declared
        depends = self.plugin._depends and declared is not None
        # What an adapter is depends on its settings, and what a handler takes may: they come first (OCO-SET-4).
        first = depends
        while True:
            manifest = self.plugin.manifest()
            if first:
                manifest = bot_pb2.Manifest(settings=manifest.settings)
            request = bot_pb2.RegisterRequest(manifest=manifest, replica=self.id, settings_only=first)
            answer = await self.connection.call(_rpc.REGISTER, request)
            self.accepted()
            changed = declared is not None and await self._settle(declared, answer)
            if not first and not (changed and depends):
                await self.part.registered(answer)
                return
            first = False

    async def _settle(self, declared: Settings[Any], answer: bot_pb2.RegisterResponse) -> bool:
        """Takes the settings that the bot gave. True: they count now and did not before."""
        if declared._same(answer.settings):
            return False
        try:
            take = declared._read(answer.settings)
        except Exception as err:
            manifest = bot_pb2.Manifest(settings=declared.specs)
            request = bot_pb2.RegisterRequest(manifest=manifest, replica=self.id, settings_only=True)
            for path, text in problems_of(err).items():
                request.settings_problems.add(path=cut(path, _MAX_PATH), text=cut(text, _MAX_PROBLEM))
            await self.connection.call(_rpc.REGISTER, request)
            raise RegistrationRefused(f"the plugin {self.plugin.name} does not take its settings: {err}") from err
        if declared.settled and not self.part.resettle():
            self._outdated = True
            self.leaving.set()
            return False
        again = declared.settled
        take()
        if again:
            self.part.told()
        return True

    async def settings_changed(self) -> None:
        """Asks for the new settings. A replica that does not get or take them goes on with those before."""
        try:
            async with self._registering:
                await self._register_once()
                self.generation += 1
        except (BotError, OcoError) as err:
            self.log.error("the new settings are refused; going on with those before: %s", err)

    def _judge(self, err: BotError) -> None:
        """Counts refusals of the key in a row: the third is the end."""
        if err.code != "UNAUTHENTICATED":
            return
        self._refusals += 1
        if self._refusals >= KEYS_ALLOWED:
            name = self.plugin.name
            raise KeyRefused(
                f"the bot does not accept the key of the plugin {name} ({err.text}): make a new one with "
                f"`oco key new {name}`, or check that the endpoint is the right bot"
            ) from err

    def accepted(self) -> None:
        """The bot took the key."""
        self._refusals = 0

    async def after(self, err: BotError, generation: int) -> bool:
        """Looks at the error of a call. True: the call may be repeated at once."""
        if err.reason == "REPLICA_NOT_FOUND":
            if not await (self._register_to_end(generation) if self.leaving.is_set() else self.register(generation)):
                return False
            self.beat.set()
            return True
        if err.reason == "EPOCH_FENCED":
            raise Fenced(f"a newer process took the place of {self.plugin.name}: {err.text}") from err
        self._judge(err)
        return False

    async def complete(self, batch: list[completion_pb2.Completion]) -> list[completion_pb2.CompletionResult]:
        """Sends one batch of completions once."""
        generation = self.generation
        try:
            answer = await self.connection.call(
                _rpc.COMPLETE, delivery_pb2.CompleteRequest(replica=self.id, completions=batch)
            )
        except BotError as err:
            await self.after(err, generation)
            raise
        self.accepted()
        return list(answer.results)

    async def _heartbeats(self) -> None:
        """Names what is held every 10 s and cancels what is lost."""
        due = HEARTBEAT_EVERY
        while True:
            await within(self.beat, due)
            self.beat.clear()
            due = await self._heartbeat()

    async def _heartbeat(self) -> float:
        """Returns when the next one is due."""
        generation = self.generation
        held = self.leases.named()
        try:
            answer = await self.connection.call(
                _rpc.HEARTBEAT, delivery_pb2.HeartbeatRequest(replica=self.id, held=held), timeout=HEARTBEAT_EVERY
            )
        except BotError as err:
            again = await self.after(err, generation)
            if again and self._forgotten:
                self.beat.clear()  # not at once: a bot that forgets each time is not asked without a pause
            self._forgotten = again
            if not again:
                # That the bot is away is said once, and by the stream if nothing runs.
                level = logging.WARNING if held and not self._unheard else logging.DEBUG
                self._unheard = self._unheard or bool(held)
                text = "cannot tell the bot that deliveries still run here (%d); trying again: %s"
                self.log.log(level, text, len(held), err)
            return random.uniform(0.0, HEARTBEAT_AGAIN)
        self._unheard = self._forgotten = False
        self.accepted()
        self.leases.lost(answer.lost_lease_ids)
        due = answer.next.ToTimedelta()
        return min(due.total_seconds(), HEARTBEAT_EVERY) if due > timedelta(0) else HEARTBEAT_EVERY

    def frame(self, frame: delivery_pb2.Frame) -> None:
        """Takes one frame."""
        match frame.WhichOneof("kind"):
            case "ready":
                self.leases.granted(frame.ready.max_in_flight)
            case "delivery":
                self.leases.start(frame.delivery)
            case "query":
                self.part.query(frame.query)
            case "cancel":
                self.leases.cancel_one(frame.cancel.delivery_id, _why(frame.cancel))
            case "settled":
                self.part.settled(frame.settled)
            case "settings_changed":
                self.spawn(self.settings_changed())


def _why(cancel: delivery_pb2.Cancel) -> DeliveryEnded:
    """A cancellation as callbacks see it. A reason that this library does not know is somebody's."""
    kinds: dict[int, type[DeliveryEnded]] = {
        delivery_pb2.CANCEL_REASON_MAX_RUN: MaxRunOver,
        delivery_pb2.CANCEL_REASON_SETTLED: EndedElsewhere,
    }
    kind = kinds.get(cancel.reason, Cancelled)
    return kind(TOO_LONG if kind is MaxRunOver else cancel.text or "it was cancelled")

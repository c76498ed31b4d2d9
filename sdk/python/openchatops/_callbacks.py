"""Runs the callbacks of a handler."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import inspect
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ._author import described, trimmed
from ._call import Call
from ._fork import Original
from ._leases import Lease
from ._log import trace
from .client import Client
from .errors import DeliveryEnded, OcoError, Permanent, RetryAfter, Tell
from .handler import Handler, Route
from .message import Event, Message
from .v1 import bot_pb2, delivery_pb2, operation_pb2

if TYPE_CHECKING:
    from ._replica import Replica


class HandlerPart:
    """The side of a replica that runs callbacks."""

    hold = 0.0

    def __init__(self, handler: Handler, replica: Replica) -> None:
        self._handler = handler
        self._replica = replica
        self._client = Client(replica.connection)
        self._routes: dict[str, Route] = {}
        self._definitions: dict[str, str] = {}
        self._running: dict[Lease, Route | None] = {}

    def in_flight(self) -> int:
        return self._handler.max_in_flight

    async def registered(self, answer: bot_pb2.RegisterResponse) -> None:
        routes = {}
        for route, result in zip(self._handler._current.routes, answer.routes, strict=True):
            if result.HasField("error"):
                self._replica.log.error(
                    "%s: the bot does not take the route %s: %s",
                    route.where,
                    result.route or route.wire.command.pattern or route.wire.hear.regex,
                    result.error.message,
                )
            else:
                routes[result.route] = route
        self._routes = routes
        self._definitions = {result.route: result.definition_id for result in answer.routes}

    def outdated(self, wire: delivery_pb2.Delivery) -> bool:
        now = self._definitions.get(wire.route)
        return now is not None and wire.definition_id not in ("", now)

    async def serve(self) -> None:
        await asyncio.Event().wait()

    def deliver(self, lease: Lease) -> None:
        call = Call(lease, self._replica.out, self._replica.log)
        route = self._routes.get(lease.wire.route)
        task = asyncio.ensure_future(self._run(call, route))
        self._running[lease] = route

        def cancel(why: DeliveryEnded) -> None:
            if route is not None and not route.signature.coroutine:
                call.log.warning(
                    "%s goes on, though its delivery is over: nothing can end a thread, so look at msg.ended_by in it "
                    "(%s)",
                    route.callback,
                    why,
                )
            # Not before the task has begun: one that never does completes nothing.
            call.loop.call_soon(task.cancel)

        lease.cancel_with = cancel

    async def _run(self, call: Call, route: Route | None) -> None:
        trace(call.wire)
        err: BaseException | None = None
        try:
            if call.lease.ended_by is not None:
                raise call.lease.ended_by
            await self._invoke(call, route)
        except asyncio.CancelledError as cancelled:
            err = call.lease.ended_by or OcoError("the callback was cancelled, though nobody cancelled the delivery")
            err.__traceback__ = cancelled.__traceback__
        except Exception as failed:
            err = failed
        except BaseException as failed:
            # SystemExit and KeyboardInterrupt of a callback are no end of the process.
            err = Permanent(f"the callback raised {type(failed).__name__}")
            err.__cause__ = failed
        try:
            if err is not None:
                _log(call, route, err)
        finally:  # a log of the author's may raise
            call.finish(err)
            del self._running[call.lease]
            call.lease.ended()

    async def _invoke(self, call: Call, route: Route | None) -> None:
        event = call.wire.event
        kind = "event" if event.WhichOneof("kind") != "message" else "message"
        if route is None or (route.wire.WhichOneof("match") == "event") != (kind == "event"):
            raise Permanent(f"this replica has no route {call.wire.route!r} for such an event")
        about = (Event if kind == "event" else Message)(call, self._client)
        try:
            positional, named = route.signature.bind(about, call.wire.match.arguments)
        except Exception as err:
            raise Permanent(f"{route.where}: an argument cannot be made what the function wants: {err}") from err
        fn = route.signature.fn
        if route.signature.coroutine:
            with Original():
                await fn(*positional, **named)
            return
        result = await _in_thread(lambda: fn(*positional, **named), call.wire.route)
        if inspect.isawaitable(result):
            await result

    def running(self) -> list[str]:
        return sorted({route.callback for route in self._running.values() if route is not None})

    def query(self, query: operation_pb2.Query) -> None:
        """Only adapters are asked."""

    def settled(self, settled: delivery_pb2.Settled) -> None:
        """Only adapters are told."""

    def resettle(self) -> bool:
        return True

    def told(self) -> None:
        """Callbacks that start find the new settings."""


def _log(call: Call, route: Route | None, err: BaseException) -> None:
    """Tells the author how a callback failed, with the way to what nobody meant to raise."""
    meant = err.__cause__ is None and isinstance(err, (Tell, RetryAfter, DeliveryEnded))
    call.log.warning(
        "%s %s: %s",
        route.callback if route else call.wire.route,
        "was cancelled" if isinstance(err, DeliveryEnded) else "failed",
        described(err),
        exc_info=None if meant else trimmed(err),
    )


async def _in_thread(fn: Callable[[], Any], name: str) -> Any:
    """Calls a function in a thread of its own, which does not keep the process from ending.

    Nothing can end a thread: a delivery that is cancelled is waited for, and its
    callback sees Message.ended_by.
    """
    loop = asyncio.get_running_loop()
    done = asyncio.Event()
    outcome: list[Any] = [None, None]
    context = contextvars.copy_context()

    def run() -> None:
        try:
            with Original():
                outcome[0] = context.run(fn)
        except BaseException as err:
            outcome[1] = err
        # A loop that is closed belongs to a process that has given the delivery up.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(done.set)

    threading.Thread(target=run, name=f"oco {name}", daemon=True).start()
    cancelled: asyncio.CancelledError | None = None
    while not done.is_set():
        try:
            await done.wait()
        except asyncio.CancelledError as err:
            if cancelled is not None:
                raise
            cancelled = err
    if outcome[1] is not None:
        raise outcome[1]
    return outcome[0]

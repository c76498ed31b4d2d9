"""The way to the bot: one connection, replaced when it goes silent."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from typing import Any

import grpc

from ._endpoint import Certificate, Endpoint, certificate
from ._greeting import greet, unreachable
from ._rpc import Method, Req, Res, error_from
from .errors import BotError, NotTheBot

MAX_MESSAGE = 4 << 20  # OCO-SIZ-1
CALL_TIMEOUT = 15.0


class Link:
    """One connection to the bot, for all plugins of a process. Who gave the endpoint may be known to be the bot."""

    def __init__(self, endpoint: Endpoint, known: bool = False) -> None:
        self.endpoint = endpoint
        self._known = known
        self._lock = asyncio.Lock()
        self._channel: grpc.aio.Channel | None = None
        self._trusted: Certificate | None = None
        self._calls: dict[str, Any] = {}
        self.met = False
        """The bot has answered: from then on it is waited for, whatever answers meanwhile."""
        self._base = random.randint(250, 750)

    async def channel(self) -> grpc.aio.Channel:
        """The connection of the moment. It waits until a bot shows its certificate."""
        async with self._lock:
            if self._channel is None:
                if self.endpoint.tls:
                    self._trusted = await self._certificate()
                elif not self.met and not self._known:
                    await greet(self.endpoint)
                self._channel = self._dial()
                self._calls = {}
            return self._channel

    async def _certificate(self) -> Certificate:
        try:
            return await certificate(self.endpoint)
        except NotTheBot as err:
            if self.met:
                raise BotError("UNAVAILABLE", str(err)) from err
            raise
        except (OSError, asyncio.TimeoutError) as err:
            raise unreachable(self.endpoint, err) from None

    def _dial(self) -> grpc.aio.Channel:
        # gRPC waits for the first of these before its second try; drawing it keeps a
        # thousand plugins of a bot that was restarted apart.
        options: list[tuple[str, Any]] = [
            ("grpc.initial_reconnect_backoff_ms", self._base),
            ("grpc.min_reconnect_backoff_ms", 10_000),
            ("grpc.max_reconnect_backoff_ms", 15_000),
            ("grpc.max_receive_message_length", MAX_MESSAGE),
            ("grpc.max_send_message_length", MAX_MESSAGE),
            ("grpc.use_local_subchannel_pool", 1),
            ("grpc.enable_http_proxy", 0),
            ("grpc.service_config_disable_resolution", 1),
        ]
        if self._trusted is None:
            return grpc.aio.insecure_channel(self.endpoint.target, options)
        options.append(("grpc.ssl_target_name_override", self._trusted.name))
        return grpc.aio.secure_channel(self.endpoint.target, grpc.ssl_channel_credentials(self._trusted.pem), options)

    async def replace(self, old: grpc.aio.Channel | None) -> None:
        """Ends a connection over which nothing is heard any more. The next call makes a new one."""
        async with self._lock:
            if self._channel is None or self._channel is not old:
                return
            self._channel = None
        await old.close()

    async def look(self) -> None:
        """After a failed attempt over TLS: whether it is still the same bot that answers."""
        channel = self._channel
        if self._trusted is None or channel is None:
            return
        now: Certificate | None
        try:
            now = await certificate(self.endpoint)
        except NotTheBot:
            now = None
        except (OSError, asyncio.TimeoutError):
            return
        if now != self._trusted:
            await self.replace(channel)

    async def close(self) -> None:
        """Ends the connection for good."""
        if self._channel is not None:
            await self._channel.close()
            self._channel = None

    def unary(self, channel: grpc.aio.Channel, method: Method[Req, Res]) -> Any:
        """What makes one kind of call over a connection."""
        if channel is not self._channel:
            self._calls = {}
        call = self._calls.get(method.path)
        if call is None:
            call = self._calls[method.path] = channel.unary_unary(
                method.path,
                request_serializer=method.request.SerializeToString,
                response_deserializer=method.response.FromString,
            )
        return call


class Keyed:
    """A link with a plugin key on every call."""

    def __init__(self, link: Link, key: str) -> None:
        self.link = link
        self.metadata: Sequence[tuple[str, str]] = (("authorization", f"Bearer {key}"),)

    async def call(
        self, method: Method[Req, Res], request: Req, timeout: float | None = CALL_TIMEOUT, wait: bool = True
    ) -> Res:
        """One call. With wait it waits for a bot that is away, up to its timeout. BotError says what went wrong."""
        channel = await self.link.channel()
        try:
            response: Res = await self.link.unary(channel, method)(
                request, timeout=timeout, metadata=self.metadata, wait_for_ready=wait
            )
        except grpc.aio.AioRpcError as err:
            raise error_from(err) from None
        except asyncio.CancelledError:
            # A connection that is replaced cancels what travels over it.
            task = asyncio.current_task()
            if self.link._channel is channel or (task is not None and _cancelling(task)):
                raise
            raise BotError("UNAVAILABLE", "the connection to the bot was replaced") from None
        self.link.met = True
        return response

    async def stream(self, method: Method[Req, Res], request: Req) -> tuple[grpc.aio.Channel, Any]:
        """A stream of answers, and the connection that it is on."""
        channel = await self.link.channel()
        call = channel.unary_stream(
            method.path,
            request_serializer=method.request.SerializeToString,
            response_deserializer=method.response.FromString,
        )
        return channel, call(request, metadata=self.metadata, wait_for_ready=True)


def _cancelling(task: asyncio.Task[Any]) -> bool:
    """Whether somebody asked the task to end. Before Python 3.11 a task does not know."""
    cancelling = getattr(task, "cancelling", None)
    return bool(cancelling()) if cancelling is not None else False

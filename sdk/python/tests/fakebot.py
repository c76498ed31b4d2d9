"""A bot that does what a test says: for what a real one does only when things go wrong."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc
from google.rpc import error_details_pb2, status_pb2

from openchatops import _rpc
from openchatops.v1 import adapter_pb2, bot_pb2, completion_pb2, delivery_pb2, event_pb2, message_pb2


def status(code: str, reason: str, text: str = "no") -> status_pb2.Status:
    """An error of the closed list."""
    out = status_pb2.Status(code=grpc.StatusCode[code].value[0], message=text)
    out.details.add().Pack(error_details_pb2.ErrorInfo(reason=reason, domain="openchatops.org"))
    return out


class Refusal(Exception):
    """Ends a call with an error of the closed list."""

    def __init__(self, code: str, reason: str, text: str = "no") -> None:
        super().__init__(text)
        self.status = status(code, reason, text)
        self.code = grpc.StatusCode[code]


def delivery(number: int, text: str = "go", lease: str = "", **fields: Any) -> delivery_pb2.Delivery:
    """A message for the route go."""
    address = message_pb2.Address(room=message_pb2.RoomRef(room_id="room:1:r"))
    message = message_pb2.Message(message_id=f"m{number}", address=address, content=message_pb2.Content(text=text))
    event = event_pb2.Event(event_id=f"e{number}", address=address, message=event_pb2.MessageEvent(message=message))
    return delivery_pb2.Delivery(
        delivery_id=f"d{number}", lease_id=lease or f"l{number}", attempt=1, route="go", event=event, **fields
    )


class FakeBot:
    """Answers calls. Tests change what it answers and look at what came."""

    def __init__(self, path: str) -> None:
        self.endpoint = f"unix://{path}"
        self.calls: list[tuple[str, Any]] = []
        self.completions: list[completion_pb2.Completion] = []
        self.news = asyncio.Event()
        self.streams: list[asyncio.Queue[Any]] = []
        self.closed: list[int] = []
        """Which streams have ended, by their number."""
        self.refuse: dict[str, list[Refusal]] = {}
        """What calls are refused with, one after the other, by the name of their method."""
        self.verdicts: list[completion_pb2.CompletionResult] = []
        """Verdicts that are given before everything is committed."""
        self.lost: list[str] = []
        self.on_its_way: list[delivery_pb2.Frame] = []
        """What a replica that leaves still gets."""
        self.may_open = asyncio.Event()
        """A stream that was asked for begins no earlier."""
        self.may_open.set()
        self.heartbeat_interval = 10.0
        self.max_in_flight = 2
        self._server: grpc.aio.Server | None = None

    async def start(self) -> None:
        """Listens."""
        self._server = grpc.aio.server()
        self._server.add_generic_rpc_handlers([_Handlers(self)])
        self._server.add_insecure_port(self.endpoint)
        await self._server.start()

    async def stop(self) -> None:
        """Is gone."""
        if self._server is not None:
            await self._server.stop(None)

    def push(self, *frames: Any, stream: int = -1) -> None:
        """Sends frames on a stream, those of a list together, or ends it."""
        for frame in frames:
            self.streams[stream].put_nowait(frame)

    async def until(self, holds: Any) -> None:
        """Waits until something has come."""
        while not holds():
            self.news.clear()
            await asyncio.wait_for(self.news.wait(), 30)

    def came(self, method: str) -> int:
        """How often a method was called."""
        return sum(name == method for name, _ in self.calls)

    def answer(self, method: str, request: Any) -> Any:
        """What a unary call gets."""
        match method:
            case "Register":
                results = [bot_pb2.RouteResult(route="go", definition_id="x") for _ in request.manifest.routes]
                account = "1" if request.manifest.HasField("adapter") else ""
                return bot_pb2.RegisterResponse(plugin_id="p", routes=results, account_id=account)
            case "ReportStatus":
                return adapter_pb2.ReportStatusResponse(epoch=self.came("ReportStatus"), active=True)
            case "Heartbeat":
                return delivery_pb2.HeartbeatResponse(lost_lease_ids=self.lost)
            case "Complete":
                self.completions.extend(request.completions)
                return delivery_pb2.CompleteResponse(results=[self._verdict(c) for c in request.completions])
            case "PublishEvents":
                self.completions.extend(request.completions)
                return adapter_pb2.PublishEventsResponse(
                    admitted=len(request.events), results=[self._verdict(c) for c in request.completions]
                )
            case "AnswerQueries":
                return adapter_pb2.AnswerQueriesResponse()
            case "Leave":
                for stream in self.streams:
                    for frame in [*self.on_its_way, None]:
                        stream.put_nowait(frame)
                return delivery_pb2.LeaveResponse()
        raise AssertionError(method)

    def _verdict(self, completion: completion_pb2.Completion) -> completion_pb2.CompletionResult:
        if self.verdicts:
            return self.verdicts.pop(0)
        return completion_pb2.CompletionResult(
            delivery_id=completion.delivery_id, verdict=completion_pb2.VERDICT_COMMITTED
        )

    async def subscribe(self) -> AsyncIterator[delivery_pb2.SubscribeResponse]:
        """A stream: Ready, then what the test pushes."""
        frames: asyncio.Queue[Any] = asyncio.Queue()
        self.streams.append(frames)
        number = len(self.streams) - 1
        ready = bot_pb2.Ready(max_in_flight=self.max_in_flight)
        ready.heartbeat_interval.FromMilliseconds(int(self.heartbeat_interval * 1000))
        self.news.set()
        try:
            await self.may_open.wait()
            yield delivery_pb2.SubscribeResponse(frames=[delivery_pb2.Frame(ready=ready)])
            while True:
                frame = await frames.get()
                if frame is None:
                    return
                if isinstance(frame, Refusal):
                    raise frame
                yield delivery_pb2.SubscribeResponse(frames=frame if isinstance(frame, list) else [frame])
        finally:
            self.closed.append(number)
            self.news.set()


_METHODS: dict[str, _rpc.Method[Any, Any]] = {m.path: m for m in vars(_rpc).values() if isinstance(m, _rpc.Method)}


class _Handlers(grpc.GenericRpcHandler):  # type: ignore[misc]
    def __init__(self, bot: FakeBot) -> None:
        self._bot = bot

    def service(self, details: Any) -> Any:
        method = _METHODS[details.method]
        name = details.method.rpartition("/")[2]
        codec = {
            "request_deserializer": method.request.FromString,
            "response_serializer": method.response.SerializeToString,
        }
        bot = self._bot

        async def note(request: Any, context: Any) -> None:
            bot.calls.append((name, request))
            bot.news.set()
            if bot.refuse.get(name):
                await _refuse(context, bot.refuse[name].pop(0))

        async def unary(request: Any, context: Any) -> Any:
            await note(request, context)
            answer = bot.answer(name, request)
            bot.news.set()
            return answer

        async def stream(request: Any, context: Any) -> AsyncIterator[Any]:
            await note(request, context)
            try:
                async for answer in bot.subscribe():
                    yield answer
            except Refusal as refusal:
                await _refuse(context, refusal)

        if name == "Subscribe":
            return grpc.unary_stream_rpc_method_handler(stream, **codec)
        return grpc.unary_unary_rpc_method_handler(unary, **codec)


async def _refuse(context: Any, refusal: Refusal) -> None:
    context.set_trailing_metadata([("grpc-status-details-bin", refusal.status.SerializeToString())])
    await context.abort(refusal.code, refusal.status.message)

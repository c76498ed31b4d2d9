"""A real bot in a test."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, NoReturn

from .. import _rpc
from .._main import Plugin, run
from ..adapter import AdapterPlugin, Incoming, PublishError
from ..handler import Handler
from ..v1 import admin_pb2
from ..values import Outcome, SendReason
from .loop import PATIENCE, Loop
from .person import Person
from .process import Process
from .room import NAME, ChatRoom

_ADAPTER = "test"


@dataclass(frozen=True)
class Program:
    """A handler that the bot starts itself, as in production."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    dir: str = ""


class _Guest:
    """A plugin that runs in the test's process."""

    def __init__(self, plugin: Plugin, key: str, endpoint: str, loop: Loop, grace: float) -> None:
        self._plugin = plugin
        self._key = key
        self._endpoint = endpoint
        self._loop = loop
        self._grace = grace
        self._running: Future[None] | None = None
        self._stop: asyncio.Event | None = None

    def start(self) -> None:
        self._running = self._loop.run(self._start())

    async def _start(self) -> Future[None]:
        self._stop = asyncio.Event()
        ready = asyncio.Event()
        running = self._loop.begin(
            run(
                self._plugin,
                endpoint=self._endpoint,
                key=self._key,
                stop=self._stop,
                ready=ready,
                grace=self._grace,
            )
        )
        waiting = asyncio.ensure_future(ready.wait())
        ended = asyncio.wrap_future(running)
        either: list[asyncio.Future[Any]] = [waiting, ended]
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if ended.done():
            await ended
        # Whoever looks at running reads how it ended.
        ended.add_done_callback(lambda f: f.cancelled() or f.exception())
        return running

    def stop(self) -> None:
        """Ends it in order."""
        if self._running is not None and self._stop is not None:
            self._loop.run(self._tell(self._stop))
            self._running.result(PATIENCE)
        self._running = None

    async def _tell(self, stop: asyncio.Event) -> None:
        stop.set()

    def kill(self) -> None:
        """Ends it at once: nothing is finished, released or said."""
        if self._running is not None:
            self._running.cancel()
            with contextlib.suppress(BaseException):
                self._running.result(PATIENCE)
        self._running = None


class Bot(Person):
    """A real bot, of which a test sees what people see."""

    def __init__(self, loop: Loop) -> None:
        super().__init__(None, "alice")
        self._of = self
        self._loop = loop
        self.chat = ChatRoom()
        self.process: Process | None = None
        self._guests: dict[str, _Guest] = {}

    def start(
        self,
        *handlers: Handler | Program,
        groups: Mapping[str, Sequence[str]] | None = None,
        operators: Sequence[str] = (),
        operators_room: str = "",
        allow: Mapping[str, Sequence[str]] | None = None,
        scopes: Sequence[str] = (),
        settings: Mapping[str, Any] | None = None,
        config: Mapping[str, Any] | None = None,
        adapter: AdapterPlugin | None = None,
        grace: float = PATIENCE,
    ) -> Bot:
        """Starts the bot with these handlers and returns when deliveries come to them.

        groups and operators name users as the test does, allow groups by "handler:route";
        scopes and settings are those of each handler. config holds further keys of the
        bot's configuration. adapter is one for bot.chat, if it is to have settings.
        """
        if self.process is not None:
            self.fail("the bot was started already")
        remote = [h for h in handlers if isinstance(h, Handler)]
        children = [h for h in handlers if isinstance(h, Program)]
        more = {"scopes": list(scopes), "settings": dict(settings or {})}
        configuration: dict[str, Any] = {
            "name": NAME,
            "log": {"level": "debug"},
            "limits": {"user_messages": 0, "loop_answers": 0},
            "adapter": {"name": _ADAPTER, "remote": True},
            "handlers": [{"name": h.name, "remote": True, **more} for h in remote]
            + [_child(p) | more for p in children],
            "groups": {name: _ids(users) for name, users in (groups or {}).items()},
            "operators": _ids(operators),
            "routes": {route: {"allow": list(names)} for route, names in (allow or {}).items()},
            **(config or {}),
        }
        if operators_room:
            configuration["operators_room"] = f"room:1:{operators_room}"
        self.process = Process(configuration)
        self.process.start()
        self.launch(adapter or AdapterPlugin(_ADAPTER, _ADAPTER, self.chat), adapter=True)
        for handler in remote:
            self.launch(handler, grace=grace)
        self.await_plugins(*(p.name for p in children))
        return self

    def launch(self, plugin: Plugin, adapter: bool = False, grace: float = PATIENCE) -> None:
        """Runs a plugin that the configuration has in the test's process, with a new key."""
        key = self._loop.run(self._running.key(plugin.name, adapter), 2 * PATIENCE)
        guest = _Guest(plugin, key, self._running.endpoint, self._loop, grace)
        self._guests[plugin.name] = guest
        guest.start()

    @property
    def _running(self) -> Process:
        if self.process is None:
            self.fail("the bot is not started: call bot.start(handler) first")
        return self.process

    def stop_handler(self, name: str) -> None:
        """Ends a handler in order, as SIGTERM does."""
        self._guests[name].stop()

    def kill_handler(self, name: str) -> None:
        """Ends a handler as if its process had been killed."""
        self._guests[name].kill()

    def start_handler(self, name: str) -> None:
        """Starts a handler again."""
        self._guests[name].start()

    def kill(self) -> None:
        """Kills the bot, as a crash would. Plugins in the test's process go on."""
        self._running.kill()

    def restart(self) -> None:
        """Starts the bot again on its data, and returns when all plugins are back.

        What was said before is not settled any more, as far as the test sees: use await_text.
        """
        self._running.start()
        self.await_plugins(*self._guests)

    def await_plugins(self, *names: str) -> None:
        """Waits until these plugins are connected."""
        self._loop.run(self._connected(set(names)))

    async def _connected(self, names: set[str]) -> None:
        connection = self._running.operator()
        try:
            while names:
                status = await connection.call(_rpc.GET_STATUS, admin_pb2.GetStatusRequest())
                there = {p.plugin_id for p in status.plugins if any(r.connected for r in p.replicas)}
                if names <= there:
                    return
                await asyncio.sleep(0.02)
        finally:
            await connection.link.close()

    def show(self, id: str) -> admin_pb2.ShowRecordResponse:
        """The whole life of an event, a delivery or a message, as the bot's operator sees it."""
        return self._loop.run(self._ask(_rpc.SHOW_RECORD, admin_pb2.ShowRecordRequest(id=id)))

    def configure(self, change: Callable[[dict[str, Any]], object]) -> None:
        """Changes the configuration of the bot and has it read that again."""
        path = self._running.directory / "oco.yaml"
        configuration = json.loads(path.read_text(encoding="utf-8"))
        change(configuration)
        path.write_text(json.dumps(configuration), encoding="utf-8")
        self._loop.run(self._ask(_rpc.RELOAD, admin_pb2.ReloadRequest()))

    def await_warning(self, text: str) -> None:
        """Waits until the bot warns its operators of something with this text."""
        self._loop.run(self._warned(text))

    async def _warned(self, text: str) -> None:
        while True:
            status = await self._ask(_rpc.GET_STATUS, admin_pb2.GetStatusRequest())
            if any(text in w for w in [*status.warnings, *(p.detail for p in status.plugins)]):
                return
            await asyncio.sleep(0.02)

    def deliveries(self) -> list[admin_pb2.DeliveryRecord]:
        """All deliveries, as the bot's operator sees them."""
        found: list[admin_pb2.DeliveryRecord] = []
        token = ""
        while True:
            request = admin_pb2.ListDeliveriesRequest(page_size=1000, page_token=token)
            answer = self._loop.run(self._ask(_rpc.LIST_DELIVERIES, request))
            found.extend(answer.deliveries)
            token = answer.next_page_token
            if not token:
                return found

    async def _ask(self, method: _rpc.Method[_rpc.Req, _rpc.Res], request: _rpc.Req) -> _rpc.Res:
        connection = self._running.operator()
        try:
            return await connection.call(method, request)
        finally:
            await connection.link.close()

    def publish(self, what: str, event: Incoming) -> Callable[[], None]:
        """Brings an event in. The function that it returns waits until it is settled."""
        __tracebackhide__ = True
        if self._running and self.chat.bot is None:
            self.fail("the test's adapter does not run")
        assert self.chat.bot is not None
        event = self.chat.admit(event)
        try:
            self._loop.run(self.chat.bot.publish(event))
        except PublishError as err:
            self.fail(f"{what} is not admitted: {err}")

        def wait() -> None:
            __tracebackhide__ = True
            if not self.chat.settled_event(event.id):
                self.fail(f"{what} has no outcome after {PATIENCE:g} s")

        return wait

    def await_text(self, text: str) -> None:
        """Waits until the bot said this text somewhere; for tests that kill it, which settle nothing."""
        __tracebackhide__ = True
        if not self.chat.until(lambda: any(x.text == text and x.reason is not None for x in self.chat.lines)):
            self.fail(f"the bot did not say {text!r} within {PATIENCE:g} s")

    def want_outcome(self, *outcomes: Outcome) -> None:
        """Fails the test unless the deliveries of the last settled event ended so; none: no route took it."""
        __tracebackhide__ = True
        if self.chat.outcomes != list(outcomes):
            got = ", ".join(o.name for o in self.chat.outcomes) or "none"
            self.fail(f"outcomes: got {got}, want {', '.join(o.name for o in outcomes) or 'none'}")

    @property
    def last_notice(self) -> str:
        """The newest notice anywhere."""
        return next((x.text for x in reversed(self.chat.lines) if x.reason == SendReason.NOTICE), "")

    def fail(self, why: str) -> NoReturn:
        """Fails the test with what was said."""
        __tracebackhide__ = True
        raise AssertionError(f"{why}\n{self.chat.transcript()}{self._log_end()}")

    def _log_end(self) -> str:
        if self.process is None:
            return ""
        return "\nthe bot's log ends:\n" + "\n".join(self.process.log.splitlines()[-15:])

    def close(self) -> None:
        """Ends everything and removes what the bot kept."""
        for guest in self._guests.values():
            guest.kill()
        if self.process is not None:
            self.process.remove()


def _child(p: Program) -> dict[str, Any]:
    out: dict[str, Any] = {"name": p.name, "command": list(p.command), "env": dict(p.env)}
    if p.dir:
        out["dir"] = p.dir
    return out


def _ids(users: Sequence[str]) -> list[str]:
    return [f"user:1:{u}" for u in users]

"""A handler on a bot that does what a test says, and helpers to say it."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from fakebot import FakeBot, status

import openchatops as oco
from openchatops.testing.loop import Loop
from openchatops.v1 import completion_pb2, delivery_pb2

KEY = "oco_go_id_secret"


class World:
    """A fake bot with a handler on it."""

    def __init__(self, bot: FakeBot) -> None:
        self.bot = bot
        self.runs: list[str] = []
        self.go = asyncio.Event()
        self.ended: list[object] = []
        self.stop = asyncio.Event()
        self.handler = oco.Handler("go", max_in_flight=2)
        self.running: asyncio.Task[None] | None = None

        @self.handler.command("go", name="go")
        async def callback(msg: oco.Message) -> None:
            self.runs.append(msg.delivery_id)
            bot.news.set()
            try:
                if msg.text != "at once":
                    await self.go.wait()
                msg.reply(f"ran {msg.delivery_id}")
            finally:
                self.ended.append(msg.ended_by)
                bot.news.set()

    async def begin(self, plugin: Any = None, **options: Any) -> None:
        """Runs the handler and waits for its stream."""
        await self.bot.start()
        work = oco.run(plugin or self.handler, endpoint=self.bot.endpoint, key=KEY, stop=self.stop, **options)
        self.running = asyncio.ensure_future(work)
        await self.bot.until(lambda: self.bot.streams)

    async def end(self) -> None:
        """Stops it in order."""
        self.stop.set()
        assert self.running is not None
        await asyncio.wait_for(self.running, 30)

    def kinds(self) -> list[tuple[str, str | None]]:
        """What was completed how."""
        return [(c.delivery_id, c.WhichOneof("kind")) for c in self.bot.completions]


@pytest.fixture
def play(tmp_path: Path, _oco_loop: Loop) -> Callable[[Callable[[World], Awaitable[None]]], None]:
    """Runs a scene on the loop."""

    def run(scene: Callable[[World], Awaitable[None]]) -> None:
        async def whole() -> None:
            world = World(FakeBot(str(tmp_path / "bot.sock")))
            try:
                await scene(world)
            finally:
                if world.running is not None:
                    world.running.cancel()
                    await asyncio.gather(world.running, return_exceptions=True)
                await world.bot.stop()

        _oco_loop.run(whole(), 60)

    return run


Play = Callable[[Callable[[World], Awaitable[None]]], None]


def cancel(id: str, reason: int, text: str) -> delivery_pb2.Cancel:
    return delivery_pb2.Cancel(delivery_id=id, reason=reason, text=text)  # type: ignore[arg-type]


def frame(d: delivery_pb2.Delivery) -> delivery_pb2.Frame:
    return delivery_pb2.Frame(delivery=d)


def refused(code: str, reason: str) -> completion_pb2.CompletionResult:
    return completion_pb2.CompletionResult(verdict=completion_pb2.VERDICT_REFUSED, error=status(code, reason))

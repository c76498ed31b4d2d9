"""How often and how soon is tried again what the bot refuses."""

import asyncio

import pytest
from fakebot import Refusal, delivery
from scene import Play, World, frame, refused

import openchatops as oco
from openchatops import _backoff, _replica
from openchatops.testing.room import ChatRoom

FORGOTTEN = Refusal("NOT_FOUND", "REPLICA_NOT_FOUND")


@pytest.mark.parametrize(
    ("failures", "longest"),
    [(0, 0.5), (1, 1.0), (2, 2.0), (5, 16.0), (6, 20.0), (15, 20.0), (16, 20.0), (10_000, 20.0)],
)
def test_waits_grow_to_less_than_the_term_of_a_lease(
    failures: int, longest: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[float, float]] = []
    monkeypatch.setattr(_backoff.random, "uniform", lambda least, most: asked.append((least, most)) or most)
    backoff = _backoff.Backoff()
    backoff.failures = failures
    assert backoff.next() == longest
    assert asked == [(0, longest)]
    assert backoff.failures == failures + 1
    backoff.reset()
    assert backoff.next() == 0.5


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The pauses, each as the number of failures before it. They take no time."""
    counted: list[int] = []

    def next(self: _backoff.Backoff) -> float:
        counted.append(self.failures)
        self.failures += 1
        return 0.0

    monkeypatch.setattr(_backoff.Backoff, "next", next)
    return counted


def test_a_stream_that_is_never_known_is_not_asked_for_without_a_pause(play: Play, pauses: list[int]) -> None:
    async def scene(w: World) -> None:
        w.bot.refuse["Subscribe"] = [FORGOTTEN] * 5
        await w.begin()
        assert pauses == [0, 1, 2, 3]  # the first repeat is at once
        assert w.bot.came("Register") == 6
        await w.end()

    play(scene)


def test_a_stream_that_is_forgotten_each_time_is_not_opened_without_a_pause(play: Play, pauses: list[int]) -> None:
    async def scene(w: World) -> None:
        await w.begin()
        for opened in range(2, 6):
            w.bot.push(FORGOTTEN)
            await w.bot.until(lambda opened=opened: len(w.bot.streams) == opened)
        assert pauses == [0, 0, 0]
        w.bot.push(None)
        await w.bot.until(lambda: len(w.bot.streams) == 6)
        w.bot.push(FORGOTTEN)
        await w.bot.until(lambda: len(w.bot.streams) == 7)
        assert pauses == [0, 0, 0, 0]  # what ended otherwise was one; the repeat was at once again
        await w.end()

    play(scene)


def test_events_of_an_adapter_that_is_never_known_are_not_sent_without_a_pause(play: Play, pauses: list[int]) -> None:
    async def scene(w: World) -> None:
        chat = ChatRoom()
        await w.begin(oco.AdapterPlugin("go", "chatter", chat))
        await w.bot.until(lambda: chat.bot is not None)
        assert chat.bot is not None
        w.bot.refuse["PublishEvents"] = [FORGOTTEN] * 4
        room, user = oco.Room("r"), oco.User("u", "U")
        await chat.bot.publish(oco.Incoming("e", room, user, oco.IncomingMessage("m", "x")))
        assert pauses == [0, 1, 2]
        assert w.bot.came("PublishEvents") == 5
        await w.end()

    play(scene)


def test_heartbeats_that_are_forgotten_each_time_come_with_pauses(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[bool] = []

    async def within(event: asyncio.Event, seconds: float) -> None:
        waited.append(not event.is_set())
        if seconds >= _replica.HEARTBEAT_EVERY or event.is_set():
            await _backoff.within(event, seconds)

    monkeypatch.setattr(_replica, "within", within)

    async def scene(w: World) -> None:
        w.bot.refuse["Heartbeat"] = [FORGOTTEN] * 5
        await w.begin()
        await w.bot.until(lambda: w.bot.came("Heartbeat") == 6)
        # It waits for the stream, then not at all, then each time.
        assert waited[1:6] == [False, True, True, True, True]
        await w.end()

    play(scene)


def test_an_adapter_whose_bot_starts_again_while_it_registers(play: Play, pauses: list[int]) -> None:
    async def scene(w: World) -> None:
        chat = ChatRoom()
        w.bot.refuse["ReportStatus"] = [FORGOTTEN]
        await w.begin(oco.AdapterPlugin("go", "chatter", chat))
        await w.bot.until(lambda: chat.bot is not None)
        assert (w.bot.came("Register"), pauses) == (2, [0])
        await w.end()

    play(scene)


def test_what_a_full_outbox_does_not_take_is_sent_again_after_longer_and_longer(play: Play, pauses: list[int]) -> None:
    async def scene(w: World) -> None:
        await w.begin()
        for number in 1, 2:
            w.bot.verdicts = [refused("RESOURCE_EXHAUSTED", "QUEUE_FULL") for _ in range(3)]
            w.bot.push(frame(delivery(number, "at once")))
            await w.bot.until(lambda number=number: w.kinds().count((f"d{number}", "done")) == 4)
        assert pauses == [0, 1, 2, 0, 1, 2]
        await w.end()

    play(scene)

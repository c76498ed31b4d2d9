"""Waits between attempts."""

from __future__ import annotations

import asyncio
import random
import secrets

FIRST = 0.5
MOST = 20.0
"""Less than the term of a lease."""


def random_id() -> str:
    """An id that nobody else draws."""
    return secrets.token_hex(16)


class Backoff:
    """Counts failures in a row: full jitter below 0.5 s, 1 s and so on to 20 s."""

    def __init__(self) -> None:
        self.failures = 0

    def reset(self) -> None:
        """It went well."""
        self.failures = 0

    def next(self) -> float:
        """Draws how long to wait."""
        limit = min(FIRST * 2**self.failures, MOST) if self.failures < 16 else MOST
        self.failures += 1
        return random.uniform(0, limit)

    async def sleep(self, unless: asyncio.Event | None = None) -> bool:
        """Waits for what next drew; False if the event came first."""
        if unless is None:
            await asyncio.sleep(self.next())
            return True
        return not await within(unless, self.next())


async def first_of(*events: asyncio.Event) -> None:
    """Waits until one of the events is set."""
    if any(e.is_set() for e in events):
        return
    waits = [asyncio.ensure_future(e.wait()) for e in events]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for w in waits:
            w.cancel()


async def within(event: asyncio.Event, seconds: float) -> bool:
    """Waits for an event, for so long at most; whether it came."""
    if event.is_set():
        return True
    # Not wait_for, which before Python 3.12 may swallow that its task is cancelled.
    waiting = asyncio.ensure_future(event.wait())
    try:
        await asyncio.wait({waiting}, timeout=seconds)
    finally:
        waiting.cancel()
    return event.is_set()

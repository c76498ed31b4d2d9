"""Repeats calls while the bot is out of reach, and reads page after page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

from ._backoff import Backoff
from .errors import BotError, OcoError

_T = TypeVar("_T")


async def persist(call: Callable[[], Awaitable[_T]]) -> _T:
    """Repeats a call, which must be the same each time, while the bot is out of reach."""
    backoff = Backoff()
    while True:
        try:
            return await call()
        except BotError as err:
            # A call that waits for the bot runs out of time while the bot is away.
            if err.code not in ("UNAVAILABLE", "DEADLINE_EXCEEDED"):
                raise
        await backoff.sleep()


async def pages(page: Callable[[str], Awaitable[tuple[list[_T], str]]]) -> AsyncIterator[_T]:
    """The items of all pages. A bot that gives the same page token twice is not asked for ever."""
    seen: set[str] = set()
    token = ""
    while True:
        items, token = await page(token)
        for item in items:
            yield item
        if not token:
            return
        if token in seen:
            raise OcoError(f"the bot gave the page token {token!r} twice")
        seen.add(token)

"""Sees that something blocks the loop, which nothing on the loop can."""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
import time
from types import FrameType

from ._author import of_author, ours

PERIOD = 0.5
"""How often it looks."""
LIMIT = 1.0
"""How long the loop may not come to anything."""


class Watch:
    """Looks at a loop from a thread of its own, and says which code has it."""

    def __init__(self, loop: asyncio.AbstractEventLoop, log: logging.Logger) -> None:
        self._loop = loop
        self._log = log
        self._its_thread = threading.get_ident()
        self._over = threading.Event()
        threading.Thread(target=self._run, name="oco watch", daemon=True).start()

    def end(self) -> None:
        """Looks no more."""
        self._over.set()

    def _run(self) -> None:
        alive = time.monotonic()
        while not self._over.wait(PERIOD):
            came = threading.Event()
            try:
                self._loop.call_soon_threadsafe(came.set)
            except RuntimeError:
                return  # the loop is closed
            if self._comes(came):
                alive = time.monotonic()
                continue
            blocker = self._blocker()
            if blocker:
                self._log.warning(
                    "%s has blocked the event loop for %g s: nothing else runs meanwhile, and soon the bot takes this "
                    "process for dead; make it a plain def, which runs in a thread, or await what takes long",
                    blocker,
                    LIMIT,
                )
            while not came.wait(PERIOD) and not self._over.is_set():
                pass
            if blocker and came.is_set():
                self._log.warning("%s let the event loop go after %.0f s", blocker, time.monotonic() - alive)
            alive = time.monotonic()

    def _comes(self, came: threading.Event) -> bool:
        """Whether the loop comes to something within the limit.

        The time is that of this thread: while the process or the machine stands still,
        at most one period goes by.
        """
        return any(came.wait(PERIOD) for _ in range(round(LIMIT / PERIOD)))

    def _blocker(self) -> str:
        """The author's function that runs on the loop, and where it is."""
        frame: FrameType | None = sys._current_frames().get(self._its_thread)
        found = ""
        while frame is not None and not ours(frame.f_code):
            if of_author(frame.f_code):
                found = f"{frame.f_code.co_name}() at {frame.f_code.co_filename}:{frame.f_lineno}"
            frame = frame.f_back
        return found

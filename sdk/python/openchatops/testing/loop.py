"""A loop in a thread of its own: tests are plain functions, the library is not."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

_T = TypeVar("_T")

PATIENCE = 30.0
"""How long anything may take before the test fails as stuck. It is no part of what is tested."""


class Loop:
    """Runs coroutines for who does not."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="oco test loop", daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, _T], patience: float = PATIENCE) -> _T:
        """Runs work to its end."""
        return self.begin(asyncio.wait_for(work, patience)).result()

    def begin(self, work: Coroutine[Any, Any, _T]) -> Future[_T]:
        """Begins work."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def close(self) -> None:
        """Ends the loop."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)
        self._loop.close()

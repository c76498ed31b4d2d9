"""Gives tests a real bot: the fixture `bot`, see openchatops.testing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .testing import Bot
from .testing.loop import Loop


@pytest.fixture(scope="session")
def _oco_loop() -> Iterator[Loop]:
    """The loop of all plugins that run in this process."""
    loop = Loop()
    yield loop
    loop.close()


@pytest.fixture
def bot(_oco_loop: Loop) -> Iterator[Bot]:
    """A bot that the test starts: `bot.start(handler)`. It ends with the test."""
    running = Bot(_oco_loop)
    yield running
    running.close()

"""When a loop counts as blocked."""

import threading
from typing import cast

import pytest

from openchatops._watch import LIMIT, PERIOD, Watch


class Looks:
    """An event that comes at one of the looks, or not."""

    def __init__(self, *came: bool) -> None:
        self.left = list(came)

    def wait(self, seconds: float) -> bool:
        assert seconds == PERIOD
        return self.left.pop(0)


@pytest.mark.parametrize(("looks", "comes"), [([True], True), ([False, True], True), ([False, False], False)])
def test_one_period_that_ends_without_the_loop_is_no_proof(looks: list[bool], comes: bool) -> None:
    """A process that is stopped, or a machine that sleeps, wakes with a wait that is over and a loop that is well."""
    assert LIMIT == 2 * PERIOD
    event = Looks(*looks)
    assert Watch._comes(cast(Watch, None), cast(threading.Event, event)) is comes
    assert event.left == []

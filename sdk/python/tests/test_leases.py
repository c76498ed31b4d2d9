"""What is known of the deliveries in the hands of this process."""

import logging
from types import SimpleNamespace
from typing import Any, cast

import pytest

import openchatops as oco
from openchatops._leases import Lease, Leases
from openchatops._replica import Replica
from openchatops.v1 import delivery_pb2


class Held:
    """Leases, and what was cancelled of them."""

    def __init__(self) -> None:
        self.begun: list[Lease] = []
        self.cancelled: list[tuple[str, type]] = []

        def deliver(lease: Lease) -> None:
            self.begun.append(lease)
            lease.cancel_with = lambda why: self.cancelled.append((lease.wire.lease_id, type(why)))

        part = SimpleNamespace(in_flight=lambda: 9, outdated=lambda _: False, deliver=deliver)
        replica = SimpleNamespace(part=part, log=logging.getLogger("test"), out=None)
        self.leases = Leases(cast(Replica, cast(Any, replica)))

    def start(self, delivery: str, lease: str) -> Lease:
        self.leases.start(delivery_pb2.Delivery(delivery_id=delivery, lease_id=lease))
        return self.begun[-1]

    def named(self) -> list[str]:
        return [held.lease_id for held in self.leases.named()]


@pytest.fixture
def held(_oco_loop: Any) -> Held:
    async def made() -> Held:
        return Held()

    made_held: Held = _oco_loop.run(made())
    return made_held


def test_a_lease_that_is_lost_is_cancelled_once_and_named_no_more(held: Held) -> None:
    held.start("d", "l")
    held.leases.lost(["l", "another"])
    assert held.cancelled == [("l", oco.LeaseLost)]
    assert held.named() == []
    held.leases.cancel_one("d", oco.Cancelled("late"))
    held.leases.lost(["l"])
    assert len(held.cancelled) == 1


def test_of_a_callback_that_has_returned_only_its_verdict_tells(held: Held) -> None:
    lease = held.start("d", "l")
    lease.ended()
    held.leases.lost(["l"])
    held.leases.cancel_one("d", oco.Cancelled("late"))
    assert (held.cancelled, lease.ended_by) == ([], None)
    assert held.named() == ["l"]
    lease.settled(None)
    assert held.named() == []


def test_a_delivery_that_comes_again_before_its_last_verdict_can_be_cancelled(held: Held) -> None:
    before = held.start("d", "l1")
    before.ended()
    held.start("d", "l2")
    before.settled(None)
    assert held.named() == ["l2"]
    held.leases.cancel_one("d", oco.Cancelled("enough"))
    assert held.cancelled == [("l2", oco.Cancelled)]

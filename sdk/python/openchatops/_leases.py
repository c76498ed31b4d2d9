"""The deliveries in the hands of this process."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from ._completion import Item
from .errors import DeliveryEnded, LeaseLost
from .v1 import completion_pb2, delivery_pb2

if TYPE_CHECKING:
    from ._replica import Replica

REMEMBERED = 1024
"""How many leases that ended are known as such, so that a frame that comes twice runs nothing twice."""


class Lease:
    """A delivery from its frame to the verdict over its final completion."""

    def __init__(self, wire: delivery_pb2.Delivery, leases: Leases) -> None:
        self.wire = wire
        self._leases = leases
        self.over = False
        self.ended_by: DeliveryEnded | None = None
        self.cancel_with: Callable[[DeliveryEnded], object] = lambda why: None
        """Set by who runs it: ends the callback."""

    def cancel(self, why: DeliveryEnded) -> None:
        """Ends the callback, once."""
        if self.ended_by is None and not self.over:
            self.ended_by = why
            self.cancel_with(why)

    def ended(self) -> None:
        """The callback returned: its slot is free, its completion is on its way."""
        self.over = True
        self._leases.free()

    def settled(self, _: BaseException | None) -> None:
        """The bot gave its verdict."""
        self._leases.drop(self)


class Leases:
    """What is held and what was."""

    def __init__(self, replica: Replica) -> None:
        self._replica = replica
        self._held: dict[str, Lease] = {}
        self._by_delivery: dict[str, Lease] = {}
        self._past: OrderedDict[str, None] = OrderedDict()
        self._limit = replica.part.in_flight()
        self._stopping = False
        self.running = 0
        self.quiet = asyncio.Event()
        """Set when the replica stops and nothing runs."""

    def granted(self, limit: int) -> None:
        """How many callbacks the bot lets run at once."""
        if limit > 0:
            self._limit = min(limit, self._replica.part.in_flight())

    def start(self, wire: delivery_pb2.Delivery) -> None:
        """Starts a delivery, or releases it if no slot is free: nothing waits here (OCO-DLV-7)."""
        if wire.lease_id in self._held or wire.lease_id in self._past:
            self._replica.log.warning("the bot sent the lease of the delivery %s twice", wire.delivery_id)
            return
        outdated = self._replica.part.outdated(wire)
        if self._stopping or outdated or self.running >= self._limit:
            self._remember(wire.lease_id)
            full = "the route has changed since" if outdated else "all slots of this replica are taken"
            why = "this replica stops" if self._stopping else full
            self._replica.out.add(
                Item(
                    completion_pb2.Completion(
                        delivery_id=wire.delivery_id,
                        lease_id=wire.lease_id,
                        release=completion_pb2.Release(reason=why),
                    )
                )
            )
            return
        self.running += 1
        lease = Lease(wire, self)
        self._held[wire.lease_id] = lease
        self._by_delivery[wire.delivery_id] = lease
        self._replica.part.deliver(lease)

    def free(self) -> None:
        """A callback returned."""
        self.running -= 1
        self._look()

    def drop(self, lease: Lease) -> None:
        """Makes a lease a thing of the past."""
        self._held.pop(lease.wire.lease_id, None)
        if self._by_delivery.get(lease.wire.delivery_id) is lease:
            del self._by_delivery[lease.wire.delivery_id]
        self._remember(lease.wire.lease_id)

    def _remember(self, lease_id: str) -> None:
        self._past[lease_id] = None
        while len(self._past) > REMEMBERED:
            self._past.popitem(last=False)

    def stop(self) -> None:
        """From now on what comes is released."""
        self._stopping = True
        self._look()

    def _look(self) -> None:
        if self._stopping and self.running == 0:
            self.quiet.set()

    def named(self) -> list[delivery_pb2.HeldLease]:
        """What a heartbeat names."""
        return [
            delivery_pb2.HeldLease(delivery_id=lease.wire.delivery_id, lease_id=lease_id)
            for lease_id, lease in self._held.items()
        ]

    def lost(self, lease_ids: Iterable[str]) -> None:
        """The bot does not know these leases any more. Of what has returned its verdict tells."""
        for lease_id in lease_ids:
            lease = self._held.get(lease_id)
            if lease is not None and not lease.over:
                self._replica.log.warning("the lease of the delivery %s is lost", lease.wire.delivery_id)
                lease.cancel(LeaseLost("the bot has given the delivery up, or to another replica"))
                self.drop(lease)

    def cancel_one(self, delivery_id: str, why: DeliveryEnded) -> None:
        """The bot cancelled a delivery."""
        lease = self._by_delivery.get(delivery_id)
        if lease is not None:
            self._replica.log.debug("the delivery %s is cancelled: %s", delivery_id, why)
            lease.cancel(why)

    def cancel(self, why: DeliveryEnded) -> None:
        """Cancels everything that runs."""
        for lease in list(self._held.values()):
            lease.cancel(why)

"""What the bot keeps for plugins: keys with JSON values, on disk when a call returns."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from . import _rpc, _wire
from ._backoff import random_id
from ._link import Keyed
from ._persist import pages, persist
from .errors import Conflict, OcoError
from .v1 import storage_pb2


@dataclass(frozen=True)
class Entry:
    """A key, its value, and when it was last written: the revision is the token for compare-and-set."""

    key: str
    value: Any
    revision: int
    expires: datetime | None = None


class Transaction:
    """Writes that are done all or not at all, in their order, if the guards hold.

    At most 64 guards, 64 writes and 1 MiB. The methods return the transaction.
    """

    def __init__(self) -> None:
        self.wire = storage_pb2.Transaction()
        self.problem: OcoError | None = None

    def guard(self, key: str, revision: int) -> Transaction:
        """Lets it happen only if key was last written at the revision, or for 0 if there is no such key."""
        self.wire.guards.add(key=_wire.valid(key), revision=revision)
        return self

    def put(self, key: str, value: Any, *, ttl: float | timedelta | None = None) -> Transaction:
        """Writes the JSON of value, at most 256 KiB; with ttl it goes by itself."""
        try:
            raw = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
        except (TypeError, ValueError) as err:
            problem = OcoError(f"the value for the key {key!r} is no JSON: {err}")
            self.problem = self.problem or problem
            return self
        put = storage_pb2.Put(key=_wire.valid(key), value=raw)
        if ttl is not None:
            put.ttl.CopyFrom(_wire.duration(_wire.seconds(ttl)))
        self.wire.writes.add(put=put)
        return self

    def delete(self, key: str) -> Transaction:
        """Removes a key, which need not be there."""
        self.wire.writes.add(delete_key=_wire.valid(key))
        return self

    def add(self, key: str, delta: int = 1) -> Transaction:
        """Adds to a counter: a key whose value is a whole number, or which is not there."""
        self.wire.writes.add(add=storage_pb2.Add(key=_wire.valid(key), delta=delta))
        return self

    def shared(self, namespace: str) -> Transaction:
        """Makes it a transaction of a shared part of the store: see Store.shared."""
        self.wire.namespace = _wire.valid(namespace)
        return self


class Store:
    """A part of the store. A handler needs the scope "store", for a shared one "store.shared:NAME".

    Calls are repeated, without taking effect twice, while the bot is out of reach.
    """

    def __init__(self, connection: Keyed, namespace: str = "") -> None:
        self._connection = connection
        self._namespace = namespace

    def shared(self, namespace: str) -> Store:
        """The part of the store with this name, which several plugins may use."""
        return Store(self._connection, _wire.valid(namespace))

    async def get(self, key: str, default: Any = None) -> Any:
        """The value of a key, or the default if there is no such key."""
        entry = await self.entry(key)
        return default if entry is None else entry.value

    async def entry(self, key: str) -> Entry | None:
        """A key with its revision, None if there is no such key."""
        request = storage_pb2.GetRequest(namespace=self._namespace, keys=[_wire.valid(key)])
        answer = await persist(lambda: self._connection.call(_rpc.GET, request))
        return _entry(answer.entries[0]) if answer.entries else None

    async def put(self, key: str, value: Any, *, ttl: float | timedelta | None = None) -> int:
        """Writes the JSON of value and returns its revision."""
        return await self.transact(Transaction().put(key, value, ttl=ttl))

    async def delete(self, key: str) -> None:
        """Removes a key, which need not be there."""
        await self.transact(Transaction().delete(key))

    async def add(self, key: str, delta: int = 1) -> int:
        """Adds to a counter and returns the sum."""
        answer = await self._transact(Transaction().add(key, delta))
        return int(_entry(answer.results[0]).value)

    async def list(self, prefix: str = "") -> AsyncIterator[Entry]:
        """What begins with prefix, in the order of the bytes of the keys, as it is when the loop begins."""

        async def page(token: str) -> tuple[list[storage_pb2.Entry], str]:
            request = storage_pb2.ListRequest(namespace=self._namespace, prefix=_wire.valid(prefix), page_token=token)
            answer = await persist(lambda: self._connection.call(_rpc.LIST, request))
            return list(answer.entries), answer.next_page_token

        async for entry in pages(page):
            yield _entry(entry)

    async def transact(self, transaction: Transaction) -> int:
        """Does a transaction and returns its revision. Conflict: a guard did not hold."""
        return (await self._transact(transaction)).revision

    async def _transact(self, transaction: Transaction) -> storage_pb2.TransactResponse:
        if transaction.problem is not None:
            raise transaction.problem
        if not transaction.wire.guards and not transaction.wire.writes:
            raise OcoError("the transaction is empty")
        request = storage_pb2.TransactRequest(request_id=random_id(), transaction=transaction.wire)
        request.transaction.namespace = self._namespace
        answer = await persist(lambda: self._connection.call(_rpc.TRANSACT, request))
        if not answer.committed:
            keys = ", ".join(repr(c.key) for c in answer.conflicts)
            raise Conflict(f"a guard of the transaction did not hold, for {keys or 'a key'}: nothing was written")
        return answer

    async def update(self, key: str, change: Callable[[Any], Any], *, ttl: float | timedelta | None = None) -> Any:
        """Reads a key, lets change say what it should be, and writes that unless somebody else wrote meanwhile.

        Then it begins anew: change may be called several times and should do nothing
        else. It gets None if there is no such key. What it raises leaves the key as it is.
        """
        tries = 0
        while True:
            old = await self.entry(key)
            value = change(None if old is None else old.value)
            guarded = Transaction().guard(key, 0 if old is None else old.revision).put(key, value, ttl=ttl)
            try:
                await self.transact(guarded)
            except Conflict:
                tries += 1
                if tries > 2:
                    await asyncio.sleep(random.uniform(0, 0.01))
            else:
                return value


def _entry(wire: storage_pb2.Entry) -> Entry:
    try:
        value = json.loads(wire.value) if wire.value else None
    except ValueError as err:
        raise OcoError(f"the value of the key {wire.key!r} is no JSON: {err}") from err
    expires = _wire.time_from(wire.expire_time) if wire.HasField("expire_time") else None
    return Entry(wire.key, value, wire.revision, expires)

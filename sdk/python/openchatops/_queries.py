"""What the bot asks an adapter that is not kept: users, rooms, members, typing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, TypeVar

from . import _rpc, _wire
from ._author import described, tellable, trimmed
from ._operations import place
from .adapter import Adapter, MemberLister, RoomFinder, Roster, Typer, UserLookup
from .errors import BotError, NoSuch
from .v1 import adapter_pb2, operation_pb2

if TYPE_CHECKING:
    from ._replica import Replica

_AT_ONCE = 16
_PAGE = 500
_TIMEOUT = 10.0
_T = TypeVar("_T")


class Queries:
    """Answers queries side by side; too many at once are dropped."""

    def __init__(self, adapter: Adapter, replica: Replica) -> None:
        self._adapter = adapter
        self._replica = replica
        self._running = 0

    def ask(self, query: operation_pb2.Query) -> None:
        """Answers a query when the adapter has."""
        if self._running >= _AT_ONCE:
            self._replica.log.warning("the query %s is dropped: too many at once", query.query_id)
            return
        self._running += 1
        self._replica.spawn(self._one(query))

    async def _one(self, query: operation_pb2.Query) -> None:
        try:
            answer = await self._answer(query)
            answer.query_id = query.query_id
            # Once: who asked does not wait for long.
            await self._replica.connection.call(_rpc.ANSWER_QUERIES, adapter_pb2.AnswerQueriesRequest(answers=[answer]))
        except BotError as err:
            self._replica.log.warning("the query %s was not answered: %s", query.query_id, err)
        finally:
            self._running -= 1

    async def _answer(self, query: operation_pb2.Query) -> adapter_pb2.QueryAnswer:
        timeout = query.timeout.ToTimedelta().total_seconds() or _TIMEOUT
        try:
            return await asyncio.wait_for(self._find(query), timeout)
        except NoSuch as err:
            return _error("NOT_FOUND", tellable(err) or "there is no such")
        except NotImplementedError:
            return _error("UNIMPLEMENTED", "this adapter cannot answer the query")
        except (TimeoutError, asyncio.TimeoutError):
            return _error("DEADLINE_EXCEEDED", f"the adapter did not answer in {timeout:g} s")
        except Exception as err:
            self._replica.log.error("the adapter raised at a query: %s", described(err), exc_info=trimmed(err))
            return _error("INTERNAL", described(err))

    async def _find(self, query: operation_pb2.Query) -> adapter_pb2.QueryAnswer:
        adapter = self._adapter
        kind = query.WhichOneof("kind")
        if kind == "room" and isinstance(adapter, RoomFinder):
            return adapter_pb2.QueryAnswer(rooms=[_wire.room_to(await adapter.room(query.room.room_id))])
        if kind == "members" and isinstance(adapter, MemberLister):
            users, after = _page(await adapter.members(query.members.room_id), query.members.page_token)
            return adapter_pb2.QueryAnswer(users=[w for u in users if (w := _wire.user_to(u))], next_page_token=after)
        if kind == "typing" and isinstance(adapter, Typer):
            await adapter.typing(place(query.typing.to), query.typing.duration.ToTimedelta())
            return adapter_pb2.QueryAnswer()
        if isinstance(adapter, Roster):
            return await _ask_roster(adapter, query)
        raise NotImplementedError


async def _ask_roster(roster: Roster, query: operation_pb2.Query) -> adapter_pb2.QueryAnswer:
    match query.WhichOneof("kind"):
        case "user":
            user = await roster.user(UserLookup(query.user.user_id, query.user.mention_name))
            return adapter_pb2.QueryAnswer(users=[w for w in [_wire.user_to(user)] if w])
        case "users":
            users, after = _page(await roster.users(), query.users.page_token)
            return adapter_pb2.QueryAnswer(users=[w for u in users if (w := _wire.user_to(u))], next_page_token=after)
        case "room":
            found = [r for r in await roster.rooms() if r.id == query.room.room_id]
            if not found:
                raise NoSuch("the adapter knows no such room")
            return adapter_pb2.QueryAnswer(rooms=[_wire.room_to(found[0])])
        case "rooms":
            rooms, after = _page(await roster.rooms(), query.rooms.page_token)
            return adapter_pb2.QueryAnswer(rooms=[_wire.room_to(r) for r in rooms], next_page_token=after)
    raise NotImplementedError


def _error(code: str, text: str) -> adapter_pb2.QueryAnswer:
    return adapter_pb2.QueryAnswer(error=_rpc.status_to(code, _wire.cut(text)))


def _page(items: Iterable[_T], token: str) -> tuple[Sequence[_T], str]:
    """The part of a list that begins at token, and where the next begins."""
    everything = list(items)
    start = int(token) if token.isdecimal() else 0
    end = start + _PAGE
    return everything[start:end], str(end) if end < len(everything) else ""

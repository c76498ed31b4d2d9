"""What callbacks are given: a message or an event, and how to answer it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Coroutine
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast

from google.protobuf import json_format

from . import _wire
from ._arguments import value
from ._author import caller
from ._call import Call, ReplyOptions
from ._log import trace_of
from .client import Client, Handle
from .errors import DeliveryEnded, OcoError
from .store import Store, Transaction
from .v1 import event_pb2, message_pb2
from .values import Change, MemberChange, Mention, Reaction, Room, RoomChange, RoomKind, User

_T = TypeVar("_T")

REACTION_ADDED = "reaction.added"
REACTION_REMOVED = "reaction.removed"
MEMBER_JOINED = "room.member_joined"
MEMBER_LEFT = "room.member_left"
ROOM_CREATED = "room.created"
ROOM_UPDATED = "room.updated"
ROOM_DELETED = "room.deleted"


class Delivery:
    """One event for one route. It must not be used after the callback returned.

    Everything that is not awaited may be used from a plain function in its thread too;
    what is awaited, by `wait`.
    """

    def __init__(self, call: Call, client: Client) -> None:
        self._call = call
        self._client = client
        self._event: event_pb2.Event = call.wire.event

    @property
    def delivery_id(self) -> str:
        """Stays the same over attempts: the key to make an effect elsewhere idempotent."""
        return self._call.wire.delivery_id

    @property
    def attempt(self) -> int:
        """Which attempt this is, 1 for the first."""
        return self._call.wire.attempt

    @property
    def route(self) -> str:
        """The name of the route that took the event."""
        return self._call.wire.route

    @property
    def event_id(self) -> str:
        """The id of the event; the deliveries of an event share it."""
        return self._event.event_id

    @property
    def time(self) -> datetime:
        """When the chat service says that it happened."""
        return _wire.time_from(self._event.occur_time)

    @property
    def user(self) -> User:
        """Who said or did it."""
        return _wire.user_from(self._event.actor)

    @property
    def room(self) -> Room:
        """The room's id, account, kind and name; Client.get_room tells more."""
        ref = self._event.address.room
        return Room(
            id=ref.room_id,
            account=ref.account_id or self._event.account_id,
            kind=_wire.known(RoomKind, self._event.room_kind),
            name=ref.name,
        )

    @property
    def thread(self) -> str:
        """The thread, or "" outside one."""
        return self._event.address.thread_id

    @property
    def historical(self) -> bool:
        """Of the past, read back after the chat service was out of reach for long."""
        return self._event.historical

    @property
    def native(self) -> bytes:
        """The chat service's own payload."""
        return self._event.native

    @property
    def trace_id(self) -> str:
        """The trace of the event, by which the logs of bot, adapter and handlers find together."""
        return trace_of(self._call.wire.traceparent)

    @property
    def log(self) -> Any:
        """A logging.LoggerAdapter that names the delivery, its route and its trace."""
        return self._call.log

    @property
    def ended_by(self) -> DeliveryEnded | None:
        """Why the delivery is cancelled, None while it is not. A plain function that takes long looks at it."""
        return self._call.lease.ended_by

    @property
    def bot(self) -> Client:
        """A client with the handler's own key, for everything that is not this delivery."""
        return self._client

    @property
    def store(self) -> Store:
        """The handler's own part of the store. What is written there is written at once."""
        return self._client.store

    @property
    def transaction(self) -> Transaction:
        """The transaction of this delivery.

        It commits together with the outcome and the replies if the callback returns, and
        is dropped if it raises: it takes effect exactly once for a delivery that is done.
        """
        return self._call.transaction

    def reply(
        self,
        text: str,
        *,
        key: str = "",
        thread: str = "",
        start_thread: bool = False,
        direct: bool = False,
        prefer_loss: bool = False,
        valid_for: float | timedelta | None = None,
    ) -> Handle:
        """Says text in the room and thread of the event.

        It returns at once: the reply leaves when the callback returns, or after 100 ms,
        whichever comes first, in order. Replies are numbered, so that an attempt that runs
        again does not repeat what was said; where it may take another branch, name them by
        key. A reply that cannot be taken, because it is empty or longer than 64 KiB or its
        key is used twice, fails the delivery.

        thread says it in that thread, start_thread in the thread of the message or in one
        begun at it, direct to the person alone. prefer_loss has it rather lost than posted
        twice; valid_for says for how long it is worth posting.
        """
        options = ReplyOptions(key, thread, start_thread, direct, prefer_loss, valid_for)
        message_id, batch = self._call.reply(text, options)
        return Handle(message_id, self._client, self._call, batch)

    def reply_direct(self, text: str, **options: Any) -> Handle:
        """Says text to the person in a direct room; the options are those of reply."""
        return self.reply(text, **options, direct=True)

    def reply_now(
        self,
        text: str,
        *,
        key: str = "",
        thread: str = "",
        start_thread: bool = False,
        direct: bool = False,
        prefer_loss: bool = False,
        valid_for: float | timedelta | None = None,
    ) -> Coroutine[Any, Any, Handle]:
        """Says text as reply does, after all that is queued, and waits until the chat service has it.

        MaybeSent says that nobody can know whether it was posted, NotSent that it surely was not.
        One that is not awaited says nothing, and fails the delivery.
        """
        options = ReplyOptions(key, thread, start_thread, direct, prefer_loss, valid_for)
        work = self._reply_now(text, options, _Forgotten(self._call))
        cast(Any, work).__qualname__ = "Message.reply_now"  # as Python names it if nobody awaits it
        return work

    async def _reply_now(self, text: str, options: ReplyOptions, forgotten: _Forgotten) -> Handle:
        forgotten.awaited = True
        call = self._call
        send = call.numbered(text, options)
        try:
            await call.progress()
            await self._client._send_in_delivery(call.wire.delivery_id, call.wire.lease_id, send)
        finally:
            call.committed([send])
        return Handle(call.message_id(send.key), self._client, call, 0, here=True)

    async def progress(self) -> None:
        """Sends what was replied so far and waits until the bot has it on disk."""
        await self._call.progress()

    async def extend(self, length: float | timedelta) -> None:
        """Counts the route's max_run anew, with this length, for work that takes longer."""
        if _wire.seconds(length) <= timedelta(0):
            raise OcoError(f"extend({length!r}) must be above zero")
        await self._call.progress(_wire.seconds(length))

    async def react(self, emoji: str, *, wait: bool = False) -> None:
        """Adds the bot's reaction to the message, or to the one to which somebody reacted. It needs no scope."""
        await self._react(emoji, False, wait)

    async def unreact(self, emoji: str, *, wait: bool = False) -> None:
        """Takes back what react added."""
        await self._react(emoji, True, wait)

    async def _react(self, emoji: str, remove: bool, wait: bool) -> None:
        event = self._event
        about = event.reaction.message_id if event.HasField("reaction") else event.message.message.message_id
        if not about:
            raise OcoError("the event is about no message to which one could react")
        await self._client._react_in_delivery(self.delivery_id, event.address.room, about, emoji, remove, wait)

    async def typing(self) -> None:
        """Shows that the bot is at work, for 10 s or until something is said. An error is no reason to stop."""
        await self._client._typing_in_delivery(self.delivery_id)

    def wait(self, awaitable: Awaitable[_T]) -> _T:
        """Waits for something of this library in a plain function: `msg.wait(msg.store.get("k"))`."""
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return asyncio.run_coroutine_threadsafe(_awaited(awaitable), self._call.loop).result()
        raise OcoError("wait is for plain functions, which run in a thread: in an async one, await it")


class _Forgotten:
    """Lives as long as a coroutine that may never be awaited, and then says so."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._where = caller()
        self.awaited = False

    def __del__(self) -> None:
        if not self.awaited:
            self._call.spoil(
                f"{self._where}: reply_now was not awaited, so it said nothing: write await msg.reply_now(…), or in a "
                "plain def msg.wait(msg.reply_now(…))"
            )


async def _awaited(awaitable: Awaitable[_T]) -> _T:
    return await awaitable


class Message(Delivery):
    """A message that a command or hear route took."""

    @property
    def _message(self) -> message_pb2.Message:
        return self._event.message.message

    @property
    def id(self) -> str:
        """The id of the message."""
        return self._message.message_id

    @property
    def text(self) -> str:
        """What was said, without the address of the bot."""
        return self._call.wire.match.text or self._message.content.text

    @property
    def addressed(self) -> bool:
        """It is meant for the bot."""
        return self._call.wire.match.addressed

    @property
    def edited(self) -> bool:
        """This is a new version of a message: see on_edit."""
        return self._event.message.change == event_pb2.CHANGE_UPDATED

    @property
    def reply_to(self) -> str:
        """The message that this one answers, or ""."""
        return self._message.reply_to

    @property
    def mentions(self) -> list[Mention]:
        """Whom the text names."""
        return _wire.mentions_from(self._message.mentions)

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments that were typed or have a default in the pattern, by name."""
        return {a.name: value(a) for a in self._call.wire.match.arguments}

    def raw(self, name: str) -> str:
        """An argument exactly as it was typed, "" if it is absent."""
        return next((a.raw for a in self._call.wire.match.arguments if a.name == name), "")


class Event(Delivery):
    """An event that is not a message."""

    @property
    def type(self) -> str:
        """The type, for example "room.member_joined"."""
        event = self._event
        match event.WhichOneof("kind"):
            case "reaction":
                return REACTION_REMOVED if event.reaction.removed else REACTION_ADDED
            case "member":
                return MEMBER_LEFT if event.member.left else MEMBER_JOINED
            case "room":
                return {event_pb2.CHANGE_CREATED: ROOM_CREATED, event_pb2.CHANGE_DELETED: ROOM_DELETED}.get(
                    event.room.change, ROOM_UPDATED
                )
        return event.custom.type

    @property
    def reaction(self) -> Reaction | None:
        """The reaction, if it is about one. Who reacted is the user."""
        r = self._event.reaction
        return Reaction(r.message_id, r.emoji, r.removed) if self._event.HasField("reaction") else None

    @property
    def member(self) -> MemberChange | None:
        """Who came or went. The user is who had them do it."""
        m = self._event.member
        return MemberChange(_wire.user_from(m.user), m.left) if self._event.HasField("member") else None

    @property
    def room_change(self) -> RoomChange | None:
        """The room as it is now."""
        r = self._event.room
        if not self._event.HasField("room"):
            return None
        return RoomChange(_wire.known(Change, r.change), _wire.room_from(r.room))

    @property
    def data(self) -> dict[str, Any]:
        """The data of an event of another type. A number that is whole is an int, whatever it was sent as."""
        data: dict[str, Any] = _whole(json_format.MessageToDict(self._event.custom.data))
        return data


_EXACT = 2**53
"""From here on the wire does not tell whole numbers from their neighbours."""


def _whole(data: Any) -> Any:
    """What came as a double, as it was meant: the wire has one kind of number."""
    if isinstance(data, dict):
        return {key: _whole(item) for key, item in data.items()}
    if isinstance(data, list):
        return [_whole(item) for item in data]
    if isinstance(data, float) and data.is_integer() and abs(data) < _EXACT:
        return int(data)
    return data

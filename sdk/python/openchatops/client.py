"""What a program asks of the bot beside its deliveries, by the scopes of its key."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol

from . import _rpc, _wire
from ._backoff import random_id
from ._endpoint import parse
from ._link import Keyed, Link
from ._persist import pages, persist
from .errors import Expired, MaybeSent, NotSent, OcoError
from .store import Store
from .v1 import admin_pb2, bot_pb2, chat_pb2, message_pb2
from .values import AccountStatus, BotStatus, PluginStatus, Room, To, User

if TYPE_CHECKING:
    from ._call import Call

_PAGE = 1000


@dataclass(frozen=True)
class Handle:
    """A message that was sent or will be. Its id is known at once; it may be kept."""

    id: str
    _client: Client = field(repr=False)
    _call: Call | None = field(default=None, repr=False)
    _batch: int = 0
    here: bool = field(default=False, repr=False)
    """It is known that the bot has it."""

    async def update(self, text: str, *, wait: bool = False) -> None:
        """Gives the message another text, after all that was replied before."""
        await self._taken()
        await self._client.update(self.id, text, wait=wait)

    async def delete(self, *, wait: bool = False) -> None:
        """Deletes the message."""
        await self._taken()
        await self._client.delete(self.id, wait=wait)

    async def react(self, emoji: str, *, wait: bool = False) -> None:
        """Adds the bot's reaction to the message."""
        await self._taken()
        if self._call is None:
            await self._client.react(self.id, emoji, wait=wait)
        else:
            room = message_pb2.RoomRef()
            await self._client._react_in_delivery(self._call.wire.delivery_id, room, self.id, emoji, False, wait)

    if not TYPE_CHECKING:

        def __await__(self):
            raise TypeError("reply returns at once and is not awaited: write msg.reply(…), or await msg.reply_now(…)")

    async def _taken(self) -> None:
        if self._call is None or self.here:
            return
        if not self._batch:
            raise OcoError(f"the message was not taken: {self._call.problem}")
        await self._call.taken(self._batch)


@dataclass(frozen=True)
class Command:
    """A command of some handler, as help shows it."""

    plugin: str
    route: str
    pattern: str
    aliases: tuple[str, ...]
    help: str
    danger: bool
    offline: bool
    """Registered, but no replica of it lives."""
    examples: tuple[str, ...] = ()


class _Answer(Protocol):
    @property
    def operation(self) -> chat_pb2.OperationStatus: ...


class Client:
    """Sends and reads by the scopes of its key. Every call may raise BotError.

    What sends or changes is repeated, so that it counts once, while the bot is out of
    reach. It returns when the bot has on disk what it is to do, or with wait when it is
    done: then MaybeSent says that nobody can know, NotSent that it surely is not.
    """

    def __init__(self, connection: Keyed) -> None:
        self._connection = connection
        self.store = Store(connection)

    @classmethod
    def dial(cls, endpoint: str, key: str, *, insecure: bool = False) -> Client:
        """A client for a program that registers nothing, for example a CI job.

        It connects at the first call. Use it as `async with`, or close it.
        """
        return cls(Keyed(Link(parse(endpoint, insecure)), key))

    async def close(self) -> None:
        """Ends the connection of a client that dial made."""
        await self._connection.link.close()

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, err: BaseException | None, tb: TracebackType | None
    ) -> None:
        await self.close()

    async def send(
        self,
        to: To | Room,
        text: str,
        *,
        reply_to: str = "",
        wait: bool = False,
        request_id: str = "",
        prefer_loss: bool = False,
        valid_for: float | timedelta | None = None,
    ) -> Handle:
        """Sends text. The same request_id with the same content sends once, for at least 24 hours."""
        from ._call import treat, unworthy

        if problem := unworthy(valid_for) or _length(text):
            raise OcoError(problem)
        message = message_pb2.OutgoingMessage(
            to=_wire.address_to(_to(to)),
            content=message_pb2.Content(text=_wire.valid(text)),
            reply_to=_wire.valid(reply_to),
        )
        treat(message, prefer_loss, valid_for)
        request = chat_pb2.SendMessageRequest(request_id=request_id or random_id(), message=message, wait=wait)
        return Handle(await self._send(request), self)

    async def _send_in_delivery(self, delivery_id: str, lease_id: str, send: message_pb2.Send) -> None:
        """Sends a reply by itself and waits until the chat service has it."""
        within = chat_pb2.InDelivery(delivery_id=delivery_id, lease_id=lease_id, key=send.key)
        await self._send(chat_pb2.SendMessageRequest(in_delivery=within, message=send.message, wait=True))

    async def _send(self, request: chat_pb2.SendMessageRequest) -> str:
        answer = await persist(lambda: self._connection.call(_rpc.SEND_MESSAGE, request, timeout=None))
        _judge(answer.state, "the message was", "sent", "")
        return answer.message_id

    async def update(self, message_id: str, text: str, *, wait: bool = False) -> None:
        """Gives a message that the bot sent another text. What the handler did not say itself needs a scope."""
        if problem := _length(text):
            raise OcoError(problem)
        request = chat_pb2.UpdateMessageRequest(
            request_id=random_id(),
            message_id=_wire.valid(message_id),
            content=message_pb2.Content(text=_wire.valid(text)),
            wait=wait,
        )
        await self._operate(lambda: self._connection.call(_rpc.UPDATE_MESSAGE, request, timeout=None))

    async def delete(self, message_id: str, *, room: To | Room | None = None, wait: bool = False) -> None:
        """Deletes a message; room is where it stands if the bot did not send it."""
        request = chat_pb2.DeleteMessageRequest(
            request_id=random_id(), message_id=_wire.valid(message_id), wait=wait, room=_optional(room)
        )
        await self._operate(lambda: self._connection.call(_rpc.DELETE_MESSAGE, request, timeout=None))

    async def react(
        self,
        message_id: str,
        emoji: str,
        *,
        room: To | Room | None = None,
        remove: bool = False,
        wait: bool = False,
    ) -> None:
        """Adds the bot's reaction to a message, or takes it back. Handlers need the scope reactions.write."""
        request = chat_pb2.SetReactionRequest(
            request_id=random_id(),
            message_id=_wire.valid(message_id),
            emoji=_wire.valid(emoji),
            remove=remove,
            wait=wait,
            room=_optional(room),
        )
        await self._operate(lambda: self._connection.call(_rpc.SET_REACTION, request, timeout=None))

    async def _react_in_delivery(
        self, delivery_id: str, room: message_pb2.RoomRef, message_id: str, emoji: str, remove: bool, wait: bool
    ) -> None:
        """Reacts as a delivery may, without a scope."""
        request = chat_pb2.SetReactionRequest(
            request_id=random_id(),
            message_id=message_id,
            emoji=_wire.valid(emoji),
            remove=remove,
            wait=wait,
            delivery_id=delivery_id,
        )
        if room.WhichOneof("by"):
            request.room.CopyFrom(room)
        await self._operate(lambda: self._connection.call(_rpc.SET_REACTION, request, timeout=None))

    async def join(self, room: To | Room, *, user: str = "", wait: bool = False) -> None:
        """Brings the bot, or a user, into a room. Handlers need the scope rooms.join, for a user rooms.manage."""
        await self._membership(room, user, False, wait)

    async def leave(self, room: To | Room, *, user: str = "", wait: bool = False) -> None:
        """Takes the bot, or a user, out of a room."""
        await self._membership(room, user, True, wait)

    async def _membership(self, room: To | Room, user: str, leave: bool, wait: bool) -> None:
        request = chat_pb2.SetMembershipRequest(
            request_id=random_id(),
            room=_wire.room_ref_to(_to(room)),
            user_id=_wire.valid(user),
            leave=leave,
            wait=wait,
        )
        await self._operate(lambda: self._connection.call(_rpc.SET_MEMBERSHIP, request, timeout=None))

    async def set_topic(self, room: To | Room, topic: str, *, wait: bool = False) -> None:
        """Sets the topic of a room; an empty one takes it away. Handlers need the scope rooms.manage."""
        request = chat_pb2.UpdateRoomRequest(
            request_id=random_id(), room=_wire.room_ref_to(_to(room)), topic=_wire.valid(topic), wait=wait
        )
        await self._operate(lambda: self._connection.call(_rpc.UPDATE_ROOM, request, timeout=None))

    async def _operate(self, call: Callable[[], Awaitable[_Answer]]) -> None:
        operation = (await persist(call)).operation
        _judge(operation.state, "what was asked for was", "done", operation.detail)

    async def typing(self, to: To | Room, length: float | timedelta = 10) -> None:
        """Shows that the bot is at work there, for at most 60 s or until it says something there."""
        request = chat_pb2.SetTypingRequest(
            to=_wire.address_to(_to(to)), duration=_wire.duration(_wire.seconds(length))
        )
        await self._connection.call(_rpc.SET_TYPING, request)

    async def _typing_in_delivery(self, delivery_id: str) -> None:
        """Shows that the bot is at work where a delivery came from."""
        await self._connection.call(_rpc.SET_TYPING, chat_pb2.SetTypingRequest(delivery_id=delivery_id))

    async def room(self, room: To | Room) -> Room:
        """What is known of a room and what can be done in it. Handlers need the scope rooms.read."""
        request = chat_pb2.GetRoomRequest(room=_wire.room_ref_to(_to(room)))
        return _wire.room_from((await self._connection.call(_rpc.GET_ROOM, request)).room)

    async def rooms(self) -> AsyncIterator[Room]:
        """The rooms that the bot is in."""

        async def page(token: str) -> tuple[list[message_pb2.Room], str]:
            request = chat_pb2.ListRoomsRequest(page_size=_PAGE, page_token=token)
            answer = await self._connection.call(_rpc.LIST_ROOMS, request)
            return list(answer.rooms), answer.next_page_token

        async for room in pages(page):
            yield _wire.room_from(room)

    async def members(self, room: To | Room) -> AsyncIterator[User]:
        """Who is in a room. Handlers need the scope users.read."""
        ref = _wire.room_ref_to(_to(room))

        async def page(token: str) -> tuple[list[message_pb2.User], str]:
            request = chat_pb2.ListMembersRequest(room=ref, page_size=_PAGE, page_token=token)
            answer = await self._connection.call(_rpc.LIST_MEMBERS, request)
            return list(answer.users), answer.next_page_token

        async for user in pages(page):
            yield _wire.user_from(user)

    async def users(self) -> AsyncIterator[User]:
        """The users of the chat service."""

        async def page(token: str) -> tuple[list[message_pb2.User], str]:
            request = chat_pb2.ListUsersRequest(page_size=_PAGE, page_token=token)
            answer = await self._connection.call(_rpc.LIST_USERS, request)
            return list(answer.users), answer.next_page_token

        async for user in pages(page):
            yield _wire.user_from(user)

    async def user(self, user_id: str = "", *, mention_name: str = "") -> User:
        """Looks a user up, by id or by mention name."""
        request = chat_pb2.GetUserRequest()
        if user_id:
            request.user_id = _wire.valid(user_id)
        else:
            request.mention_name = _wire.valid(mention_name)
        return _wire.user_from((await self._connection.call(_rpc.GET_USER, request)).user)

    async def commands(self, user: str, room: str = "") -> AsyncIterator[Command]:
        """What this user may run in this room."""
        ref = message_pb2.RoomRef(room_id=room) if room else None

        async def page(token: str) -> tuple[list[bot_pb2.Command], str]:
            request = bot_pb2.ListCommandsRequest(user_id=user, room=ref, page_size=_PAGE, page_token=token)
            answer = await self._connection.call(_rpc.LIST_COMMANDS, request)
            return list(answer.commands), answer.next_page_token

        async for c in pages(page):
            yield Command(
                c.plugin_id, c.route, c.pattern, tuple(c.aliases), c.help, c.danger, c.offline, tuple(c.examples)
            )

    async def status(self) -> BotStatus:
        """How the bot is. Handlers need the scope status.read."""
        got = await self._connection.call(_rpc.GET_STATUS, admin_pb2.GetStatusRequest())
        return BotStatus(
            name=got.bot.name,
            version=got.bot.version,
            ready=got.ready,
            uptime=got.uptime.ToTimedelta(),
            warnings=tuple(got.warnings),
            accounts=tuple(AccountStatus(a.account_id, a.service, a.connected, a.detail) for a in got.accounts),
            plugins=tuple(
                PluginStatus(
                    name=p.plugin_id,
                    version=p.version,
                    adapter=p.role == bot_pb2.ROLE_ADAPTER,
                    state=p.state,
                    detail=p.detail,
                    paused=p.paused,
                    replicas=len(p.replicas),
                    waiting=p.waiting,
                )
                for p in got.plugins
            ),
            counts=dict(got.counts),
        )


def _to(to: To | Room) -> To:
    return To(room=to.id, account=to.account) if isinstance(to, Room) else to


def _optional(room: To | Room | None) -> Any:
    return None if room is None else _wire.room_ref_to(_to(room))


def _length(text: str) -> str:
    if not text or _wire.size(text) > _wire.MAX_TEXT:
        return f"the text of a message has {_wire.size(text)} bytes, it must have 1 to 65536"
    return ""


def _judge(state: int, what: str, done: str, detail: str) -> None:
    """What became of a message or an operation."""
    why = f": {detail}" if detail else ""
    if state == message_pb2.SEND_STATE_UNKNOWN:
        raise MaybeSent(f"{what} {done} or not, nobody can know{why}")
    if state == message_pb2.SEND_STATE_FAILED:
        raise NotSent(f"{what} surely not {done}{why}")
    if state == message_pb2.SEND_STATE_EXPIRED:
        raise Expired(f"{what} surely not {done}: its time was over before{why}")

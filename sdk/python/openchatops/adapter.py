"""Adapters: programs that connect the bot to one chat service.

All ids here are the chat service's own; the bot maps them.
"""

from __future__ import annotations

import abc
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from . import _wire
from .errors import DeclarationError, OcoError
from .handler import plugin_name
from .settings import Settings
from .v1 import bot_pb2, capability_pb2
from .values import (
    Change,
    File,
    Level,
    MemberChange,
    Mention,
    Outcome,
    Reaction,
    Room,
    RoomChange,
    SendReason,
    User,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from .client import Command


@dataclass(frozen=True)
class IncomingMessage:
    """A message that was said, changed or deleted."""

    id: str
    text: str = ""
    change: Change = Change.CREATED
    reply_to: str = ""
    mentions: Sequence[Mention] = ()
    files: Sequence[File] = ()
    forwarded: bool = False
    """It quotes or forwards: its text never addresses the bot."""


@dataclass(frozen=True)
class CustomEvent:
    """An event that is none of the others, for example "x.acme.deploy.finished".

    data is what JSON has and never what a person typed.
    """

    type: str
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Incoming:
    """One event of the chat service. about says what happened."""

    id: str
    """The service's own id of this event, by which repeats are recognised."""
    room: Room
    actor: User
    """Who said or did it."""
    about: IncomingMessage | Reaction | MemberChange | RoomChange | CustomEvent
    time: datetime | None = None
    """When the service says that it happened; None: now."""
    thread: str = ""
    historical: bool = False
    """Of the past, read back after the connection was down for long."""
    native: bytes = b""
    """The service's own payload, untouched, at most 256 KiB."""
    checkpoint: str = ""
    """Where the service's stream stands after this event, at most 4 KiB; empty: unchanged."""


@dataclass(frozen=True)
class Place:
    """Where something is to be done: a room, or if that is empty the direct room of user."""

    room: str = ""
    user: str = ""
    thread: str = ""


@dataclass(frozen=True)
class MessageRef:
    """A message and where it stands. token is stable over attempts."""

    place: Place
    id: str
    token: str = ""


@dataclass(frozen=True)
class Outgoing:
    """One part of one message that the adapter is asked to post."""

    place: Place
    text: str
    start_thread_at: str = ""
    """The message at which to start a thread."""
    reply_to: str = ""
    token: str = ""
    """Stable over attempts, at most 25 characters: the idempotency key for services that have one."""
    possible_repeat: bool = False
    """The same message was perhaps posted before and the service cannot tell; mark it for people."""
    reason: SendReason = SendReason.UNSPECIFIED


@dataclass(frozen=True)
class Description:
    """What an adapter says of itself."""

    version: str = ""
    account: str = ""
    """The service's own name of the account."""
    bot_user: User = field(default_factory=User)
    """The bot itself, as the service knows it."""
    max_text_length: int = 0
    """The longest text of one message in bytes; 0: no limit."""
    idempotent_send: bool = False
    """The service recognises the repeat of a send by its token."""
    replays_missed: bool = False
    """The service replays what was missed while the adapter was away."""
    levels: Mapping[str, Level] = field(default_factory=dict)
    """How well it can do what, by capability. What the adapter has a method for is FULL unless it is named
    here; what it has none for is never more than FALLBACK."""
    room_levels: Mapping[str, Mapping[str, Level]] = field(default_factory=dict)
    """What is otherwise in some rooms, at most 1,000 of them."""


@dataclass(frozen=True)
class UserLookup:
    """Names a user by exactly one of its fields."""

    id: str = ""
    mention_name: str = ""


class PublishError(OcoError):
    """Events of one publish that the bot will never take as they are; the others are on disk."""

    def __init__(self, events: Mapping[int, Exception]) -> None:
        self.events = dict(events)
        """By their index in the call."""
        first = min(self.events)
        super().__init__(f"{len(self.events)} events were not taken, the first at index {first}: {self.events[first]}")


class Bot(Protocol):
    """What an adapter speaks to while it runs."""

    async def publish(self, *events: Incoming) -> None:
        """Returns when the events are on disk.

        The order of the calls is the order of the events. It waits while the bot is away;
        cancelled, the events may have been taken, and publishing them again is harmless.
        PublishError names events that the bot will never take as they are.
        """

    def status(self, connected: bool, detail: str = "") -> None:
        """Tells the bot whether the chat service is reached; the newest report wins."""

    @property
    def checkpoint(self) -> str:
        """The checkpoint of the newest event that the bot has, also over restarts, or ""."""

    def commands(self, user: str, room: str) -> AsyncIterator[Command]:
        """What this user may run in this room, both by the chat service's own ids."""


class Adapter(abc.ABC):
    """Connects the bot to one chat service. Beside these two methods there are those below this class."""

    @abc.abstractmethod
    async def run(self, bot: Bot) -> None:
        """Publishes every incoming message, in the order of the service, until it is cancelled.

        It is called once and reconnects by itself. It acknowledges a message to the
        service only after publish returned: then the bot has it on disk. Its return ends
        the process well, an exception ends it as a failure.
        """

    @abc.abstractmethod
    async def send(self, message: Outgoing) -> str:
        """Posts one part of one message and returns the id that the service gave it.

        It is called while run runs, one after the other for one room, and side by side for
        different rooms. RetryAfter has it tried again later; NotSent says that it surely
        was not posted and never will be. After any other exception nobody can know
        whether it was, and the bot does what its repeat policy says.
        """


@runtime_checkable
class Updater(Protocol):
    """Can change what it sent. This and the next four are called, and their exceptions mean the same, as send."""

    async def update_message(self, at: MessageRef, text: str) -> None: ...


@runtime_checkable
class Deleter(Protocol):
    """Can delete messages."""

    async def delete_message(self, at: MessageRef) -> None: ...


@runtime_checkable
class Reactor(Protocol):
    """Can react to messages; remove takes the reaction back."""

    async def set_reaction(self, at: MessageRef, emoji: str, remove: bool) -> None: ...


@runtime_checkable
class Membership(Protocol):
    """Can bring the bot, for which user is empty, and others into rooms and out of them."""

    async def set_membership(self, room: str, user: str, leave: bool) -> None: ...


@runtime_checkable
class TopicSetter(Protocol):
    """Can set the topic of a room; an empty one takes it away."""

    async def set_topic(self, room: str, topic: str) -> None: ...


@runtime_checkable
class Typer(Protocol):
    """Can show that the bot is at work, for so long or until its next message there."""

    async def typing(self, to: Place, length: timedelta) -> None: ...


@runtime_checkable
class Roster(Protocol):
    """Can look users and rooms up. NoSuch says that there is none."""

    async def users(self) -> Iterable[User]: ...

    async def rooms(self) -> Iterable[Room]: ...

    async def user(self, by: UserLookup) -> User: ...


@runtime_checkable
class RoomFinder(Protocol):
    """Can look up one room, also one that the bot is not in, by id or name."""

    async def room(self, id: str) -> Room: ...


@runtime_checkable
class MemberLister(Protocol):
    """Knows who is in a room."""

    async def members(self, room: str) -> Iterable[User]: ...


@runtime_checkable
class Settler(Protocol):
    """Wants to know that every delivery of an event that it published has its outcome; it must not block."""

    def settled(self, event: str, outcomes: list[Outcome]) -> None: ...


@runtime_checkable
class Describer(Protocol):
    """Says what it is, at every registration and report; it must not block."""

    def describe(self) -> Description: ...


@runtime_checkable
class Resetter(Protocol):
    """Takes changed settings while run runs; without it a change ends the process in order."""

    def reset(self) -> None: ...


ABILITIES: Mapping[str, type] = {
    "edit": Updater,
    "delete": Deleter,
    "reaction": Reactor,
    "typing": Typer,
    "membership": Membership,
    "topic": TopicSetter,
    "members": MemberLister,
    "roster": Roster,
}
_MOST_ROOMS = 1000


class AdapterPlugin:
    """An Adapter as `main` and `run` take it.

    name is the one that the operator's configuration gives it, service the chat service,
    for example "irc".
    """

    _depends = True

    def __init__(self, name: str, service: str, adapter: Adapter) -> None:
        self.name = plugin_name("AdapterPlugin", name)
        if not service:
            raise DeclarationError(f"AdapterPlugin({name!r}): the name of the chat service is empty")
        if not isinstance(adapter, Adapter):
            raise DeclarationError(
                f"AdapterPlugin({name!r}): {type(adapter).__name__} must be a subclass of oco.Adapter, with run "
                "and send"
            )
        self.service = service
        self.adapter = adapter
        self._declared: Settings[Any] | None = None

    def settings(self, cls: type[Any], check: Callable[[Any], None] | None = None) -> Settings[Any]:
        """Declares what the operator may set: see Handler.settings."""
        if self._declared is not None:
            raise DeclarationError(f"adapter {self.name}: its settings were declared already")
        self._declared = Settings(cls, check)
        return self._declared

    def describe(self) -> Description:
        """What the adapter says of itself, once it can know."""
        ready = self._declared is None or self._declared.settled
        return self.adapter.describe() if ready and isinstance(self.adapter, Describer) else Description()

    def manifest(self) -> bot_pb2.Manifest:
        """What the adapter is, as `--manifest` prints it."""
        d = self.describe()
        return bot_pb2.Manifest(
            version=_wire.valid(d.version),
            settings=self._declared.specs if self._declared else (),
            adapter=self._info(d),
        )

    def _info(self, d: Description) -> bot_pb2.AdapterInfo:
        return bot_pb2.AdapterInfo(
            service=_wire.valid(self.service),
            account=_wire.valid(d.account),
            bot_user=_wire.user_to(d.bot_user),
            capabilities=self.capabilities(d),
            replays_missed=d.replays_missed,
            wants_settled=isinstance(self.adapter, Settler),
        )

    def capabilities(self, d: Description) -> capability_pb2.Capabilities:
        """What the adapter can do, no more than it has methods for."""
        levels = dict(d.levels)
        for name, ability in ABILITIES.items():
            can = isinstance(self.adapter, ability)
            if name == "roster":
                levels[name] = Level.FULL if can else Level.REJECTED
            elif can:
                levels.setdefault(name, Level.FULL)
            elif levels.get(name, Level.REJECTED) > Level.FALLBACK:
                del levels[name]
        out = _wire.levels_to(levels)
        out.max_text_length = max(d.max_text_length, 0)
        out.idempotent_send = d.idempotent_send
        return out

    def room_levels(self, d: Description) -> dict[str, Mapping[str, Level]]:
        """The rooms in which something is otherwise."""
        return dict(sorted(d.room_levels.items())[:_MOST_ROOMS])

    def __repr__(self) -> str:
        return f"AdapterPlugin({self.name!r}, {self.service!r})"

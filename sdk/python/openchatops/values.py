"""The values that callbacks and adapters see.

Ids are opaque texts: compare them, store them, never take them apart. Handlers and
clients see ids that the bot minted, unique in the whole bot and stable for ever.
Adapters see and say the chat service's own; the bot maps.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta


class Order(enum.IntEnum):
    """Which deliveries of a route run one after the other."""

    USER = 1
    ROOM = 2
    ROUTE = 3
    NONE = 4


class Notify(enum.IntEnum):
    """Whom the bot tells when the outcome is not done. NONE is not possible on a command."""

    PERSON = 1
    OPERATORS = 2
    NONE = 3


class RoomKind(enum.IntEnum):
    """What kind of place a room is. A direct message is in a room like any other."""

    UNSPECIFIED = 0
    CHANNEL = 1
    DIRECT = 2
    MULTI_DIRECT = 3


class Outcome(enum.IntEnum):
    """How a delivery ended. UNKNOWN: it may have run or not."""

    UNSPECIFIED = 0
    DONE = 1
    FAILED = 2
    UNKNOWN = 3
    EXPIRED = 4
    REFUSED = 5
    CANCELLED = 6


class Level(enum.IntEnum):
    """How well a chat service can do something: see spec/operations.md."""

    REJECTED = 1
    DROPPED = 2
    FALLBACK = 3
    PARTIAL = 4
    FULL = 5


class Change(enum.IntEnum):
    """What happened to a message or a room."""

    UNSPECIFIED = 0
    CREATED = 1
    UPDATED = 2
    DELETED = 3


class SendReason(enum.IntEnum):
    """On whose behalf a message is posted."""

    UNSPECIFIED = 0
    HANDLER = 1
    NOTICE = 2
    BOT = 3
    CLIENT = 4


@dataclass(frozen=True)
class User:
    """A person or a program on a chat service. Compare ids only: names change and are reused."""

    id: str = ""
    name: str = ""
    mention_name: str = ""
    account: str = ""
    bot: bool = False
    is_self: bool = False
    """It is the bot itself."""
    principal: str = ""
    """One person over several accounts. Set by the bot only."""
    groups: tuple[str, ...] = ()
    """Groups of the operator's configuration. Set by the bot only."""
    email: str = field(default="", repr=False)
    time_zone: str = ""
    """An IANA zone name."""


@dataclass(frozen=True)
class Room:
    """A place where people talk."""

    id: str = ""
    kind: RoomKind = RoomKind.UNSPECIFIED
    name: str = ""
    account: str = ""
    alias: str = ""
    """The operator's name for it. Set by the bot only."""
    topic: str = ""
    private: bool = False
    levels: Mapping[str, Level] = field(default_factory=dict)
    """What can be done in it, in answers to Client.get_room."""


@dataclass(frozen=True)
class File:
    """A file that came with a message. Its content is not on the wire."""

    id: str = ""
    name: str = ""
    media_type: str = ""
    size: int = 0
    url: str = field(default="", repr=False)
    """Where the chat service keeps it. It may want a key of the service's own."""


@dataclass(frozen=True)
class Mention:
    """A part of a text that names somebody; exactly one of user, room and everyone is set.

    start and length count code points of the text.
    """

    start: int
    length: int
    user: str = ""
    room: str = ""
    everyone: bool = False


@dataclass(frozen=True)
class To:
    """Where a message goes: exactly one of room, room_name and user is set."""

    room: str = ""
    """The id of a room."""
    room_name: str = ""
    """The operator's alias for a room, or else its name."""
    user: str = ""
    """The direct room of that user."""
    account: str = ""
    """Needed only where a name or a user is not unique."""
    thread: str = ""
    start_thread_at: str = ""
    """The message at which a thread is started."""


@dataclass(frozen=True)
class Reaction:
    """A reaction to a message, by the actor of its event."""

    message: str
    emoji: str
    """As Unicode where it has one, else the service's name of it."""
    removed: bool = False


@dataclass(frozen=True)
class MemberChange:
    """Somebody came into a room or left it. Who had them do it is the actor of the event."""

    user: User
    left: bool = False


@dataclass(frozen=True)
class RoomChange:
    """A room was made, changed or deleted."""

    change: Change
    room: Room


@dataclass(frozen=True)
class AccountStatus:
    """How the bot's account on a chat service is."""

    id: str
    service: str
    connected: bool
    detail: str = ""
    """What the adapter says of its connection."""


@dataclass(frozen=True)
class PluginStatus:
    """How a plugin is."""

    name: str
    version: str
    adapter: bool
    state: str
    """Of its process, if the bot runs it, for example "running"."""
    detail: str
    paused: bool
    replicas: int
    """How many of its processes live."""
    waiting: int
    """How many of its deliveries wait."""


@dataclass(frozen=True)
class BotStatus:
    """How the bot is."""

    name: str
    version: str
    ready: bool
    uptime: timedelta
    warnings: tuple[str, ...]
    """What operators should look at."""
    accounts: tuple[AccountStatus, ...]
    plugins: tuple[PluginStatus, ...]
    counts: Mapping[str, int] = field(default_factory=dict)
    """By name: "open", "waiting", "leased", "open_list", "outbox"."""

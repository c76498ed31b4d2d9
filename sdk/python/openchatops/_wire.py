"""Translates between messages of the protocol and the values of the library."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, cast

from google.protobuf import duration_pb2, timestamp_pb2

from .errors import OcoError
from .v1 import capability_pb2, message_pb2
from .values import File, Level, Mention, Room, RoomKind, To, User

MAX_TEXT = 64 << 10  # bytes of one message (OCO-SIZ-4)
MAX_LOG_TEXT = 4 << 10


def valid(text: str) -> str:
    """Repairs what is no UTF-8, which the wire would refuse with all that travels beside it."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    return text


def size(text: str) -> int:
    """How many bytes a text takes."""
    return len(text) if text.isascii() else len(valid(text).encode())


def cut(text: str, limit: int = MAX_LOG_TEXT) -> str:
    """Shortens a text visibly to at most limit bytes."""
    raw = valid(text).encode()
    if len(raw) <= limit:
        return valid(text)
    mark = " [cut]"
    return raw[: limit - len(mark)].decode("utf-8", "ignore") + mark


def duration(value: timedelta) -> duration_pb2.Duration:
    """A duration for the wire."""
    out = duration_pb2.Duration()
    out.FromTimedelta(value)
    return out


def seconds(value: float | timedelta) -> timedelta:
    """A length of time that the author gave."""
    return value if isinstance(value, timedelta) else timedelta(seconds=value)


def time_from(value: timestamp_pb2.Timestamp) -> datetime:
    """A time of the wire, in UTC."""
    return value.ToDatetime(timezone.utc)


def time_to(value: datetime) -> timestamp_pb2.Timestamp:
    """A time for the wire; one without a zone is local."""
    out = timestamp_pb2.Timestamp()
    out.FromDatetime(value.astimezone(timezone.utc))
    return out


def user_from(u: message_pb2.User) -> User:
    """A user of the wire."""
    return User(
        id=u.user_id,
        name=u.name,
        mention_name=u.mention_name,
        account=u.account_id,
        bot=u.bot,
        is_self=u.is_self,
        principal=u.principal_id,
        groups=tuple(u.groups),
        email=u.email,
        time_zone=u.time_zone,
    )


def user_to(u: User) -> message_pb2.User | None:
    """A user for the wire, None for nobody."""
    if not (u.id or u.name or u.mention_name):
        return None
    return message_pb2.User(
        user_id=valid(u.id),
        account_id=valid(u.account),
        name=valid(u.name),
        mention_name=valid(u.mention_name),
        bot=u.bot,
        is_self=u.is_self,
        email=valid(u.email),
        time_zone=valid(u.time_zone),
    )


def levels_from(c: capability_pb2.Capabilities) -> dict[str, Level]:
    """The capability levels of the wire; those that this library does not know are left out."""
    return {name: Level(level) for name, level in c.levels.items() if level in Level._value2member_map_}


def levels_to(levels: Mapping[str, Level]) -> capability_pb2.Capabilities:
    """Capability levels for the wire."""
    out = capability_pb2.Capabilities()
    for name, level in levels.items():
        out.levels[valid(name)] = cast(Any, int(level))
    return out


def known(kind: type[Any], value: int) -> Any:
    """A member of an enum, its zero if this library does not know the number."""
    return kind(value) if value in kind._value2member_map_ else kind(0)


def room_from(r: message_pb2.Room) -> Room:
    """A room of the wire."""
    return Room(
        id=r.room_id,
        kind=known(RoomKind, r.kind),
        name=r.name,
        account=r.account_id,
        alias=r.alias,
        topic=r.topic,
        private=r.private,
        levels=levels_from(r.capabilities),
    )


def room_to(r: Room) -> message_pb2.Room:
    """A room for the wire."""
    return message_pb2.Room(
        room_id=valid(r.id),
        account_id=valid(r.account),
        kind=cast(Any, int(r.kind)),
        name=valid(r.name),
        topic=valid(r.topic),
        private=r.private,
        capabilities=levels_to(r.levels) if r.levels else None,
    )


def file_from(f: message_pb2.Attachment) -> File:
    """A file of the wire."""
    return File(id=f.file_id, name=f.name, media_type=f.media_type, size=f.size, url=f.url)


def file_to(f: File) -> message_pb2.Attachment:
    """A file for the wire."""
    return message_pb2.Attachment(
        file_id=valid(f.id), name=valid(f.name), media_type=valid(f.media_type), size=max(f.size, 0), url=valid(f.url)
    )


def mentions_from(mentions: Iterable[message_pb2.Mention]) -> list[Mention]:
    """Mentions of the wire."""
    return [
        Mention(start=m.start, length=m.length, user=m.user_id, room=m.room_id, everyone=m.everyone) for m in mentions
    ]


def mentions_to(mentions: Iterable[Mention]) -> list[message_pb2.Mention]:
    """Mentions for the wire."""
    out = []
    for m in mentions:
        wire = message_pb2.Mention(start=max(m.start, 0), length=max(m.length, 0))
        if m.everyone:
            wire.everyone = True
        elif m.room:
            wire.room_id = valid(m.room)
        else:
            wire.user_id = valid(m.user)
        out.append(wire)
    return out


def address_to(to: To) -> message_pb2.Address:
    """The address of a message."""
    named = [name for name in ("room", "room_name", "user") if getattr(to, name)]
    if len(named) != 1:
        raise OcoError(f"To: set exactly one of room, room_name and user, not {', '.join(named) or 'none'}")
    if to.thread and to.start_thread_at:
        raise OcoError("To: set at most one of thread and start_thread_at")
    ref = message_pb2.RoomRef(account_id=valid(to.account))
    if to.room:
        ref.room_id = valid(to.room)
    elif to.room_name:
        ref.name = valid(to.room_name)
    else:
        ref.user_id = valid(to.user)
    out = message_pb2.Address(room=ref)
    if to.thread:
        out.thread_id = valid(to.thread)
    elif to.start_thread_at:
        out.start_thread_at = valid(to.start_thread_at)
    return out


def room_ref_to(to: To) -> message_pb2.RoomRef:
    """The room of an address, which must name no place in it."""
    if to.thread or to.start_thread_at:
        raise OcoError("To: thread and start_thread_at are for messages; this is about the room itself")
    return address_to(to).room

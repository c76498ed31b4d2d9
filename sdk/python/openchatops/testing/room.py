"""The chat service of a test: it keeps all that is said in memory."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from ..adapter import Adapter, Bot, Description, Incoming, IncomingMessage, MessageRef, Outgoing, Place, UserLookup
from ..errors import NoSuch
from ..values import Level, MemberChange, Outcome, Room, SendReason, User
from .loop import PATIENCE

NAME = "oco"
"""The bot's name, with which it is addressed in rooms."""
SELF = "bot"


@dataclass
class Line:
    """Something that somebody said."""

    id: str
    who: str
    room: str
    text: str
    reason: SendReason | None
    """None: a person."""
    looked: bool = False


@dataclass
class Act:
    """Something that the bot did beside saying something."""

    room: str
    kind: str
    what: str
    looked: bool = False


@dataclass
class ChatRoom(Adapter):
    """An adapter with every ability. Its methods run on the loop, those of tests in their thread."""

    _news: threading.Condition = field(default_factory=threading.Condition)
    _next: int = 0
    lines: list[Line] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    _open: set[str] = field(default_factory=set)
    _users: dict[str, User] = field(default_factory=dict)
    _rooms: dict[str, Room] = field(default_factory=dict)
    _members: dict[str, list[str]] = field(default_factory=dict)
    bot: Bot | None = None

    async def run(self, bot: Bot) -> None:
        import asyncio

        with self._news:
            self.bot = bot
            self._news.notify_all()
        bot.status(True)
        await asyncio.Event().wait()

    async def send(self, message: Outgoing) -> str:
        with self._news:
            line = Line(self.number("m"), NAME, where(message.place), message.text, message.reason)
            self.lines.append(line)
            self._news.notify_all()
            return line.id

    def describe(self) -> Description:
        return Description(
            version="test",
            account=NAME,
            bot_user=User(SELF, NAME, bot=True, is_self=True),
            idempotent_send=True,
            replays_missed=True,
            levels={"direct": Level.FULL, "thread": Level.FULL},
        )

    def settled(self, event: str, outcomes: list[Outcome]) -> None:
        with self._news:
            if event in self._open:
                self._open.remove(event)
                self.outcomes = outcomes
                self._news.notify_all()

    async def users(self) -> Iterable[User]:
        with self._news:
            return list(self._users.values())

    async def rooms(self) -> Iterable[Room]:
        with self._news:
            return list(self._rooms.values())

    async def user(self, by: UserLookup) -> User:
        with self._news:
            for user in self._users.values():
                if user.id == by.id or (by.mention_name and user.mention_name == by.mention_name):
                    return user
        raise NoSuch("no such user")

    async def room(self, id: str) -> Room:
        with self._news:
            for room in self._rooms.values():
                if id in (room.id, room.name):
                    return room
        raise NoSuch(f"there is no room {id!r}")

    async def members(self, room: str) -> Iterable[User]:
        with self._news:
            if room not in self._rooms:
                raise NoSuch(f"there is no room {room!r}")
            return [self._users.get(u, User(u, u, bot=u == SELF, is_self=u == SELF)) for u in self._members[room]]

    async def update_message(self, at: MessageRef, text: str) -> None:
        with self._news:
            self._did(self._line(at).room, "edited", text)

    async def delete_message(self, at: MessageRef) -> None:
        with self._news:
            line = self._line(at)
            self._did(line.room, "deleted", line.text)

    async def set_reaction(self, at: MessageRef, emoji: str, remove: bool) -> None:
        with self._news:
            self._did(self._line(at).room, "took back" if remove else "reacted", emoji)

    async def typing(self, to: Place, length: timedelta) -> None:
        with self._news:
            self._did(where(to), "typing", f"{length.total_seconds():g} s")

    async def set_membership(self, room: str, user: str, leave: bool) -> None:
        with self._news:
            self._rooms.setdefault(room, Room(room, name=room))
            self._move(room, user or SELF, leave)
            self._news.notify_all()

    async def set_topic(self, room: str, topic: str) -> None:
        with self._news:
            if room not in self._rooms:
                raise NoSuch(f"there is no room {room!r}")
            old = self._rooms[room]
            self._rooms[room] = Room(old.id, old.kind, old.name, topic=topic)
            self._news.notify_all()

    def number(self, letter: str) -> str:
        """The next id. The caller holds the lock."""
        self._next += 1
        return f"{letter}{self._next}"

    def admit(self, event: Incoming) -> Incoming:
        """Gives an event its ids and notes what it says."""
        from dataclasses import replace

        with self._news:
            event = replace(event, id=self.number("e"))
            if isinstance(event.about, IncomingMessage) and not event.about.id:
                event = replace(event, about=replace(event.about, id=self.number("p")))
            if isinstance(event.about, IncomingMessage):
                self.lines.append(
                    Line(event.about.id, event.actor.id, event.room.id, event.about.text, None, looked=True)
                )
            self._open.add(event.id)
            self._users[event.actor.id] = event.actor
            topic = self._rooms.get(event.room.id, event.room).topic
            self._rooms[event.room.id] = replace(event.room, topic=topic)
            left = isinstance(event.about, MemberChange) and event.about.left
            self._move(event.room.id, event.actor.id, left)
            return event

    def _move(self, room: str, user: str, leave: bool) -> None:
        there = self._members.setdefault(room, [])
        if leave and user in there:
            there.remove(user)
        elif not leave and user not in there:
            there.append(user)

    def _did(self, room: str, kind: str, what: str) -> None:
        self.acts.append(Act(room, kind, what))
        self._news.notify_all()

    def _line(self, at: MessageRef) -> Line:
        for line in self.lines:
            if line.id == at.id:
                return line
        raise NoSuch(f"there is no message {at.id!r} in {where(at.place)!r}")

    def until(self, holds: Callable[[], bool], patience: float = PATIENCE) -> bool:
        """Waits until something holds; whether it does."""
        with self._news:
            return self._news.wait_for(holds, patience)

    def settled_event(self, event: str) -> bool:
        """Waits until an event has all its outcomes."""
        return self.until(lambda: event not in self._open)

    def look(self, room: str, reason: SendReason | None = None) -> list[str]:
        """What the bot said in a room, for one reason or any, since the last look."""
        with self._news:
            new = [
                line
                for line in self.lines
                if not line.looked and line.room == room and (reason is None or line.reason == reason)
            ]
            for line in new:
                line.looked = True
            return [line.text for line in new]

    def acted(self, room: str, kind: str, at_least: int) -> list[str]:
        """What the bot did in a room since the last look. So much is waited for."""

        def new() -> list[Act]:
            return [a for a in self.acts if not a.looked and a.room == room and a.kind == kind]

        self.until(lambda: len(new()) >= at_least)
        with self._news:
            found = new()
            for act in found:
                act.looked = True
            return [a.what for a in found]

    def topic(self, room: str, awaited: str) -> str:
        """The topic of a room, which is waited for."""
        self.until(lambda: room in self._rooms and self._rooms[room].topic == awaited)
        with self._news:
            return self._rooms[room].topic if room in self._rooms else ""

    def inside(self, room: str, awaited: list[str]) -> list[str]:
        """Who is in a room, which is waited for."""
        self.until(lambda: sorted(self._members.get(room, [])) == awaited)
        with self._news:
            return sorted(self._members.get(room, []))

    def newest(self, room: str) -> str:
        """The id of the bot's newest message in a room, "" if there is none."""
        with self._news:
            return next((x.id for x in reversed(self.lines) if x.room == room and x.reason is not None), "")

    def transcript(self) -> str:
        """All that was said and done, for the text of a failure."""
        with self._news:
            said = [f"  {line.who:<6} #{line.room}> {line.text}" for line in self.lines]
            did = [f"  {NAME:<6} #{a.room}: {a.kind} {a.what}" for a in self.acts]
        return "\n".join(["transcript:", *said, *did])


def where(place: Place) -> str:
    """The room of a message, also of one for a person."""
    return place.room or f"dm-{place.user}"

"""People of a test: what they say, and what they see."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ..adapter import CustomEvent, Incoming, IncomingMessage
from ..values import Change, MemberChange, Reaction, Room, RoomKind, SendReason, User
from .room import NAME

if TYPE_CHECKING:
    from .bot import Bot


class Person:
    """Somebody who says things in a place and looks at what comes back there."""

    def __init__(self, bot: Bot | None, user: str, room: str = "") -> None:
        self._of = bot
        self.name = user
        self._room = room

    @property
    def _bot(self) -> Bot:
        assert self._of is not None
        return self._of

    @property
    def user(self) -> User:
        """Who it is, for the chat service."""
        return User(self.name, self.name, self.name)

    @property
    def place(self) -> Room:
        """Where they speak, for the chat service."""
        if self._room:
            return Room(self._room, RoomKind.CHANNEL, self._room)
        return Room(f"dm-{self.name}", RoomKind.DIRECT, f"dm-{self.name}")

    def as_(self, user: str) -> Person:
        """Somebody else, in a direct room of their own."""
        return Person(self._bot, user)

    def in_(self, room: str) -> Person:
        """The person in a room that others read, where the bot must be addressed."""
        return Person(self._bot, self.name, room)

    def say(self, text: str) -> None:
        """Says text as it is and blocks until it is settled and all that was said about it is posted."""
        self.begin(text)()

    def begin(self, text: str) -> Callable[[], None]:
        """Says text and does not wait for its outcome. The function that it returns does."""
        return self._happen(repr(text), IncomingMessage("", text))

    def command(self, text: str) -> None:
        """Says text to the bot: in a room it is addressed by name."""
        self.say(self._address(text))

    def begin_command(self, text: str) -> Callable[[], None]:
        """Is begin for what command says."""
        return self.begin(self._address(text))

    def edit(self, text: str) -> None:
        """Changes the person's newest message here, and blocks as say does."""
        mine = [x.id for x in self._bot.chat.lines if x.who == self.name and x.room == self.place.id]
        if not mine:
            self._bot.fail(f"{self.name} has said nothing in {self.place.id} that could be changed")
        self._happen(repr(text), IncomingMessage(mine[-1], text, Change.UPDATED))()

    def event(self, type: str, data: Mapping[str, Any] | None = None) -> None:
        """Publishes an event that is not a message and blocks until it is settled."""
        self._happen(f"the event {type}", CustomEvent(type, data or {}))()

    def react(self, emoji: str, remove: bool = False) -> None:
        """Reacts to the newest message of the bot here, or takes that back, and blocks until it is settled."""
        newest = self._bot.chat.newest(self.place.id)
        if not newest:
            self._bot.fail(f"the bot has said nothing in {self.place.id} to which {self.name} could react")
        self._happen(f"the reaction {emoji}", Reaction(newest, emoji, remove))()

    def join(self) -> None:
        """Comes into the room and blocks until that is settled."""
        self._happen(f"that {self.name} joins", MemberChange(self.user))()

    def leave(self) -> None:
        """Leaves the room and blocks until that is settled."""
        self._happen(f"that {self.name} leaves", MemberChange(self.user, left=True))()

    def _happen(self, what: str, about: Any) -> Callable[[], None]:
        return self._bot.publish(what, Incoming("", self.place, self.user, about))

    def _address(self, text: str) -> str:
        return f"{NAME}: {text}" if self._room else text

    def want_reply(self, *texts: str) -> None:
        """Fails the test unless handlers said exactly these texts here since the last look, in this order."""
        __tracebackhide__ = True
        got = self._bot.chat.look(self.place.id, SendReason.HANDLER)
        if got != list(texts):
            self._bot.fail(f"replies in {self.place.id}:\n got {_list(got)}\nwant {_list(texts)}")

    def want_answer(self, *parts: str) -> None:
        """Fails the test unless the bot said one thing for itself here, with each part in it."""
        __tracebackhide__ = True
        self._want_one("answer", SendReason.BOT, parts)

    def want_notice(self, *parts: str) -> None:
        """Fails the test unless the bot said one notice here, with each part in it."""
        __tracebackhide__ = True
        self._want_one("notice", SendReason.NOTICE, parts)

    def _want_one(self, what: str, reason: SendReason, parts: tuple[str, ...]) -> None:
        __tracebackhide__ = True
        got = self._bot.chat.look(self.place.id, reason)
        if len(got) != 1:
            self._bot.fail(f"{what}s in {self.place.id}: got {_list(got)}, want one with {_list(parts)}")
        for part in parts:
            if part not in got[0]:
                self._bot.fail(f"the {what} in {self.place.id} lacks {part!r}:\n{got[0]}")

    def want_silence(self) -> None:
        """Fails the test if anything was said here since the last look."""
        __tracebackhide__ = True
        if got := self._bot.chat.look(self.place.id):
            self._bot.fail(f"silence was expected in {self.place.id}, but the bot said {_list(got)}")

    def want_edit(self, *texts: str) -> None:
        """Fails the test unless the bot gave messages here exactly these texts since the last look."""
        __tracebackhide__ = True
        self._want_acts("edited", texts)

    def want_delete(self, *texts: str) -> None:
        """Fails the test unless the bot deleted the messages that were sent with exactly these texts."""
        __tracebackhide__ = True
        self._want_acts("deleted", texts)

    def want_reaction(self, *emoji: str) -> None:
        """Fails the test unless the bot reacted with exactly these here since the last look."""
        __tracebackhide__ = True
        self._want_acts("reacted", emoji)

    def want_unreact(self, *emoji: str) -> None:
        """Fails the test unless the bot took exactly these reactions back here."""
        __tracebackhide__ = True
        self._want_acts("took back", emoji)

    def _want_acts(self, kind: str, want: tuple[str, ...]) -> None:
        __tracebackhide__ = True
        got = self._bot.chat.acted(self.place.id, kind, len(want))
        if got != list(want):
            self._bot.fail(f"{kind} in {self.place.id}:\n got {_list(got)}\nwant {_list(want)}")

    def want_typing(self) -> None:
        """Fails the test unless the bot showed here since the last look that it was at work."""
        __tracebackhide__ = True
        if not self._bot.chat.acted(self.place.id, "typing", 1):
            self._bot.fail(f"the bot did not show in {self.place.id} that it was at work")

    def want_topic(self, topic: str) -> None:
        """Fails the test unless that is the topic of the room."""
        __tracebackhide__ = True
        got = self._bot.chat.topic(self.place.id, topic)
        if got != topic:
            self._bot.fail(f"the topic of {self.place.id} is {got!r}, want {topic!r}")

    def want_members(self, *names: str) -> None:
        """Fails the test unless exactly these are in the room, the bot as "bot"."""
        __tracebackhide__ = True
        got = self._bot.chat.inside(self.place.id, sorted(names))
        if got != sorted(names):
            self._bot.fail(f"in {self.place.id} are {_list(got)}, want {_list(sorted(names))}")


def _list(texts: Any) -> str:
    return ", ".join(repr(t) for t in texts) or "nothing"

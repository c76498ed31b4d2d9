"""Adapters, with the real bot."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

import pytest
from test_echo import echo_handler

import openchatops as oco
from openchatops._publish import to_wire
from openchatops.adapter import Bot as BotOfAdapter
from openchatops.testing import Bot
from openchatops.testing.room import ChatRoom


class Plain(oco.Adapter):
    """What an adapter must be, and no more."""

    def __init__(self) -> None:
        self.sent: list[oco.Outgoing] = []

    async def run(self, bot: BotOfAdapter) -> None:
        bot.status(True)
        await asyncio.Event().wait()

    async def send(self, message: oco.Outgoing) -> str:
        self.sent.append(message)
        return f"m{len(self.sent)}"


class Moody(ChatRoom):
    """Fails as it is told."""

    def __init__(self, *failures: Exception | None) -> None:
        super().__init__()
        self.failures = list(failures)
        self.tried: list[oco.Outgoing] = []

    async def send(self, message: oco.Outgoing) -> str:
        self.tried.append(message)
        failure = self.failures.pop(0) if self.failures else None
        if failure is not None:
            raise failure
        return await super().send(message)


def test_what_an_adapter_says_of_itself() -> None:
    plugin = oco.AdapterPlugin("chat", "chatter", Plain())
    info = plugin.manifest().adapter
    assert (info.service, info.wants_settled) == ("chatter", False)
    assert dict(info.capabilities.levels) == {"roster": oco.Level.REJECTED}
    able = oco.AdapterPlugin("chat", "chatter", ChatRoom()).manifest().adapter
    assert able.wants_settled
    assert {name for name, level in able.capabilities.levels.items() if level == oco.Level.FULL} == {
        "edit",
        "delete",
        "reaction",
        "typing",
        "membership",
        "topic",
        "members",
        "roster",
        "direct",
        "thread",
    }
    assert (able.bot_user.user_id, able.bot_user.is_self) == ("bot", True)


def test_levels_are_no_more_than_what_there_are_methods_for() -> None:
    class Proud(Plain):
        def describe(self) -> oco.Description:
            return oco.Description(
                levels={"edit": oco.Level.FULL, "reaction": oco.Level.FALLBACK},
                room_levels={"b": {"thread": oco.Level.DROPPED}, "a": {}},
                max_text_length=400,
            )

    plugin = oco.AdapterPlugin("chat", "chatter", Proud())
    capabilities = plugin.manifest().adapter.capabilities
    assert dict(capabilities.levels) == {"reaction": oco.Level.FALLBACK, "roster": oco.Level.REJECTED}
    assert capabilities.max_text_length == 400
    assert list(plugin.room_levels(plugin.describe())) == ["a", "b"]


def test_adapters_that_cannot_be() -> None:
    with pytest.raises(oco.DeclarationError, match="the name of the chat service is empty"):
        oco.AdapterPlugin("chat", "", Plain())
    with pytest.raises(oco.DeclarationError, match="must be a subclass of"):
        oco.AdapterPlugin("chat", "chatter", object())  # type: ignore[arg-type]


def test_a_rate_limit_loses_nothing(bot: Bot) -> None:
    chat = bot.chat = Moody(oco.RetryAfter(0.05, "slow down"), oco.RetryAfter(), None)
    bot.start(echo_handler())
    bot.command("echo hi")
    bot.want_reply("hi")
    assert len(chat.tried) == 3
    assert len({m.token for m in chat.tried}) == 1


def test_what_is_surely_not_sent_is_told(bot: Bot) -> None:
    chat = bot.chat = Moody(oco.NotSent("the room is archived"))
    bot.start(echo_handler())
    bot.command("echo hi")
    assert [m.text for m in chat.tried].count("hi") == 1
    (record,) = bot.deliveries()
    assert record.sends[0].detail == "the room is archived"


def test_what_nobody_foresaw_is_repeated_with_its_token(bot: Bot) -> None:
    chat = bot.chat = Moody(ConnectionResetError("gone"))
    bot.start(echo_handler())
    bot.command("echo hi")
    bot.want_reply("hi")
    first, second = chat.tried[:2]
    assert (first.text, first.token) == (second.text, second.token)


def test_an_operation_that_is_not_there_falls_back(bot: Bot) -> None:
    """An adapter without update_message has the bot say the new text."""

    class NoUpdates(ChatRoom):
        update_message = None  # type: ignore[assignment]

    bot.chat = NoUpdates()
    handler = oco.Handler("edit")

    @handler.command("edit")
    async def edit(msg: oco.Message) -> None:
        await msg.reply("one").update("two", wait=True)

    bot.start(handler)
    bot.command("edit")
    bot.await_text("Edited: two")


def test_events_of_people(bot: Bot) -> None:
    handler = oco.Handler("greet")

    @handler.event("room.member_joined")
    async def joined(event: oco.Event) -> None:
        assert event.member is not None
        assert event.reaction is None
        event.reply(f"{event.type}: {event.member.user.name}")

    @handler.event("room.member_left")
    async def left(event: oco.Event) -> None:
        event.reply(event.type)

    @handler.event("reaction.added")
    async def reacted(ev: oco.Event) -> None:
        assert ev.reaction is not None
        ev.reply(f"{ev.user.name} reacted {ev.reaction.emoji}")

    @handler.event("reaction.removed")
    async def took_back(ev: oco.Event) -> None:
        ev.reply(ev.type)

    @handler.event("x.acme.deploy")
    def deployed(event: oco.Event) -> None:
        assert event.room_change is None
        event.reply(f"{event.type}: {sorted(event.data.items())}")

    @handler.event("room.updated")
    def updated(event: oco.Event) -> None:
        assert event.room_change is not None
        event.reply(f"{event.type}: {event.room_change.room.topic}")

    bot.start(handler)
    ops = bot.as_("bob").in_("ops")
    ops.join()
    ops.want_reply("room.member_joined: bob")
    ops.react("👍")
    ops.want_reply("bob reacted 👍")
    ops.react("👍", remove=True)
    ops.want_reply("reaction.removed")
    ops.event("x.acme.deploy", {"app": "web", "n": 3, "of": [{"x": 1e3}, 0.5]})
    ops.want_reply("x.acme.deploy: [('app', 'web'), ('n', 3), ('of', [{'x': 1000}, 0.5])]")
    change = oco.RoomChange(oco.Change.UPDATED, oco.Room("ops", name="ops", topic="new"))
    bot.publish("a topic", oco.Incoming("", ops.place, ops.user, change))()
    ops.want_reply("room.updated: new")
    ops.leave()
    ops.want_reply("room.member_left")


def test_what_a_message_says(bot: Bot) -> None:
    handler = oco.Handler("look")
    seen: dict[str, Any] = {}

    @handler.hear("look", on_edit=True)
    async def look(msg: oco.Message) -> None:
        names = ("id", "text", "addressed", "edited", "reply_to", "mentions", "thread", "historical", "native")
        more = ("room", "user", "time", "attempt", "route")
        seen.update({name: getattr(msg, name) for name in names + more})
        seen["trace"] = (len(msg.trace_id), msg.trace_id == oco.trace_id())
        seen["ids"] = (bool(msg.event_id), bool(msg.delivery_id))

    bot.start(handler)
    ops = bot.as_("bob").in_("ops")
    when = datetime.now(timezone.utc)
    message = oco.IncomingMessage(
        "p1", "look @bob", reply_to="p0", mentions=[oco.Mention(5, 4, user="bob"), oco.Mention(0, 4, everyone=True)]
    )
    event = oco.Incoming("e", ops.place, ops.user, message, time=when, thread="t1", native=b"{}")
    bot.publish("a look", event)()
    assert (seen["text"], seen["time"]) == ("look @bob", when)
    assert (seen["addressed"], seen["edited"]) == (False, False)
    assert [m.everyone for m in seen["mentions"]] == [False, True]
    assert (seen["native"], seen["historical"], seen["attempt"], seen["route"]) == (b"{}", False, 1, "hear-1")
    assert seen["trace"] == (32, True)
    assert seen["ids"] == (True, True)
    assert seen["user"].id == "user:1:bob"
    assert seen["room"].kind == oco.RoomKind.CHANNEL
    assert seen["thread"]
    ops.say("look here")
    ops.edit("look there")
    assert (seen["edited"], seen["text"]) == (True, "look there")


def incoming(**changes: Any) -> oco.Incoming:
    fields = {"id": "e", "room": oco.Room("r"), "actor": oco.User("u", "U"), "about": oco.IncomingMessage("m", "x")}
    return oco.Incoming(**(fields | changes))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"id": ""}, "the event has no id"),
        ({"native": b"x" * (256 * 1024 + 1)}, "longer than 256 KiB"),
        ({"checkpoint": "x" * 4097}, "longer than 4 KiB"),
        ({"about": oco.IncomingMessage("m", "x" * 65537)}, "longer than 64 KiB"),
        ({"about": 7}, "about is int, which is no event"),
        ({"about": oco.CustomEvent("x.y", {"a": object()})}, "is no JSON"),
    ],
)
def test_events_that_cannot_be(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(oco.OcoError, match=says):
        to_wire(incoming(**changes))


def test_text_that_is_no_utf_8_is_repaired() -> None:
    wire = to_wire(incoming(about=oco.IncomingMessage("m", "a\udc80b", files=[oco.File("f", "a.txt", size=3)])))
    assert wire.message.message.content.text.startswith("a")
    assert wire.message.message.attachments[0].name == "a.txt"


def test_publish_says_which_events_are_not_taken(bot: Bot) -> None:
    bot.start(echo_handler())
    assert bot.chat.bot is not None
    ops = bot.in_("ops")
    good = oco.Incoming("g1", ops.place, ops.user, oco.IncomingMessage("m1", "hello"), checkpoint="c7")
    bad = oco.Incoming("", ops.place, ops.user, oco.IncomingMessage("m2", "hello"))
    worse = oco.Incoming("g3", ops.place, ops.user, oco.CustomEvent("message.mine"))
    with pytest.raises(oco.PublishError) as caught:
        bot._loop.run(bot.chat.bot.publish(good, bad, worse))
    assert sorted(caught.value.events) == [1, 2]
    assert str(caught.value).startswith("2 events were not taken, the first at index 1: the event has no id")
    assert bot.chat.bot.checkpoint == "c7"
    bot._loop.run(bot.chat.bot.publish())


def test_many_events_at_once_keep_their_order(bot: Bot) -> None:
    handler = oco.Handler("count")
    heard: list[str] = []

    @handler.hear("^n(?P<n>[0-9]+)$", order=oco.Order.ROOM)
    async def count(msg: oco.Message, n: str) -> None:
        heard.append(n)

    bot.start(handler)
    assert bot.chat.bot is not None
    ops = bot.in_("ops")
    events = [
        bot.chat.admit(oco.Incoming("", ops.place, ops.user, oco.IncomingMessage("", f"n{n}"))) for n in range(150)
    ]
    bot._loop.run(bot.chat.bot.publish(*events))
    for event in events:
        assert bot.chat.settled_event(event.id)
    assert heard == [str(n) for n in range(150)]


def test_commands_for_a_menu(bot: Bot) -> None:
    bot.start(echo_handler())
    bot.in_("ops").say("hello")

    async def menu() -> list[str]:
        assert bot.chat.bot is not None
        return [c.pattern async for c in bot.chat.bot.commands("alice", "ops")]

    assert bot._loop.run(menu()) == ["echo {text...}"]


class Lost(ChatRoom):
    """Knows nobody, and fails at some questions."""

    async def users(self) -> Iterable[oco.User]:
        raise RuntimeError("the directory is down")

    async def rooms(self) -> Iterable[oco.Room]:
        return [oco.Room(f"r{n}", name=f"r{n}") for n in range(1200)]

    async def user(self, by: oco.UserLookup) -> oco.User:
        if by.mention_name:
            raise KeyError(by.mention_name)  # a mistake, which tells nobody that there is no such user
        raise oco.NoSuch(f"nobody is called {by.id}")


def test_questions_to_the_adapter(bot: Bot) -> None:
    bot.chat = Lost()
    handler = oco.Handler("ask", scopes=["users.read", "rooms.read"])
    seen: list[Any] = []

    @handler.command("ask")
    async def ask(msg: oco.Message) -> None:
        seen.append(len([r async for r in msg.bot.rooms()]))
        for attempt in (msg.bot.user("user:1:x"), msg.bot.user(mention_name="y")):
            try:
                await attempt
            except oco.BotError as err:
                seen.append(err.code)
        try:
            async for _ in msg.bot.users():
                pass
        except oco.BotError as err:
            seen.append(err.code)

    bot.start(handler, scopes=["users.read", "rooms.read"])
    bot.command("ask")
    bot.want_outcome(oco.Outcome.DONE)
    assert seen[:3] == [1200, "NOT_FOUND", "INTERNAL"]
    assert len(seen) == 4


def test_a_run_that_fails_ends_the_process_and_one_that_returns_ends_it_well(bot: Bot) -> None:
    class Ends(ChatRoom):
        async def run(self, bot: BotOfAdapter) -> None:
            await super_run_once(self, bot)

    ending = asyncio.Event()
    failure: list[Exception] = []

    async def super_run_once(chat: ChatRoom, bot_: BotOfAdapter) -> None:
        chat.bot = bot_
        bot_.status(True)
        await ending.wait()
        if failure:
            raise failure[0]

    bot.chat = Ends()
    bot.start(echo_handler())
    running = bot._guests["test"]._running
    assert running is not None
    failure.append(ValueError("no more"))
    bot._loop._loop.call_soon_threadsafe(ending.set)
    with pytest.raises(oco.OcoError, match="the adapter test failed: ValueError: no more"):
        running.result(20)
    failure.clear()
    bot.start_handler("test")
    again = bot._guests["test"]._running
    assert again is not None
    again.result(20)


@dataclass
class Conf:
    account: str = "main"


def test_an_adapter_with_settings(bot: Bot) -> None:
    class Set(ChatRoom):
        reset_: int = 0

        def describe(self) -> oco.Description:
            from dataclasses import replace

            return replace(super().describe(), account=config().account)

    chat = Set()
    bot.chat = chat
    plugin = oco.AdapterPlugin("test", "test", chat)
    config = plugin.settings(Conf)
    with pytest.raises(oco.DeclarationError, match="declared already"):
        plugin.settings(Conf)
    bot.start(
        echo_handler(),
        config={"adapter": {"name": "test", "remote": True, "settings": {"account": "mine"}}},
        adapter=plugin,
    )
    assert config().account == "mine"
    bot.command("echo hi")
    bot.want_reply("hi")
    running = bot._guests["test"]._running
    assert running is not None
    bot.configure(lambda c: c["adapter"]["settings"].update(account="other"))
    with pytest.raises(oco.SettingsChanged, match="start it again"):
        running.result(20)


def test_an_adapter_that_takes_changed_settings(bot: Bot) -> None:
    changed = asyncio.Event()

    class Resets(ChatRoom):
        def reset(self) -> None:
            changed.set()

    chat = Resets()
    bot.chat = chat
    plugin = oco.AdapterPlugin("test", "test", chat)
    config = plugin.settings(Conf)
    bot.start(
        echo_handler(),
        config={"adapter": {"name": "test", "remote": True, "settings": {"account": "mine"}}},
        adapter=plugin,
    )
    bot.configure(lambda c: c["adapter"]["settings"].update(account="other"))
    bot._loop.run(_wait(changed))
    assert config().account == "other"
    bot.command("echo hi")
    bot.want_reply("hi")


async def _wait(event: asyncio.Event) -> None:
    await event.wait()

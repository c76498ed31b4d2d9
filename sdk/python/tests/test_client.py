"""What programs ask of the bot beside deliveries."""

from typing import Any

import pytest

import openchatops as oco
from openchatops.testing import Bot

SCOPES = [
    "messages.write",
    "messages.write.direct",
    "messages.edit.own",
    "messages.delete.any",
    "reactions.write",
    "rooms.join",
    "rooms.manage",
    "rooms.read",
    "users.read",
    "status.read",
    "commands.read",
]


def asking_handler(seen: dict[str, Any]) -> oco.Handler:
    handler = oco.Handler("ask", scopes=SCOPES)

    @handler.command("send")
    async def send(msg: oco.Message) -> None:
        bot = msg.bot
        handle = await bot.send(oco.To(room_name="ops"), "to ops", wait=True, valid_for=60)
        await handle.update("to ops, changed", wait=True)
        await handle.react("🎉", wait=True)
        await bot.react(handle.id, "🎉", remove=True, wait=True)
        await handle.delete(wait=True)
        await bot.send(msg.room, "again", request_id="r1", prefer_loss=True)
        await bot.send(msg.room, "again", request_id="r1", prefer_loss=True)
        await bot.typing(msg.room, 5)
        await bot.send(oco.To(user="user:1:bob"), "psst", reply_to=msg.id)

    @handler.command("rooms")
    async def rooms(msg: oco.Message) -> None:
        bot = msg.bot
        ops = oco.To(room_name="ops")
        await bot.set_topic(ops, "be kind", wait=True)
        seen["topic"] = (await bot.room(ops)).topic
        seen["level"] = (await bot.room(ops)).levels["topic"]
        await bot.join(ops, wait=True)
        await bot.join(ops, user="user:1:carol", wait=True)
        seen["members"] = [u.name async for u in bot.members(ops)]
        await bot.leave(ops, user="user:1:carol", wait=True)
        await bot.leave(ops, wait=True)
        seen["rooms"] = sorted([r.name async for r in bot.rooms()])
        seen["users"] = sorted([u.name async for u in bot.users()])
        seen["bob"] = (await bot.user("user:1:bob")).name
        seen["by mention"] = (await bot.user(mention_name="bob")).id
        status = await bot.status()
        seen["ready"] = status.ready
        seen["status"] = (status.name, [(a.service, a.connected) for a in status.accounts])
        seen["plugins"] = [(p.name, p.adapter, p.replicas, p.paused) for p in status.plugins]
        seen["leased"] = (status.counts["leased"], status.uptime.total_seconds() >= 0)

    @handler.command("wrong")
    async def wrong(msg: oco.Message) -> None:
        bot = msg.bot
        attempts = {
            "none": lambda: bot.send(oco.To(), "x"),
            "two": lambda: bot.send(oco.To(room="a", user="b"), "x"),
            "threads": lambda: bot.send(oco.To(room="a", thread="t", start_thread_at="m"), "x"),
            "empty": lambda: bot.send(msg.room, ""),
            "long": lambda: bot.update("m", "x" * 70000),
            "valid": lambda: bot.send(msg.room, "x", valid_for=-1),
            "place": lambda: bot.join(oco.To(room="a", thread="t")),
            "user": lambda: bot.user("user:1:nobody"),
            "room": lambda: bot.room(oco.To(room_name="nowhere")),
        }
        for name, attempt in attempts.items():
            try:
                await attempt()  # type: ignore[no-untyped-call]
            except oco.OcoError as err:
                seen[name] = err

    return handler


@pytest.fixture
def seen(bot: Bot) -> dict[str, Any]:
    values: dict[str, Any] = {}
    bot.start(asking_handler(values), scopes=SCOPES)
    bot.as_("bob").in_("ops").say("hello")
    return values


def test_sends(bot: Bot, seen: dict[str, Any]) -> None:
    bot.command("send")
    bot.want_outcome(oco.Outcome.DONE)
    ops = bot.in_("ops")
    ops.want_edit("to ops, changed")
    ops.want_reaction("🎉")
    ops.want_unreact("🎉")
    ops.want_delete("to ops")
    bot.want_typing()
    assert bot.chat.until(lambda: any(x.text == "psst" and x.room == "dm-bob" for x in bot.chat.lines))
    assert [x.text for x in bot.chat.lines if x.room == "dm-alice" and x.text == "again"] == ["again"]


def test_rooms_and_users(bot: Bot, seen: dict[str, Any]) -> None:
    bot.command("rooms")
    bot.want_outcome(oco.Outcome.DONE)
    assert seen == {
        "topic": "be kind",
        "level": oco.Level.FULL,
        "members": ["bob", "bot", "carol"],
        "rooms": ["dm-alice", "ops"],
        "users": ["alice", "bob"],
        "bob": "bob",
        "by mention": "user:1:bob",
        "ready": True,
        "status": ("oco", [("test", True)]),
        "plugins": [("ask", False, 1, False), ("test", True, 1, False)],
        "leased": (1, True),
    }
    bot.in_("ops").want_topic("be kind")
    bot.in_("ops").want_members("bob")


def test_what_cannot_be_says_why(bot: Bot, seen: dict[str, Any]) -> None:
    bot.command("wrong")
    bot.want_outcome(oco.Outcome.DONE)
    said = {name: str(err) for name, err in seen.items()}
    assert "set exactly one of room, room_name and user, not none" in said["none"]
    assert "not room, user" in said["two"]
    assert "at most one of thread and start_thread_at" in said["threads"]
    assert "has 0 bytes" in said["empty"]
    assert "has 70000 bytes" in said["long"]
    assert "valid_for=-1 must be above zero" in said["valid"]
    assert "this is about the room itself" in said["place"]
    assert (seen["user"].code, seen["user"].reason) == ("NOT_FOUND", "USER_NOT_FOUND")
    assert "look users up by their id" in said["user"]
    assert "ROOM_NOT_FOUND" in said["room"]


def test_a_program_that_registers_nothing(bot: Bot) -> None:
    bot.start(asking_handler({}), scopes=["commands.read"])
    assert bot.process is not None
    endpoint, key = bot.process.endpoint, bot._guests["ask"]._key

    async def job() -> list[str]:
        async with oco.Client.dial(endpoint, key) as client:
            return [c.pattern async for c in client.commands("user:1:alice")]

    assert bot._loop.run(job()) == ["rooms", "send", "wrong"]

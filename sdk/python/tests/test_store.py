"""What plugins keep, through the real bot."""

import threading
from typing import Any

import pytest

import openchatops as oco
from openchatops.testing import Bot


def keeping_handler(seen: list[Any]) -> oco.Handler:
    handler = oco.Handler("keep", scopes=["store", "store.shared:teams"])

    @handler.command("basics")
    async def basics(msg: oco.Message) -> None:
        store = msg.store
        seen.append(await store.get("a"))
        revision = await store.put("a", {"x": [1, "ä"]})
        entry = await store.entry("a")
        assert entry is not None
        seen.append((await store.get("a"), entry.revision == revision, entry.expires))
        await store.put("b", 1, ttl=3600)
        timed = await store.entry("b")
        assert timed is not None
        seen.append(timed.expires is not None)
        seen.append([e.key async for e in store.list("")])
        await store.delete("a")
        seen.append(await store.get("a", "gone"))
        seen.append((await store.add("n", 5), await store.add("n")))

    @handler.command("update")
    async def update(msg: oco.Message) -> None:
        seen.append(await msg.store.update("list", lambda old: [*(old or []), 1]))
        seen.append(await msg.store.update("list", lambda old: [*(old or []), 2]))

        def racing(old: Any) -> Any:
            if len(seen) < 4:
                done = threading.Event()

                async def meanwhile() -> None:
                    await msg.store.put("list", ["other"])
                    done.set()

                threading.Thread(target=lambda: msg.wait(meanwhile())).start()
                seen.append("raced")
            return [*(old or []), 3]

        seen.append(await msg.store.update("list", racing))

    @handler.command("conflict")
    async def conflict(msg: oco.Message) -> None:
        try:
            await msg.store.transact(oco.Transaction().guard("c", 99).put("c", 1))
        except oco.Conflict as err:
            seen.append(str(err))
        for wrong in (
            oco.Transaction(),
            oco.Transaction().put("c", object()),
            oco.Transaction().put("c", float("nan")),
        ):
            try:
                await msg.store.transact(wrong)
            except oco.OcoError as err:
                seen.append(str(err))

    @handler.command("count", repeatable=True)
    async def count(msg: oco.Message) -> None:
        msg.transaction.add("count")
        if msg.attempt == 1:
            raise RuntimeError("again")

    @handler.command("guarded")
    def guarded(msg: oco.Message) -> None:
        msg.transaction.guard("count", 77).delete("count")

    @handler.command("wrong")
    def wrong(msg: oco.Message) -> None:
        msg.transaction.put("x", object())

    @handler.command("counted")
    def counted(msg: oco.Message) -> None:
        msg.reply(str(msg.wait(msg.store.get("count"))))

    @handler.command("shared")
    async def shared(msg: oco.Message) -> None:
        teams = msg.store.shared("teams")
        await teams.put("ops", ["ann"])
        seen.append([(e.key, e.value) async for e in teams.list("o")])
        msg.transaction.shared("teams").put("dev", [])

    return handler


@pytest.fixture
def seen(bot: Bot) -> list[Any]:
    values: list[Any] = []
    bot.start(keeping_handler(values), scopes=["store", "store.shared:teams"])
    return values


def test_keys_and_values(bot: Bot, seen: list[Any]) -> None:
    bot.command("basics")
    bot.want_outcome(oco.Outcome.DONE)
    assert seen == [None, ({"x": [1, "ä"]}, True, None), True, ["a", "b"], "gone", (5, 6)]


def test_many_keys_come_in_pages(bot: Bot) -> None:
    handler = oco.Handler("pages", scopes=["store"])

    @handler.command("fill")
    async def fill(msg: oco.Message) -> None:
        for n in range(4):
            transaction = oco.Transaction()
            for i in range(64):
                transaction.put(f"k{64 * n + i:03}", i)
            await msg.store.transact(transaction)
        msg.reply(str(len([e async for e in msg.store.list("k")])))

    bot.start(handler, scopes=["store"])
    bot.command("fill")
    bot.want_reply("256")


def test_an_update_begins_anew_when_somebody_else_wrote(bot: Bot, seen: list[Any]) -> None:
    bot.command("update")
    bot.want_outcome(oco.Outcome.DONE)
    assert seen[:2] == [[1], [1, 2]]
    assert seen[-1][-1] == 3


def test_conflicts_and_what_is_no_transaction(bot: Bot, seen: list[Any]) -> None:
    bot.command("conflict")
    assert "a guard of the transaction did not hold, for 'c'" in seen[0]
    assert seen[1] == "the transaction is empty"
    assert "the value for the key 'c' is no JSON" in seen[2]
    assert "the value for the key 'c' is no JSON" in seen[3]


def test_a_transaction_commits_with_the_outcome(bot: Bot, seen: list[Any]) -> None:
    bot.command("count")
    bot.command("count")
    bot.command("counted")
    bot.want_reply("2")
    bot.command("guarded")
    bot.want_outcome(oco.Outcome.FAILED)
    bot.command("wrong")
    bot.want_outcome(oco.Outcome.FAILED)
    bot.command("counted")
    bot.want_reply("2")


def test_a_shared_part(bot: Bot, seen: list[Any]) -> None:
    bot.command("shared")
    bot.want_outcome(oco.Outcome.DONE)
    assert seen == [[("ops", ["ann"])]]


def test_a_missing_scope_says_what_to_do(bot: Bot) -> None:
    values: list[Any] = []
    bot.start(keeping_handler(values))
    bot.command("basics")
    bot.want_outcome(oco.Outcome.FAILED)
    detail = bot.deliveries()[0].detail
    assert "the scope store is missing: ask for it with Handler(scopes=['store']), and the operator grants it" in detail

"""What authors are told when a callback goes wrong: the first lines, exactly, of a real program at a terminal."""

from pathlib import Path

from author import terminal

import openchatops as oco
from openchatops.testing import Bot

DEMO = """
import asyncio
import os
import time

import openchatops as oco

handler = oco.Handler("demo", scopes=["store"])
later = []


def lookup(name):
    return {}[name]  # lookup


@handler.command("async")  # async
async def in_async(msg: oco.Message):
    lookup("web")  # calls


@handler.command("thread")  # thread
def in_thread(msg: oco.Message):
    raise ValueError("no such app")  # raises


@handler.command("long", max_run=1)  # long
async def long(msg: oco.Message):
    await asyncio.sleep(3600)  # sleeps


@handler.command("hold", max_run=1)  # hold
def hold(msg: oco.Message):
    while msg.ended_by is None:
        time.sleep(0.01)


@handler.command("now")
async def now(msg: oco.Message):
    msg.reply_now("hello")  # now


@handler.command("plain")
def plain(msg: oco.Message):
    msg.reply_now("hello")  # plain


@handler.command("awaits")  # awaits
async def awaits(msg: oco.Message):
    await msg.reply("hello")  # awaited


@handler.command("forgets")
async def forgets(msg: oco.Message):
    asyncio.sleep(1)  # forgets


@handler.command("late")
async def late(msg: oco.Message):
    async def go_on():
        await asyncio.sleep(0.01)
        msg.reply("too late")  # late

    later.append(asyncio.ensure_future(go_on()))


@handler.command("empty")
async def empty(msg: oco.Message):
    msg.reply("")  # empty


@handler.command("blocks")
async def blocks(msg: oco.Message):
    while not os.path.exists(os.environ["GO_ON"]):
        time.sleep(0.01)  # blocks


@handler.command("scope")  # scope
async def scope(msg: oco.Message):
    await msg.store.get("key")  # gets


@handler.command("waits")  # waits
async def waits(msg: oco.Message):
    msg.wait(msg.progress())  # wait


@handler.command("mark {n}")
async def mark(msg: oco.Message, n: str):
    print(f"mark {n}", flush=True)


oco.main(handler)
"""

# What people say, and the first lines that the author reads then.
CALLBACKS: dict[str, list[str]] = {
    "async": [
        "WARNING in_async() at {async} failed: KeyError: 'web' ({lookup} in lookup)",
        "Traceback (most recent call last):",
        '  File "{file}", line {#calls}, in in_async',
        '    lookup("web")  # calls',
    ],
    "thread": [
        "WARNING in_thread() at {thread} failed: ValueError: no such app ({raises} in in_thread)",
        "Traceback (most recent call last):",
        '  File "{file}", line {#raises}, in in_thread',
        '    raise ValueError("no such app")  # raises',
    ],
    "long": [
        "WARNING long() at {long} was cancelled: it ran longer than its max_run: set max_run=, or call msg.extend while "
        "it works ({sleeps} in long)"
    ],
    "hold": [
        "WARNING hold() at {hold} goes on, though its delivery is over: nothing can end a thread, so look at "
        "msg.ended_by in it (it ran longer than its max_run: set max_run=, or call msg.extend while it works)"
    ],
    "now": [
        "{now}: RuntimeWarning: coroutine 'Message.reply_now' was never awaited",
        '  msg.reply_now("hello")  # now',
        "RuntimeWarning: Enable tracemalloc to get the object allocation traceback",
        "ERROR {now}: reply_now was not awaited, so it said nothing: write await msg.reply_now(…), or in a plain def "
        "msg.wait(msg.reply_now(…))",
    ],
    "plain": [
        "{plain}: RuntimeWarning: coroutine 'Message.reply_now' was never awaited",
        '  msg.reply_now("hello")  # plain',
        "RuntimeWarning: Enable tracemalloc to get the object allocation traceback",
        "ERROR {plain}: reply_now was not awaited, so it said nothing: write await msg.reply_now(…), or in a plain def "
        "msg.wait(msg.reply_now(…))",
    ],
    "awaits": [
        "WARNING awaits() at {awaits} failed: TypeError: reply returns at once and is not awaited: write msg.reply(…), "
        "or await msg.reply_now(…) ({awaited} in awaits)"
    ],
    "forgets": ["{forgets}: RuntimeWarning: coroutine 'sleep' was never awaited"],
    "late": [
        "ERROR a reply was not taken: the callback has returned, and with it ended its delivery: await in it what still "
        "has something to say, or say it with msg.bot.send ({late})"
    ],
    "empty": ["ERROR a reply was not taken: a reply must be a text that is not empty, not '' ({empty})"],
    "blocks": [
        "WARNING blocks() at {blocks} has blocked the event loop for 1 s: nothing else runs meanwhile, and soon the bot "
        "takes this process for dead; make it a plain def, which runs in a thread, or await what takes long",
    ],
    "scope": [
        "WARNING scope() at {scope} failed: BotError: the scope store is missing: ask for it with "
        "Handler(scopes=['store']), and the operator grants it in the bot's configuration, in `scopes` of that handler "
        "(demo lacks the scope store: the operator grants it) ({gets} in scope)"
    ],
    "waits": [
        "WARNING waits() at {waits} failed: OcoError: wait is for plain functions, which run in a thread: in an async "
        "one, await it ({wait} in waits)"
    ],
}


ENDED_WELL = {"forgets", "late", "blocks"}
ENDED_LATE = {"long", "hold"}  # the bot has decided it before


def test_callbacks(bot: Bot, tmp_path: Path) -> None:
    go_on = tmp_path / "go-on"
    with terminal(bot, tmp_path, DEMO, GO_ON=str(go_on)) as author:
        for said, lines in CALLBACKS.items():
            # What was said of the one before comes line by line, perhaps after its outcome.
            bot.command(f"mark {said}")
            author.behind(f"mark {said}\n")
            wait = bot.begin_command(said)
            author.says(lines)
            if said == "blocks":
                go_on.touch()
                author.until(author.expand("WARNING blocks() at {blocks} let the event loop go after "))
            wait()
            if said not in ENDED_LATE:
                bot.want_outcome(oco.Outcome.DONE if said in ENDED_WELL else oco.Outcome.FAILED)


STOPPING = """
import asyncio
import logging
import os
import signal
import threading

import openchatops as oco
from openchatops import _replica

_replica.FLUSH_GRACE = 0.2  # how long what is cancelled may go on
logging.basicConfig(format="%(levelname)s %(message)s", level=logging.INFO)
handler = oco.Handler("demo")


@handler.command("wait")  # wait
async def wait(msg: oco.Message):
    print("wait runs", flush=True)
    await asyncio.Event().wait()  # waits


@handler.command("stuck")  # stuck
def stuck(msg: oco.Message):
    print("stuck runs", flush=True)
    threading.Event().wait()


async def main():
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, stop.set)
    endpoint, key = os.environ["OCO_ENDPOINT"], os.environ["OCO_KEY"]
    await oco.run(handler, endpoint=endpoint, key=key, stop=stop, grace=0.2)


asyncio.run(main())
"""


def test_callbacks_that_do_not_end_when_the_process_stops(bot: Bot, tmp_path: Path) -> None:
    with terminal(bot, tmp_path, STOPPING) as author:
        for said in ("wait", "stuck"):
            author.forget()
            bot.begin_command(said)
            author.says([f"{said} runs"])
        assert author.stop() == 0
        author.says(
            [
                "INFO told to stop: 2 callbacks have 0.2 s to end: stuck() at {stuck}; wait() at {wait}",
                "WARNING 2 callbacks still run at the end of the grace and are cancelled: stuck() at {stuck}; wait() at "
                "{wait}",
                "WARNING stuck() at {stuck} goes on, though its delivery is over: nothing can end a thread, so look at "
                "msg.ended_by in it (the process stops, and the grace for what runs is over)",
                "WARNING wait() at {wait} was cancelled: the process stops, and the grace for what runs is over "
                "({waits} in wait)",
                "ERROR these do not end though they were cancelled; their deliveries end unknown: stuck() at {stuck}",
            ]
        )

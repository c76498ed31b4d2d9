"""The everything-handler of the conformance suite, written with the Python library; see ../README.md."""

import asyncio
import os
import time
from datetime import datetime, timedelta, timezone
from typing import Literal

import openchatops as oco

handler = oco.Handler("everything", scopes=("store", "messages.write.direct"))


def for_the_log() -> Exception:
    return ValueError("this is for the log")


@handler.command("echo {text...}", deprecated="shout {text...}", examples="echo hello")
async def echo(msg: oco.Message, text: str):
    """Repeat some text."""
    msg.reply(text)


@handler.command("say {a} [and {b}] [--loud]")
async def say(msg: oco.Message, a: str, b: str = "absent", loud: bool = False):
    """Say what was understood."""
    msg.reply(f"a={a} b={b} loud={'true' if loud else 'false'}")


@handler.command("add {a:integer} [{b:integer=2}]", aliases="plus {a:integer} [{b:integer=2}]")
def add(msg: oco.Message, a: int, b: int):
    """Add two numbers."""
    msg.reply(str(a + b))


@handler.command("join {names*}")
async def join(msg: oco.Message, names: list[str]):
    """Join names."""
    msg.reply("+".join(names))


@handler.command("pick {env:prod|staging}")
async def pick(msg: oco.Message, env: Literal["prod", "staging"]):
    """Pick one."""
    msg.reply(env)


@handler.command("wait {long:duration}")
async def wait(msg: oco.Message, long: timedelta):
    """Say how long that is."""
    msg.reply(str(long // timedelta(milliseconds=1)))


@handler.command("at {when:time}")
async def at(msg: oco.Message, when: datetime):
    """Say when that is."""
    msg.reply(when.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"))


@handler.command("who {user:user}")
async def who(msg: oco.Message, user: oco.User):
    """Say who that is."""
    msg.reply(user.id)


@handler.command("where {room:room}")
async def where(msg: oco.Message, room: oco.Room):
    """Say where that is."""
    msg.reply(room.id)


@handler.command("me")
async def me(msg: oco.Message):
    """Say who speaks where."""
    msg.reply(f"{msg.user.id} in {msg.room.id}")


@handler.command("two")
def two(msg: oco.Message):
    """Reply twice."""
    msg.reply("one")
    msg.reply("two")


@handler.command("later")
async def later(msg: oco.Message):
    """Reply, work, reply."""
    msg.reply("one")
    await asyncio.sleep(0.3)
    msg.reply("two")


@handler.command("private")
async def private(msg: oco.Message):
    """Reply to the person."""
    msg.reply_direct("just for you")


@handler.command("silent")
async def silent(msg: oco.Message):
    """Reply nothing."""


@handler.command("tell")
async def tell(msg: oco.Message):
    """Fail with a text."""
    raise oco.Tell("This is for you.") from for_the_log()


@handler.command("break")
async def breaks(msg: oco.Message):
    """Fail."""
    raise for_the_log()


@handler.command("again")
async def again(msg: oco.Message):
    """Ask for another attempt."""
    if msg.attempt < 3:
        raise oco.RetryAfter(0.001)
    msg.reply(f"attempt {msg.attempt}")


@handler.command("flaky", repeatable=True)
async def flaky(msg: oco.Message):
    """Fail at first."""
    if msg.attempt < 2:
        raise for_the_log()
    msg.reply(f"attempt {msg.attempt}")


@handler.command("stuck", max_run=0.2)
async def stuck(msg: oco.Message):
    """Take too long."""
    await asyncio.sleep(3600)


@handler.command("count {name}")
async def count(msg: oco.Message, name: str):
    """Count."""
    held = await msg.store.get(name, 0)
    msg.transaction.add(name, 1)
    msg.reply(str(held))


@handler.command("fail {name}")
async def fail(msg: oco.Message, name: str):
    """Count, and fail."""
    msg.transaction.add(name, 100)
    raise for_the_log()


@handler.command("once {n}")
def once(msg: oco.Message, n: str):
    """Run once."""
    write_down(msg, n)
    time.sleep(0.03)
    msg.reply(f"once {n} ran")


@handler.command("safe {n}", repeatable=True)
async def safe(msg: oco.Message, n: str):
    """Run, and again if that is needed."""
    write_down(msg, n)
    msg.reply(f"safe {n} begins")
    await asyncio.sleep(0.15)
    msg.reply(f"safe {n} ran")


def write_down(msg: oco.Message, n: str) -> None:
    """Say in the file EVERYTHING_RUNS that a callback runs."""
    if "EVERYTHING_RUNS" in os.environ:
        with open(os.environ["EVERYTHING_RUNS"], "ab", buffering=0) as runs:
            runs.write(f"{msg.route} {n} {msg.attempt}\n".encode())


@handler.command("restricted", allow="ops")
async def restricted(msg: oco.Message):
    """For some."""
    msg.reply("restricted")


@handler.command("dangerous {what}", danger=True, allow="ops")
async def dangerous(msg: oco.Message, what: str):
    """For few."""
    msg.reply(f"dangerous {what}")


@handler.hear("ticket (?P<id>[0-9]+)")
async def ticket(msg: oco.Message, id: str):
    """Listen for tickets."""
    msg.reply(f"ticket {id}")


if __name__ == "__main__":
    oco.main(handler)

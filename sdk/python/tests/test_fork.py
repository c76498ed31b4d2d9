"""What becomes of copies of the process that callbacks make."""

from pathlib import Path

from author import terminal

import openchatops as oco
from openchatops.testing import Bot

FORKS = """
import multiprocessing
import os
import sys

import openchatops as oco

handler = oco.Handler("demo")


def idle(up):
    up.send_bytes(b"up")
    up.recv_bytes()  # nothing comes


@handler.command("end")
def end(msg: oco.Message):
    here, there = multiprocessing.Pipe()
    copy = multiprocessing.get_context("fork").Process(target=idle, args=[there])
    copy.start()
    here.recv_bytes()
    copy.terminate()
    copy.join()
    msg.reply(f"ended by {-copy.exitcode}")


def status(msg, copy):
    msg.reply(f"left with {os.waitstatus_to_exitcode(os.waitpid(copy, 0)[1])}")


@handler.command("leave thread")
def leave_thread(msg: oco.Message):
    if (copy := os.fork()) == 0:
        sys.exit(3)
    status(msg, copy)


@handler.command("leave loop")
async def leave_loop(msg: oco.Message):
    if (copy := os.fork()) == 0:
        sys.exit(3)
    status(msg, copy)


@handler.command("return")
async def returns(msg: oco.Message):
    if (copy := os.fork()) == 0:
        return msg.reply("said by a copy")
    status(msg, copy)


@handler.command("raise")
def raises(msg: oco.Message):
    if (copy := os.fork()) == 0:
        raise ValueError("in a copy")
    status(msg, copy)


@handler.command("say")
def say(msg: oco.Message):
    if (copy := os.fork()) == 0:
        sys.exit("no disk")
    status(msg, copy)


oco.main(handler)
"""

ENDS = {
    "end": "ended by 15",
    "leave thread": "left with 3",
    "leave loop": "left with 3",
    "return": "left with 0",
    "raise": "left with 1",
    "say": "left with 1",
}


def test_a_copy_does_not_speak_for_the_process(bot: Bot, tmp_path: Path) -> None:
    with terminal(bot, tmp_path, FORKS) as author:
        for said, reply in ENDS.items():
            bot.command(said)
            bot.want_reply(reply)
            bot.want_outcome(oco.Outcome.DONE)
        assert author.stop() == 0
        author.until("ValueError: in a copy\n")
        author.until("no disk\n")

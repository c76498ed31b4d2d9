"""Killing and restarting under load: nothing runs twice, nobody is left without an answer.

A short form; with OCO_TORTURE=1 it goes on for longer.
"""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

import openchatops as oco
from openchatops.testing import Bot
from openchatops.v1 import admin_pb2

PACKAGE = Path(__file__).parents[1]
WORKER = """
import os
import openchatops as oco

handler = oco.Handler("worker")
runs = os.environ["RUNS"]

def count(msg, n):
    file = os.open(runs, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(file, f"{msg.route} {n}\\n".encode())
    os.fsync(file)
    os.close(file)

@handler.command("once {n}", order=oco.Order.NONE)
async def once(msg: oco.Message, n: str):
    count(msg, n)
    msg.reply(f"once {n} ran")

@handler.command("plain {n}", order=oco.Order.NONE)
def plain(msg: oco.Message, n: str):
    count(msg, n)
    msg.reply(f"plain {n} ran")

@handler.command("safe {n}", order=oco.Order.NONE, repeatable=True)
async def safe(msg: oco.Message, n: str):
    count(msg, n)
    msg.reply(f"safe {n} ran")

oco.main(handler)
"""
ENDED = {
    admin_pb2.DELIVERY_STATE_ENDED,
}


class Worker:
    """The process of the handler."""

    def __init__(self, directory: Path, endpoint: str, key: str) -> None:
        self.script = directory / "worker.py"
        self.script.write_text(WORKER)
        self.runs = directory / "runs"
        self.runs.touch()
        self.env = {k: v for k, v in os.environ.items() if not k.startswith("OCO_")} | {
            "PYTHONPATH": str(PACKAGE),
            "OCO_ENDPOINT": endpoint,
            "OCO_KEY": key,
            "RUNS": str(self.runs),
        }
        self.process: "subprocess.Popen[bytes]"  # noqa: UP037
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen([sys.executable, str(self.script)], env=self.env, stderr=subprocess.DEVNULL)

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(60)


def rounds() -> int:
    return 40 if os.environ.get("OCO_TORTURE") == "1" else 4


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_handler_that_is_ended_under_load(bot: Bot, tmp_path: Path, number: signal.Signals) -> None:
    bot.start(config={"handlers": [{"name": "worker", "remote": True}]})
    assert bot.process is not None
    key = bot._loop.run(bot.process.key("worker"))
    worker = Worker(tmp_path, bot.process.endpoint, key)
    bot.await_plugins("worker")
    done = threading.Event()
    said: list[str] = []

    def talk() -> None:
        n = 0
        people = [bot.as_(f"p{i}") for i in range(8)]
        while not done.is_set():
            n += 1
            said.append(f"{('once', 'plain', 'safe')[n % 3]} {n}")
            people[n % 8].begin_command(said[-1])
            done.wait(0.01)

    talking = threading.Thread(target=talk)
    talking.start()
    try:
        for _ in range(rounds()):
            before = worker.runs.stat().st_size
            assert bot.chat.until(lambda seen=before: worker.runs.stat().st_size > seen)  # type: ignore[misc]
            done.wait(random.uniform(0.05, 0.3))
            code = worker.end(number)
            assert code == (0 if number == signal.SIGTERM else -signal.SIGKILL)
            worker.start()
        before = worker.runs.stat().st_size
        assert bot.chat.until(lambda: worker.runs.stat().st_size > before)
    finally:
        done.set()
        talking.join()
        settled = bot.chat.until(lambda: not bot.chat._open, 90)
        worker.end(signal.SIGTERM)
    assert settled, "some commands have no outcome"
    ran = Counter(worker.runs.read_text().splitlines())
    twice = [what for what, times in ran.items() if times > 1 and not what.startswith("safe")]
    assert not twice
    records = bot.deliveries()
    outcomes = Counter(oco.Outcome(r.outcome) for r in records)
    assert {r.state for r in records} == ENDED
    assert set(outcomes) <= {oco.Outcome.DONE, oco.Outcome.UNKNOWN}
    if number == signal.SIGTERM:
        assert set(outcomes) == {oco.Outcome.DONE}
    texts = "\n".join(line.text for line in bot.chat.lines if line.reason is not None)
    for record in records:
        if record.outcome == admin_pb2.DeliveryRecord(outcome=1).outcome:
            assert record.sends, record
        else:
            assert record.delivery_id in texts, "nobody was told of an unknown outcome"
    replies = Counter(line.text for line in bot.chat.lines if line.reason == oco.SendReason.HANDLER)
    assert max(replies.values()) == 1
    assert len(records) == len(said)


def test_a_bot_that_is_killed_under_load(bot: Bot) -> None:
    handler = oco.Handler("worker")
    ran: Counter[str] = Counter()

    @handler.command("once {n}", order=oco.Order.NONE)
    async def once(msg: oco.Message, n: str) -> None:
        ran[n] += 1
        msg.reply(f"once {n} ran")

    bot.start(handler)
    for round_ in range(rounds() // 4):
        for n in range(20):
            bot.as_(f"p{n}").begin_command(f"once {round_}-{n}")
        bot.kill()
        bot.restart()
        bot.command(f"once {round_}-last")
    # A lease that was on disk when its frame was lost ends unknown, when its term is over.
    deadline = time.monotonic() + 90
    while {r.state for r in bot.deliveries()} != ENDED and time.monotonic() < deadline:
        time.sleep(0.1)
    assert set(ran.values()) == {1}
    records = bot.deliveries()
    assert {r.state for r in records} == ENDED
    assert {oco.Outcome(r.outcome) for r in records} <= {oco.Outcome.DONE, oco.Outcome.UNKNOWN}
    for record in records:
        if record.outcome != oco.Outcome.DONE:
            told = record.delivery_id
            assert bot.chat.until(lambda id=told: any(id in x.text for x in bot.chat.lines))  # type: ignore[misc]

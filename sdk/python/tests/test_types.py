"""What type checkers make of programs of authors: right ones pass strictly, and each mistake is found in its line."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from test_readme import ROOT, interpreter

__all__ = ["interpreter"]  # a fixture

EXAMPLES = [*sorted(ROOT.glob("examples/*/python")), ROOT / "conformance" / "everything" / "python"]

WRONG = """
from dataclasses import dataclass
from datetime import timedelta

import openchatops as oco

handler = oco.Handler("wrong", scope=["store"])  # call-arg


@dataclass
class Config:
    token: str = oco.setting(secret=True)


config = handler.settings(Config)


@handler.command("a", alow="ops")  # call-arg
async def a(msg: oco.Message) -> None:
    msg.replay("x")  # attr-defined
    msg.reply(7)  # arg-type
    msg.reply("x", keey="y")  # call-arg
    await msg.reply("x")  # misc
    msg.reply_now("x")  # unused-coroutine
    msg.store.put("k", 1)  # unused-coroutine
    text: str = msg.user  # assignment
    msg.reply(config().tokn)  # attr-defined
    if msg.user.self:  # attr-defined
        raise oco.RetryAfter("soon")  # arg-type


@handler.command("b", order="user")  # arg-type
def b(msg: oco.Message) -> None:
    msg.wait(msg.reply("x"))  # arg-type
    msg.transaction.put("k", 1, ttl="1h")  # arg-type


@handler.event("room.created")
async def created(event: oco.Event) -> None:
    event.reply(event.room_change.room.name)  # union-attr


@handler.from_settings(Config)
def build(config: Config, routes: oco.Handler) -> None:
    routes.command(config.word)  # attr-defined


class Chat(oco.Adapter):
    async def run(self, bot: oco.Bot) -> None:
        bot.publish()  # unused-coroutine

    async def send(self, message: oco.Outgoing) -> int:  # override
        return 7


handler.command("c", max_run=timedelta(minutes=1))(7)  # type-var
"""


def checked(interpreter: Path, directory: Path) -> tuple[int, str]:
    """What mypy says of programs beside the package as it is installed."""
    command = [sys.executable, "-m", "mypy", "--strict", "--no-incremental", "--python-executable", str(interpreter)]
    ran = subprocess.run(
        [*command, *(p.name for p in sorted(directory.glob("*.py")))],
        cwd=directory,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return ran.returncode, ran.stdout + ran.stderr


def _annotated(test: "re.Match[str]") -> str:
    """The first line of a test, whose parameters are the bot and texts."""
    parameters = [f"{name}: {'Bot' if name == 'bot' else 'str'}" for name in test[1].split(", ")]
    return test[0].replace(f"({test[1]})", f"({', '.join(parameters)})")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda p: p.parent.name)
def test_examples_are_right(interpreter: Path, tmp_path: Path, example: Path) -> None:
    """With the two annotations that strictness wants and the examples do without."""
    for path in example.glob("*.py"):
        text = path.read_text(encoding="utf-8")
        text = re.sub(r"^def test_\w+\((.*)\):$", _annotated, text, flags=re.MULTILINE)
        text = re.sub(r"^((?:(?:async )?def .*)?\)):$", r"\1 -> None:", text, flags=re.MULTILINE)
        fixture = "import openchatops as oco\nfrom openchatops.testing import Bot as Bot\n"
        (tmp_path / path.name).write_text(text.replace("import openchatops as oco\n", fixture, 1), encoding="utf-8")
    code, said = checked(interpreter, tmp_path)
    assert code == 0, said


def test_mistakes_are_found(interpreter: Path, tmp_path: Path) -> None:
    (tmp_path / "wrong.py").write_text(WRONG, encoding="utf-8")
    _, said = checked(interpreter, tmp_path)
    found = [(int(n), code) for n, code in re.findall(r"^wrong\.py:(\d+): error: .*\[([a-z-]+)\]$", said, re.MULTILINE)]
    marked = [re.search(r"  # ([a-z-]+)$", line) for line in WRONG.splitlines()]
    assert found == [(n, m[1]) for n, m in enumerate(marked, 1) if m], said

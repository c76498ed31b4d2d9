"""Handlers whose routes depend on what the operator sets, through the real bot and as --manifest prints them."""

import asyncio
import json
import os
import subprocess
import sys
import textwrap
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from test_main import environment

import openchatops as oco
from openchatops.testing import Bot


@dataclass
class Word:
    say: str
    reply: str = "nothing"


@dataclass
class Config:
    words: list[Word] = field(default_factory=list)


class Words:
    """A handler that says what the operator writes."""

    def __init__(self) -> None:
        self.handler = oco.Handler("words", version="0")
        self.entered = threading.Event()
        self.open = threading.Event()

        @self.handler.command("always")
        async def always(msg: oco.Message) -> None:
            msg.reply("always here")

        @self.handler.from_settings(Config)
        def build(config: Config, routes: oco.Handler) -> None:
            routes.version = str(len(config.words))
            for i, word in enumerate(config.words):
                if word.say == "bad":
                    raise oco.WrongSettings({f"words[{i}].say": "it is bad"})
                if word.say == "broken":
                    raise KeyError(word.say)
                if word.say == "settings":
                    routes.settings(Config)

                @routes.command(word.say)
                async def say(msg: oco.Message, reply: str = word.reply) -> None:
                    self.entered.set()
                    while reply == "slow" and not self.open.is_set():  # noqa: ASYNC110 - set by another thread
                        await asyncio.sleep(0.005)
                    msg.reply(reply)


def words(*said: str) -> dict[str, Any]:
    return {"words": [dict(zip(("say", "reply"), w.split("="), strict=False)) for w in said]}


def change(bot: Bot, *said: str) -> None:
    bot.configure(lambda c: c["handlers"][0].update(settings=words(*said)))


def answers(bot: Bot, text: str, reply: str) -> None:
    """Says it until the handler has registered what makes it known; nothing else tells a test that."""
    for _ in range(500):
        bot.command(text)
        if reply in bot.chat.look("dm-alice"):
            return
    bot.fail(f"{text!r} is not answered with {reply!r}")


def test_routes_are_those_of_the_settings(bot: Bot) -> None:
    """OCO-SET-4, OCO-SET-8: they change with the settings, and settings that are refused change nothing."""
    bot.start(Words().handler, settings=words("a=1", "b"))
    for text, reply in [("a", "1"), ("b", "nothing"), ("always", "always here")]:
        bot.command(text)
        bot.want_reply(reply)
    change(bot, "a=2", "c=3")
    answers(bot, "c", "3")
    bot.command("a")
    bot.want_reply("2")
    bot.command("b")
    bot.want_outcome()
    for said, warning in [
        (["d", "bad"], "`words[1].say`: it is bad"),
        (["d", "broken"], "KeyError: 'broken' ("),
        (["d", "d"], "the route at "),
        (["always"], "has the pattern 'always'"),
        (["settings"], "its settings were declared already"),
    ]:
        change(bot, *said)
        bot.await_warning(warning)
    bot.command("c")
    bot.want_reply("3")
    change(bot)
    bot.kill()
    bot.restart()
    bot.command("always")
    bot.want_reply("always here")


def test_a_callback_outlives_its_route(bot: Bot) -> None:
    made = Words()
    bot.start(made.handler, settings=words("wait=slow"))
    wait = bot.begin_command("wait")
    assert made.entered.wait(30)
    change(bot, "other=1")
    answers(bot, "other", "1")
    made.open.set()
    wait()
    assert "slow" in bot.chat.look("dm-alice")


def test_first_settings_that_make_no_routes_end_the_plugin(bot: Bot) -> None:
    with pytest.raises(oco.RegistrationRefused, match=r"oco\.yaml:1:.*`words\[0\]\.say`: it is bad"):
        bot.start(Words().handler, settings=words("bad"))


def test_declared_once() -> None:
    handler = Words().handler
    with pytest.raises(oco.DeclarationError, match="declared already"):
        handler.settings(Config)
    with pytest.raises(oco.DeclarationError, match="must be a dataclass"):
        oco.Handler("a").from_settings(int)(lambda config, routes: None)


PLUGIN = """
from dataclasses import dataclass
import openchatops as oco

@dataclass
class Config:
    words: list[str]

handler = oco.Handler("words")

@handler.from_settings(Config)
def build(config: Config, routes: oco.Handler) -> None:
    for i, word in enumerate(config.words):
        if word == "bad":
            raise oco.WrongSettings({f"words[{i}]": "it is bad\\nand worse", "": "all of it"})
        routes.command(word)(lambda msg: None)

if __name__ == "__main__":
    oco.main(handler)
"""


def manifest(directory: Path, text: str, given: str, plugin: str = PLUGIN) -> "subprocess.CompletedProcess[str]":
    """Runs a plugin with --manifest and settings on a descriptor."""
    path = directory / "plugin.py"
    path.write_text(textwrap.dedent(plugin))
    reading, writing = os.pipe()
    os.write(writing, given.encode())
    os.close(writing)
    try:
        return subprocess.run(
            [sys.executable, str(path), "--manifest"],
            env=environment(OCO_SETTINGS_FD=text or str(reading)),
            pass_fds=[reading],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    finally:
        os.close(reading)


def of(*said: str) -> str:
    items = [{"text": w} for w in said]
    return json.dumps({"settings": [{"name": "words", "list": {"items": items}}], "fieldOfTomorrow": 1})


def test_the_manifest_of_settings(tmp_path: Path) -> None:
    ended = manifest(tmp_path, "", of("a", "b"))
    assert (ended.returncode, ended.stderr) == (0, "")
    assert [r["command"]["pattern"] for r in json.loads(ended.stdout)["routes"]] == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "given", "plugin", "says"),
    [
        ("", of("a", "bad"), PLUGIN, "words[1]: it is bad\n  and worse\nall of it\n"),
        ("", "hunter2", PLUGIN, "oco: what OCO_SETTINGS_FD holds is no RegisterResponse as JSON\n"),
        ("x", "", PLUGIN, "oco: OCO_SETTINGS_FD='x': must be the number of an inherited descriptor, at least 3\n"),
        (
            "",
            "{}",
            'import openchatops as oco\noco.main(oco.Handler("a"), oco.Handler("b"))',
            "oco: OCO_SETTINGS_FD holds the settings of one plugin, but this process holds 2\n",
        ),
    ],
)
def test_manifests_that_cannot_be(tmp_path: Path, text: str, given: str, plugin: str, says: str) -> None:
    ended = manifest(tmp_path, text, given, plugin)
    assert (ended.returncode, ended.stdout, ended.stderr) == (2, "", says)


def test_settings_for_a_plugin_that_declares_none(tmp_path: Path) -> None:
    ended = manifest(tmp_path, "", "{}", 'import openchatops as oco\noco.main(oco.Handler("a", version="7"))')
    assert (ended.returncode, json.loads(ended.stdout)) == (0, {"version": "7"})

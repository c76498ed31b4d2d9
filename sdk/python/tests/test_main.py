"""Plugins as processes: what they print, and how they exit."""

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import openchatops as oco
from openchatops._keys import holder, read_keys
from openchatops.testing import Bot, Program

PACKAGE = Path(__file__).parents[1]
ECHO = '''
import openchatops as oco

handler = oco.Handler("echo", version="2")

@handler.command("echo {n} {text...}", allow="ops")
async def echo(msg: oco.Message, n: int, text: str):
    """Repeat some text."""
    msg.reply(text * n)

if __name__ == "__main__":
    oco.main(handler)
'''


def script(directory: Path, text: str) -> Path:
    path = directory / "plugin.py"
    path.write_text(textwrap.dedent(text))
    return path


def environment(**more: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("OCO_")}
    return kept | {"PYTHONPATH": str(PACKAGE)} | more


def started(path: Path, *arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, str(path), *arguments],
        env=environment(**variables),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_started_by_hand(tmp_path: Path) -> None:
    ended = started(script(tmp_path, ECHO))
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("This is a plugin of OpenChatOps and needs a bot to talk to: try it with `oco try")
    assert ended.stderr.count("\n") == 1


def test_the_manifest(tmp_path: Path) -> None:
    ended = started(script(tmp_path, ECHO), "--manifest")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert json.loads(ended.stdout) == {
        "version": "2",
        "routes": [
            {
                "help": "Repeat some text.",
                "allow": ["ops"],
                "command": {
                    "pattern": "echo {n} {text...}",
                    "arguments": [{"name": "n", "type": "ARGUMENT_TYPE_INTEGER"}],
                },
            }
        ],
    }


@pytest.mark.parametrize(
    ("variables", "code", "says"),
    [
        ({"OCO_ENDPOINT": "bot.example:1", "OCO_KEY": "k"}, 2, "the key would travel unencrypted"),
        ({"OCO_ENDPOINT": "unix://x", "OCO_KEY": "k"}, 2, "a unix socket is unix:///absolute/path"),
        ({"OCO_ENDPOINT": "127.0.0.1:1", "OCO_KEY": "oco_other_1_2"}, 2, "the key is that of the plugin 'other'"),
        ({"OCO_ENDPOINT": "127.0.0.1:1", "OCO_KEY_FD": "1"}, 2, "OCO_KEY_FD='1': must be the number"),
        ({"OCO_ENDPOINT": "127.0.0.1:1", "OCO_KEY_FD": "99"}, 2, "read the keys from OCO_KEY_FD=99"),
    ],
)
def test_started_wrongly(tmp_path: Path, variables: dict[str, str], code: int, says: str) -> None:
    ended = started(script(tmp_path, ECHO), **variables)
    assert ended.returncode == code
    assert ended.stderr.startswith("oco: ")
    assert says in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_wrong_key_is_one_sentence(bot: Bot, tmp_path: Path) -> None:
    bot.start(oco.Handler("echo"))
    assert bot.process is not None
    ended = started(script(tmp_path, ECHO), OCO_ENDPOINT=bot.process.endpoint, OCO_KEY="oco_echo_abc_wrong")
    assert ended.returncode == 1
    last = ended.stderr.strip().splitlines()[-1]
    assert last.startswith("oco: the bot does not accept the key of the plugin echo")
    assert "`oco key new echo`" in last


def test_a_mistake_in_the_program_is_told_with_its_line(tmp_path: Path) -> None:
    path = script(tmp_path, ECHO.replace("text: str", "txt: str"))
    ended = started(path)
    assert ended.returncode == 1
    assert f"{path}:6: echo() does not fit command('echo {{n}} {{text...}}')" in ended.stderr
    assert "It must be called as echo(msg, n: str, text: str)" in ended.stderr


def test_a_child_of_the_bot(bot: Bot, tmp_path: Path) -> None:
    """The key comes by a descriptor, what it logs goes to the bot's log, and SIGTERM drains it."""
    path = script(
        tmp_path,
        """
        import logging, os, time
        import openchatops as oco

        handler = oco.Handler("child")

        @handler.command("slow")
        def slow(msg: oco.Message):
            logging.getLogger("mine").info("working", extra={"step": 1})
            msg.reply("begun")
            time.sleep(0.5)
            assert "OCO_KEY_FD" not in os.environ and "OCO_KEY" not in os.environ
            msg.reply("finished")

        oco.main(handler)
        """,
    )
    bot.start(Program("child", [sys.executable, str(path)], {"PYTHONPATH": str(PACKAGE)}))
    bot.begin_command("slow")
    bot.await_text("begun")
    assert bot.process is not None
    assert bot.process.stop() == 0
    log = [json.loads(line) for line in bot.process.log.splitlines() if line.startswith("{")]
    (mine,) = [line for line in log if line["msg"] == "working"]
    assert (mine["plugin"], mine["step"]) == ("child", "1")
    assert mine["trace"]
    bot.restart()
    bot.await_text("finished")
    bot.want_reply("begun", "finished")


def test_keys_leave_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OCO_KEY", " k1\n")
    assert read_keys(["a"]) == {"a": "k1"}
    assert "OCO_KEY" not in os.environ
    monkeypatch.setenv("OCO_KEY", "k1")
    with pytest.raises(oco.UsageError, match="this process holds 2 plugins"):
        read_keys(["a", "b"])
    assert read_keys(["a"]) == {}


@pytest.mark.parametrize(
    ("text", "plugins", "want"),
    [
        ("a k1\n\nb k2\n", ["a", "b"], {"a": "k1", "b": "k2"}),
        ("called-otherwise k1\n", ["a"], {"a": "k1"}),
    ],
)
def test_keys_of_a_descriptor(
    monkeypatch: pytest.MonkeyPatch, text: str, plugins: list[str], want: dict[str, str]
) -> None:
    reading, writing = os.pipe()
    os.write(writing, text.encode())
    os.close(writing)
    monkeypatch.setenv("OCO_KEY_FD", str(reading))
    assert read_keys(plugins) == want


def test_a_line_that_is_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    os.write(writing, b"a b c\n")
    os.close(writing)
    monkeypatch.setenv("OCO_KEY_FD", str(reading))
    with pytest.raises(oco.UsageError, match='a line is not "PLUGIN KEY"'):
        read_keys(["a"])


def test_whose_key_it_is() -> None:
    assert holder("oco_echo_abc_secret") == "echo"
    assert holder("something") == ""


@pytest.mark.parametrize(
    ("plugins", "options", "says"),
    [
        ([], {}, "there is no plugin to run"),
        ([oco.Handler("a"), oco.Handler("b")], {"key": "k"}, "several plugins need keys="),
        ([oco.Handler("a"), oco.Handler("a")], {"keys": {"a": "k"}}, "two plugins are called 'a'"),
        ([oco.Handler("a")], {}, "there is no key for the plugin 'a'"),
    ],
)
def test_runs_that_cannot_be(bot: Bot, plugins: list[oco.Handler], options: dict[str, str], says: str) -> None:
    with pytest.raises(oco.UsageError, match=says):
        bot._loop.run(oco.run(*plugins, endpoint="127.0.0.1:1", **options))  # type: ignore[arg-type]

"""Settings that hold more than one value: read strictly, each mistake with its path and none with its value."""

import enum
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import pytest

import openchatops as oco
from openchatops._duration import duration
from openchatops._shape import Problems, from_json, shape_of
from openchatops.settings import Settings
from openchatops.testing import Bot
from openchatops.v1 import message_pb2, route_pb2

VECTORS = Path(__file__).parents[3] / "spec" / "vectors" / "command-patterns.json"


class Output(enum.Enum):
    TEXT = "text"
    BLOCK = "block"


@dataclass
class Inner:
    ratio: float
    count: int = oco.setting(1, help="How many.")


@dataclass
class Step:
    run: list[str]
    timeout: timedelta = timedelta(minutes=1)
    output: Output = Output.TEXT
    mode: Literal["hot", "cold"] = "cold"
    size: str = oco.setting("s", choices=["s", "l"])
    danger: bool = False
    exit_codes: dict[int, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    inner: Inner | None = None
    groups: Sequence[list[int]] = ()
    more: Any = None
    for_: str = ""


@dataclass
class Config:
    steps: list[Step]
    one: Inner
    ports: dict[str, int] = oco.setting({"http": 80})
    maybe: Inner | None = None
    others: list[dict[str, int]] | None = None
    anything: Any = None


def test_what_has_structure_is_json() -> None:
    """OCO-SET-9: a text with the check JSON, and a list of them a list of such texts."""
    specs = {s.name: s for s in Settings(Config).specs}
    assert {s.type for s in specs.values()} == {route_pb2.ARGUMENT_TYPE_TEXT}
    assert {s.check for s in specs.values()} == {route_pb2.ARGUMENT_CHECK_JSON}
    assert [s.name for s in specs.values() if s.list] == ["steps", "others"]
    assert [s.name for s in specs.values() if s.optional] == ["ports", "maybe", "others", "anything"]
    assert not any(s.HasField("default_text") for s in specs.values())


def given(name: str, *texts: str) -> message_pb2.Argument:
    items = [message_pb2.Argument(text=t) for t in texts]
    return message_pb2.Argument(name=name, list=message_pb2.ArgumentList(items=items))


def filled(*arguments: message_pb2.Argument) -> Config:
    settings = Settings(Config)
    settings._read(arguments)()
    return settings()


def test_it_is_filled() -> None:
    got = filled(
        given(
            "steps",
            """{"run": ["a", "b c"], "exit_codes": {"3": "nothing"}, "labels": {"x": "y"},
                "inner": {"ratio": 2, "count": "7"}, "groups": [[1, 2], []], "more": {"a": [null]}, "for": "me"}""",
            '{"run": [], "timeout": "1h30m", "output": "BLOCK", "mode": "HOT", "size": "L", "danger": "on",'
            ' "inner": null}',
        ),
        message_pb2.Argument(name="one", text='{"ratio": "0.5"}'),
        given("others", '{"a": 1}'),
    )
    first = Step(
        ["a", "b c"],
        exit_codes={3: "nothing"},
        labels={"x": "y"},
        inner=Inner(2.0, 7),
        groups=[[1, 2], []],
        more={"a": [None]},
        for_="me",
    )
    second = Step([], timedelta(minutes=90), Output.BLOCK, "hot", "l", True)
    assert got == Config([first, second], Inner(0.5), {"http": 80}, None, [{"a": 1}])


def test_every_mistake_has_its_path_and_none_its_value() -> None:
    with pytest.raises(oco.WrongSettings) as caught:
        filled(
            given(
                "steps",
                """{"run": ["a", 5], "timeout": 30, "output": "hunter2", "mode": 1, "danger": "hunter2",
                    "tiemout": "hunter2", "size": "xl"}""",
                '{"exit_codes": {"hunter": "x", "4": 1}, "inner": {"ratio": "hunter2", "count": 1.5}, '
                '"groups": [[true], 1]}',
                "[1]",
                '"hunter2"',
                "null",
                '{"run": null, "zzzzzzzz": 1}',
            ),
            message_pb2.Argument(name="one", text='{"a": "x"} {}'),
            message_pb2.Argument(name="ports", text="{"),
        )
    assert caught.value.problems == {
        "steps[0].run[1]": "it must be a text, not a number (quotes make it a text)",
        "steps[0].timeout": "it must be a duration such as 30s, 1h30m or 2d, not a number (quotes make it a text)",
        "steps[0].output": "it must be one of text, block, not this text",
        "steps[0].mode": "it must be one of hot, cold, not a number (quotes make it a text)",
        "steps[0].size": "it must be one of s, l, not this text",
        "steps[0].danger": "it must be true or false, yes or no, on or off, not this text",
        "steps[0].tiemout": "there is no such key; did you mean `timeout`?",
        "steps[1]": "`run` is missing: it is a list, each item a text",
        "steps[1].exit_codes.hunter": "this key must be a whole number",
        "steps[1].exit_codes.4": "it must be a text, not a number (quotes make it a text)",
        "steps[1].inner.ratio": "it must be a number such as 3 or 0.5, not this text",
        "steps[1].inner.count": "it must be a whole number such as 3 or -20, not a number (quotes make it a text)",
        "steps[1].groups[0][0]": "it must be a whole number such as 3 or -20, not true or false (quotes make it a "
        "text)",
        "steps[1].groups[1]": "it must be a list, each item a whole number such as 3 or -20, not a number (quotes make "
        "it a text)",
        "steps[2]": "it must be a mapping, not a list",
        "steps[3]": "it must be a mapping, not this text",
        "steps[4]": "it must be a mapping, not nothing (leave the key out)",
        "steps[5].run": "it must be a list, each item a text, not nothing (leave the key out)",
        "steps[5].zzzzzzzz": "there is no such key; known: run, timeout, output, mode, size, danger, exit_codes, "
        "labels, inner, groups, more, for",
        "one": "it is no JSON",
        "ports": "it is no JSON",
    }
    assert "hunter2" not in str(caught.value)
    assert "`steps[0].output`: it must be one of text, block" in str(caught.value)


@dataclass
class Selfish:
    inside: "list[Selfish]"


@dataclass
class Holds:
    token: str = oco.setting(secret=True)


def test_a_dataclass_may_look_at_itself() -> None:
    @dataclass
    class Range:
        low: int
        high: int

        def __post_init__(self) -> None:
            if self.low > self.high:
                raise ValueError("low is above high")

    problems = Problems()
    assert from_json(shape_of(Range), problems, "r", '{"low": 1, "high": 2}') == Range(1, 2)
    from_json(shape_of(Range), problems, "r", '{"low": 2, "high": 1}')
    assert problems == {"r": "low is above high"}


@pytest.mark.parametrize(
    ("annotation", "says"),
    [
        (Selfish, "Selfish.inside: Selfish holds itself"),
        (list[Holds], "Holds.token: a secret is a setting of its own, so that the bot can tell it"),
        (dict[float, str], "the keys of a mapping are str or int, not float"),
        (dict[str, bytes], "bytes is no type of a setting; there are str, int"),
        (dict[str, oco.User], "oco.User is no type of a setting"),
        (list[oco.User], "a dataclass or a dict, not list[oco.User]"),
    ],
)
def test_structures_that_cannot_be(annotation: Any, says: str) -> None:
    cls = dataclass(type("Conf", (), {"__annotations__": {"x": annotation}}))
    with pytest.raises(oco.DeclarationError) as caught:
        oco.Handler("a").settings(cls)
    assert says in str(caught.value)
    assert str(caught.value).startswith("settings: Conf.x: ")


def test_durations_are_those_of_the_bot() -> None:
    cases = [c for c in json.loads(VECTORS.read_text())["cases"] if c["pattern"] == "x {d:duration}"]
    assert len(cases) > 10
    for case in cases:
        text = case["text"].removeprefix("x ").strip('"')
        want = None
        if case["verdict"] == "yes":
            want = timedelta(microseconds=int(case["args"][0]["value"].removesuffix("ns")) // 1000)
        assert duration(text) == want, case["name"]


@dataclass
class Command:
    pattern: str
    timeout: timedelta = timedelta(seconds=30)


@dataclass
class Commands:
    commands: list[Command]
    labels: dict[str, str] = field(default_factory=dict)


def commands() -> oco.Handler:
    handler = oco.Handler("conf")

    def check(config: Commands) -> None:
        for i, c in enumerate(config.commands):
            if c.timeout > timedelta(minutes=5):
                raise oco.WrongSettings({f"commands[{i}].timeout": "it must be at most 5m"})

    config = handler.settings(Commands, check)

    @handler.command("show")
    async def show(msg: oco.Message) -> None:
        msg.reply(repr(config()))

    return handler


def test_structure_through_the_bot(bot: Bot) -> None:
    configured = {"commands": [{"pattern": "a"}, {"pattern": "b", "timeout": "1m"}], "labels": {"x": "y"}}
    bot.start(commands(), settings=configured)
    bot.command("show")
    bot.want_reply(repr(Commands([Command("a"), Command("b", timedelta(minutes=1))], {"x": "y"})))


@pytest.mark.parametrize(
    ("configured", "says"),
    [
        ([{"pattern": "a"}, {"timeout": "soon"}], "`commands[1].timeout`: it must be a duration such as 30s"),
        ([{"timeout": "1s"}], "`commands[0]`: `pattern` is missing: it is a text"),
        ([{"pattern": "a", "timeout": "6m"}], "`commands[0].timeout`: it must be at most 5m"),
    ],
)
def test_mistakes_have_their_place_in_the_configuration(bot: Bot, configured: Any, says: str) -> None:
    with pytest.raises(oco.RegistrationRefused) as caught:
        bot.start(commands(), settings={"commands": configured})
    assert says in str(caught.value)
    assert "/oco.yaml:1:" in str(caught.value)

"""What the operator sets, through the real bot."""

import enum
import threading
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

import pytest

import openchatops as oco
from openchatops.settings import Settings, problems_of
from openchatops.testing import Bot
from openchatops.v1 import route_pb2


class Env(enum.Enum):
    PROD = "prod"
    STAGING = "staging"


@dataclass
class Config:
    token: str = oco.setting(secret=True, help="The API token.")
    retries: int = oco.setting(3, help="How often to try.")
    wait: timedelta = timedelta(seconds=10)
    mode: Literal["hot", "cold"] = "cold"
    env: Env = Env.STAGING
    loud: bool = False
    ratio: float | None = None
    hosts: list[str] = oco.setting([], help="Machines that are left out.")
    empty: str = ""


def test_how_settings_are_declared() -> None:
    specs = {s.name: s for s in Settings(Config).specs}
    assert specs["token"] == route_pb2.ArgumentSpec(
        name="token", type=route_pb2.ARGUMENT_TYPE_TEXT, sensitive=True, help="The API token."
    )
    assert (specs["retries"].default_text, specs["retries"].optional) == ("3", False)
    assert specs["wait"].default_text == "10s"
    assert (specs["mode"].default_text, list(specs["mode"].choices)) == ("cold", ["hot", "cold"])
    assert (specs["env"].default_text, list(specs["env"].choices)) == ("staging", ["prod", "staging"])
    assert specs["loud"].default_text == "false"
    assert (specs["ratio"].optional, specs["ratio"].type) == (True, route_pb2.ARGUMENT_TYPE_NUMBER)
    assert (specs["hosts"].optional, specs["hosts"].list) == (True, True)
    assert (specs["empty"].HasField("default_text"), specs["empty"].default_text) == (True, "")
    assert not specs["empty"].optional


@dataclass
class BadName:
    Token: str


@dataclass
class BadType:
    who: oco.User


@dataclass
class BadAnnotation:
    raw: bytes


@dataclass
class SecretDefault:
    token: str = oco.setting("x", secret=True)


@pytest.mark.parametrize(
    ("cls", "says"),
    [
        (int, "must be a dataclass"),
        (BadName, "BadName.Token: a setting is called by small letters"),
        (
            BadType,
            "BadType.who: a setting is one of .*, choice, a dataclass or a dict, not oco.User",
        ),
        (BadAnnotation, "BadAnnotation.raw: bytes is no type"),
        (SecretDefault, "a secret has no default"),
    ],
)
def test_settings_that_cannot_be(cls: type, says: str) -> None:
    with pytest.raises(oco.DeclarationError, match=says):
        oco.Handler("a").settings(cls)


def test_settings_are_declared_once_and_known_late() -> None:
    handler = oco.Handler("a")
    config = handler.settings(Config)
    with pytest.raises(oco.DeclarationError, match="declared already"):
        handler.settings(Config)
    with pytest.raises(oco.OcoError, match="read them in a callback"):
        config()


def configured(refused: str = "", came: threading.Event | None = None) -> tuple[oco.Handler, Settings[Config]]:
    handler = oco.Handler("conf")

    def check(config: Config) -> None:
        if came is not None and config.token == "two":
            came.set()
        if config.token == refused:
            raise ValueError("that token is no good")

    config = handler.settings(Config, check)

    @handler.command("show")
    async def show(msg: oco.Message) -> None:
        msg.reply(repr(config()))

    return handler, config


def test_the_operators_settings(bot: Bot) -> None:
    handler, _ = configured()
    given: dict[str, Any] = {"token": "s3cret", "wait": "1m30s", "hosts": ["a", "b"], "env": "prod", "ratio": 0.5}
    bot.start(handler, settings=given)
    bot.command("show")
    want = Config("s3cret", 3, timedelta(seconds=90), "cold", Env.PROD, False, 0.5, ["a", "b"], "")
    bot.want_reply(repr(want))


def test_changed_settings_hold_for_what_starts_then(bot: Bot) -> None:
    came = threading.Event()
    handler, _ = configured("bad", came)
    bot.start(handler, settings={"token": "one"})
    bot.command("show")
    bot.want_reply(repr(Config("one")))

    def change(token: str) -> None:
        bot.configure(lambda c: c["handlers"][0]["settings"].update(token=token))

    change("two")
    assert came.wait(30)
    bot.command("show")
    bot.want_reply(repr(Config("two")))
    change("bad")  # refused: the handler goes on with those before
    bot.await_warning("that token is no good")
    bot.command("show")
    bot.want_reply(repr(Config("two")))


def test_first_settings_that_are_refused_end_the_plugin(bot: Bot) -> None:
    handler, _ = configured("bad")
    with pytest.raises(oco.RegistrationRefused, match="does not take its settings: that token is no good"):
        bot.start(handler, settings={"token": "bad"})


def test_settings_that_are_missing_end_the_plugin(bot: Bot) -> None:
    handler, _ = configured()
    with pytest.raises(oco.RegistrationRefused, match="token"):
        bot.start(handler)


@dataclass
class Defaults:
    hosts: list[str] = field(default_factory=lambda: ["z"])


def test_a_default_of_the_dataclass_applies(bot: Bot) -> None:
    handler = oco.Handler("conf")
    config = handler.settings(Defaults)

    @handler.command("show")
    async def show(msg: oco.Message) -> None:
        msg.reply(str(config().hosts))

    bot.start(handler)
    bot.command("show")
    bot.want_reply("['z']")


def test_what_the_bot_is_told_of_settings_that_are_refused() -> None:
    many = problems_of(oco.WrongSettings({f"hosts[{n}]": "it is down" for n in range(1000)}))
    assert list(many) == [f"hosts[{n}]" for n in range(256)]
    assert problems_of(oco.WrongSettings({"hosts": ""})) == {"hosts": "the plugin says no reason"}
    assert problems_of(ValueError()) == {"": "the plugin says no reason"}


def test_a_default_that_can_be_changed_is_not_shared() -> None:
    one = Config(token="t")
    one.hosts.append("x")
    assert Config(token="t").hosts == []

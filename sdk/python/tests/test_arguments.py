"""Arguments as callbacks get them, through the real bot."""

import enum
from datetime import datetime, timedelta, timezone
from typing import Any, Literal

import openchatops as oco
from openchatops.testing import Bot


class Env(enum.Enum):
    PROD = "prod"
    STAGING = "staging"


class Speed(enum.Enum):
    FAST = 1
    SLOW = 2


def argument_handler() -> oco.Handler:
    handler = oco.Handler("args")

    def said(msg: oco.Message, *values: object) -> None:
        msg.reply(" ".join(repr(v) for v in values))

    @handler.command("one {text} {n} {f} {wait} {when:time} [--force]")
    async def one(
        msg: oco.Message, text: str, n: int, f: float, wait: timedelta, when: datetime, force: bool = False
    ) -> None:
        said(msg, text, n, f, wait, when, force)

    @handler.command("env {env} [{speed}] [{mode}]")
    def env(msg: oco.Message, env: Env, speed: Speed = Speed.SLOW, mode: Literal["hot", "cold"] = "cold") -> None:
        said(msg, env, speed, mode)

    @handler.command("optional [{a}] [b {b}] [c {c=deflt}] [--flag]")
    def optional(msg: oco.Message, a: int | None, flag: bool, b: str = "mine", c: str = "never") -> None:
        said(msg, a, b, c, flag)

    @handler.command("list {hosts*}")
    async def hosts(msg: oco.Message, hosts: list[str]) -> None:
        said(msg, hosts)

    @handler.command("sum {numbers*}")
    async def numbers(msg: oco.Message, numbers: list[int]) -> None:
        said(msg, sum(numbers))

    @handler.command("any {x} {rest...}")
    async def anything(msg: oco.Message, **arguments: Any) -> None:
        said(msg, arguments, msg.arguments == arguments, msg.raw("x"), msg.raw("y"))

    @handler.command("who {who:user} {where:room}")
    async def who(msg: oco.Message, who: oco.User, where: oco.Room) -> None:
        said(msg, who.id, where.id)

    @handler.command("keep {for:duration} [--in]")
    async def keep(msg: oco.Message, for_: timedelta, in_: bool) -> None:
        said(msg, for_, in_)

    @handler.command("nothing")
    def nothing() -> None:
        pass

    @handler.hear(r"ticket (?P<id>\d+)(?P<mark>!)?")
    async def ticket(msg: oco.Message, id: str, mark: str = "?") -> None:
        said(msg, id, mark)

    return handler


def test_types(bot: Bot) -> None:
    bot.start(argument_handler())
    bot.command('one "a b" -7 2.5 90s 2026-12-01T09:00:00Z --force')
    when = datetime(2026, 12, 1, 9, tzinfo=timezone.utc)
    bot.want_reply(f"'a b' -7 2.5 {timedelta(seconds=90)!r} {when!r} True")
    bot.command("one a 9007199254740993 3 1h 2026-12-01T09:00:00Z")
    bot.want_reply(f"'a' 9007199254740993 3.0 {timedelta(hours=1)!r} {when!r} False")


def test_choices(bot: Bot) -> None:
    bot.start(argument_handler())
    bot.command("env PROD fast hot")
    bot.want_reply("<Env.PROD: 'prod'> <Speed.FAST: 1> 'hot'")
    bot.command("env staging")
    bot.want_reply("<Env.STAGING: 'staging'> <Speed.SLOW: 2> 'cold'")
    bot.command("env moon")
    bot.want_reply()
    bot.want_answer("prod", "staging")


def test_a_bad_value_never_reaches_the_callback(bot: Bot) -> None:
    bot.start(argument_handler())
    bot.command("one a b 1 1s 2026-12-01T09:00:00Z")
    bot.want_reply()
    bot.want_answer("n", "one {text}")
    bot.want_outcome()


def test_absent_optionals_are_left_out(bot: Bot) -> None:
    bot.start(argument_handler())
    bot.command("optional")
    bot.want_reply("None 'mine' 'deflt' False")
    bot.command("optional 3 b x c y --flag")
    bot.want_reply("3 'x' 'y' True")


def test_lists_and_what_is_not_declared(bot: Bot) -> None:
    bot.start(argument_handler())
    bot.command("list a 'b c'")
    bot.want_reply("['a', 'b c']")
    bot.command("sum 1 2 39")
    bot.want_reply("42")
    bot.command("any 'x y' the  rest")
    bot.want_reply("{'x': 'x y', 'rest': 'the  rest'} True \"'x y'\" ''")


def test_users_and_rooms(bot: Bot) -> None:
    bot.start(argument_handler())
    bot.as_("bob").in_("ops").say("hello")
    bot.command("who user:1:bob room:1:ops")
    bot.want_reply("'user:1:bob' 'room:1:ops'")


def test_names_that_python_keeps_for_itself(bot: Bot) -> None:
    bot.start(argument_handler())
    bot.command("keep 5s --in")
    bot.want_reply("datetime.timedelta(seconds=5) True")
    bot.command("keep 5s")
    bot.want_reply("datetime.timedelta(seconds=5) False")


def test_a_function_that_takes_nothing(bot: Bot) -> None:
    bot.start(argument_handler())
    bot.command("nothing")
    bot.want_outcome(oco.Outcome.DONE)


def test_what_is_heard(bot: Bot) -> None:
    bot.start(argument_handler())
    ops = bot.as_("bob").in_("ops")
    ops.say("see ticket 12!")
    ops.want_reply("'12' '!'")
    ops.say("see ticket 13")
    ops.want_reply("'13' '?'")


class Severity(enum.Enum):
    LOW = "low"
    HIGH = "high"


def test_heard_groups_are_what_their_annotations_say(bot: Bot) -> None:
    """OCO-RTE-43: a message in which a group is something else is not heard."""
    handler = oco.Handler("heard")

    @handler.hear(r"ticket (?P<id>\S+)(?: in (?P<wait>[0-9a-z]+))?(?: is (?P<how>low|high))?")
    async def ticket(msg: oco.Message, id: int, wait: timedelta | None = None, how: Severity = Severity.LOW) -> None:
        msg.reply(f"{id!r} {wait!r} {how}")

    @handler.hear("load (?P<load>[0-9.]+) on (?P<host>[a-z]+)")
    def load(msg: oco.Message, load: float, host: Literal["web", "db"]) -> None:
        msg.reply(f"{load!r} {host}")

    bot.start(handler)
    ops = bot.as_("bob").in_("ops")
    ops.say("see ticket 42 in 90s is high")
    ops.want_reply(f"42 {timedelta(seconds=90)!r} {Severity.HIGH}")
    ops.say("see ticket 7")
    ops.want_reply(f"7 None {Severity.LOW}")
    ops.say("see ticket soon")
    ops.want_silence()
    ops.say("load 1.5 on web")
    ops.want_reply("1.5 web")
    ops.say("load 1.5 on mail")
    ops.want_silence()

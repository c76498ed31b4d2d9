"""A function that does not fit its pattern fails where it is declared, naming what it must take."""

import enum
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

import pytest

import openchatops as oco
from openchatops.v1 import route_pb2


class Env(enum.Enum):
    PROD = "prod"
    STAGING = "staging"


def declared(pattern: str, fn: Callable[..., Any], **options: Any) -> route_pb2.Route:
    handler = oco.Handler("test")
    handler.command(pattern, **options)(fn)
    (route,) = handler.manifest().routes
    return route


def test_a_type_that_the_library_does_not_know_is_judged_by_the_bot() -> None:
    async def deploy(msg: oco.Message, app: str) -> None: ...

    assert declared("deploy {app:wordd}", deploy).command.pattern == "deploy {app:wordd}"


def test_what_a_function_says_is_the_route() -> None:
    async def deploy(
        msg: oco.Message,
        app: Annotated[str, oco.Arg(help="Which app.")],
        count: int,
        env: Env = Env.STAGING,
        mode: Literal["fast", "safe"] = "safe",
        wait: timedelta | None = None,
        force: bool = False,
        token: Annotated[str | None, oco.Arg(sensitive=True)] = None,
    ) -> None:
        """Deploy an app,
        wherever it may be.

        This is for who reads the code.
        """

    pattern = "deploy {app} {count} [{env}] [mode {mode}] [for {wait}] [with {token}] [--force]"
    route = declared(
        pattern,
        deploy,
        allow="ops",
        danger=True,
        max_run=timedelta(minutes=5),
        stale_after=30,
        aliases=["d {app} {count}"],
        examples=["deploy web 3"],
        deprecated="push {app} {count}",
        on_edit=True,
        order=oco.Order.ROOM,
        notify=oco.Notify.OPERATORS,
        max_attempts=3,
        repeatable=True,
        name="deploy",
    )
    assert route.help == "Deploy an app, wherever it may be."
    args = {a.name: a for a in route.command.arguments}
    assert args["app"] == route_pb2.ArgumentSpec(name="app", help="Which app.")
    assert args["count"].type == route_pb2.ARGUMENT_TYPE_INTEGER
    assert list(args["env"].choices) == ["prod", "staging"]
    assert list(args["mode"].choices) == ["fast", "safe"]
    assert args["wait"].type == route_pb2.ARGUMENT_TYPE_DURATION
    assert args["token"].sensitive
    assert "force" not in args  # the pattern says it all
    assert (list(route.allow), route.danger, route.name) == (["ops"], True, "deploy")
    assert (route.max_run.seconds, route.stale_after.seconds, route.max_attempts) == (300, 30, 3)
    assert route.run_policy == route_pb2.RUN_POLICY_REPEATABLE
    assert (route.order, route.notice) == (route_pb2.ORDER_ROOM, route_pb2.NOTICE_OPERATORS)
    assert (list(route.command.aliases), list(route.examples)) == (["d {app} {count}"], ["deploy web 3"])
    assert (list(route.command.deprecated), route.command.on_edit) == (["push {app} {count}"], True)


def lacks(msg: oco.Message) -> None: ...
def more(msg: oco.Message, app: str, env: str) -> None: ...
def text_for_number(msg: oco.Message, app: str) -> None: ...
def number_for_choice(msg: oco.Message, app: int) -> None: ...
def no_default(msg: oco.Message, app: str) -> None: ...
def no_list(msg: oco.Message, app: str) -> None: ...
def a_list(msg: oco.Message, app: list[str]) -> None: ...
def typed_rest(msg: oco.Message, app: int) -> None: ...
def strange(msg: oco.Message, app: bytes) -> None: ...
def several(msg: oco.Message, app: int | str) -> None: ...
def positional(msg: oco.Message, *app: str) -> None: ...
def other_choices(msg: oco.Message, app: Literal["x", "y"]) -> None: ...
def unreadable(msg: oco.Message, app: "Nothing") -> None: ...  # type: ignore[name-defined]  # noqa: F821
def number_choice(msg: oco.Message, app: Literal[1, 2]) -> None: ...
def keyword(msg: oco.Message) -> None: ...
def nested(msg: oco.Message, app: list[list[str]]) -> None: ...


@pytest.mark.parametrize(
    ("pattern", "fn", "says"),
    [
        ("deploy {app}", lacks, "it does not take app. It must be called as lacks(msg, app: str)"),
        ("deploy {app}", more, "there is no argument env (there are: app)"),
        ("deploy {app:integer}", text_for_number, "{app:integer} is int, not str"),
        ("deploy {app:a|b}", number_for_choice, "{app:a|b} is Literal['a', 'b'], not int"),
        ("deploy [{app}]", no_default, "app may be absent: give it a default, or annotate it str | None"),
        ("deploy {app*}", no_list, "{app*} is a list: annotate it list[str]"),
        ("deploy {app}", a_list, "list[str] is a list: write {app*}"),
        ("deploy {app...}", typed_rest, "annotate it str, not int"),
        ("deploy {app}", strange, "bytes is no type of an argument"),
        ("deploy {app}", several, "is several types"),
        ("deploy {app}", positional, "app must be a named parameter"),
        ("deploy {app:a|b}", other_choices, "the pattern has the values a, b, the annotation has x, y"),
        ("deploy {app}", unreadable, "annotations of unreadable() cannot be read"),
        ("deploy {app}", number_choice, "the values of a choice are texts"),
        ("deploy {app*}", nested, "a list holds plain values"),
        ("deploy {for}", keyword, "It must be called as keyword(msg, for_: str)"),
        ("deploy {app", lacks, "the { at 7 is not closed"),
        (" ", lacks, "it is empty"),
    ],
)
def test_functions_that_do_not_fit(pattern: str, fn: Callable[..., Any], says: str) -> None:
    with pytest.raises(oco.DeclarationError) as caught:
        declared(pattern, fn)
    assert says in str(caught.value)
    assert f"{__file__}:{fn.__code__.co_firstlineno}: " in str(caught.value)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"alow": "ops"}, "there is no option alow; there are aliases, allow,"),
        ({"allow": []}, "allow is empty"),
        ({"allow": [""]}, "must be a text that is not empty"),
        ({"max_run": 0}, "max_run=0 must be above zero"),
        ({"max_attempts": 0}, "max_attempts=0 must be 1 to 1000"),
        ({"max_attempts": True}, "must be a whole number"),
        ({"danger": "yes"}, "must be True or False"),
        ({"notify": oco.Notify.NONE}, "who addressed the bot is always told"),
        ({"order": 9}, "9 is not a valid Order"),
        ({"priority": 1}, "there is no option priority"),
    ],
)
def test_options_that_cannot_be(options: dict[str, Any], says: str) -> None:
    def ping(msg: oco.Message) -> None: ...

    with pytest.raises(oco.DeclarationError) as caught:
        declared("ping", ping, **options)
    assert says in str(caught.value)
    assert __file__ in str(caught.value)


def test_two_routes_of_one_name_or_pattern() -> None:
    handler = oco.Handler("test")

    @handler.command("ping")
    def ping(msg: oco.Message) -> None: ...

    with pytest.raises(oco.DeclarationError, match="has the pattern 'ping'"):
        handler.command("ping")(ping)
    handler.hear("down", name="alarm")(ping)
    with pytest.raises(oco.DeclarationError, match="has the name 'alarm': give one of them name="):
        handler.hear("up", name="alarm")(ping)


def test_hear_and_event_routes() -> None:
    handler = oco.Handler("test", version="7", description="Tests.", scopes=["users.read", "users.read"])

    @handler.hear(r"ticket (?P<id>\d+)", "Look a ticket up.", priority=3, exclusive=True, include_bots=True)
    def ticket(msg: oco.Message, id: int = 0) -> None: ...

    @handler.hear("down", addressed_only=True, on_edit=True)
    def down(**arguments: Any) -> None:
        """Hear that something is down."""

    @handler.event("room.member_joined", notify=oco.Notify.NONE)
    async def joined(event: oco.Event) -> None: ...

    manifest = handler.manifest()
    assert (manifest.version, manifest.description, list(manifest.scopes)) == ("7", "Tests.", ["users.read"])
    first, second, third = manifest.routes
    assert (first.name, first.help, first.priority, first.hear.exclusive) == ("hear-1", "Look a ticket up.", 3, True)
    assert list(first.hear.arguments) == [route_pb2.ArgumentSpec(name="id", type=route_pb2.ARGUMENT_TYPE_INTEGER)]
    assert not second.hear.arguments
    assert (second.name, second.help) == ("hear-2", "Hear that something is down.")
    assert second.hear.addressed_only
    assert second.hear.on_edit
    assert (third.name, list(third.event.types)) == ("event-room.member_joined", ["room.member_joined"])
    with pytest.raises(oco.DeclarationError, match="there is no argument name"):

        @handler.event("room.created")
        def created(event: oco.Event, name: str) -> None: ...


def heard_time(msg: oco.Message, at: datetime) -> None: ...
def heard_user(msg: oco.Message, at: oco.User) -> None: ...
def heard_list(msg: oco.Message, at: list[int]) -> None: ...
def heard_flag(msg: oco.Message, at: bool) -> None: ...
def heard_more(msg: oco.Message, at: str, on: str) -> None: ...
def heard_perhaps(msg: oco.Message, at: int) -> None: ...


@pytest.mark.parametrize(
    ("regex", "fn", "says"),
    [
        ("(?P<at>x)", heard_time, "the group at cannot be datetime: a group is str, int, float, timedelta"),
        ("(?P<at>x)", heard_user, "the group at cannot be oco.User"),
        ("(?P<at>x)", heard_list, "the group at cannot be list[int]"),
        ("(?P<at>x)", heard_flag, "the group at cannot be bool"),
        ("(?P<at>x)", heard_more, "there is no argument on (there are: at)"),
        ("(?P<at>x)?", heard_perhaps, "at may be absent: give it a default, or annotate it int | None"),
    ],
)
def test_functions_that_do_not_fit_what_is_heard(regex: str, fn: Callable[..., Any], says: str) -> None:
    """OCO-RTE-43."""
    with pytest.raises(oco.DeclarationError) as caught:
        oco.Handler("test").hear(regex)(fn)
    assert says in str(caught.value)
    assert f"{__file__}:{fn.__code__.co_firstlineno}: " in str(caught.value)


def test_what_heard_groups_are_registered_as() -> None:
    handler = oco.Handler("test")

    @handler.hear("(?P<text>x) (?P<n>x) (?P<f>x) (?P<wait>x) (?P<env>x) (?P<rest>x)")
    def heard(
        msg: oco.Message, text: str, n: int, f: float, wait: timedelta, env: Env, rest: Literal["a", "b"]
    ) -> None: ...

    specs = {a.name: a for a in handler.manifest().routes[0].hear.arguments}
    assert {name: spec.type for name, spec in specs.items()} == {
        "n": route_pb2.ARGUMENT_TYPE_INTEGER,
        "f": route_pb2.ARGUMENT_TYPE_NUMBER,
        "wait": route_pb2.ARGUMENT_TYPE_DURATION,
        "env": route_pb2.ARGUMENT_TYPE_CHOICE,
        "rest": route_pb2.ARGUMENT_TYPE_CHOICE,
    }
    assert list(specs["env"].choices) == ["prod", "staging"]


@pytest.mark.parametrize("name", ["", "Echo", "9", "a_b", "a" * 41])
def test_names_of_plugins(name: str) -> None:
    with pytest.raises(oco.DeclarationError, match="beginning with a letter"):
        oco.Handler(name)


def test_handlers_that_cannot_be() -> None:
    with pytest.raises(oco.DeclarationError, match="scopes must be a list"):
        oco.Handler("a", scopes="users.read")
    with pytest.raises(oco.DeclarationError, match="max_in_flight=0 must be"):
        oco.Handler("a", max_in_flight=0)
    with pytest.raises(oco.DeclarationError, match="is no function"):
        oco.Handler("a").command("ping")(7)  # type: ignore[type-var]


def test_a_time_needs_no_word_in_the_pattern() -> None:
    def remind(msg: oco.Message, when: datetime, who: oco.User, note: str) -> None: ...

    route = declared("remind {who} {when:time} {note...}", remind)
    assert [(a.name, a.type) for a in route.command.arguments] == [("who", route_pb2.ARGUMENT_TYPE_USER)]

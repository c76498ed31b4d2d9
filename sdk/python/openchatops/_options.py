"""What a decorator says of a route beside its pattern."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, TypedDict, cast

from . import _wire
from .v1 import route_pb2
from .values import Notify, Order


class RouteOptions(TypedDict, total=False):
    """The keyword arguments of every kind of route. What is not given takes the default of its kind."""

    name: str
    """The name of the route, to which rules, help and the operator's configuration refer."""
    allow: str | Sequence[str]
    """Groups of the operator's configuration that may use it; the operator may replace it."""
    danger: bool
    """Nobody outside a group in `allow` may use it."""
    repeatable: bool
    """Running it again is always safe: it does nothing but read, reply and fill its transaction."""
    order: Order
    """Which deliveries of the route run one after the other."""
    notify: Notify
    """Whom the bot tells when the outcome is not done."""
    max_run: float | timedelta
    """Bounds the callback, in seconds or as a timedelta; 60 s unless given."""
    stale_after: float | timedelta
    """The age after which a delivery is not run any more."""
    max_attempts: int
    """Bounds the attempts of a repeatable route and the retries of any; 5 unless given."""


class CommandOptions(RouteOptions, total=False):
    """The keyword arguments of a command."""

    aliases: str | Sequence[str]
    """Further patterns with the same placeholders."""
    deprecated: str | Sequence[str]
    """Patterns that go on working and are not shown any more."""
    examples: str | Sequence[str]
    """Texts that it takes, for help."""
    on_edit: bool
    """Also the new text of a message that was changed."""


class HearOptions(RouteOptions, total=False):
    """The keyword arguments of a hear route."""

    priority: int
    """The higher one fires first."""
    exclusive: bool
    """Hear routes of lower priority do not fire."""
    addressed_only: bool
    include_bots: bool
    """Also messages of other bots, never the bot's own."""
    on_edit: bool


def apply(route: route_pb2.Route, options: dict[str, Any]) -> None:
    """Puts options into a route. A ValueError says which one is wrong and why."""
    unknown = set(options) - _known(route)
    if unknown:
        raise ValueError(
            f"there is no option {', '.join(sorted(unknown))}; there are {', '.join(sorted(_known(route)))}"
        )
    for name, value in options.items():
        if value is not None:
            _apply(route, name, value)


def _known(route: route_pb2.Route) -> set[str]:
    kind = route.WhichOneof("match")
    options: Any = {"command": CommandOptions, "hear": HearOptions}.get(kind or "", RouteOptions)
    return set(options.__required_keys__ | options.__optional_keys__)


def _apply(route: route_pb2.Route, name: str, value: Any) -> None:
    match name:
        case "name":
            route.name = _text(name, value)
        case "allow" | "examples":
            getattr(route, name).extend(_texts(name, value))
        case "aliases" | "deprecated":
            getattr(route.command, name).extend(_texts(name, value))
        case "danger":
            route.danger = _flag(name, value)
        case "repeatable":
            if _flag(name, value):
                route.run_policy = route_pb2.RUN_POLICY_REPEATABLE
        case "order":
            route.order = cast(Any, int(Order(value)))
        case "notify":
            if Notify(value) is Notify.NONE and route.WhichOneof("match") == "command":
                raise ValueError("notify=Notify.NONE on a command: who addressed the bot is always told")
            route.notice = cast(Any, int(Notify(value)))
        case "max_run" | "stale_after":
            length = _wire.seconds(value)
            if length <= timedelta(0):
                raise ValueError(f"{name}={value!r} must be above zero")
            getattr(route, name).CopyFrom(_wire.duration(length))
        case "max_attempts" | "priority":
            setattr(route, name, _number(name, value))
        case _:
            setattr(getattr(route, route.WhichOneof("match") or ""), name, _flag(name, value))


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{name}={value!r} must be a text that is not empty")
    return _wire.valid(value)


def _texts(name: str, value: Any) -> list[str]:
    texts = [value] if isinstance(value, str) else list(value)
    if not texts:
        raise ValueError(f"{name} is empty: leave it out")
    return [_text(name, v) for v in texts]


def _flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{name}={value!r} must be True or False")
    return value


def _number(name: str, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"{name}={value!r} must be a whole number")
    if name == "max_attempts" and not 1 <= value <= 1000:
        raise ValueError(f"max_attempts={value} must be 1 to 1000")
    if not -(2**31) <= value < 2**31:
        raise ValueError(f"{name}={value} is too far from zero")
    return value

"""Handlers: programs with routes."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from typing_extensions import Unpack

from . import _wire
from ._options import CommandOptions, HearOptions, RouteOptions, apply
from ._placeholders import PatternError, Placeholder, groups, placeholders
from ._signature import Signature, fit, name_of, sentence, where
from .errors import DeclarationError
from .message import Event, Message
from .settings import Settings
from .v1 import bot_pb2, route_pb2

_F = TypeVar("_F", bound=Callable[..., Any])
_T = TypeVar("_T")
Callback = Callable[..., Awaitable[None]] | Callable[..., None]

_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
MAX_IN_FLIGHT = 1000


def plugin_name(what: str, name: str) -> str:
    """The name of a plugin, or what is wrong with it."""
    if not _NAME.fullmatch(name):
        raise DeclarationError(
            f"{what}({name!r}): a name is 1 to 40 characters of a-z, 0-9 and -, beginning with a letter"
        )
    return name


@dataclass(frozen=True)
class Route:
    """A pattern and its function."""

    wire: route_pb2.Route
    signature: Signature
    where: str
    """File and line of the declaration."""

    @property
    def callback(self) -> str:
        """The function as its author knows it."""
        return f"{name_of(self.signature.fn)}() at {self.where}"


class Handler:
    """A program with routes.

    The name must be the one that the operator's configuration gives it: its key belongs
    to that name. Declare everything before it is given to `main` or `run`. A mistake that
    the library can see raises DeclarationError where the declaration stands; patterns are
    judged by the bot when the handler registers.

    max_in_flight is how many callbacks run at once; the bot may grant less. scopes are
    what the handler asks for beside answering; the operator grants them.
    """

    def __init__(
        self,
        name: str,
        *,
        version: str = "",
        description: str = "",
        scopes: Sequence[str] = (),
        max_in_flight: int = 16,
    ) -> None:
        self.name = plugin_name("Handler", name)
        self.version = version
        self.description = description
        if isinstance(scopes, str) or "" in scopes:
            raise DeclarationError(f"Handler({name!r}): scopes must be a list of names such as ['users.read']")
        self.scopes = tuple(dict.fromkeys(scopes))
        if not 1 <= max_in_flight <= MAX_IN_FLIGHT:
            raise DeclarationError(f"Handler({name!r}): max_in_flight={max_in_flight} must be 1 to {MAX_IN_FLIGHT}")
        self.max_in_flight = max_in_flight
        self.routes: list[Route] = []
        self._declared: Settings[Any] | None = None
        self._depends = False
        self._made: Handler | None = None

    def command(self, pattern: str, help: str | None = None, **options: Unpack[CommandOptions]) -> Callable[[_F], _F]:
        """Declares a route on messages that are addressed to the bot and fit the pattern whole.

        The parameters of the function are the arguments of the pattern, by name, after
        the message; annotations convert, an argument that was not typed is left out so
        that its default applies, and the docstring is the help. A name that Python keeps
        for itself is written with an underscore, for_ for {for}. The bot answers a value
        that does not fit its annotation; the function is not called then. An `async def`
        runs on the loop, a plain `def` in a thread of its own::

            @handler.command("deploy {app} [to {env}] [--force]", allow="ops")
            async def deploy(msg: oco.Message, app: str, env: str = "staging", force: bool = False):
                \"\"\"Deploy an app.\"\"\"
        """
        wire = route_pb2.Route(command=route_pb2.CommandMatch(pattern=_wire.valid(pattern)))
        return self._declare("command", pattern, wire, help, dict(options), Message, placeholders)

    def hear(self, regex: str, help: str | None = None, **options: Unpack[HearOptions]) -> Callable[[_F], _F]:
        """Declares a route on any message in which the expression is found.

        The expression is OCO-RE, a subset of RE2 (spec/grammar.md); its named groups
        become arguments, and what their annotations say holds: a message in which one is
        something else is not heard (OCO-RTE-43). They are str, int, float, timedelta,
        Literal or an Enum. Unless named, hear routes are called hear-1, hear-2 and so on::

            @handler.hear(r"ticket (?P<id>[0-9]+)")
            async def ticket(msg: oco.Message, id: int): ...
        """
        number = 1 + sum(r.wire.HasField("hear") for r in self.routes)
        wire = route_pb2.Route(name=f"hear-{number}", hear=route_pb2.HearMatch(regex=_wire.valid(regex)))
        return self._declare("hear", regex, wire, help, dict(options), Message, groups)

    def event(self, type: str, **options: Unpack[RouteOptions]) -> Callable[[_F], _F]:
        """Declares a route on events that are not messages, such as "room.member_joined"."""
        wire = route_pb2.Route(name=f"event-{type}", event=route_pb2.EventMatch(types=[_wire.valid(type)]))
        return self._declare("event", type, wire, "", dict(options), Event, lambda _: [])

    def settings(self, cls: type[_T], check: Callable[[_T], None] | None = None) -> Settings[_T]:
        """Declares what the operator may set: a dataclass, see Settings. Once for a handler."""
        if self._declared is not None:
            raise DeclarationError(f"handler {self.name}: its settings were declared already")
        declared = Settings(cls, check)
        self._declared = declared
        return declared

    def from_settings(self, cls: type[_T]) -> Callable[[Callable[[_T, Handler], None]], Callable[[_T, Handler], None]]:
        """Declares routes that depend on what the operator sets; cls is as for settings::

            @handler.from_settings(Config)
            def build(config: Config, routes: oco.Handler):
                for command in config.commands:

                    @routes.command(command.pattern, command.help)
                    async def run(msg: oco.Message, command=command): ...

        The function is called before the handler registers, and again whenever the
        settings change, each time with a fresh handler that has what was declared on this
        one and nothing of an earlier call. It declares on that, keeps nothing that a
        refused call would leave behind, starts nothing, because it also runs when somebody
        only checks a configuration, and must not block for longer than some seconds.
        Callbacks that run go on as they are.

        What it raises refuses the settings, as in the check of settings; so does a mistake
        in a declaration, such as two routes with one pattern. If they are the first, the
        plugin ends; else it goes on with the settings and the routes before (OCO-SET-8).
        """

        def decorate(build: Callable[[_T, Handler], None]) -> Callable[[_T, Handler], None]:
            declared = self.settings(cls)
            self._depends = True

            def offer(config: _T) -> Callable[[], None]:
                made = self._fresh()
                build(config, made)

                def take() -> None:
                    self._made = made

                return take

            declared._offer = offer
            return build

        return decorate

    def _fresh(self) -> Handler:
        """What a function that depends on settings declares on."""
        made = Handler(
            self.name,
            version=self.version,
            description=self.description,
            scopes=self.scopes,
            max_in_flight=self.max_in_flight,
        )
        made.routes = list(self.routes)
        made._declared = self._declared
        return made

    @property
    def _current(self) -> Handler:
        """The handler as its settings make it."""
        return self._made or self

    def _declare(
        self,
        kind: str,
        what: str,
        wire: route_pb2.Route,
        help: str | None,
        options: dict[str, Any],
        event: type,
        holes: Callable[[str], list[Placeholder]],
    ) -> Callable[[_F], _F]:
        declared = f"{kind}({what!r})"

        def decorate(fn: _F) -> _F:
            if not callable(fn):
                raise DeclarationError(f"{declared}: {fn!r} is no function")
            try:
                if not what.strip():
                    raise ValueError("it is empty")
                apply(wire, options)
                found = holes(what)
            except (ValueError, PatternError) as err:
                raise DeclarationError(f"{where(fn)}: {declared}: {err}") from None
            signature, specs = fit(fn, declared, found, event, every=kind == "command")
            if specs:
                (wire.command if kind == "command" else wire.hear).arguments.extend(specs)
            wire.help = _wire.valid(sentence(fn) if help is None else help)
            self._add(Route(wire, signature, where(fn)), declared)
            return fn

        return decorate

    def _add(self, route: Route, declared: str) -> None:
        for other in self.routes:
            same_name = route.wire.name and route.wire.name == other.wire.name
            pattern = route.wire.command.pattern
            if same_name or (pattern and pattern == other.wire.command.pattern):
                what = f"name {route.wire.name!r}: give one of them name=" if same_name else f"pattern {pattern!r}"
                raise DeclarationError(f"{route.where}: {declared}: the route at {other.where} has the {what}")
        self.routes.append(route)

    def manifest(self) -> bot_pb2.Manifest:
        """What the handler offers and asks for, as `--manifest` prints it."""
        now = self._current
        return bot_pb2.Manifest(
            version=_wire.valid(now.version),
            description=_wire.valid(now.description),
            scopes=now.scopes,
            routes=[r.wire for r in now.routes],
            settings=self._declared.specs if self._declared else (),
        )

    def __repr__(self) -> str:
        return f"Handler({self.name!r}, {len(self.routes)} routes)"

"""What the operator may set for a plugin."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import itertools
import re
import typing
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from types import UnionType
from typing import Any, Generic, TypeVar, Union, cast, get_args, get_origin

from . import _wire
from ._arguments import Unfit, Want, given, value, want
from ._author import described
from ._shape import Problems, Shape, from_json, shape_of, structured
from .errors import DeclarationError, OcoError, WrongSettings
from .v1 import message_pb2, route_pb2

_T = TypeVar("_T")
_ALLOWED = ("text", "integer", "number", "flag", "duration", "choice")
_MOST_PROBLEMS = 256
_SETTING = re.compile(r"[a-z][a-z0-9_]{0,63}")


@dataclasses.dataclass(frozen=True)
class _About:
    help: str
    secret: bool
    choices: tuple[str, ...]


def setting(
    default: Any = dataclasses.MISSING, *, help: str = "", secret: bool = False, choices: Sequence[str] = ()
) -> Any:
    """Says more of a field of the settings than its annotation and default.

    The operator must give what has no default. A secret reaches no log of the bot's; it
    has no default but None.
    """
    about = {"oco": _About(help, secret, tuple(choices))}
    if isinstance(default, (list, dict)):
        return dataclasses.field(default_factory=lambda: copy.deepcopy(default), metadata=about)
    return dataclasses.field(default=default, metadata=about)


class Settings(Generic[_T]):
    """What is set now, called as a function.

    The settings are a dataclass, each field one setting::

        @dataclass
        class Config:
            token: str = oco.setting(secret=True, help="The API token.")
            retries: int = oco.setting(3, help="How often to try.")
            wait: timedelta = timedelta(seconds=10)
            env: Literal["prod", "staging"] = "staging"
            hosts: list[str] = oco.setting([], help="Machines that are left out.")

        config = handler.settings(Config)

        @handler.command("hosts")
        def hosts(msg: oco.Message):
            msg.reply(", ".join(config().hosts))

    Fields are str, int, float, bool, timedelta, Literal or an Enum, dataclasses and dicts
    of these, lists of all of them, and `X | None = None` for what may be left out. What
    has structure is read strictly: a key that the dataclass lacks is a mistake, and every
    mistake is told with its path and its place in the configuration (OCO-SET-9). They are
    there before the first callback and before the adapter's run; after a change, callbacks
    that start find the new ones.

    check looks at settings before they count and refuses them by an exception, whose text
    the operator reads in the bot's status; WrongSettings also says which of them is wrong.
    If they are the first, the plugin ends; else it goes on with those before.
    """

    def __init__(self, cls: type[_T], check: Callable[[_T], None] | None = None) -> None:
        if not (inspect.isclass(cls) and dataclasses.is_dataclass(cls)):
            raise DeclarationError(f"settings: {cls!r} must be a dataclass")
        self.cls = cls
        self._offer: Callable[[_T], Callable[[], object] | None] = check or (lambda _: None)
        """Looks at settings before they count; what it may return is called when they do."""
        self._fields: dict[str, Want | Shape] = {}
        self.specs = [self._spec(f) for f in dataclasses.fields(cast(Any, cls))]
        self._given: list[message_pb2.Argument] | None = None
        self._now: _T | None = None

    def __call__(self) -> _T:
        if self._now is None:
            raise OcoError(
                f"the settings {self.cls.__name__} are known once the plugin is registered: "
                "read them in a callback, not while the module is loaded"
            )
        return self._now

    @property
    def settled(self) -> bool:
        """Whether the bot has given settings."""
        return self._now is not None

    def _spec(self, field: dataclasses.Field[Any]) -> route_pb2.ArgumentSpec:
        where = f"settings: {self.cls.__name__}.{field.name}"
        about = field.metadata.get("oco", _About("", False, ()))
        if not _SETTING.fullmatch(field.name):
            raise DeclarationError(f"{where}: a setting is called by small letters, digits and _, a letter first")
        annotation = typing.get_type_hints(self.cls)[field.name]
        default = field.default
        out = route_pb2.ArgumentSpec(
            name=field.name,
            help=_wire.valid(about.help),
            sensitive=about.secret,
            optional=default is not dataclasses.MISSING or field.default_factory is not dataclasses.MISSING,
        )
        try:
            deep = structured(annotation)
            self._fields[field.name] = _with_structure(out, annotation) if deep else _plain(out, annotation, about)
        except Unfit as err:
            raise DeclarationError(f"{where}: {err}") from None
        if default not in (None, dataclasses.MISSING) and not out.list and not deep:
            if about.secret:
                raise DeclarationError(f"{where}: a secret has no default: manifests are public")
            out.default_text, out.optional = _text(default), False
        return out

    def _same(self, arguments: Iterable[message_pb2.Argument]) -> bool:
        """Whether these are the settings that count already."""
        return self._given is not None and self._given == list(arguments)

    def _read(self, arguments: Iterable[message_pb2.Argument]) -> Callable[[], None]:
        """Reads settings; what it returns makes them those that count. An exception refuses them."""
        kept = list(arguments)
        problems = Problems()
        values = {a.name: _read(a, self._fields[a.name], problems) for a in kept if a.name in self._fields}
        if problems:
            raise WrongSettings(problems)
        made = self.cls(**values)
        taken = self._offer(made)

        def take() -> None:
            self._now = made
            self._given = kept
            if taken is not None:
                taken()

        return take


def _plain(out: route_pb2.ArgumentSpec, annotation: Any, about: _About) -> Want:
    """Declares a setting of one value, or of a list of these."""
    w = want(annotation)
    if w.word not in _ALLOWED:
        raise Unfit(f"a setting is one of {', '.join(_ALLOWED)}, a dataclass or a dict, not {w.name}")
    choices = w.choices or about.choices
    out.type = route_pb2.ARGUMENT_TYPE_CHOICE if choices else cast(Any, w.type)
    out.choices.extend(choices)
    out.list = w.list
    return w


def _with_structure(out: route_pb2.ArgumentSpec, annotation: Any) -> Shape:
    """Declares a setting that is handed over as JSON, or as a list of such texts (OCO-SET-9)."""
    rest = [a for a in get_args(annotation) if a is not type(None)]
    if get_origin(annotation) in (Union, UnionType) and len(rest) == 1:
        annotation = rest[0]
    out.list = get_origin(annotation) in (list, Sequence)
    out.type, out.check = route_pb2.ARGUMENT_TYPE_TEXT, route_pb2.ARGUMENT_CHECK_JSON
    return shape_of(get_args(annotation)[0] if out.list else annotation)


def _read(arg: message_pb2.Argument, field: Want | Shape, problems: Problems) -> Any:
    """A setting as its field wants it."""
    if isinstance(field, Want):
        return given(arg, field)
    got = value(arg)
    if isinstance(got, list):
        return [from_json(field, problems, f"{arg.name}[{i}]", text) for i, text in enumerate(got)]
    return from_json(field, problems, arg.name, got)


def problems_of(err: Exception) -> dict[str, str]:
    """Why settings are refused, by path: in the author's words, or where the author's code broke."""
    if isinstance(err, WrongSettings):
        problems = dict(itertools.islice(err.problems.items(), _MOST_PROBLEMS))
    else:
        problems = {"": str(err) if isinstance(err, (OcoError, ValueError)) else described(err)}
    return {path: text or "the plugin says no reason" for path, text in problems.items()}


def _text(value: Any) -> str:
    """A default as an operator would write it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, timedelta):
        return f"{value.total_seconds():g}s"
    inner = getattr(value, "value", value)
    return inner if isinstance(inner, str) else getattr(value, "name", str(value)).lower()

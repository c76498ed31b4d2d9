"""Makes arguments of the wire what the annotations of a function ask for."""

from __future__ import annotations

import enum
import inspect
import types
import typing
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from . import _wire
from ._placeholders import Placeholder
from .v1 import message_pb2, route_pb2
from .values import File, Room, User


@dataclass(frozen=True)
class Arg:
    """Says more of an argument: `token: Annotated[str, oco.Arg(sensitive=True)]`.

    sensitive keeps its value out of logs, audit and notices.
    """

    help: str = ""
    sensitive: bool = False


# What is understood as an annotation: the type on the wire, and the word in a pattern.
_SCALARS: dict[Any, tuple[int, str]] = {
    str: (route_pb2.ARGUMENT_TYPE_TEXT, "text"),
    int: (route_pb2.ARGUMENT_TYPE_INTEGER, "integer"),
    float: (route_pb2.ARGUMENT_TYPE_NUMBER, "number"),
    bool: (route_pb2.ARGUMENT_TYPE_FLAG, "flag"),
    timedelta: (route_pb2.ARGUMENT_TYPE_DURATION, "duration"),
    datetime: (route_pb2.ARGUMENT_TYPE_TIME, "time"),
    User: (route_pb2.ARGUMENT_TYPE_USER, "user"),
    Room: (route_pb2.ARGUMENT_TYPE_ROOM, "room"),
    File: (route_pb2.ARGUMENT_TYPE_FILE, "file"),
}
# Words of patterns whose values travel as text.
_TEXTS = {"", "text", "url", "json", "regex", "secret"}
_ANNOTATION = {
    "integer": "int",
    "number": "float",
    "flag": "bool",
    "duration": "timedelta",
    "time": "datetime",
    "user": "oco.User",
    "room": "oco.Room",
    "file": "oco.File",
}
# What a group of an expression may be annotated (OCO-RTE-43).
_HEARD = {"", "text", "integer", "number", "duration", "choice"}


@dataclass(frozen=True)
class Want:
    """What a parameter wants to be given."""

    type: int
    """ARGUMENT_TYPE_… or 0: whatever comes."""
    word: str
    name: str
    """As an author writes it."""
    choices: tuple[str, ...] = ()
    convert: Callable[[Any], Any] = field(default=lambda v: v)
    list: bool = False
    none: bool = False
    about: Arg = Arg()
    python: Any = None
    """What a value must be an instance of."""


class Unfit(TypeError):
    """An annotation that no argument can be made into."""


def want(annotation: Any) -> Want:
    """Reads an annotation."""
    about = Arg()
    none = False
    # Python 3.10 puts "or None" around what has the default None, Annotated or not.
    while (origin := get_origin(annotation)) in (Annotated, Union, types.UnionType):
        if origin is Annotated:
            annotation, *extras = get_args(annotation)
            about = next((e for e in extras if isinstance(e, Arg)), about)
            continue
        rest = [a for a in get_args(annotation) if a is not type(None)]
        none = none or len(rest) < len(get_args(annotation))
        if len(rest) != 1:
            raise Unfit(f"{shown(annotation)} is several types; take one, or one | None")
        annotation = rest[0]
    if get_origin(annotation) in (list, Sequence) or annotation is list:
        (item,) = get_args(annotation) or (str,)
        inner = want(item)
        if inner.list or inner.none:
            raise Unfit(f"{shown(annotation)}: a list holds plain values")
        return replace(inner, name=f"list[{inner.name}]", list=True, none=none, about=about)
    kind, word, name, choices, convert = _scalar(annotation)
    python = annotation if annotation in _SCALARS else None
    return Want(kind, word, name, choices, convert, False, none, about, python)


def _scalar(annotation: Any) -> tuple[int, str, str, tuple[str, ...], Callable[[Any], Any]]:
    if annotation in (Any, inspect.Parameter.empty):
        return 0, "", "Any", (), _same
    if get_origin(annotation) is Literal:
        values = get_args(annotation)
        if not all(isinstance(v, str) for v in values):
            raise Unfit(f"{shown(annotation)}: the values of a choice are texts")
        return route_pb2.ARGUMENT_TYPE_CHOICE, "choice", shown(annotation), values, _same
    if inspect.isclass(annotation) and issubclass(annotation, enum.Enum):
        by_text = {str(m.value) if isinstance(m.value, str) else m.name.lower(): m for m in annotation}
        lower = {text.lower(): m for text, m in by_text.items()}
        return (
            route_pb2.ARGUMENT_TYPE_CHOICE,
            "choice",
            annotation.__name__,
            tuple(by_text),
            lambda text: lower[text.lower()],
        )
    if annotation in _SCALARS:
        kind, word = _SCALARS[annotation]
        return kind, word, shown(annotation), (), float if annotation is float else _same
    raise Unfit(
        f"{shown(annotation)} is no type of an argument; there are str, int, float, bool, datetime, timedelta, "
        "oco.User, oco.Room, oco.File, Literal, an Enum, a list of these, and each of them | None"
    )


def _same(value: Any) -> Any:
    return value


def shown(annotation: Any) -> str:
    if annotation in (User, Room, File):
        return f"oco.{annotation.__name__}"
    if inspect.isclass(annotation) and not get_args(annotation):
        return annotation.__name__
    return str(annotation).replace("typing.", "")


def annotation_of(p: Placeholder) -> str:
    """What an author may write for a placeholder, for the texts of errors."""
    literal = f"Literal[{', '.join(repr(c) for c in p.choices)}]"
    name = literal if p.type == "choice" else _ANNOTATION.get(p.type, "str")
    return f"list[{name}]" if p.list else name


_NOT_HEARD = (
    "the group {} cannot be {}: a group is str, int, float, timedelta, Literal or an Enum; take it as str and read it"
)


def fits(p: Placeholder, w: Want) -> str:
    """Why a parameter does not fit its placeholder, or nothing."""
    if p.heard:
        return "" if w.word in _HEARD and not w.list else _NOT_HEARD.format(p.name, w.name)
    if p.list and not w.list and w.type:
        return f"{{{p.name}*}} is a list: annotate it list[{w.name}]"
    if w.list and not p.list and p.type != "file":
        return f"{w.name} is a list: write {{{p.name}*}} in the pattern"
    if p.rest and w.type not in (0, route_pb2.ARGUMENT_TYPE_TEXT):
        return f"{{{p.name}...}} is the rest of the message as it was typed: annotate it str, not {w.name}"
    if not w.type or p.type == w.word or (p.type in _TEXTS and w.word == "text"):
        if w.choices and p.choices and sorted(map(str.lower, w.choices)) != sorted(map(str.lower, p.choices)):
            return f"the pattern has the values {', '.join(p.choices)}, the annotation has {', '.join(w.choices)}"
        return ""
    if p.type == "" or (p.type, w.word) in (("integer", "number"), ("choice", "text")):
        return ""
    if p.type not in _ANNOTATION and p.type not in _TEXTS and p.type != "choice":
        return ""  # there is no such type, or a newer bot has it: the bot says what there is
    return f"{{{p.name}:{'|'.join(p.choices) or p.type}}} is {annotation_of(p)}, not {w.name}"


def spec(p: Placeholder, w: Want) -> route_pb2.ArgumentSpec | None:
    """What the annotation adds to the pattern; the bot holds what people type to it."""
    out = route_pb2.ArgumentSpec(name=p.name, help=_wire.valid(w.about.help), sensitive=w.about.sensitive)
    if p.type == "" and not p.rest and w.type not in (0, route_pb2.ARGUMENT_TYPE_TEXT):
        out.type = typing.cast(Any, w.type)
        out.choices.extend(w.choices)
    return out if out.type or out.help or out.sensitive else None


def value(arg: message_pb2.Argument) -> Any:
    """An argument as Python has it."""
    kind = arg.WhichOneof("value")
    if kind == "list":
        return [value(item) for item in arg.list.items]
    if kind == "duration":
        return arg.duration.ToTimedelta()
    if kind == "time":
        return _wire.time_from(arg.time)
    if kind == "user":
        return _wire.user_from(arg.user)
    if kind == "room":
        return _wire.room_from(arg.room)
    if kind == "file":
        return _wire.file_from(arg.file)
    if kind is None:
        return arg.raw
    return getattr(arg, kind)


def given(arg: message_pb2.Argument, w: Want) -> Any:
    """An argument as a parameter wants it."""
    got = value(arg)
    if w.list:
        return [_one(arg, item, w) for item in (got if isinstance(got, list) else [got])]
    return _one(arg, got, w)


def _one(arg: message_pb2.Argument, got: Any, w: Want) -> Any:
    """One value, which is never of another type than the annotation says."""
    made = w.convert(got)
    if w.python is not None and not isinstance(made, w.python):
        raise TypeError(f"{arg.name}: the bot gave {type(got).__name__}, the annotation is {w.name}")
    return made

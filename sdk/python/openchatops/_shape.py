"""Reads settings that hold more than one value, strictly: every mistake with its path, and none with its value."""

from __future__ import annotations

import dataclasses
import difflib
import inspect
import json
import keyword
import re
import typing
from collections.abc import Mapping, Sequence
from types import UnionType
from typing import Any, Union, get_args, get_origin

from ._arguments import Unfit, Want, shown, want
from ._duration import duration
from .values import File, Room, User

_WANTS = {
    "text": "a text",
    "integer": "a whole number such as 3 or -20",
    "number": "a number such as 3 or 0.5",
    "flag": "true or false, yes or no, on or off",
    "duration": "a duration such as 30s, 1h30m or 2d",
}
_INTEGER = re.compile(r"-?[0-9]+")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_FLAGS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


class Problems(dict[str, str]):
    """What is wrong, by the path that leads to it."""

    def wrong(self, path: str, text: str) -> None:
        """Notes a problem beside those that the same path has."""
        self[path] = f"{self[path]}; {text}" if path in self else text


class Shape:
    """What a value must be."""

    wants = "anything"

    def read(self, problems: Problems, path: str, value: Any) -> Any:
        """Makes a value of what JSON has; what it returns counts if there was no problem."""
        return value

    def misfit(self, problems: Problems, path: str, value: Any) -> None:
        """Notes that a value is of another kind."""
        problems.wrong(path, f"it must be {self.wants}, not {_kind(value)}")


class Value(Shape):
    """One value. A number may be written as a text, because that is what comes out of a file."""

    def __init__(self, w: Want) -> None:
        self._want = w
        self.wants = f"one of {', '.join(w.choices)}" if w.choices else _WANTS[w.word]

    def read(self, problems: Problems, path: str, value: Any) -> Any:
        made = self._made(value)
        if made is None:
            self.misfit(problems, path, value)
        return made

    def _made(self, value: Any) -> Any:
        match self._want.word, value:
            case "text", str():
                return value
            case "choice", str():
                written = {c.lower(): c for c in self._want.choices}.get(value.lower())
                return None if written is None else self._want.convert(written)
            case "flag", bool():
                return value
            case "flag", str():
                return _FLAGS.get(value.lower())
            case "duration", str():
                return duration(value)
            case (("integer" | "number"), bool()):
                return None
            case "integer", int():
                return value
            case "number", int() | float():
                return float(value)
            case "integer", str():
                return int(value) if _INTEGER.fullmatch(value) else None
            case "number", str():
                return float(value) if _NUMBER.fullmatch(value) else None
        return None


class Perhaps(Shape):
    """A value or nothing."""

    def __init__(self, of: Shape) -> None:
        self._of = of
        self.wants = of.wants

    def read(self, problems: Problems, path: str, value: Any) -> Any:
        return None if value is None else self._of.read(problems, path, value)


class Items(Shape):
    """A list."""

    def __init__(self, each: Shape) -> None:
        self._each = each
        self.wants = f"a list, each item {each.wants}"

    def read(self, problems: Problems, path: str, value: Any) -> Any:
        if not isinstance(value, list):
            return self.misfit(problems, path, value)
        return [self._each.read(problems, f"{path}[{i}]", item) for i, item in enumerate(value)]


class Entries(Shape):
    """A mapping whose keys the operator chooses."""

    wants = "a mapping"

    def __init__(self, each: Shape, whole: bool) -> None:
        self._each = each
        self._whole = whole

    def read(self, problems: Problems, path: str, value: Any) -> Any:
        if not isinstance(value, dict):
            return self.misfit(problems, path, value)
        out: dict[Any, Any] = {}
        for key, item in value.items():
            name: Any = key
            if self._whole:
                if _INTEGER.fullmatch(key):
                    name = int(key)
                else:
                    problems.wrong(f"{path}.{key}", "this key must be a whole number")
            out[name] = self._each.read(problems, f"{path}.{key}", item)
        return out


@dataclasses.dataclass(frozen=True)
class _Member:
    field: str
    key: str
    """In the configuration; a name that Python keeps for itself has an underscore in the dataclass."""
    shape: Shape
    required: bool


class Members(Shape):
    """A dataclass, whose fields are the keys."""

    wants = "a mapping"

    def __init__(self, cls: type[Any], within: Sequence[Any]) -> None:
        self._cls = cls
        hints = typing.get_type_hints(cls, include_extras=True)
        self._members = [_member(cls, f, hints[f.name], (*within, cls)) for f in dataclasses.fields(cls) if f.init]

    def read(self, problems: Problems, path: str, value: Any) -> Any:
        if not isinstance(value, dict):
            return self.misfit(problems, path, value)
        before = len(problems)
        values: dict[str, Any] = {}
        for m in self._members:
            if m.key in value:
                values[m.field] = m.shape.read(problems, f"{path}.{m.key}", value[m.key])
            elif m.required:
                problems.wrong(path, f"`{m.key}` is missing: it is {m.shape.wants}")
        keys = [m.key for m in self._members]
        for key in value.keys() - set(keys):
            problems.wrong(f"{path}.{key}", f"there is no such key{_meant(key, keys)}")
        if len(problems) > before:
            return None
        try:
            return self._cls(**values)
        except ValueError as err:  # of its __post_init__
            return problems.wrong(path, str(err))


def _member(cls: type[Any], field: dataclasses.Field[Any], annotation: Any, within: Sequence[Any]) -> _Member:
    about = field.metadata.get("oco")
    where = f"{cls.__name__}.{field.name}"
    if about is not None and about.secret:
        raise Unfit(f"{where}: a secret is a setting of its own, so that the bot can tell it")
    try:
        shape = shape_of(annotation, within)
    except Unfit as err:
        raise Unfit(f"{where}: {err}") from None
    if about is not None and about.choices:
        shape = Value(dataclasses.replace(want(annotation), word="choice", choices=about.choices))
    key = field.name.removesuffix("_") if keyword.iskeyword(field.name.removesuffix("_")) else field.name
    required = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    return _Member(field.name, key, shape, required)


def structured(annotation: Any) -> bool:
    """Whether an annotation is of more than one value, or of a list of such."""
    origin, inside = get_origin(annotation), [a for a in get_args(annotation) if a is not type(None)]
    if origin in (Union, UnionType) and len(inside) == 1:
        return structured(inside[0])
    if origin in (list, Sequence):
        return _deep(inside[0])
    return _deep(annotation) and annotation is not list


def _deep(annotation: Any) -> bool:
    return (
        annotation in (Any, dict, list)
        or get_origin(annotation) in (dict, Mapping, list, Sequence)
        or _is_dataclass(annotation)
    )


def _is_dataclass(annotation: Any) -> bool:
    return (
        inspect.isclass(annotation)
        and dataclasses.is_dataclass(annotation)
        and annotation not in (User, Room, File)  # types of arguments, which no operator can write
    )


def shape_of(annotation: Any, within: Sequence[Any] = ()) -> Shape:
    """Reads an annotation. Unfit says what cannot be."""
    origin, inside = get_origin(annotation), get_args(annotation)
    if annotation is Any:
        return Shape()
    if origin in (Union, UnionType) and type(None) in inside and len(inside) == 2:
        return Perhaps(shape_of(next(a for a in inside if a is not type(None)), within))
    if annotation is list or origin in (list, Sequence):
        return Items(shape_of(inside[0] if inside else Any, within))
    if annotation is dict or origin in (dict, Mapping):
        key, item = inside or (str, Any)
        if key not in (str, int):
            raise Unfit(f"the keys of a mapping are str or int, not {shown(key)}")
        return Entries(shape_of(item, within), key is int)
    if _is_dataclass(annotation):
        if annotation in within:
            raise Unfit(f"{annotation.__name__} holds itself")
        return Members(annotation, within)
    try:
        w = want(annotation)
    except Unfit:
        w = None
    if w is None or w.word not in (*_WANTS, "choice"):
        raise Unfit(
            f"{shown(annotation)} is no type of a setting; there are str, int, float, bool, timedelta, Literal, an "
            "Enum, a dataclass, dict[str, …] and list[…] of these, and each of them | None"
        )
    return Value(w)


def from_json(shape: Shape, problems: Problems, path: str, text: str) -> Any:
    """Reads a text of JSON."""
    try:
        value = json.loads(text)
    except ValueError:
        return problems.wrong(path, "it is no JSON")
    return shape.read(problems, path, value)


def _meant(key: str, keys: list[str]) -> str:
    near = difflib.get_close_matches(key, keys, 1)
    if near:
        return f"; did you mean `{near[0]}`?"
    return f"; known: {', '.join(keys)}" if 0 < len(keys) <= 24 else ""


def _kind(value: Any) -> str:
    """Of what kind a value is, and never what it is."""
    match value:
        case None:
            return "nothing (leave the key out)"
        case bool():
            return "true or false (quotes make it a text)"
        case int() | float():
            return "a number (quotes make it a text)"
        case list():
            return "a list"
        case dict():
            return "a mapping"
    return "this text"

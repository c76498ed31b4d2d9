"""Fits a function to the arguments of its route, where it is declared."""

from __future__ import annotations

import inspect
import keyword
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, get_type_hints

from ._arguments import Unfit, Want, annotation_of, fits, given, spec, want
from ._placeholders import Placeholder
from .errors import DeclarationError
from .v1 import message_pb2, route_pb2


def where(fn: Callable[..., Any]) -> str:
    """The file and line of the function, with its decorators."""
    code = getattr(inspect.unwrap(fn), "__code__", None)
    return f"{code.co_filename}:{code.co_firstlineno}" if code else repr(fn)


def name_of(fn: Callable[..., Any]) -> str:
    """The function as its author calls it."""
    return getattr(fn, "__name__", repr(fn))


def sentence(fn: Callable[..., Any]) -> str:
    """The first paragraph of the docstring, as one line."""
    doc = inspect.getdoc(fn) or ""
    return " ".join(doc.split("\n\n", 1)[0].split())


@dataclass(frozen=True)
class Signature:
    """How the function of a route is called."""

    fn: Callable[..., Any]
    takes_event: bool
    wants: dict[str, tuple[str, Want]]
    """The parameters that are arguments, by the names of these."""
    absent: dict[str, Any]
    """What those are given that were not typed and have no default of their own."""
    rest: bool
    """It takes **kwargs: whatever else there is."""
    coroutine: bool

    def bind(
        self, event: object, arguments: Iterable[message_pb2.Argument]
    ) -> tuple[tuple[object, ...], dict[str, Any]]:
        """The positional and named arguments of a call. Absent optionals are left out."""
        named = dict(self.absent)
        for arg in arguments:
            if arg.name in self.wants:
                name, w = self.wants[arg.name]
                named[name] = given(arg, w)
            elif self.rest:
                named[arg.name] = given(arg, _ANYTHING)
        return ((event,) if self.takes_event else ()), named


_ANYTHING = want(Any)


def fit(
    fn: Callable[..., Any], declared: str, holes: list[Placeholder], event_type: type, every: bool
) -> tuple[Signature, list[route_pb2.ArgumentSpec]]:
    """Fits a function to placeholders, or says what it must take.

    The first parameter is the message or event; each other one is the argument of its
    name. With `every`, no argument of the pattern may be left without a parameter.
    """
    parameters, hints = _read(fn, declared)
    event, parameters = _event(parameters, hints, event_type)
    problems: list[str] = []
    by_name = {p.name: p for p in holes}
    wants: dict[str, tuple[str, Want]] = {}
    absent: dict[str, Any] = {}
    specs: list[route_pb2.ArgumentSpec] = []
    rest = False
    for parameter in parameters:
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            rest = True
            continue
        # A name that Python keeps for itself is written with an underscore: for_.
        hole = by_name.get(parameter.name) or by_name.get(parameter.name.removesuffix("_"))
        if hole is None:
            if parameter.default is parameter.empty:
                problems.append(_unknown(parameter, by_name))
            continue
        if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.VAR_POSITIONAL):
            problems.append(f"{parameter.name} must be a named parameter")
            continue
        try:
            w = want(hints.get(parameter.name, parameter.empty))
        except Unfit as err:
            problems.append(f"{parameter.name}: {err}")
            continue
        if reason := fits(hole, w):
            problems.append(f"{parameter.name}: {reason}")
            continue
        wants[hole.name] = (parameter.name, w)
        if hole.optional and parameter.default is parameter.empty:
            if hole.flag:
                absent[parameter.name] = False
            elif w.none:
                absent[parameter.name] = None
            else:
                problems.append(
                    f"{hole.name} may be absent: give it a default, or annotate it {w.name} | None for None"
                )
        if added := spec(hole, w):
            specs.append(added)
    if every and not rest:
        names = {n for p in parameters for n in (p.name, p.name.removesuffix("_"))}
        missing = [p.name for p in holes if p.name not in wants and p.name not in names]
        problems += [f"it does not take {name}" for name in missing]
    if problems:
        raise DeclarationError(
            f"{where(fn)}: {name_of(fn)}() does not fit {declared}: {'; '.join(problems)}. "
            f"It must be called as {_ideal(fn, event, holes)}"
        )
    return Signature(fn, event is not None, wants, absent, rest, inspect.iscoroutinefunction(inspect.unwrap(fn))), specs


def _read(fn: Callable[..., Any], declared: str) -> tuple[list[inspect.Parameter], dict[str, Any]]:
    if not callable(fn):
        raise DeclarationError(f"{declared}: {fn!r} is no function")
    try:
        hints = get_type_hints(fn, include_extras=True)
    except Exception as err:
        raise DeclarationError(f"{where(fn)}: the annotations of {name_of(fn)}() cannot be read: {err}") from err
    return list(inspect.signature(fn).parameters.values()), hints


def _event(
    parameters: list[inspect.Parameter], hints: dict[str, Any], event_type: type
) -> tuple[inspect.Parameter | None, list[inspect.Parameter]]:
    """The parameter of the message or event, and the others."""
    if parameters:
        first = parameters[0]
        hint = hints.get(first.name)
        named = hint is None and first.name in ("msg", "message", "event", "ev")
        if hint is event_type or named:
            return first, parameters[1:]
    return None, parameters


def _unknown(parameter: inspect.Parameter, by_name: dict[str, Placeholder]) -> str:
    if parameter.kind is parameter.VAR_POSITIONAL:
        return f"*{parameter.name} takes no argument: arguments are named"
    there = ", ".join(by_name) or "none"
    return f"there is no argument {parameter.name} (there are: {there})"


def _ideal(fn: Callable[..., Any], event: inspect.Parameter | None, holes: list[Placeholder]) -> str:
    """A declaration that would fit."""
    parts = [event.name] if event else ["msg"]
    for p in holes:
        shown = annotation_of(p)
        name = f"{p.name}_" if keyword.iskeyword(p.name) else p.name
        parts.append(f"{name}: {shown} | None = None" if p.optional and not p.flag else f"{name}: {shown}")
        if p.flag:
            parts[-1] += " = False"
    return f"{name_of(fn)}({', '.join(parts)})"

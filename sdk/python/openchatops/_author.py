"""Tells what happened in the author's code, and where in it."""

from __future__ import annotations

import itertools
import os.path
import sys
import sysconfig
from types import CodeType, FrameType, TracebackType

import google.protobuf
import grpc

from .errors import DeliveryEnded, Permanent, RetryAfter, Tell, alone, chain


def _directory(file: str | None) -> str:
    return os.path.join(os.path.dirname(file or "?"), "")


_HERE = _directory(__file__)
_OTHERS = (_HERE, _directory(grpc.__file__), _directory(google.protobuf.__file__), "<")
_INSTALLED = os.path.join(sysconfig.get_path("purelib"), "")
_PYTHON = os.path.join(sysconfig.get_path("stdlib"), "")


def ours(code: CodeType) -> bool:
    """Whether this is code of the library."""
    return code.co_filename.startswith(_HERE)


def of_author(code: CodeType) -> bool:
    """Whether this is neither code of the library and what it is made with, nor of Python."""
    file = code.co_filename
    return not file.startswith(_OTHERS) and (file.startswith(_INSTALLED) or not file.startswith(_PYTHON))


def caller() -> str:
    """The place of the author's code that called the library, as file:line."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and ours(frame.f_code):
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}" if frame is not None else "?"


def tellable(err: BaseException) -> str:
    """The text of an exception, also of one that cannot say it."""
    try:
        return str(err)
    except Exception as broken:
        return f"its text cannot be had: {type(broken).__name__} in its __str__"


def described(err: BaseException) -> str:
    """An exception for operators: what, from what, and where in the author's code."""
    parts: list[str] = []
    for current in itertools.islice(chain(err), 5):
        name = "" if isinstance(current, (Tell, RetryAfter, Permanent, DeliveryEnded)) else type(current).__name__
        parts.append(": ".join(p for p in (name, tellable(current)) if p))
    inner = err
    while (member := alone(inner)) is not None:
        inner = member
    place = at(inner) or at(err)
    return "; from ".join(parts) + (f" ({place})" if place else "")


def at(err: BaseException) -> str:
    """The last line of the author's own code in a traceback, as file:line in function."""
    found = ""
    tb = err.__traceback__
    while tb is not None:
        code = tb.tb_frame.f_code
        if of_author(code):
            found = f"{code.co_filename}:{tb.tb_lineno} in {code.co_name}"
        tb = tb.tb_next
    return found


def trimmed(err: BaseException) -> tuple[type[BaseException], BaseException, TracebackType | None]:
    """An exception for a log, without the lines that lead to the author's, and without the library's own."""
    steps: list[TracebackType] = []
    tb = err.__traceback__
    while tb is not None:
        steps.append(tb)
        tb = tb.tb_next
    theirs = itertools.dropwhile(lambda step: not of_author(step.tb_frame.f_code), steps)
    kept = [step for step in theirs if not ours(step.tb_frame.f_code)] or steps
    made: TracebackType | None = None
    for step in reversed(kept):
        made = TracebackType(made, step.tb_frame, step.tb_lasti, step.tb_lineno)
    return type(err), err, made

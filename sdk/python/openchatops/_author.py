"""Tells what happened in the author's code, and where in it."""

from __future__ import annotations

from typing import Any

from .errors import DeliveryEnded, Permanent, RetryAfter, Tell


def tellable(err: BaseException) -> str:
    """The text of an exception, also of one that cannot say it."""
    try:
        return str(err)
    except Exception as broken:
        return f"its text cannot be had: {type(broken).__name__} in its __str__"


def described(err: BaseException) -> str:
    """An exception for operators: what, from what, and where in the author's code."""
    parts: list[str] = []
    current: BaseException | None = err
    while current is not None and len(parts) < 5:
        name = "" if isinstance(current, (Tell, RetryAfter, Permanent, DeliveryEnded)) else type(current).__name__
        parts.append(": ".join(p for p in (name, tellable(current)) if p))
        current = current.__cause__
    place = at(err)
    return "; from ".join(parts) + (f" ({place})" if place else "")


def at(err: BaseException) -> str:
    """The last line of the author's own code in a traceback, as file:line in function."""
    here = __file__.rpartition("/")[0]
    found = ""
    tb: Any = err.__traceback__
    while tb is not None:
        code = tb.tb_frame.f_code
        if not code.co_filename.startswith((here, "<")):
            found = f"{code.co_filename}:{tb.tb_lineno} in {code.co_name}"
        tb = tb.tb_next
    return found

"""Reads what whoever started this process hands down to it."""

from __future__ import annotations

import os

from .errors import UsageError

_MOST = 4 << 20


def read_descriptor(variable: str, descriptor: str, what: str) -> str:
    """Reads an inherited descriptor to its end and closes it."""
    if not descriptor.isdecimal() or int(descriptor) < 3:
        raise UsageError(f"{variable}={descriptor!r}: must be the number of an inherited descriptor, at least 3")
    try:
        with os.fdopen(int(descriptor), encoding="utf-8") as file:
            return file.read(_MOST)
    except (OSError, UnicodeDecodeError) as err:
        raise UsageError(f"read the {what} from {variable}={descriptor}: {err}") from err

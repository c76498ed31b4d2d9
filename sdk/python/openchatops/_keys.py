"""Takes plugin keys out of the environment."""

from __future__ import annotations

import os
from collections.abc import Sequence

from ._descriptor import read_descriptor
from .errors import UsageError


def read_keys(plugins: Sequence[str]) -> dict[str, str]:
    """The keys by plugin. They leave the environment: who starts other programs does not hand them on."""
    descriptor = os.environ.pop("OCO_KEY_FD", "")
    key = os.environ.pop("OCO_KEY", "").strip()
    if descriptor:
        keys = _read(descriptor)
        if len(plugins) == 1 and len(keys) == 1:
            # The operator may call the one plugin of a process as they like: the name belongs to the key.
            return {plugins[0]: next(iter(keys.values()))}
        return keys
    if key and len(plugins) != 1:
        raise UsageError(
            f"OCO_KEY is one key, but this process holds {len(plugins)} plugins: the bot gives it their keys "
            "by OCO_KEY_FD"
        )
    return {plugins[0]: key} if key else {}


def _read(descriptor: str) -> dict[str, str]:
    """Reads lines "PLUGIN KEY"."""
    keys = {}
    for line in read_descriptor("OCO_KEY_FD", descriptor, "keys").splitlines():
        words = line.split()
        if len(words) not in (0, 2):
            raise UsageError('OCO_KEY_FD: a line is not "PLUGIN KEY"')
        if words:
            keys[words[0]] = words[1]
    return keys


def holder(key: str) -> str:
    """The name in a key as the bot makes them, "" for others."""
    parts = key.split("_", 3)
    return parts[1] if len(parts) == 4 and parts[0] == "oco" else ""

"""Reads durations as the bot does (spec/grammar.md): 90s, 1h30m, 1.5h, 2 days."""

from __future__ import annotations

import re
from datetime import timedelta
from fractions import Fraction

_UNITS = (
    (("w", "week", "weeks"), 7 * 24 * 3600_000),
    (("d", "day", "days"), 24 * 3600_000),
    (("h", "hr", "hrs", "hour", "hours"), 3600_000),
    (("m", "min", "mins", "minute", "minutes"), 60_000),
    (("s", "sec", "secs", "second", "seconds"), 1000),
    (("ms",), 1),
)
_AMOUNT = re.compile(r"([0-9]{1,18}(?:\.[0-9]{1,9})?) ?([a-z]+) ?")
_MOST = 2**63 - 1
"""What a duration of the bot holds, in nanoseconds."""


def duration(text: str) -> timedelta | None:
    """A duration, or None if it is none: the greatest unit first, each at most once."""
    rest = " ".join(text.lower().split())
    total, smallest = Fraction(0), -1
    while rest:
        amount = _AMOUNT.match(rest)
        unit = next((i for i, (names, _) in enumerate(_UNITS) if amount and amount[2] in names), -1)
        if amount is None or unit <= smallest:
            return None
        total += Fraction(amount[1]) * _UNITS[unit][1]
        smallest, rest = unit, rest[amount.end() :]
    if smallest < 0 or total * 1_000_000 > _MOST:
        return None
    return timedelta(microseconds=int(total * 1000))

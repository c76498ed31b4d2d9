"""Finds what stands in a pattern for arguments.

The bot compiles and matches patterns (spec/grammar.md); this only finds the names and
shapes of placeholders, so that a function that does not fit fails where it is declared.
What it does not understand is left to the bot.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_FLAG = re.compile(
    r"\[\s*(-(?:-[A-Za-z][A-Za-z0-9-]*|[A-Za-z])(?:\s*\|\s*-(?:-[A-Za-z][A-Za-z0-9-]*|[A-Za-z]))*)\s*(\]|=\{)"
)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_TOKEN = re.compile(
    r"\\."
    r"|\[\^?-?(?:\\.|[^\]\\])*\]"
    r"|\((?:\?P?<(?P<name>[A-Za-z_][A-Za-z0-9_]*)>)?"
    r"|\)(?P<many>[?*]|\{0)?"
    r"|\|"
)


@dataclass(frozen=True)
class Placeholder:
    """One argument of a pattern."""

    name: str
    type: str = ""
    """What stands after the colon if that is one word; "choice" for several; "" for nothing."""
    choices: tuple[str, ...] = ()
    optional: bool = False
    """A message may leave it out, and it has no default: it may be absent."""
    defaulted: bool = False
    rest: bool = False
    list: bool = False
    flag: bool = False
    """It is there or not: [--force]."""
    heard: bool = False
    """A named group of an expression, which says no type."""


class PatternError(ValueError):
    """The pattern cannot be read."""


def placeholders(pattern: str) -> list[Placeholder]:
    """The arguments of a command pattern, in their order."""
    found: list[Placeholder] = []
    depth = 0
    at = 0
    while at < len(pattern):
        c = pattern[at]
        if c == "\\":
            at += 2
            continue
        if c == "[" and (flag := _FLAG.match(pattern, at)):
            if flag[2] == "]":
                found.append(Placeholder(_flag_name(flag[1]), "flag", optional=True, flag=True))
                at = flag.end()
            else:
                placeholder, at = _placeholder(pattern, flag.end() - 1, optional=True)
                found.append(placeholder)
                at = pattern.find("]", at) + 1 or len(pattern)
            continue
        if c == "{":
            placeholder, at = _placeholder(pattern, at, optional=depth > 0)
            found.append(placeholder)
            continue
        if c in "[(":
            depth += 1
        elif c in "])":
            depth -= 1
        at += 1
    seen: set[str] = set()
    for p in found:
        if p.name.lower() in seen:
            raise PatternError(f"the argument {p.name} stands there twice")
        seen.add(p.name.lower())
    return found


def groups(regex: str) -> list[Placeholder]:
    """The named groups of an OCO-RE. One that can be passed by may be absent."""
    order: list[str] = []
    perhaps: set[str] = set()
    # Of the whole and of each open group: the names in it, and whether it has alternatives.
    open_: list[tuple[set[str], bool]] = [(set(), False)]

    def close(repeated: bool) -> None:
        names, alternatives = open_.pop()
        if alternatives or repeated:
            perhaps.update(names)
        if open_:
            open_[-1][0].update(names)

    for token in _TOKEN.finditer(regex):
        text = token[0]
        if text.startswith("("):
            name = token["name"]
            open_.append(({name} if name else set(), False))
            order += [name] if name else []
        elif text.startswith(")") and len(open_) > 1:
            close(token["many"] is not None)
        elif text == "|":
            open_[-1] = (open_[-1][0], True)
    while open_:
        close(False)
    return [Placeholder(name, optional=name in perhaps, heard=True) for name in order]


def _flag_name(spellings: str) -> str:
    words = [w.strip() for w in spellings.split("|")]
    return next((w for w in words if w.startswith("--")), words[0]).lstrip("-").replace("-", "_")


def _placeholder(pattern: str, at: int, optional: bool) -> tuple[Placeholder, int]:
    """The placeholder whose brace stands at `at`, and what follows it."""
    end, parts = _inside(pattern, at)
    text = pattern[at + 1 : end]
    name = _NAME.match(text)
    if not name:
        raise PatternError(f"after {{ at {at} a name is missing: letters, digits and _, no digit first")
    after = text[name.end() :]
    rest = after.startswith("...")
    many = after.startswith("*")
    kind = ""
    choices: tuple[str, ...] = ()
    if parts.words:
        kind = parts.words[0] if len(parts.words) == 1 else "choice"
        choices = tuple(parts.words) if len(parts.words) > 1 else ()
    return (
        Placeholder(name[0], kind, choices, optional and not parts.default, parts.default, rest, many),
        end + 1,
    )


@dataclass
class _Parts:
    words: list[str]
    default: bool


def _inside(pattern: str, at: int) -> tuple[int, _Parts]:
    """Where the placeholder ends, the words after its colon, and whether it has a default."""
    words: list[str] = []
    word: str | None = None
    default = False
    i = at + 1
    while i < len(pattern):
        c = pattern[i]
        if c == "\\" and i + 1 < len(pattern):
            if word is not None and not default:
                word += pattern[i + 1]
            i += 2
            continue
        if c == "}":
            if word is not None:
                words.append(word)
            return i, _Parts(words, default)
        if default:
            pass
        elif c == "=":
            default = True
        elif c == ":" and word is None:
            word = ""
        elif c == "|" and word is not None:
            words.append(word)
            word = ""
        elif word is not None:
            word += c
        i += 1
    raise PatternError(f"the {{ at {at} is not closed")

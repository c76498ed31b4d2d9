"""What the library finds in a pattern, beside the vectors that fix patterns for every language."""

import json
from pathlib import Path

import pytest

from openchatops._placeholders import PatternError, Placeholder, groups, placeholders

VECTORS = Path(__file__).parents[3] / "spec" / "vectors" / "command-patterns.json"


@pytest.mark.parametrize(
    ("pattern", "want"),
    [
        ("ping", []),
        ("deploy {app} to {env:prod|staging}", [Placeholder("app"), Placeholder("env", "choice", ("prod", "staging"))]),
        (
            "remind [me] (at|on) {when:time} {note...}",
            [Placeholder("when", "time"), Placeholder("note", rest=True)],
        ),
        (
            "scale {app} [--count={n:integer}] [--dry-run|-d]",
            [
                Placeholder("app"),
                Placeholder("n", "integer", optional=True),
                Placeholder("dry_run", "flag", optional=True, flag=True),
            ],
        ),
        ("invite {people*} [to {room}]", [Placeholder("people", list=True), Placeholder("room", optional=True)]),
        ("wait [{for:duration=5m}]", [Placeholder("for", "duration", defaulted=True)]),
        ("show ({a}|all)", [Placeholder("a", optional=True)]),
        (r"git \--version \{x\}", []),
        (r"pick {x:a\|b|c=a\}}", [Placeholder("x", "choice", ("a|b", "c"), defaulted=True)]),
        ("[-f]", [Placeholder("f", "flag", optional=True, flag=True)]),
    ],
)
def test_patterns(pattern: str, want: list[Placeholder]) -> None:
    assert placeholders(pattern) == want


@pytest.mark.parametrize("pattern", ["deploy {app", "deploy {}", "deploy {1a}", "{a} {A}", "{a:b"])
def test_patterns_that_cannot_be_read(pattern: str) -> None:
    with pytest.raises(PatternError):
        placeholders(pattern)


def test_the_vectors_have_the_same_arguments() -> None:
    cases = [c for c in json.loads(VECTORS.read_text())["cases"] if c["verdict"] == "yes"]
    assert len(cases) > 50
    for case in cases:
        found = {p.name: p for p in placeholders(case["pattern"])}
        for arg in case.get("args") or []:
            p = found[arg["name"]]
            assert isinstance(arg["value"], list) == p.list, case
        absent = set(found) - {a["name"] for a in case.get("args") or []}
        assert all(found[name].optional for name in absent), case


def test_groups_of_an_expression() -> None:
    found = groups(
        r"\bticket (?P<id>[A-Z()|]+-\d+) (?<rest>.*) (?:no) (one) \(?(?P<a>x)? (?:(?P<b>y)|(?P<c>z)) ((?P<d>q) )*"
    )
    assert {p.name: p.optional for p in found} == {
        "id": False,
        "rest": False,
        "a": True,
        "b": True,
        "c": True,
        "d": True,
    }
    assert [p.optional for p in groups("(?P<a>x)|(?P<b>y)")] == [True, True]

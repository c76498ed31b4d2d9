"""What an exception means that was raised from others."""

import pytest

import openchatops as oco
from openchatops._author import described
from openchatops._call import judge
from openchatops.errors import find
from openchatops.v1 import completion_pb2


class Group(Exception):
    """An ExceptionGroup, which Python 3.10 does not have."""

    def __init__(self, *members: Exception) -> None:
        super().__init__(f"{len(members)} failed")
        self.exceptions = members


def raised_from(err: Exception, cause: Exception) -> Exception:
    err.__cause__ = cause
    return err


@pytest.mark.parametrize(
    ("err", "told"),
    [
        (oco.Tell("t"), "t"),
        (raised_from(ValueError("v"), oco.Tell("t")), "t"),
        (Group(oco.Tell("t")), "t"),
        (Group(Group(raised_from(ValueError("v"), oco.Tell("t")))), "t"),
        (Group(oco.Tell("t"), ValueError("v")), None),  # somebody's mistake is beside it
        (Group(), None),
    ],
)
def test_what_a_group_means(err: Exception, told: str | None) -> None:
    found = find(err, oco.Tell)
    assert (found and found.user_text) == told
    wire = completion_pb2.Completion()
    judge(wire, err, repeatable=False)
    assert wire.fail.user_text == (told or "")


def test_a_group_is_described_by_its_member() -> None:
    def fails() -> None:
        raise KeyError("web")

    with pytest.raises(KeyError) as caught:
        fails()
    text = described(Group(caught.value))
    assert text.startswith("Group: 1 failed; from KeyError: 'web' (")
    assert text.endswith("in fails)")


def test_a_chain_that_bites_its_tail_ends() -> None:
    one, two = ValueError("one"), ValueError("two")
    one.__cause__, two.__cause__ = two, one
    assert find(one, oco.Tell) is None
    assert described(one) == "ValueError: one; from ValueError: two"

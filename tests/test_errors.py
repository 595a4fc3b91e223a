"""The exception tree."""

from __future__ import annotations

import inspect
import pickle
import re

import pytest

from toolkit import errors
from toolkit.errors import ToolkitError, UsageError

ALL = [
    kind
    for _, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, ToolkitError)
]


def _drawn_tree() -> dict[str, str | None]:
    """Each class of the docstring's drawing, with the class above it."""
    above: list[str] = []
    tree: dict[str, str | None] = {}
    for line in (errors.__doc__ or "").splitlines():
        found = re.match(r"    (?P<branch>[│├└─ ]*)(?P<name>[A-Z]\w+) {2,}", line)
        if found:
            depth = len(found["branch"]) // 4
            del above[depth:]
            tree[found["name"]] = above[-1] if above else None
            above.append(found["name"])
    return tree


def test_the_drawing_is_the_tree() -> None:
    """The docstring draws every class, each under its real base."""
    real = {
        kind.__name__: base.__name__ if (base := kind.__bases__[0]) in ALL else None for kind in ALL
    }
    assert _drawn_tree() == real


@pytest.mark.parametrize("kind", ALL)
def test_an_error_says_what_and_what_next(kind: type[ToolkitError]) -> None:
    """Every error keeps what and hint apart and prints both."""
    error = kind("notes.txt: no such file", "Name another one.")
    assert (error.what, error.hint) == ("notes.txt: no such file", "Name another one.")
    assert str(error) == "notes.txt: no such file. Name another one."
    assert str(kind("all is said")) == "all is said"


def test_only_wrong_usage_exits_with_two() -> None:
    """The exit status is 2 for wrong usage and 1 for all that could not be done."""
    assert {kind for kind in ALL if kind.exit_status == 2} == {UsageError}
    assert {kind.exit_status for kind in ALL} == {1, 2}


@pytest.mark.parametrize("kind", ALL)
def test_an_error_survives_the_way_from_another_process(kind: type[ToolkitError]) -> None:
    """A worker's error arrives with its hint."""
    arrived = pickle.loads(pickle.dumps(kind("what", "hint")))  # noqa: S301 - our own bytes
    assert type(arrived) is kind
    assert (arrived.what, arrived.hint) == ("what", "hint")

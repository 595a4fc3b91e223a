"""Tests of toolkit.cli.console: what several commands print alike."""

from __future__ import annotations

import pytest

from toolkit.cli import console


def test_what_is_found_is_said_a_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    """It goes to standard error; control characters of user text are shown, not run."""
    console.say_each("problem", ["task 1", "task \x1b[31m2"])
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == "problem: task 1\nproblem: task \\x1b[31m2\n"


def test_counts_of_nothing_are_not_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """The others are indented lines of the result, in the order given."""
    console.output_counts([(2, "drafts"), (0, "deleted"), (1, "skipped")])
    assert capsys.readouterr().out == "  2 drafts\n  1 skipped\n"


@pytest.mark.parametrize(
    ("names", "most", "of", "said"),
    [
        ([], 2, None, ""),
        (["a", "b"], 2, None, "a, b"),
        (["a", "b", "c"], 2, None, "a, b and 1 more"),
        (["a", "b"], 2, 9, "a, b and 7 more"),
    ],
)
def test_the_first_names_are_told(names: list[str], most: int, of: int | None, said: str) -> None:
    """And how many there are besides, of all that there are."""
    assert console.named(names, most, of) == said

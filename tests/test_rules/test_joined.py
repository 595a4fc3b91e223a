"""Texts joined with borders give what each gives alone."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.test_rules.test_branches import PATTERNS
from toolkit.rules.borders import BORDER
from toolkit.rules.expression import pattern_at
from toolkit.rules.joined import Joined

TEXT = st.text("abx \n.", max_size=6)
EDGES = st.sampled_from(
    [
        *(
            "^a",
            "a$",
            r"\Aa",
            r"a\Z",
            "(?m)^a$",
            "(?s)a.*b",
            "a.*",
            r"\S+",
            r"\W",
            r"[\D]x",
            "[^a]",
        ),
        *("(?<![^a])b", "(?<=^a)b", "(?<!^)b", r"a\b", "[\\x00-b]+", "a(?!.)", "(?i)A[^b]"),
        *(
            "(a)?(?(1)b|x)",
            "(?:[^a]|b)*",
            "(?>a+)b",
            ".{0,3}?x",
            "(?<!a$)b",
            "a(?=$)",
            "\x01",
            "b?\x01",
        ),
    ]
)


@given(st.one_of(EDGES, PATTERNS), st.lists(TEXT, min_size=1, max_size=4))
def test_pattern_matches_in_each_text_what_it_matches_alone(pattern: str, texts: list[str]) -> None:
    """A border is no character, and both an end and a start."""
    alone, together = re.compile(pattern), pattern_at(pattern)
    joined = Joined(texts)
    for text, (start, end) in zip(texts, joined.places, strict=True):
        assert joined.shown[start:end] == text
        for at in range(len(text) + 1):
            one, other = alone.match(text, at), together.match(joined.shown, start + at)
            assert (one and one.end()) == (other and other.end() - start)


def test_places_are_those_of_their_texts() -> None:
    """Also of texts that are empty."""
    joined = Joined(["ab", "", "c"])
    assert joined.text == f"ab{BORDER}{BORDER}c"
    assert joined.places == [(0, 2), (3, 3), (4, 5)]
    assert joined.by_text([(0, 1), (4, 5), (1, 2)]) == {0: [(0, 1), (1, 2)], 2: [(4, 5)]}
    assert Joined(["ab"]).by_text([(0, 1)]) == {0: [(0, 1)]}
    assert Joined(["ab"]).by_text([]) == {}


@pytest.mark.parametrize("texts", [[], [""], ["", ""], [BORDER, "a"]])
def test_border_is_in_no_text(texts: list[str]) -> None:
    """Where a text has that character, rules see that something was there."""
    joined = Joined(texts)
    assert joined.shown.count(BORDER) == max(len(texts) - 1, 0)
    assert len(joined.shown) == len(joined.text)

"""Alternatives in a form that is decided quickly match what they matched before."""

from __future__ import annotations

import re
from re import _compiler as re_compiler  # type: ignore[attr-defined] # the only public view is deprecated
from re import _parser as re_parser  # type: ignore[attr-defined] # the only public view is deprecated
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from toolkit.rules.branches import divided
from toolkit.rules.expression import expression
from toolkit.rules.heads import head
from toolkit.rules.windows import Windowed

LETTERS = "abcdefghijklmnopqrst"
ONE = st.one_of(
    st.text(LETTERS, min_size=1, max_size=3),
    st.sampled_from(["[ab]c", "[c-f]", "(?:g|hi)j", "k?", "", "(l|m)n", "[^o]p", "(?=q)qr"]),
)
MANY = st.lists(ONE, min_size=9, max_size=40).map(lambda ones: f"(?:{'|'.join(ones)})")
PATTERNS = st.tuples(MANY, st.sampled_from(["", "x", "{1,3}y", "(?=z)", "??a"]), MANY).map("".join)
TEXTS = st.text(LETTERS + "xyz", max_size=12)


def spans(regex: Any, text: str) -> list[tuple[int, int]]:
    """Where it matches."""
    return [found.span() for found in regex.finditer(text)]


@given(PATTERNS, TEXTS)
def test_divided_alternatives_match_the_same(pattern: str, text: str) -> None:
    """In order and in length, whatever the alternatives begin with."""
    regex = re_compiler.compile(divided(re_parser.parse(pattern)))
    assert spans(regex, text) == spans(re.compile(pattern), text)


@given(PATTERNS, TEXTS, st.integers(0, 5), st.booleans())
def test_kept_expression_matches_the_same(
    pattern: str, text: str, reach: int, anywhere: bool
) -> None:
    """Compiled, kept and compiled again; with several starts a call, with a finder."""
    parsed = re_parser.parse(pattern)
    made = expression(parsed, reach, head(parsed), anywhere=anywhere)
    window = Windowed(made)
    expected, at = [], 0
    while at <= len(text) and (found := re.compile(pattern).search(text, at)):
        if found.end() > found.start():
            expected.append(found.span())
        at = max(found.start() + 1, found.end())
    assert window.anywhere(text) == expected
    assert window.within(text, [(0, len(text))]) == expected


def test_many_alternatives_are_looked_at_in_parts() -> None:
    """Few alternatives stand beside each other in what is compiled."""
    words = [chr(0x4E00 + 7 * number) + "市" for number in range(400)]
    parsed = divided(re_parser.parse("|".join(words)))
    widest = 0
    left = [parsed]
    while left:
        for operator, argument in left.pop():
            if operator is re_parser.BRANCH:
                widest = max(widest, len(argument[1]))
                left += argument[1]
    assert 1 < widest <= 8

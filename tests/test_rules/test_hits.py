"""Tests of toolkit.rules.hits and toolkit.rules.many_hits."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.rules import hits, many_hits
from toolkit.rules.borders import BORDER
from toolkit.rules.compiled import Compiled, compiled
from toolkit.rules.hits import Hits
from toolkit.rules.many_hits import ManyHits
from toolkit.rules.search import Pattern, Terms

READY = compiled(
    {
        0: Terms(("武", "武汉", "汉市", "武汉市长", "\U0001f600"), whole_words=False),
        1: Terms(("汉", "市长"), whole_words=False),
        2: Pattern("[^市]武(?:汉|昌)?(?![长市])"),
        3: Pattern("[0-9]{1,3}(?:\\.[0-9]{1,2})?[市长]"),
        4: Pattern("(?:^|(?<=[。市]))[^。]{0,5}?(?:市长|\U0001f600)"),
        5: Pattern("(?<=武汉.)长"),
    }
)
TEXTS = st.text(f"武汉昌市长。19.\U0001f600\n{BORDER}", max_size=60)


def covered(ready: Compiled, found: dict[int, list[tuple[int, int]]]) -> dict[int, set[int]]:
    """All starts within ranges, by rule."""
    assert found.keys() <= ready.patterns.keys()
    starts = {
        rule: {at for a, b in those for at in range(a, b + 1)} for rule, those in found.items()
    }
    return {rule: those for rule, those in starts.items() if those}


@settings(deadline=None)
@given(TEXTS)
def test_one_by_one_and_together(text: str) -> None:
    """Terms are the same, and so are the starts of patterns within the text."""
    one_by_one = Hits(READY)
    terms, starts = one_by_one.of(text)
    many_terms, many_starts = ManyHits(READY, one_by_one._automaton).of(text)
    assert many_terms == terms
    in_text = set(range(len(text) + 1))
    few = {rule: those & in_text for rule, those in covered(READY, starts).items()}
    assert covered(READY, many_starts) == {rule: those for rule, those in few.items() if those}


@settings(deadline=None)
@given(TEXTS)
def test_ranges_are_apart(text: str) -> None:
    """Ranges of starts are in order, lie within the text and share no start."""
    _, starts = ManyHits(READY, Hits(READY)._automaton).of(text)
    for ranges in starts.values():
        bounds = [bound for one in ranges for bound in one]
        assert bounds == sorted(bounds)
        assert all(a <= b for a, b in ranges)
        assert all(before[1] < after[0] for before, after in pairwise(ranges))
        assert bounds[0] >= 0
        assert bounds[-1] <= len(text)


def test_long_text_by_block(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a long text is read in blocks, nothing is lost or found twice at a seam."""
    text = "在武汉市长19.5市长。武昌\U0001f600" * 40
    whole = ManyHits(READY, Hits(READY)._automaton).of(text)
    monkeypatch.setattr(many_hits, "_BLOCK", 7)
    assert ManyHits(READY, Hits(READY)._automaton).of(text) == whole
    monkeypatch.setattr(hits, "_SHORT", 10)
    assert Hits(READY).of(text) == whole

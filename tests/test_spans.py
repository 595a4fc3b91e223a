"""Span algebra and the offset check."""

from __future__ import annotations

import itertools
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import flat_spans, spans, stretches, texts
from toolkit.errors import OffsetError
from toolkit.model import Span
from toolkit.spans import (
    EDGE_SPACE,
    check_spans,
    contains,
    is_flat,
    match,
    overlaps,
    shared,
    trimmed,
)

TEXT = "武汉市卫健委通报😷新增确诊病例"


def _same_label(a: Span, b: Span) -> bool:
    return a.label == b.label


def _characters(span: Span) -> set[int]:
    return set(range(span.start, span.end))


def _largest(left: list[Span], right: list[Span]) -> int:
    """The size of the largest matching, by trying every way to choose partners."""
    if not left:
        return 0
    best = _largest(left[1:], right)
    for j, span in enumerate(right):
        if overlaps(left[0], span) and _same_label(left[0], span):
            best = max(best, 1 + _largest(left[1:], right[:j] + right[j + 1 :]))
    return best


@given(spans(TEXT, max_size=2))
def test_the_algebra_is_that_of_character_sets(drawn: tuple[Span, ...]) -> None:
    """Overlap, nesting and shared length are what sets of characters say."""
    for a, b in itertools.product(drawn, repeat=2):
        assert overlaps(a, b) == bool(_characters(a) & _characters(b))
        assert contains(a, b) == (_characters(a) >= _characters(b))
        assert shared(a, b) == len(_characters(a) & _characters(b))


@given(spans(TEXT, max_size=5))
def test_flat_means_that_no_two_overlap(drawn: tuple[Span, ...]) -> None:
    """Spans are flat where no pair of them shares a character."""
    assert is_flat(drawn) == (not any(overlaps(a, b) for a, b in itertools.combinations(drawn, 2)))


@given(flat_spans(TEXT))
def test_touching_spans_are_flat(drawn: tuple[Span, ...]) -> None:
    """Spans that only touch don't overlap."""
    assert is_flat(drawn)


@given(texts(min_size=1), st.data())
def test_trimming_takes_only_the_edges(text: str, data: st.DataObject) -> None:
    """What is left has no space at its edges, and trimming it again changes nothing."""
    start, end = data.draw(stretches(len(text)))
    first, last = trimmed(text, start, end)
    assert start <= first <= last <= end
    assert not text[start:first].strip(EDGE_SPACE)
    assert not text[last:end].strip(EDGE_SPACE)
    if first < last:
        assert text[first] not in EDGE_SPACE
        assert text[last - 1] not in EDGE_SPACE
        assert trimmed(text, first, last) == (first, last)


def test_the_edge_has_no_space_of_any_kind() -> None:
    """All that Unicode calls white space is trimmed, and what takes no room at all."""
    white = {chr(code) for code in range(0x110000) if chr(code).isspace()}
    assert set(EDGE_SPACE) == white | {"\u200b", "\u2060", "\ufeff"}
    assert trimmed("\u3000\u200b武汉\u2009\ufeff", 0, 6) == (2, 4)


def test_nothing_but_space_shrinks_to_nothing() -> None:
    """An all-space stretch has no length afterwards."""
    start, end = trimmed("武\u3000 汉", 1, 3)
    assert start == end


@given(texts(), st.data())
def test_true_spans_pass(text: str, data: st.DataObject) -> None:
    """Spans with their own slices pass, astral characters or not."""
    check_spans("d", text, data.draw(spans(text)))


@pytest.mark.parametrize(("start", "end"), [(-1, 2), (2, 2), (3, 2), (0, 17), (16, 17)])
def test_a_span_that_does_not_fit_is_an_error(start: int, end: int) -> None:
    """Empty, reversed and outside spans are named with document and offsets."""
    with pytest.raises(OffsetError, match=rf"document 'd', span LOC {start}-{end} does not fit"):
        check_spans("d", TEXT, [Span(start, end, "LOC")])


def test_a_text_that_differs_is_an_error() -> None:
    """Both texts are named, and nothing is repaired."""
    with pytest.raises(OffsetError, match="'新增', but '😷新'") as caught:
        check_spans("d", TEXT, [Span(8, 10, "LOC", "新增")])
    assert "document 'd'" in caught.value.what


def test_an_error_about_long_texts_is_short() -> None:
    """An error doesn't repeat megabytes."""
    with pytest.raises(OffsetError, match=r"1000000 characters") as caught:
        check_spans("d", "武" * 1_000_000, [Span(0, 1_000_000, "LOC", "汉" * 1_000_000)])
    assert len(str(caught.value)) < 1000


@given(spans(TEXT, max_size=5), spans(TEXT, max_size=5))
def test_no_matching_is_larger(left: tuple[Span, ...], right: tuple[Span, ...]) -> None:
    """A matching is one-to-one, allowed, and as large as trying all ways finds."""
    pairs = match(left, right, _same_label)
    assert len({i for i, _ in pairs}) == len({j for _, j in pairs}) == len(pairs)
    assert all(overlaps(left[i], right[j]) and _same_label(left[i], right[j]) for i, j in pairs)
    assert len(pairs) == _largest(list(left), list(right))
    assert pairs == sorted(pairs)


@given(spans(TEXT), spans(TEXT), st.randoms(use_true_random=False))
def test_the_order_of_the_lists_changes_nothing(
    left: tuple[Span, ...],
    right: tuple[Span, ...],
    random: Random,
) -> None:
    """The same spans are paired in whatever order they come."""
    shuffled = random.sample(left, len(left)), random.sample(right, len(right))
    before = sorted((left[i].key, right[j].key) for i, j in match(left, right, _same_label))
    after = sorted(
        (shuffled[0][i].key, shuffled[1][j].key) for i, j in match(*shuffled, _same_label)
    )
    assert before == after


def test_near_spans_are_paired_first() -> None:
    """Where only some can have a partner, the nearest do."""
    left = [Span(0, 2, "LOC"), Span(0, 4, "LOC")]
    assert match(left, [Span(0, 4, "LOC")], _same_label) == [(1, 0)]
    right = [Span(0, 1, "LOC"), Span(0, 4, "LOC")]
    assert match(left, right, _same_label) == [(0, 0), (1, 1)]


def test_a_long_chain_of_overlaps_is_matched() -> None:
    """A path as long as the whole list is walked without recursion."""
    length = 5000
    right = [Span(i, i + 3, "LOC") for i in range(10_000, 10_000 + 2 * length + 2, 2)]
    left = [Span(span.start + 1, span.end + 1, "LOC") for span in right[:-1]]
    # Comes last, for nobody is near, and wants the first: all others have to move up.
    left.append(Span(0, 10_001, "LOC"))
    pairs = match(left, right, _same_label)
    assert pairs == [*((i, i + 1) for i in range(length)), (length, 0)]

"""Span algebra: overlap, nesting, one-to-one matching, trimming, and the offset check."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate
from typing import TypeVar

from toolkit.errors import OffsetError
from toolkit.model import Span

S = TypeVar("S", bound=Span)

EDGE_SPACE = " \t\r\n\f\v\u00a0\u3000\u200b\ufeff"
"""Characters that never belong to the edge of an entity."""


def overlaps(a: Span, b: Span) -> bool:
    """Whether the two spans share a character."""
    return a.start < b.end and b.start < a.end


def contains(outer: Span, inner: Span) -> bool:
    """Whether ``inner`` lies within ``outer``; equal stretches contain each other."""
    return outer.start <= inner.start and inner.end <= outer.end


def shared(a: Span, b: Span) -> int:
    """How many characters the two spans share."""
    return max(0, min(a.end, b.end) - max(a.start, b.start))


def is_flat(spans: Iterable[Span]) -> bool:
    """Whether no two spans overlap."""
    end = 0
    for span in sorted(spans, key=lambda s: (s.start, s.end)):
        if span.start < end:
            return False
        end = span.end
    return True


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """The stretch without space at its edges; an all-space stretch shrinks to nothing."""
    while start < end and text[start] in EDGE_SPACE:
        start += 1
    while end > start and text[end - 1] in EDGE_SPACE:
        end -= 1
    return start, end


def check_spans(doc_id: str, text: str, spans: Iterable[Span]) -> None:
    """Compare each span with the text it stands in.

    Raises:
        OffsetError: a span is empty, reaches outside of the text, or carries a text
            that differs from ``text[start:end]``; names document, span and both texts.
    """
    for span in spans:
        where = f"document {doc_id!r}, span {span.label} {span.start}-{span.end}"
        if not 0 <= span.start < span.end <= len(text):
            raise OffsetError(
                f"{where} does not fit a text of {len(text)} characters",
                "Offsets are half-open Unicode code points; was the text changed since?",
            )
        found = text[span.start : span.end]
        if span.text is not None and span.text != found:
            raise OffsetError(
                f"{where} says {span.text!r}, but {found!r} stands there",
                "Nothing was repaired; was the text changed after the span was made?",
            )


def match(
    left: Sequence[S], right: Sequence[S], same: Callable[[S, S], bool]
) -> list[tuple[int, int]]:
    """The largest one-to-one matching between two lists of spans.

    Optimal, not greedy (augmenting paths; Kuhn 1955), so it does not depend on the
    order of either list. Only spans that share a character are ever compared.

    Returns:
        Pairs of indices ``(left, right)``, by ``left``.
    """
    candidates = _candidates(left, right, same)
    placed: dict[int, int] = {}
    taken: dict[int, int] = {}
    for i, found in enumerate(candidates):
        free = next((j for j in found if j not in taken), None)
        if free is not None:
            placed[i], taken[free] = free, i
    for i in range(len(left)):
        if i not in placed:
            _augment(i, candidates, placed, taken)
    return sorted(placed.items())


def _candidates(
    left: Sequence[S], right: Sequence[S], same: Callable[[S, S], bool]
) -> list[list[int]]:
    """For each span of ``left``, the indices of those in ``right`` that it may be matched to."""
    order = sorted(range(len(right)), key=lambda j: right[j].start)
    reach = list(accumulate((right[j].end for j in order), max))
    candidates: list[list[int]] = []
    for span in left:
        found = []
        for j in order[bisect_right(reach, span.start) :]:
            if right[j].start >= span.end:
                break
            if overlaps(span, right[j]) and same(span, right[j]):
                found.append(j)
        candidates.append(found)
    return candidates


def _augment(
    start: int, candidates: list[list[int]], placed: dict[int, int], taken: dict[int, int]
) -> None:
    """Find room for one more span of the left list, moving placed ones if need be.

    ``placed`` goes from left to right and ``taken`` back. The search does not recurse:
    two people who cut a long text into pieces make paths as long as the text.
    """
    reached_from: dict[int, int] = {}
    waiting = [start]
    while waiting:
        i = waiting.pop()
        for j in candidates[i]:
            if j in reached_from:
                continue
            reached_from[j] = i
            if j in taken:
                waiting.append(taken[j])
                continue
            free: int | None = j
            while free is not None:
                holder = reached_from[free]
                taken[free] = holder
                placed[holder], free = free, placed.get(holder)
            return

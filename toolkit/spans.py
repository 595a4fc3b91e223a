"""Span algebra: overlap, nesting, one-to-one matching, trimming, and the offset check."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate
from typing import TypeVar

from toolkit.errors import OffsetError
from toolkit.model import Span

S = TypeVar("S", bound=Span)

EDGE_SPACE = (
    " \t\r\n\f\v\x1c\x1d\x1e\x1f\x85\u00a0\u1680"
    "\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\u200b\u2060\ufeff"
)
"""Characters that never belong to the edge of an entity: all that Unicode calls white
space, and the three that take no room at all."""

_SHOWN = 60
"""How many characters of a text an error shows."""


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
    length = len(text)
    for span in spans:
        start, end, claimed = span.start, span.end, span.text
        if not 0 <= start < end <= length:
            raise OffsetError(
                f"{_where(doc_id, span)} does not fit a text of {length} characters",
                "Offsets are half-open Unicode code points; was the text changed since?",
            )
        if claimed is not None and claimed != text[start:end]:
            said, stands = _shown(claimed), _shown(text[start:end])
            raise OffsetError(
                f"{_where(doc_id, span)} says {said}, but {stands} stands there",
                "Nothing was repaired; was the text changed after the span was made?",
            )


def match(
    left: Sequence[S], right: Sequence[S], same: Callable[[S, S], bool]
) -> list[tuple[int, int]]:
    """The largest one-to-one matching between two lists of spans.

    Optimal in the number of pairs, not greedy (augmenting paths; Kuhn 1955). Of several
    largest matchings it takes one that pairs spans with near ones, and the same one in
    whatever order the lists are. Only spans that share a character are ever compared.

    Args:
        left: spans, in any order; they may overlap.
        right: spans, in any order; they may overlap.
        same: whether a left and a right span may be a pair.

    Returns:
        Pairs of indices ``(left, right)``, by ``left``.
    """
    candidates = _candidates(left, right, same)

    def eagerness(i: int) -> tuple[int, tuple[int, int, str]]:
        return (_distance(left[i], right[candidates[i][0]]), left[i].key)

    taken: dict[int, int] = {}
    for i in sorted((i for i, found in enumerate(candidates) if found), key=eagerness):
        _place(i, candidates, taken)
    return sorted((i, j) for j, i in taken.items())


def _candidates(
    left: Sequence[S], right: Sequence[S], same: Callable[[S, S], bool]
) -> list[list[int]]:
    """For each left span the right spans that it may be paired with, nearest first."""
    order = sorted(range(len(right)), key=lambda j: right[j].key)
    starts = [right[j].start for j in order]
    reach = list(accumulate((right[j].end for j in order), max))
    candidates = []
    for span in left:
        # All before the first place have ended by span.start; all from the last on start too late.
        near = order[bisect_right(reach, span.start) : bisect_right(starts, span.end - 1)]
        found = [j for j in near if overlaps(span, right[j]) and same(span, right[j])]
        found.sort(key=lambda j: (_distance(span, right[j]), right[j].key))
        candidates.append(found)
    return candidates


def _distance(a: Span, b: Span) -> int:
    """How many characters the two ends have to be moved to make one span the other."""
    return abs(a.start - b.start) + abs(a.end - b.end)


def _place(first: int, candidates: list[list[int]], taken: dict[int, int]) -> None:
    """Find ``first`` a partner; those who hold one may have to move to another.

    An augmenting path is as long as a chain of overlapping spans may be, so it is
    walked with a stack of our own and not by recursion.
    """
    tried: set[int] = set()
    path = [first]
    choices = [iter(candidates[first])]
    wanted: list[int] = []
    while path:
        j = next((j for j in choices[-1] if j not in tried), None)
        if j is None:
            path.pop()
            choices.pop()
            if wanted:
                wanted.pop()
            continue
        tried.add(j)
        wanted.append(j)
        if j not in taken:
            taken.update(zip(wanted, path, strict=True))
            return
        path.append(taken[j])
        choices.append(iter(candidates[taken[j]]))


def _where(doc_id: str, span: Span) -> str:
    return f"document {doc_id!r}, span {span.label} {span.start}-{span.end}"


def _shown(text: str) -> str:
    if len(text) <= _SHOWN:
        return repr(text)
    return f"{text[:_SHOWN]!r}… ({len(text)} characters)"

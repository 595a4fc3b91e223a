"""Spans of two annotators matched one to one, and the F1 that comes of it.

F1 = 2 m / (n_1 + n_2), with m matched spans: the same whichever of the two is taken for
the truth, and what κ tends to as the number of stretches that nobody marked grows
(Hripcsak and Rothschild 2005, JAMIA 12(3)), which for spans can't be counted.
Pooled: sums over documents and pairs of annotators first, then one quotient.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from toolkit.agreement.coefficients import Floats
from toolkit.agreement.layout import (
    Integers,
    Layout,
    Rows,
    overlapping,
    witnesses,
)
from toolkit.model import Span
from toolkit.spans import match

Booleans = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Contacts:
    """Spans of two annotators that share a character, where each saw all of the other's.

    ``left`` and ``right`` index ``Layout.spans``; ``left`` is of the row's first annotator.
    """

    left: Integers
    right: Integers
    row: Integers
    same_offsets: Booleans
    same_label: Booleans

    def __len__(self) -> int:
        return len(self.row)


class Criterion(Struct, frozen=True):
    """When two spans count as the same: a name, the rule in words, and the rule."""

    name: str
    rule: str
    holds: Callable[[Contacts], Booleans]


STRICT = Criterion(
    "strict", "start, end and label are the same", lambda c: c.same_offsets & c.same_label
)
BOUNDARY = Criterion(
    "boundary", "start and end are the same, whatever the labels", lambda c: c.same_offsets
)
OVERLAP = Criterion(
    "overlap", "they share a character and have the same label", lambda c: c.same_label
)
ANY_OVERLAP = Criterion(
    "any_overlap",
    "they share a character, whatever the labels",
    lambda c: np.ones(len(c), dtype=np.bool_),
)
CRITERIA = (STRICT, BOUNDARY, OVERLAP, ANY_OVERLAP)


@dataclass(frozen=True, slots=True)
class SpanCounts:
    """What F1 needs, so that resampling documents only adds rows up.

    ``compared`` (rows x labels): spans of both annotators that the other saw.
    ``matched`` by criterion (rows x labels, by the label of the first's span).
    ``per_annotator``: spans that at least one other annotator saw.
    """

    compared: Floats
    matched: dict[str, Floats]
    per_annotator: Integers


def f1(matched: Floats, compared: Floats) -> Floats:
    """2 m / (n_1 + n_2), and ``nan`` where neither annotator marked anything."""
    out: Floats = np.full(np.broadcast(matched, compared).shape, np.nan)
    np.divide(2 * matched, compared, out=out, where=compared > 0)
    return out


def find_contacts(layout: Layout, rows: Rows) -> Contacts:
    """All pairs of spans that could be matched under any criterion."""
    spans, annotators = layout.spans, len(layout.annotators)
    span, region = witnesses(layout)
    seen = np.unique(span * annotators + layout.regions.annotator[region])
    left, right = overlapping(spans)
    both_saw = np.isin(left * annotators + spans.annotator[right], seen) & np.isin(
        right * annotators + spans.annotator[left], seen
    )
    left, right = left[both_saw], right[both_saw]
    row = rows.of(layout.home[left], layout.home[right])
    order = np.lexsort((right, left, row))
    left, right = left[order], right[order]
    return Contacts(
        left,
        right,
        row[order],
        (spans.start[left] == spans.start[right]) & (spans.end[left] == spans.end[right]),
        spans.label[left] == spans.label[right],
    )


def count_spans(layout: Layout, rows: Rows, contacts: Contacts) -> SpanCounts:
    """Match under each criterion and count by row and label."""
    spans, labels = layout.spans, len(layout.labels)
    shape = (len(rows), labels)
    span, region = witnesses(layout)
    row = rows.of(layout.home[span], region)
    compared = _counted(row * labels + spans.label[span], shape)
    matched = {}
    for criterion in CRITERIA:
        chosen = matching(layout, contacts, criterion.holds(contacts))
        where = contacts.row[chosen] * labels + spans.label[contacts.left[chosen]]
        matched[criterion.name] = _counted(where, shape)
    per_annotator = np.bincount(
        spans.annotator[np.unique(span)], minlength=len(layout.annotators)
    ).astype(np.int64)
    return SpanCounts(compared, matched, per_annotator)


def matching(layout: Layout, contacts: Contacts, allowed: Booleans) -> Booleans:
    """Which of the allowed contacts a largest one-to-one matching uses.

    Nearly all spans touch one span of the other annotator or none; only where there is a
    choice does ``toolkit.spans.match`` have to look.
    """
    index = np.flatnonzero(allowed)
    left, right, row = contacts.left[index], contacts.right[index], contacts.row[index]
    chosen = np.zeros(len(contacts), dtype=np.bool_)
    alone = _only(left, row, len(layout.spans)) & _only(right, row, len(layout.spans))
    chosen[index[alone]] = True
    for group in _split(index[~alone], row[~alone]):
        chosen[_best(layout, contacts, group)] = True
    return chosen


def _only(span: Integers, row: Integers, spans: int) -> Booleans:
    """Whether this is the span's only contact in its row."""
    _, inverse, count = np.unique(row * spans + span, return_inverse=True, return_counts=True)
    only: Booleans = count[inverse] == 1
    return only


def _split(index: Integers, row: Integers) -> list[Integers]:
    """Contacts (in order of row) by row."""
    borders = np.flatnonzero(np.diff(row)) + 1
    return np.split(index, borders) if len(index) else []


def _best(layout: Layout, contacts: Contacts, group: Integers) -> list[int]:
    """A largest matching among some contacts of one row."""
    spans = layout.spans
    lefts, rights = np.unique(contacts.left[group]), np.unique(contacts.right[group])
    pairs = zip(contacts.left[group].tolist(), contacts.right[group].tolist(), strict=True)
    contact = dict(zip(pairs, group.tolist(), strict=True))

    # The label of these spans is their number, so that the rule can look the pair up.
    def numbered(numbers: Integers) -> list[Span]:
        return [Span(int(spans.start[i]), int(spans.end[i]), str(i)) for i in numbers]

    found = match(
        numbered(lefts),
        numbered(rights),
        lambda a, b: (int(a.label), int(b.label)) in contact,
    )
    return [contact[int(lefts[i]), int(rights[j])] for i, j in found]


def alignment(layout: Layout, contacts: Contacts) -> Booleans:
    """One matching that serves to say who called what what: the likest spans first.

    Equal spans, then equal offsets, then equal labels, then whatever overlaps; each step
    is a largest matching of what the steps before left free.
    """
    chosen = np.zeros(len(contacts), dtype=np.bool_)
    spans = max(len(layout.spans), 1)
    for criterion in CRITERIA:
        used_left = np.unique(contacts.row[chosen] * spans + contacts.left[chosen])
        used_right = np.unique(contacts.row[chosen] * spans + contacts.right[chosen])
        free = ~np.isin(contacts.row * spans + contacts.left, used_left)
        free &= ~np.isin(contacts.row * spans + contacts.right, used_right)
        chosen |= matching(layout, contacts, free & criterion.holds(contacts))
    return chosen


def _counted(where: Integers, shape: tuple[int, int]) -> Floats:
    counted = np.bincount(where, minlength=shape[0] * shape[1])
    return counted.astype(np.float64).reshape(shape)

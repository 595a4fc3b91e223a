"""The units of the line (tokens where a document has them, else characters), rated.

A unit's category for an annotator is the label of the span that covers it, or none
("O"). Of nested or overlapping spans the longest counts, then the one that starts
later, then the label that comes later in the layout. A token that a span covers in
part counts as covered.

Units are never listed one by one: between two neighbouring borders of spans and
passages nothing changes, so each such run of units is one row with a weight.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from toolkit.agreement.coefficients import Floats, unit_coincidences, unit_shares
from toolkit.agreement.layout import Integers, Layout, Rows, expand
from toolkit.errors import InputError
from toolkit.model import Document

CHARACTERS, TOKENS = "characters", "tokens"
"""What the units are; both where some documents have tokens."""


def kind_of(kinds: Collection[str]) -> str:
    """What the units of all are, by what they are in parts."""
    if len(kinds) > 1:
        return f"{TOKENS} and {CHARACTERS}"
    return next(iter(kinds), CHARACTERS)


@dataclass(frozen=True, slots=True)
class UnitCounts:
    """What the coefficients need, so that resampling documents only adds rows up.

    ``agreed``, ``used`` (documents x categories): diagonal and sums of each document's
    coincidence matrix. ``pair_agreed``, ``pair_first``, ``pair_second`` (rows x
    categories): diagonal and margins of each row's contingency table. ``shared``
    (documents): units that two annotators or more saw; ``raters``: how many at least and
    at most. ``silent`` (documents): what units that all who saw them left unmarked add to
    ``agreed`` and ``used``. ``pairs_agreed`` (documents) and ``shares`` (documents x
    categories): sums of ``unit_shares``.
    """

    kind: str
    shared: Floats
    raters: tuple[int, int]
    agreed: Floats
    used: Floats
    silent: Floats
    pairs_agreed: Floats
    shares: Floats
    pair_agreed: Floats
    pair_first: Floats
    pair_second: Floats


@dataclass(frozen=True, slots=True)
class _Ratings:
    """Who rated which run of units how; sorted by run, then annotator."""

    run: Integers
    annotator: Integers
    region: Integers
    category: Integers
    units: Floats
    document: Integers
    runs: int


def count_units(layout: Layout, rows: Rows) -> UnitCounts:
    """Count units by category, for each document and for each pair within it.

    Raises:
        InputError: a document's tokens overlap, are out of order, or leave its text.
    """
    kind, starts, ends = _tokens(layout)
    ratings = _rate(layout, starts, ends)
    by_run = np.bincount(ratings.run, minlength=ratings.runs)
    several = by_run > 1
    most = int(by_run.max(initial=0))
    return UnitCounts(
        kind,
        _summed(ratings.document[several], ratings.units[several], (len(layout.documents), 1))[
            :, 0
        ],
        (int(by_run.min(where=several, initial=most)), most),
        *_coincidences(layout, ratings, by_run),
        *_contingencies(layout, rows, ratings),
    )


def _tokens(layout: Layout) -> tuple[str, Integers | None, Integers | None]:
    """What the units are, and their borders on the line; none where all are characters."""
    given = {document.tokens is not None for document in layout.documents}
    if given <= {False}:
        return CHARACTERS, None, None
    borders = [
        _borders(document) + base
        for document, base in zip(layout.documents, layout.origin, strict=False)
    ]
    both = np.concatenate(borders)
    kind = TOKENS if given == {True} else f"{TOKENS} and {CHARACTERS}"
    return kind, both[:, 0].copy(), both[:, 1].copy()


def _borders(document: Document) -> Integers:
    """Start and end of each unit of one document."""
    if document.tokens is None:
        single = np.arange(len(document.text), dtype=np.int64)
        return np.stack([single, single + 1], axis=1)
    tokens = np.array(document.tokens, dtype=np.int64).reshape(-1, 2)
    flat = tokens.ravel()
    in_order = (tokens[:, 0] < tokens[:, 1]).all() and (flat[1:] >= flat[:-1]).all()
    if len(flat) and not (in_order and flat[0] >= 0 and flat[-1] <= len(document.text)):
        raise InputError(
            f"document {document.id!r}: its tokens overlap, are out of order or leave its text",
            "Tokens are half-open stretches [start, end] of code points, in order.",
        )
    return tokens


def _rate(layout: Layout, starts: Integers | None, ends: Integers | None) -> _Ratings:
    regions, spans = layout.regions, layout.spans
    if starts is None or ends is None:
        seen_from, seen_to = regions.start, regions.end
        marked_from, marked_to = spans.start, spans.end
        origin = layout.origin
    else:
        seen_from = np.searchsorted(starts, regions.start, side="left")
        seen_to = np.searchsorted(ends, regions.end, side="right")
        marked_from = np.searchsorted(ends, spans.start, side="right")
        marked_to = np.searchsorted(starts, spans.end, side="left")
        origin = np.searchsorted(starts, layout.origin, side="left")
    borders = np.unique(np.concatenate([seen_from, seen_to, marked_from, marked_to, origin]))
    region, run = expand(np.searchsorted(borders, seen_from), np.searchsorted(borders, seen_to))
    annotator = regions.annotator[region]
    order = np.lexsort((annotator, run))
    run, annotator, region = run[order], annotator[order], region[order]
    key = run * len(layout.annotators) + annotator

    category = np.zeros(len(run), dtype=np.int64)
    # Of values assigned to the same place the last one stays, so the longest come last.
    by_length = np.argsort(spans.end - spans.start, kind="stable")
    span, covered = expand(
        np.searchsorted(borders, marked_from[by_length]),
        np.searchsorted(borders, marked_to[by_length]),
    )
    span = by_length[span]
    wanted = covered * len(layout.annotators) + spans.annotator[span]
    place = np.searchsorted(key, wanted)
    # A token that reaches out of what its annotator saw has no rating to give.
    rated = place < len(key)
    rated[rated] = key[place[rated]] == wanted[rated]
    category[place[rated]] = spans.label[span[rated]]

    units = np.diff(borders).astype(np.float64)
    document = np.searchsorted(origin, borders[:-1], side="right") - 1
    return _Ratings(run, annotator, region, category, units, document, len(units))


def _coincidences(
    layout: Layout, ratings: _Ratings, raters: Integers
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """What each document's units say, by category: see ``UnitCounts``."""
    categories, rows = len(layout.labels), len(layout.documents)
    cell, count = np.unique(ratings.run * categories + ratings.category, return_counts=True)
    run, category = np.divmod(cell, categories)
    agreed, used = unit_coincidences(count, raters[run])
    pairs_agreed, _, share = unit_shares(count, raters[run])
    where = ratings.document[run] * categories + category
    weight = ratings.units[run]
    silent = (category == 0) & (count == raters[run])

    def by_category(values: Floats) -> Floats:
        return _summed(where, values * weight, (rows, categories))

    def by_document(values: Floats) -> Floats:
        return _summed(ratings.document[run], values * weight, (rows, 1))[:, 0]

    return (
        by_category(agreed),
        by_category(used),
        by_document(np.where(silent, used, 0.0)),
        by_document(pairs_agreed),
        by_category(share),
    )


def _contingencies(layout: Layout, rows: Rows, ratings: _Ratings) -> tuple[Floats, Floats, Floats]:
    """Diagonal and both margins of the table of each row."""
    categories = len(layout.labels)
    ends = np.searchsorted(ratings.run, ratings.run, side="right")
    left, right = expand(np.arange(1, len(ratings.run) + 1), ends)
    run = ratings.run[left]
    row = rows.of(ratings.region[left], ratings.region[right])
    first, second, weight = ratings.category[left], ratings.category[right], ratings.units[run]
    shape = (len(rows), categories)
    same = first == second
    return (
        _summed(row[same] * categories + first[same], weight[same], shape),
        _summed(row * categories + first, weight, shape),
        _summed(row * categories + second, weight, shape),
    )


def _summed(where: Integers, values: NDArray[np.float64], shape: tuple[int, int]) -> Floats:
    """Values added up by flat index into a table of this shape."""
    summed = np.bincount(where, weights=values, minlength=shape[0] * shape[1])
    return summed.astype(np.float64).reshape(shape)

"""Continua in bulk: many small alignment problems side by side, as arrays.

A continuum is a stretch of text with the units that ``annotators`` people marked in it.
Thousands of continua (documents, and random ones made in their likeness) are handled
at once; a continuum is a number in ``continuum``, and nothing in one is ever compared
with anything in another.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from toolkit.agreement.coefficients import Floats
from toolkit.agreement.layout import Integers

Booleans = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Dissimilarity:
    """How unlike two units are (Mathet, Widlöcher and Métivier 2015, section 4).

    d = ``alpha`` d_pos + ``beta`` d_cat, both times ``empty`` (Δ∅), where
    d_pos = ((abs(s - s') + abs(e - e')) / ((e - s) + (e' - s')))² and d_cat is 0 for the
    same category and 1 for two. A unit that has no counterpart costs ``empty``.
    """

    alpha: float = 1.0
    beta: float = 1.0
    empty: float = 1.0

    def positional(self, units: Units, left: Integers, right: Integers) -> Floats:
        """d_pos without Δ∅ and without its weight."""
        start, end = units.start, units.end
        apart = np.abs(start[left] - start[right]) + np.abs(end[left] - end[right])
        lengths = (end[left] - start[left]) + (end[right] - start[right])
        squared: Floats = (apart / lengths) ** 2
        return squared

    def relative(self, units: Units, left: Integers, right: Integers) -> Floats:
        """The dissimilarity of each pair, divided by Δ∅."""
        other = units.category[left] != units.category[right]
        both: Floats = self.alpha * self.positional(units, left, right) + self.beta * other
        return both


@dataclass(frozen=True, slots=True)
class Units:
    """Units of ``continua`` continua with ``annotators`` annotators each.

    In order of continuum, then of the units' middles; ``annotator`` counts from 0 within
    each continuum. An annotator without units is one who found nothing.
    """

    continua: int
    annotators: int
    continuum: Integers
    annotator: Integers
    start: Floats
    end: Floats
    category: Integers

    def __len__(self) -> int:
        return len(self.continuum)

    def per_continuum(self) -> Floats:
        """How many units each continuum has."""
        return np.bincount(self.continuum, minlength=self.continua).astype(np.float64)

    def halves(self) -> tuple[Units, Units]:
        """The first and the second half of the continua."""
        half = self.continua // 2
        cut = int(np.searchsorted(self.continuum, half))
        return self._part(0, half, slice(0, cut)), self._part(half, self.continua, slice(cut, None))

    def _part(self, first: int, last: int, which: slice) -> Units:
        return Units(
            last - first,
            self.annotators,
            self.continuum[which] - first,
            self.annotator[which],
            self.start[which],
            self.end[which],
            self.category[which],
        )


def in_order(
    continua: int,
    annotators: int,
    *,
    continuum: Integers,
    annotator: Integers,
    start: Floats,
    end: Floats,
    category: Integers,
) -> Units:
    """Units from columns in any order."""
    order = np.lexsort((category, end, annotator, start + end, continuum))
    return Units(
        continua,
        annotators,
        continuum[order],
        annotator[order],
        np.asarray(start, dtype=np.float64)[order],
        np.asarray(end, dtype=np.float64)[order],
        category[order],
    )

"""Krippendorff's unitizing α of 2016: uα, its binary form, cuα and (k)uα.

Krippendorff, Mathet, Bouvry and Widlöcher 2016, "On the reliability of unitizing textual
continua: further developments", Quality and Quantity 50(6), with its erratum.

Each annotator divides a continuum into segments: units, which have a label, and the gaps
between them. Where a segment of one meets a segment of another, their labels (or "gap")
coincide, by the length of what they share; with m annotators each ordered pair of them
counts 1 / (m - 1). All coefficients are α = 1 - D_o / D_e:

- uα: all segments; whether units are in the same places and have the same labels.
- binary uα (written with a bar): the same with one label; only where units are.
- cuα: only where units meet units; whether those have the same labels.
- (k)uα: of the coincidences of units those of label k; how reliable label k is.

D_e pairs everything with everything else: units are wholes, none of which can be paired
with itself, so their squared lengths are taken away from Σ_c ℓ_c²; a gap is not a whole,
and each of its characters is only kept from itself. In cuα and (k)uα the length of a
unit is what it shares with units of another annotator.

Over several continua, and with other annotators in each: sums first, then the quotient.
Here lengths are characters, and a character counts as often as annotators saw it. Of
nested or overlapping units of one annotator the longest counts where they overlap.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from toolkit.agreement.coefficients import Floats, unit_coincidences
from toolkit.agreement.continua import Continua
from toolkit.agreement.layout import Integers, expand


@dataclass(frozen=True, slots=True)
class UnitizingSums:
    """What the coefficients need; rows may be added up and weighted.

    ``squares`` (rows): Σ of units' squared lengths and of gaps' lengths. ``used``,
    ``alike`` (rows x labels, gaps first): ℓ_c and ℓ_cc. ``met`` (rows x labels): ℓ_c of
    coincidences among units only; ``met_squares`` (rows x labels): what is taken from them.
    """

    squares: Floats
    used: Floats
    alike: Floats
    met: Floats
    met_squares: Floats

    def table(self) -> Floats:
        """All of it side by side."""
        return np.concatenate(
            [self.squares[:, None], self.used, self.alike, self.met, self.met_squares], axis=1
        )

    @classmethod
    def of(cls, table: Floats) -> UnitizingSums:
        """From sums side by side."""
        labels = (table.shape[1] - 1) // 4
        used, alike, met, met_squares = (
            table[:, 1 + i * labels : 1 + (i + 1) * labels] for i in range(4)
        )
        return cls(table[:, 0], used, alike, met, met_squares)

    def alpha(self) -> Floats:
        """The coefficient of all segments, one value a row (section 3 of the paper)."""
        total = self.used.sum(1)
        observed = _ratio(total - self.alike.sum(1), total)
        expected = _ratio(total**2 - (self.used**2).sum(1), total**2 - self.squares)
        return _less_than_chance(observed, expected)

    def binary(self) -> Floats:
        """The coefficient of units against gaps (section 4)."""
        total, gaps = self.used.sum(1), self.used[:, 0]
        observed = _ratio(2 * (gaps - self.alike[:, 0]), total)
        expected = _ratio(2 * gaps * (total - gaps), total**2 - self.squares)
        return _less_than_chance(observed, expected)

    def coding(self) -> Floats:
        """The coefficient of labels where units meet units (section 5)."""
        total = self.met.sum(1)
        observed = _ratio(total - self.alike[:, 1:].sum(1), total)
        expected = _ratio(total**2 - (self.met**2).sum(1), total**2 - self.met_squares.sum(1))
        return _less_than_chance(observed, expected)

    def of_label(self) -> Floats:
        """The coefficient of each label (rows x labels; that of gaps is undefined)."""
        total = self.met.sum(1, keepdims=True)
        observed = _ratio(self.met - self.alike, self.met)
        others = self.met * (total - self.met)
        expected = _ratio(others, self.met * total - self.met_squares)
        values = _less_than_chance(observed, expected)
        values[:, 0] = np.nan
        return values


def unitizing_sums(continua: Continua, labels: int, rows: int) -> UnitizingSums:
    """Sums by document; ``labels`` includes the gaps', which is 0; ``rows`` are documents."""
    pieces = _pieces(continua)
    raters = continua.raters[continua.seat_continuum[pieces.seat]]
    document = continua.document[continua.seat_continuum[pieces.seat]]
    squares = _squares(pieces, document, len(continua.unit_seat), rows)
    order = np.argsort(pieces.run * labels + pieces.label, kind="stable")
    cell, first, count = np.unique(
        (pieces.run * labels + pieces.label)[order], return_index=True, return_counts=True
    )
    which = order[first]
    alike, used = unit_coincidences(count, raters[which])
    label, length = cell % labels, pieces.length[which]
    where = document[which] * labels + label
    units = np.bincount(pieces.run[pieces.label > 0], minlength=int(pieces.run.max(initial=-1)) + 1)
    met = np.where(label > 0, count * (units[pieces.run[which]] - 1) / (raters[which] - 1), 0.0)

    def summed(values: Floats) -> Floats:
        flat = np.bincount(where, weights=values * length, minlength=rows * labels)
        return flat.astype(np.float64).reshape(rows, labels)

    return UnitizingSums(
        squares,
        summed(used),
        summed(alike),
        summed(met),
        _met_squares(pieces, raters, document, (rows, labels)),
    )


@dataclass(frozen=True, slots=True)
class _Pieces:
    """Segments cut at every border of anybody's: one row for each seat and run.

    Sorted by run, then seat; ``unit`` is the unit that the piece belongs to, or -1.
    """

    run: Integers
    seat: Integers
    label: Integers
    unit: Integers
    length: Floats


def _pieces(continua: Continua) -> _Pieces:
    borders = np.unique(
        np.concatenate([continua.start, continua.end, continua.unit_start, continua.unit_end])
    )
    seat_start = continua.start[continua.seat_continuum]
    seat_end = continua.end[continua.seat_continuum]
    # By seat, then run: one stretch of rows for each seat.
    seat, run = expand(np.searchsorted(borders, seat_start), np.searchsorted(borders, seat_end))
    begins = np.concatenate([[0], np.cumsum(np.bincount(seat, minlength=len(seat_start)))])
    offset = begins[:-1] - np.searchsorted(borders, seat_start)
    owner = np.full(len(seat), -1, dtype=np.int64)
    # Of values assigned to the same place the last one stays, so the longest come last.
    by_length = np.argsort(continua.unit_end - continua.unit_start, kind="stable")
    unit, covered = expand(
        np.searchsorted(borders, continua.unit_start[by_length]),
        np.searchsorted(borders, continua.unit_end[by_length]),
    )
    unit = by_length[unit]
    owner[offset[continua.unit_seat[unit]] + covered] = unit
    labels = np.append(continua.unit_label, 0)  # what the last one stands for is a gap
    order = np.argsort(run, kind="stable")
    length = np.diff(borders).astype(np.float64)[run] if len(run) else np.zeros(0)
    return _Pieces(run[order], seat[order], labels[owner[order]], owner[order], length[order])


def _squares(pieces: _Pieces, document: Integers, units: int, rows: int) -> Floats:
    """Σ of units' squared lengths and of gaps' lengths, by document."""
    gap = pieces.unit < 0
    of_unit = np.zeros(units, dtype=np.int64)
    of_unit[pieces.unit[~gap]] = document[~gap]
    lengths = np.bincount(pieces.unit[~gap], weights=pieces.length[~gap], minlength=units)
    squares = np.bincount(of_unit, weights=lengths**2, minlength=rows)
    gaps = np.bincount(document[gap], weights=pieces.length[gap], minlength=rows)
    return (squares + gaps).astype(np.float64)


def _met_squares(
    pieces: _Pieces, raters: Integers, document: Integers, shape: tuple[int, int]
) -> Floats:
    """Σ over units and other annotators of what both share, squared, over m - 1."""
    marked = np.flatnonzero(pieces.label > 0)
    run = pieces.run[marked]
    left, right = expand(
        np.searchsorted(run, run, side="left"), np.searchsorted(run, run, side="right")
    )
    one, other = marked[left], marked[right]
    apart = one != other
    one, other = one[apart], other[apart]
    seats = int(pieces.seat.max(initial=-1)) + 1
    meeting, first, inverse = np.unique(
        pieces.unit[one] * seats + pieces.seat[other], return_index=True, return_inverse=True
    )
    shared = np.bincount(inverse, weights=pieces.length[one], minlength=len(meeting))
    which = one[first]
    where = document[which] * shape[1] + pieces.label[which]
    weights = shared**2 / (raters[which] - 1)
    flat = np.bincount(where, weights=weights, minlength=shape[0] * shape[1])
    return flat.reshape(shape).astype(np.float64)


def _ratio(part: NDArray[np.float64], whole: NDArray[np.float64]) -> Floats:
    out: Floats = np.full(np.broadcast(part, whole).shape, np.nan)
    np.divide(part, whole, out=out, where=np.broadcast_to(whole > 0, out.shape))
    return out


def _less_than_chance(observed: Floats, expected: Floats) -> Floats:
    """``1 - observed / expected``, and ``nan`` where nothing could differ."""
    return 1 - _ratio(observed, expected)

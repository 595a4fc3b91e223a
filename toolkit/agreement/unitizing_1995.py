"""Krippendorff's unitizing α of 1995 and 2004: α_U, by squared lengths.

Krippendorff 1995, "On the reliability of unitizing continuous data", Sociological
Methodology 25; Content Analysis, second edition 2004, section 11.6. For each label c, with
m annotators on a continuum of length L:

    D_o = Σ_i Σ_{j≠i} Σ_g Σ_h δ²(g, h) / (m (m - 1) L²)

over the sections g of i and h of j, where δ² is (start - start')² + (end - end')² for two
units that overlap, the squared length of a unit that lies in a gap, and else 0; and

    D_e = 2/L Σ_units [(N - 1)/3 (2 l³ - 3 l² + l) + l² Σ_{gaps of length l' >= l} (l' - l + 1)]
          / (m L (m L - 1) - Σ_units l (l - 1))

with N units in all. α_U = 1 - Σ_c D_o / Σ_c D_e. It weighs long units heavily and is kept
to be compared with older studies; ``unitizing`` has what replaced it in 2016.

Several continua: chance moves units about within each continuum, and D_o and D_e are
means over continua weighted by their lengths. With one continuum that is the formula.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from toolkit.agreement.coefficients import Floats
from toolkit.agreement.continua import Continua
from toolkit.agreement.layout import Integers, expand


@dataclass(frozen=True, slots=True)
class SquaredSums:
    """D_o and D_e times the continuum's length (rows x labels); rows may be added up."""

    observed: Floats
    expected: Floats

    def alpha(self) -> Floats:
        """α_U, one value a row; ``nan`` where there are no units."""
        return _alpha(self.observed.sum(1), self.expected.sum(1))

    def of_label(self) -> Floats:
        """α_U of each label (rows x labels)."""
        return _alpha(self.observed, self.expected)


def squared_sums(continua: Continua, labels: int, rows: int) -> SquaredSums:
    """Sums by document; ``labels`` includes the gaps', which is 0; ``rows`` are documents."""
    units = _Units.of(continua, labels)
    raters = continua.raters[units.continuum].astype(np.float64)
    length = (continua.end - continua.start)[units.continuum].astype(np.float64)
    apart, alone = _observed(continua, units)
    observed = 2 * (apart + alone) / (raters * (raters - 1) * length)
    where = continua.document[units.continuum] * labels + continua.unit_label[units.row]
    return SquaredSums(
        _summed(where, observed, (rows, labels)),
        _summed(where, _expected(continua, units, raters, length), (rows, labels)),
    )


@dataclass(frozen=True, slots=True)
class _Units:
    """Units by group (one label in one continuum), then start.

    ``start`` and ``end`` are moved so far from group to group that none reach the next.
    """

    row: Integers
    continuum: Integers
    group: Integers
    start: Integers
    end: Integers
    room: int

    @property
    def length(self) -> Floats:
        return (self.end - self.start).astype(np.float64)

    @classmethod
    def of(cls, continua: Continua, labels: int) -> _Units:
        continuum = continua.seat_continuum[continua.unit_seat]
        keys = continuum * labels + continua.unit_label
        order = np.lexsort((continua.unit_end, continua.unit_start, keys))
        _, group = np.unique(keys[order], return_inverse=True)
        room = int(continua.end.max(initial=0)) + 1
        shift = group * room
        return cls(
            order,
            continuum[order],
            group,
            continua.unit_start[order] + shift,
            continua.unit_end[order] + shift,
            room,
        )


def _observed(continua: Continua, units: _Units) -> tuple[Floats, Floats]:
    """For each unit: squared differences from those after it; its square for each gap it is in."""
    until = np.searchsorted(units.start, units.end, side="left")
    left, right = expand(np.arange(1, len(until) + 1), until)
    seat = continua.unit_seat[units.row]
    others = seat[left] != seat[right]
    left, right = left[others], right[others]
    squares = (units.start[left] - units.start[right]) ** 2
    squares += (units.end[left] - units.end[right]) ** 2
    apart = np.bincount(left, weights=squares, minlength=len(seat))
    seats = len(continua.seat_continuum) + 1
    met = np.unique(np.concatenate([left * seats + seat[right], right * seats + seat[left]]))
    meets = np.bincount(met // seats, minlength=len(seat))
    gaps = continua.raters[units.continuum] - 1 - meets
    return apart.astype(np.float64), gaps * units.length**2


def _expected(continua: Continua, units: _Units, raters: Floats, length: Floats) -> Floats:
    """Each unit's part of D_e, times the continuum's length."""
    group, gap = _gaps(continua, units)
    order = np.lexsort((gap, group))
    group, gap = group[order], gap[order]
    line = gap + group * units.room
    before = np.concatenate([[0.0], np.cumsum(gap, dtype=np.float64)])
    first = np.searchsorted(line, units.length + units.group * units.room, side="left")
    last = np.searchsorted(group, units.group, side="right")
    own = units.length
    fits = before[last] - before[first] - (last - first) * (own - 1)
    number = np.bincount(units.group)[units.group]
    moved = (number - 1) / 3 * (2 * own**3 - 3 * own**2 + own) + own**2 * fits
    within = np.bincount(units.group, weights=own * (own - 1))[units.group]
    places = raters * length * (raters * length - 1) - within
    expected = np.zeros(len(own))
    np.divide(2 * moved, places, out=expected, where=places > 0)
    return expected


def _gaps(continua: Continua, units: _Units) -> tuple[Integers, Integers]:
    """Group and length of every gap of every annotator, also of who has no unit of the label."""
    continuum = units.continuum[_firsts(units.group)]
    first = np.searchsorted(continua.seat_continuum, continuum, side="left")
    last = np.searchsorted(continua.seat_continuum, continuum, side="right")
    group, seat = expand(first, last)
    # Behind the last unit of each annotator stands the end of the continuum, as if a unit.
    seats = len(continua.seat_continuum) + 1
    shift = group * units.room
    keys = np.concatenate(
        [units.group * seats + continua.unit_seat[units.row], group * seats + seat]
    )
    start = np.concatenate([units.start, continua.end[continuum[group]] + shift])
    end = np.concatenate([units.end, continua.end[continuum[group]] + shift])
    order = np.lexsort((start, keys))
    keys, start, end = keys[order], start[order], end[order]
    rank = np.cumsum(np.concatenate([[0], np.diff(keys) > 0])) if len(keys) else keys
    span = int(end.max(initial=0)) + 1
    reached = np.maximum.accumulate(end + rank * span) - rank * span
    begin = continua.start[continuum[keys // seats]] + keys // seats * units.room
    fresh = np.ones(len(keys), dtype=np.bool_)
    fresh[1:] = keys[1:] != keys[:-1]
    length = start - np.where(fresh, begin, np.roll(reached, 1))
    return keys[length > 0] // seats, length[length > 0]


def _firsts(ordered: Integers) -> Integers:
    """Where each value of an ordered array stands first."""
    first: Integers = np.flatnonzero(np.diff(ordered, prepend=-1) > 0)
    return first


def _summed(where: Integers, values: Floats, shape: tuple[int, int]) -> Floats:
    flat = np.bincount(where, weights=values, minlength=shape[0] * shape[1])
    return flat.astype(np.float64).reshape(shape)


def _alpha(observed: Floats, expected: Floats) -> Floats:
    out: Floats = np.full(observed.shape, np.nan)
    np.divide(observed, expected, out=out, where=expected > 0)
    return 1 - out

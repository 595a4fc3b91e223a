"""Best alignments of continua: the disjoint unitary alignments that save most, exactly.

For all continua at once: list the candidates, price the units (``gamma_prices``), choose
greedily what fits the prices best. The prices say how far at most the choice is from the
best one; a candidate whose own loss (prices of its units less what it saves) is no less
than that can't be part of anything better. Without those the line of units falls into
short stretches. Most of them have nothing left to decide; the rest is searched
(``gamma_search``).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from toolkit.agreement.coefficients import Floats
from toolkit.agreement.gamma_candidates import (
    MOST_CANDIDATES,
    Candidates,
    farthest,
    list_candidates,
    list_near_candidates,
    neighbours,
)
from toolkit.agreement.gamma_continua import Booleans, Dissimilarity, Units
from toolkit.agreement.gamma_prices import FAST, SLOW, Cooling, prices
from toolkit.agreement.gamma_search import MOST_STEPS, cheapest
from toolkit.agreement.layout import Integers

_TOLERANCE = 1e-10


@dataclass(frozen=True, slots=True)
class Alignment:
    """The best alignment of each of many continua.

    ``members`` (unitary alignments of two units or more x annotators) holds numbers of
    units, and ``units``, which is how many there are, where an annotator has none;
    whatever unit isn't there stands alone. ``cost`` (continua) is the sum of the unitary
    alignments' costs, and ``least`` what it is at least: the same wherever the optimum was
    found and proven.
    """

    members: Integers
    cost: Floats
    least: Floats
    units: int


def align(
    units: Units,
    dissimilarity: Dissimilarity,
    *,
    most_candidates: int = MOST_CANDIDATES,
    most_steps: int = MOST_STEPS,
) -> Alignment:
    """Find the best alignment of every continuum."""
    candidates = list_candidates(units, dissimilarity, most_candidates)
    if candidates is None and units.continua > 1:
        first, second = (
            align(part, dissimilarity, most_candidates=most_candidates, most_steps=most_steps)
            for part in units.halves()
        )
        return _side_by_side(first, second, len(units))
    listed = candidates or list_near_candidates(units, dissimilarity, most_candidates)
    chosen, doubt = _choose(units, listed, most_steps)
    members = listed.members[chosen]
    cost = _cost(units, dissimilarity, members)
    if candidates is None:
        least = np.minimum(cost, _least_by_nearest(units, dissimilarity))
    else:
        least = cost - doubt
    return Alignment(members, cost * dissimilarity.empty, least * dissimilarity.empty, len(units))


def _side_by_side(first: Alignment, second: Alignment, units: int) -> Alignment:
    """Alignments of the first and of the second half of some continua."""
    shift = units - second.units
    left = np.where(first.members == first.units, units, first.members)
    return Alignment(
        np.concatenate([left, second.members + shift]),
        np.concatenate([first.cost, second.cost]),
        np.concatenate([first.least, second.least]),
        units,
    )


def _choose(units: Units, candidates: Candidates, most_steps: int) -> tuple[Booleans, Floats]:
    """Which candidates save most, and by how much more others might save (continua)."""
    chosen = np.zeros(len(candidates), dtype=np.bool_)
    doubt = np.zeros(units.continua)
    left = np.arange(len(candidates))
    parts: list[_Part] = []
    for cooling in (FAST, SLOW):
        priced = _priced(candidates, left, cooling)
        chosen[left] = _better(priced.candidates, chosen[left], _greedy(priced))
        parts = _undecided(units, priced, chosen[left])
        if not parts:
            break
        left = np.sort(np.concatenate([part.candidates for part in parts]))
    for part in parts:
        found = cheapest(part.losses, part.masks, part.prices, part.limit, most_steps)
        if found.better is not None:
            chosen[part.candidates] = False
            chosen[part.candidates[found.better]] = True
        doubt[part.continuum] += found.doubt
    return chosen, doubt


def _better(candidates: Candidates, one: Booleans, other: Booleans) -> Booleans:
    """In each stretch of units that no candidate reaches out of, the choice that saves more."""
    stretch = candidates.stretches()[candidates.first()]
    gain = np.bincount(
        stretch,
        weights=np.where(other, candidates.saving, 0) - np.where(one, candidates.saving, 0),
        minlength=1,
    )
    return np.where(gain[stretch] > 0, other, one)


def _cost(units: Units, dissimilarity: Dissimilarity, members: Integers) -> Floats:
    """The cost of each continuum's alignment, in Δ∅."""
    pairs = units.annotators * (units.annotators - 1) // 2
    present = members < len(units)
    size = present.sum(1)
    saved = np.bincount(
        units.continuum[members.min(1)], weights=size - 1.0, minlength=units.continua
    )
    for a, b in combinations(range(units.annotators), 2):
        both = present[:, a] & present[:, b]
        left, right = members[both, a], members[both, b]
        less = (1 - dissimilarity.relative(units, left, right)) / pairs
        saved += np.bincount(units.continuum[left], weights=less, minlength=units.continua)
    # What is left of no cost at all is what rounding left.
    cost = units.per_continuum() - saved
    return np.where(np.abs(cost) < _TOLERANCE, 0.0, cost)


@dataclass(frozen=True, slots=True)
class _Priced:
    """Some candidates, with prices of units and what each candidate loses against them.

    ``names`` are the candidates' numbers among all.
    """

    candidates: Candidates
    names: Integers
    price: Floats
    loss: Floats


def _priced(candidates: Candidates, names: Integers, cooling: Cooling) -> _Priced:
    listed = candidates.only(names)
    price = prices(listed, cooling)
    loss = np.maximum(price[listed.members].sum(1) - listed.saving, 0.0)
    return _Priced(listed, names, price, loss)


def _greedy(priced: _Priced) -> Booleans:
    """Disjoint candidates, those with the least loss first, chosen in parallel rounds."""
    candidates, loss = priced.candidates, priced.loss
    members, empty = candidates.members, candidates.units
    rank = np.empty(len(candidates), dtype=np.int64)
    rank[np.lexsort((-candidates.saving, loss))] = np.arange(len(candidates))
    chosen = np.zeros(len(candidates), dtype=np.bool_)
    alive = np.arange(len(candidates))
    taken = np.zeros(empty + 1, dtype=np.bool_)
    while len(alive):
        best = np.full(empty + 1, len(candidates), dtype=np.int64)
        np.minimum.at(best, members[alive].ravel(), np.repeat(rank[alive], members.shape[1]))
        best[empty] = len(candidates)
        won = ((best[members[alive]] == rank[alive, None]) | (members[alive] == empty)).all(1)
        chosen[alive[won]] = True
        taken[members[alive[won]]] = True
        taken[empty] = False
        alive = alive[~won]
        alive = alive[~taken[members[alive]].any(1)]
    return chosen


@dataclass(frozen=True, slots=True)
class _Part:
    """A stretch of units to be searched (``cheapest``), with the candidates it is about."""

    losses: list[float]
    masks: list[int]
    prices: list[float]
    limit: float
    candidates: Integers
    continuum: int


def _undecided(units: Units, priced: _Priced, chosen: Booleans) -> list[_Part]:
    """The stretches of which it isn't known that nothing is better than what was chosen."""
    candidates, kept = priced.candidates, np.arange(len(priced.candidates))
    while True:
        listed = candidates.only(kept)
        of_unit = listed.stretches()
        stretch = of_unit[listed.first()]
        mine = chosen[kept]
        bound = np.bincount(of_unit, weights=priced.price[:-1], minlength=1)
        bound -= np.bincount(stretch[mine], weights=listed.saving[mine], minlength=len(bound))
        promising = mine | (priced.loss[kept] < bound[stretch] - _TOLERANCE)
        if promising.all():
            break
        kept = kept[promising]
    wanted = np.unique(stretch[~mine])
    order = np.argsort(stretch, kind="stable")
    members = _slices(stretch[order], wanted)
    places = _slices(of_unit, wanted)
    return [
        _part(units, priced, kept[order[m]], place, float(bound[w]))
        for w, m, place in zip(wanted.tolist(), members, places, strict=True)
    ]


def _slices(ordered: Integers, values: Integers) -> list[slice]:
    """Where each value stands in an ordered array."""
    begins, ends = (np.searchsorted(ordered, values, side=side) for side in ("left", "right"))
    return [slice(*pair) for pair in zip(begins.tolist(), ends.tolist(), strict=True)]


def _part(units: Units, priced: _Priced, which: Integers, place: slice, limit: float) -> _Part:
    masks = [
        sum(1 << (unit - place.start) for unit in row if unit < priced.candidates.units)
        for row in priced.candidates.members[which].tolist()
    ]
    return _Part(
        losses=priced.loss[which].tolist(),
        masks=masks,
        prices=priced.price[place].tolist(),
        limit=limit,
        candidates=priced.names[which],
        continuum=int(units.continuum[place.start]),
    )


def _least_by_nearest(units: Units, dissimilarity: Dissimilarity) -> Floats:
    """A bound on the cost (in Δ∅) where not all candidates could be listed.

    Of what k units save together, each may claim (k - 1) / k and half of its pairs'
    (1 - d) / N; no unit claims more than with the nearest unit of each annotator, taken
    from the nearest on as long as that pays.
    """
    number = units.annotators
    pairs = number * (number - 1) // 2
    first, second, apart = neighbours(units, dissimilarity, farthest(number))
    nearest = np.full((len(units), number), np.inf)
    np.minimum.at(nearest, (first, units.annotator[second]), apart)
    np.minimum.at(nearest, (second, units.annotator[first]), apart)
    nearest.sort(axis=1)
    bonus = np.cumsum((1 - nearest[:, :-1]) / (2 * pairs), axis=1)
    others = np.arange(1, number)
    claim = np.maximum((others / (others + 1) + bonus).max(axis=1), 0.0)
    least = np.bincount(units.continuum, weights=1 - claim, minlength=units.continua)
    return least.astype(np.float64)

"""The unitary alignments that a best alignment may hold.

A unitary alignment takes at most one unit of each annotator. With n annotators, Δ∅ = 1
and N = n (n - 1) / 2 pairs of them, k units that stand together cost the mean over the N
pairs of their dissimilarities, 1 for each pair with an empty unit. The same k units each
for itself cost k. What standing together saves is

    (k - 1) + Σ (1 - d) / N, over the pairs of the k units,

so the best alignment is the set of disjoint unitary alignments that saves most. One
that loses nothing when a unit leaves it is never needed: every unit u of it has to keep
Σ_v (d(u, v) - 1) <= N. That bound is tighter than the paper's (a cost above n Δ∅ is never
needed, which follows from it), holds for any dissimilarity, and leaves a handful of
candidates for each unit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from toolkit.agreement.coefficients import Floats
from toolkit.agreement.gamma_continua import Dissimilarity, Units
from toolkit.agreement.layout import Integers, expand

MOST_CANDIDATES = 300_000
"""More candidates than these are not looked at together."""

_TIE = 1e-8
"""What standing together is worth in itself, in Δ∅ for each unit but the first.

Of two alignments that cost the same the one with fewer unitary alignments is chosen.
"""

_ROUNDING = 1e-9

_CLOSER = 0.7

_ROWS_AT_ONCE = 4
"""Extensions tried at once, in multiples of the candidates allowed."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Unitary alignments of two units or more that save something.

    ``members`` (candidates x annotators) holds units' numbers, and ``units`` (one more
    than there are) where an annotator has none. ``saving`` is in Δ∅ (and 1e-8 more for
    each unit but the first, which decides between equals).
    """

    members: Integers
    saving: Floats
    units: int

    def __len__(self) -> int:
        return len(self.saving)

    def first(self) -> Integers:
        """The first unit of each."""
        first: Integers = self.members.min(1)
        return first

    def stretches(self) -> Integers:
        """The number of the stretch that each unit is in: no candidate reaches out of one."""
        last = np.where(self.members < self.units, self.members, -1).max(1)
        change = np.bincount(self.first() + 1, minlength=self.units + 1)
        change -= np.bincount(last + 1, minlength=self.units + 1)
        numbers: Integers = np.cumsum(np.cumsum(change[: self.units]) <= 0) - 1
        return numbers

    def only(self, which: Integers) -> Candidates:
        """Some of them."""
        return Candidates(self.members[which], self.saving[which], self.units)


def list_candidates(units: Units, dissimilarity: Dissimilarity, most: int) -> Candidates | None:
    """All candidates, by growing them one annotator at a time; null where too many."""
    found = _grown(units, dissimilarity, farthest(units.annotators), most)
    return None if found is None else Candidates(*found, len(units))


def list_near_candidates(units: Units, dissimilarity: Dissimilarity, most: int) -> Candidates:
    """Candidates of ever closer units only, until at most ``most`` remain."""
    reach = farthest(units.annotators)
    while True:
        reach *= _CLOSER
        found = _grown(units, dissimilarity, reach, most)
        if found is not None:
            return Candidates(*found, len(units))


def farthest(annotators: int) -> float:
    """How unlike two units of one candidate are at most, in Δ∅."""
    return annotators * (annotators - 1) // 2 + annotators - 1 + _ROUNDING


def _grown(
    units: Units, dissimilarity: Dissimilarity, reach: float, most: int
) -> tuple[Integers, Floats] | None:
    """Candidates all of whose pairs are at most ``reach`` unlike; null where too many."""
    pairs = units.annotators * (units.annotators - 1) // 2
    first, second, apart = neighbours(units, dissimilarity, reach)
    begins = np.searchsorted(first, np.arange(len(units) + 1))
    members = np.stack([first, second], axis=1)
    load = np.stack([apart, apart], axis=1)
    found: list[tuple[Integers, Floats]] = []
    for size in range(2, units.annotators + 1):
        if len(members) > most:
            return None
        found.append(_worthwhile(units, members, load, pairs))
        if size == units.annotators:
            break
        owner, edge = expand(begins[members[:, 0]], begins[members[:, 0] + 1])
        if len(owner) > _ROWS_AT_ONCE * most:
            return None
        later = units.annotator[second[edge]] > units.annotator[members[owner, -1]]
        owner, edge = owner[later], edge[later]
        joining = second[edge]
        added = [apart[edge]] + [
            dissimilarity.relative(units, members[owner, i], joining) for i in range(1, size)
        ]
        new = np.stack(added, axis=1)
        grown = np.concatenate([load[owner] + new, new.sum(1, keepdims=True)], axis=1)
        # Each unit still to come takes away 1 at most, and there are n - size - 1 of them.
        kept = (grown <= farthest(units.annotators)).all(1) & (new <= reach).all(1)
        members = np.concatenate([members[owner[kept]], joining[kept, None]], axis=1)
        load = grown[kept]
    if sum(len(saving) for _, saving in found) > most:
        return None
    return np.concatenate([m for m, _ in found]), np.concatenate([s for _, s in found])


def neighbours(
    units: Units, dissimilarity: Dissimilarity, reach: float
) -> tuple[Integers, Integers, Floats]:
    """Pairs of units that are at most ``reach`` unlike, the lower annotator first.

    alpha d_pos < reach keeps the middles nearer than sqrt(reach / alpha) (l + l') / 2.
    """
    length, middle = units.end - units.start, (units.start + units.end) / 2
    longest = np.zeros(units.continua)
    np.maximum.at(longest, units.continuum, length)
    if dissimilarity.alpha > 0:
        far = np.sqrt(reach / dissimilarity.alpha) * (length + longest[units.continuum]) / 2
    else:
        far = np.full(len(units), np.ptp(middle) + 1 if len(units) else 0.0)
    ends = np.searchsorted(units.continuum, units.continuum, side="right")
    # Shifted so far apart that no window reaches from one continuum into the next.
    room = (np.ptp(middle) if len(units) else 0.0) + (far.max(initial=0.0) + 1)
    line = middle + units.continuum * room
    until = np.minimum(np.searchsorted(line, line + far * (1 + 1e-9), side="right"), ends)
    left, right = expand(np.arange(1, len(units) + 1), until)
    others = units.annotator[left] != units.annotator[right]
    left, right = left[others], right[others]
    apart = dissimilarity.relative(units, left, right)
    near = apart <= reach
    left, right, apart = left[near], right[near], apart[near]
    swap = units.annotator[left] > units.annotator[right]
    first, second = np.where(swap, right, left), np.where(swap, left, right)
    order = np.lexsort((second, first))
    return first[order], second[order], apart[order]


def _worthwhile(
    units: Units, members: Integers, load: Floats, pairs: int
) -> tuple[Integers, Floats]:
    """Those that save something and lose with every unit that leaves; one column a person."""
    size = members.shape[1]
    saving = (size - 1) + (size * (size - 1) / 2 - load.sum(1) / 2) / pairs
    saving += _TIE * (size - 1)
    kept = np.flatnonzero((saving > 0) & (load <= pairs + size - 1 + _ROUNDING).all(1))
    table = np.full((len(kept), units.annotators), len(units), dtype=np.int64)
    rows = np.arange(len(kept))
    for column in range(size):
        member = members[kept, column]
        table[rows, units.annotator[member]] = member
    return table, saving[kept]

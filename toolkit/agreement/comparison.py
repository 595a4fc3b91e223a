"""Whether two figures differ: paired bootstrap, and a permutation test where one is sensible.

Both treat groups of documents as what was sampled. The bootstrap draws the same groups for
both figures, so what they share doesn't count as a difference. The permutation test asks
how often a difference as large comes about by chance if it makes none which of the two a
comparison belongs to (Pitman 1937; approximate randomization, Noreen 1989): where a group
of documents has comparisons of both kinds, they change places at random; groups that have
one kind only are dealt out anew, as many to each kind as there were. It is sensible for
figures that are functions of sums over documents; a mean of κ over pairs is none.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from toolkit.agreement.bootstrap import Difference, Resamples
from toolkit.agreement.coefficients import Floats
from toolkit.agreement.figures import Figure
from toolkit.agreement.group_figures import Additive, Measured

_BLOCK = 100
"""Permutations made at a time, which bounds the memory that they take."""

_ROUNDING = 1e-12


class Compared(Struct, frozen=True):
    """One figure of two groups: how much the first is above the second.

    ``difference`` is by bootstrap; ``permutation`` is the two-sided p of the permutation
    test, null where there is none. ``name`` is a key of ``figures.MEASURES``.
    """

    name: str
    first: Figure
    second: Figure
    difference: Difference
    permutation: float | None


class Comparison(Struct, frozen=True):
    """Two groups of comparisons by their names, and the figures that both have."""

    first: str
    second: str
    figures: tuple[Compared, ...]


def compare(
    names: tuple[str, str],
    first: Sequence[Measured],
    second: Sequence[Measured],
    resamples: tuple[Resamples, Resamples],
    seed: int,
) -> Comparison:
    """Compare the figures that both have; ``resamples`` draw the same groups for both."""
    others = {other.name: other for other in second}
    return Comparison(
        *names,
        tuple(
            _compared(one, others[one.name], resamples, seed) for one in first if one.name in others
        ),
    )


def _compared(
    one: Measured, other: Measured, resamples: tuple[Resamples, Resamples], seed: int
) -> Compared:
    difference = resamples[0].difference(one.values, other.values, min(one.groups, other.groups))
    permutation = None
    if difference.p is not None and one.additive and other.additive:
        permutation = permuted_p(
            _by_group(one.additive, resamples[0]),
            _by_group(other.additive, resamples[1]),
            one.additive,
            resamples[0].samples,
            seed,
        )
    return Compared(
        one.name, one.figure(resamples[0]), other.figure(resamples[1]), difference, permutation
    )


def _by_group(additive: Additive, resamples: Resamples) -> Floats:
    table = np.zeros((len(resamples.draws), additive.table.shape[1]))
    np.add.at(table, resamples.group[additive.document], additive.table)
    return table


def permuted_p(
    first: Floats, second: Floats, additive: Additive, permutations: int, seed: int
) -> float | None:
    """The p of the permutation test; None where the figure is undefined too often.

    ``first`` and ``second`` (groups x columns) are what each group of documents adds to
    the sums of the two; ``additive`` says what is made of the sums.
    """
    total = (first.sum(0) + second.sum(0))[:, None]

    def apart(sums: Floats) -> Floats:
        return np.abs(additive.formula(sums) - additive.formula(total - sums))

    observed = apart(first.sum(0)[:, None])[0]
    has_first: NDArray[np.bool_] = np.asarray(first.any(1))
    has_second: NDArray[np.bool_] = np.asarray(second.any(1))
    lonely = np.flatnonzero(has_first != has_second)
    generator = np.random.default_rng(seed)
    beyond = defined = 0
    for start in range(0, permutations, _BLOCK):
        number = min(_BLOCK, permutations - start)
        stays: NDArray[np.bool_] = generator.integers(2, size=(number, len(first))) > 0
        dealt = generator.permuted(np.tile(has_first[lonely], (number, 1)), axis=1)
        stays[:, lonely] = dealt == has_first[lonely]
        kept = stays.astype(np.float64)
        found = apart((kept @ first + (1 - kept) @ second).T)
        found = found[~np.isnan(found)]
        defined += len(found)
        beyond += int((found >= observed - _ROUNDING).sum())
    return None if 2 * defined < permutations else (beyond + 1) / (defined + 1)

"""γ, γ-cat and γ-k: agreement on where units are and what they are, by aligning them.

γ = 1 - δ_o / δ_e (Mathet, Widlöcher and Métivier 2015, "The unified and holistic method
gamma (γ) for inter-annotator agreement measure and alignment", Computational Linguistics
41(3)). The disorder δ of a continuum is the cost of its best alignment, divided by the
mean number of units of an annotator; δ_e is the mean disorder of random continua.
1: all gave the same units; 0: no better than chance; below 0: worse.

γ-cat = 1 - δ_cat,o / δ_cat,e (Mathet 2017, "The agreement measure γ-cat, a complement to
γ focused on categorization of a continuum", Computational Linguistics 43(3)) asks whether
units that were aligned have the same category: δ_cat is the share of differing categories
among aligned pairs, each weighted by max(0, 1 - α d_pos) and by 1 / (k - 1) in a
unitary alignment of k units. A unit beside an empty one differs too, with weight Δ∅ (as
the published software counts, whose values are reproduced). γ-k is the same over the
pairs in which category k occurs.

Over several continua: δ_o and δ_e are means weighted by each continuum's mean number of
units, so that with one continuum everything is as in the papers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from msgspec import Struct

from toolkit.agreement.coefficients import Floats
from toolkit.agreement.gamma_alignment import Alignment, align
from toolkit.agreement.gamma_chance import Sampler, chance, sample_shift, sample_statistical
from toolkit.agreement.gamma_continua import Dissimilarity, Units
from toolkit.agreement.layout import Integers

PILOT = 30
"""Random continua for each continuum before the precision is known (the paper's)."""

MOST_SAMPLES = 1000

_UNITS_AT_ONCE = 200_000

_NORMAL = 1.96
"""The normal quantile of 95 % confidence that the paper's rule uses."""


class GammaSettings(Struct, frozen=True):
    """How γ is computed.

    ``precision``: the relative error of the expected disorder, at 95 % confidence; None
    leaves it at ``PILOT`` samples. ``by_continuum``: whether chance has each continuum's
    own gaps, durations and categories, or those of all.
    """

    alpha: float = 1.0
    beta: float = 1.0
    empty: float = 1.0
    sampler: Sampler = "statistical"
    precision: float | None = 0.02
    by_continuum: bool = False
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Disorders:
    """Disorders of continua, observed and in each sample of chance.

    ``weight`` (continua): mean number of units of an annotator. ``observed`` (continua)
    and ``expected`` (continua x samples) are disorders; ``doubt`` and ``expected_doubt``
    by how much they may be too high, where an optimum could not be proven. The numerators
    and denominators of δ_cat have a first axis: all pairs, then those with each category.
    """

    weight: Floats
    observed: Floats
    expected: Floats
    doubt: Floats
    expected_doubt: Floats
    differing: Floats
    aligned: Floats
    expected_differing: Floats
    expected_aligned: Floats

    @property
    def samples(self) -> int:
        """How many random continua were made for each continuum."""
        return self.expected.shape[1]

    def gamma(self, times: Floats | None = None) -> Floats:
        """γ; ``times`` (continua x …) says how often each continuum counts, once if omitted."""
        weight = self._counted(times)
        observed = self.observed @ weight
        expected = self.expected.mean(1) @ weight
        return _beyond(observed, expected)

    def gamma_cat(self, times: Floats | None = None, category: int = -1) -> Floats:
        """γ-cat, or γ-k of a category."""
        counted = np.ones((len(self.weight), 1)) if times is None else times
        which = category + 1
        observed = _share(self.differing[which] @ counted, self.aligned[which] @ counted)
        differing = self.expected_differing[which].T @ counted
        aligned = self.expected_aligned[which].T @ counted
        with np.errstate(invalid="ignore"):
            shares = np.where(aligned > 0, differing / np.where(aligned > 0, aligned, 1), np.nan)
        defined = ~np.isnan(shares)
        total = np.where(defined, shares, 0.0).sum(0)
        expected = _share(total, defined.sum(0).astype(np.float64))
        return _beyond(observed, expected)

    def _counted(self, times: Floats | None) -> Floats:
        counted = np.ones((len(self.weight), 1)) if times is None else times
        weighted: Floats = self.weight[:, None] * counted
        return weighted


def disorders(
    batches: Sequence[Units],
    lengths: Sequence[Floats],
    categories: int,
    settings: GammaSettings,
) -> Disorders:
    """Align continua and random continua in their likeness.

    ``batches`` are continua by number of annotators; those without units have to be left
    out. ``lengths`` are theirs, for the sampler that shifts. The samples are as many as
    bring the expected disorder of all of them to ``settings.precision``, after the paper's
    rule: (1.96 c / precision)², with c the coefficient of variation among the first 30.
    """
    found = [_Batch(*item, categories, settings) for item in _numbered(batches, lengths)]
    for batch in found:
        batch.add(PILOT)
    if settings.precision is not None:
        more = min(_wanted(found, settings.precision), MOST_SAMPLES) - PILOT
        for batch in found:
            batch.add(more)
    return _joined(found)


def _numbered(
    batches: Sequence[Units], lengths: Sequence[Floats]
) -> list[tuple[int, Units, Floats]]:
    """Batches with their number, which goes into their seeds."""
    return [(number, *pair) for number, pair in enumerate(zip(batches, lengths, strict=True))]


class _Batch:
    """Continua with the same number of annotators, and what chance made of them so far."""

    def __init__(
        self, number: int, units: Units, length: Floats, categories: int, settings: GammaSettings
    ) -> None:
        self.units, self.length = units, length
        self.categories, self.settings = categories, settings
        self.dissimilarity = Dissimilarity(settings.alpha, settings.beta, settings.empty)
        self.generator = np.random.default_rng([settings.seed, number])
        self.measured = chance(units, by_continuum=settings.by_continuum)
        self.weight = units.per_continuum() / units.annotators
        self.observed = self._measured(units)
        self.expected: list[tuple[Floats, Floats, Floats, Floats]] = []

    def add(self, samples: int) -> None:
        """Make and align more random continua, some hundred thousand units at a time."""
        step = max(1, _UNITS_AT_ONCE // max(len(self.units), 1))
        while samples > 0:
            now = min(step, samples)
            if self.settings.sampler == "shift":
                drawn = sample_shift(self.units, self.length, now, self.generator)
            else:
                drawn = sample_statistical(self.units, self.measured, now, self.generator)
            self.expected.append(self._measured(drawn))
            samples -= now

    def _measured(self, units: Units) -> tuple[Floats, Floats, Floats, Floats]:
        """Disorder, doubt, and both parts of δ_cat, the continua last: (… x samples x continua)."""
        alignment = align(units, self.dissimilarity)
        mean = units.per_continuum() / units.annotators
        differing, aligned = _category_disorder(
            units, alignment, self.dissimilarity, self.categories
        )
        shape = (-1, self.units.continua)
        return (
            (alignment.cost / mean).reshape(shape),
            ((alignment.cost - alignment.least) / mean).reshape(shape),
            differing.reshape((self.categories + 1, *shape)),
            aligned.reshape((self.categories + 1, *shape)),
        )


def _wanted(batches: Sequence[_Batch], precision: float) -> int:
    """How many samples the precision asks for."""
    if not batches:
        return 0
    totals = np.sum(
        [(np.concatenate([e[0] for e in b.expected]) * b.weight).sum(1) for b in batches], axis=0
    )
    if not totals.mean() > 0:
        return 0
    variation = totals.std() / totals.mean()
    return int(np.ceil((variation * _NORMAL / precision) ** 2))


def _joined(batches: Sequence[_Batch]) -> Disorders:
    """All batches side by side."""

    def sampled(part: int) -> Floats:
        tables = [np.concatenate([e[part] for e in b.expected], axis=-2) for b in batches]
        return np.moveaxis(np.concatenate(tables, axis=-1), -1, -2)

    def once(part: int) -> Floats:
        return np.concatenate([b.observed[part][..., 0, :] for b in batches], axis=-1)

    return Disorders(
        weight=np.concatenate([b.weight for b in batches]),
        observed=once(0),
        expected=sampled(0),
        doubt=once(1),
        expected_doubt=sampled(1),
        differing=once(2),
        aligned=once(3),
        expected_differing=sampled(2),
        expected_aligned=sampled(3),
    )


def _category_disorder(
    units: Units, alignment: Alignment, dissimilarity: Dissimilarity, categories: int
) -> tuple[Floats, Floats]:
    """Both parts of δ_cat: (1 + categories x continua)."""
    members, none = alignment.members, len(units)
    size = (members < none).sum(1)
    differing = np.zeros((categories + 1, units.continua))
    aligned = np.zeros((categories + 1, units.continua))
    for a in range(units.annotators):
        for b in range(a + 1, units.annotators):
            both = np.flatnonzero((members[:, a] < none) & (members[:, b] < none))
            left, right = members[both, a], members[both, b]
            near = 1 - dissimilarity.alpha * dissimilarity.positional(units, left, right)
            weight = np.maximum(near, 0) / (size[both] - 1)
            one, other = units.category[left], units.category[right]
            where = units.continuum[left]
            differ = one != other
            _add(aligned, where, weight)
            _add(differing, where[differ], weight[differ])
            _add_by(aligned, one, where, weight)
            _add_by(aligned, other[differ], where[differ], weight[differ])
            _add_by(differing, one[differ], where[differ], weight[differ])
            _add_by(differing, other[differ], where[differ], weight[differ])
    alone = np.full(none, float(units.annotators - 1))
    inside = members < none
    alone[members[inside]] = (units.annotators - np.repeat(size, size)).astype(np.float64)
    _add(aligned, units.continuum, alone * dissimilarity.empty)
    _add(differing, units.continuum, alone * dissimilarity.empty**2)
    _add_by(aligned, units.category, units.continuum, alone * dissimilarity.empty)
    _add_by(differing, units.category, units.continuum, alone * dissimilarity.empty**2)
    return differing, aligned


def _add(table: Floats, where: Integers, weight: Floats) -> None:
    table[0] += np.bincount(where, weights=weight, minlength=table.shape[1])


def _add_by(table: Floats, category: Integers, where: Integers, weight: Floats) -> None:
    cell = (category + 1) * table.shape[1] + where
    table += np.bincount(cell, weights=weight, minlength=table.size).reshape(table.shape)


def _share(part: Floats, whole: Floats) -> Floats:
    """``part / whole``, and ``nan`` where there is nothing."""
    share: Floats = np.full(np.shape(whole), np.nan)
    np.divide(part, whole, out=share, where=whole > 0)
    return share


def _beyond(observed: Floats, expected: Floats) -> Floats:
    """``1 - observed / expected``; 1 without any disorder, ``nan`` where chance has none either."""
    return 1 - _share(observed, expected)

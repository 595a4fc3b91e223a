"""Bootstrap over groups of documents (Efron 1979; Efron and Tibshirani 1993).

Groups are drawn, not documents, spans or units: what one document holds hangs together,
and so do documents of one group (``meta.group``; without it a document is its own). Every
figure here is a function of sums over documents, so a sample is a vector that says how
often each group was drawn, and a thousand samples are one matrix product.

Intervals are BCa (Efron 1987, JASA 82(397); Efron and Tibshirani, chapter 14: corrected
for bias by where the value stands among the samples, and for skewness by the jackknife
over groups), or plain percentiles (their chapter 13).
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from toolkit.agreement.coefficients import Floats
from toolkit.agreement.layout import Integers

LEVEL = 0.95
"""How often, over repetitions of the whole study, the interval is meant to hold the value."""

Method = Literal["bca", "percentile"]

_BLOCK = 2048
"""Groups multiplied at a time, which bounds the memory that their weights take."""

_SAMPLES = 64
"""Samples drawn at a time, since the table of them is laid out by group."""

_BLOCKS = 400
"""Values of the jackknife at most; more groups than these are left out some at a time."""

_NORMAL = NormalDist()

_SMALL = 10**7
"""Multiplications that are sooner done in one thread than handed to several."""

Draws = NDArray[np.uint8]


class Interval(Struct, frozen=True):
    """The ends of an interval; where there is none, ``undefined`` says why."""

    low: float | None
    high: float | None
    undefined: str = ""


class Difference(Struct, frozen=True):
    """How much one figure is above another, with an interval and the p of its being 0.

    ``p`` is two-sided: twice the share of samples on the other side of 0.
    """

    value: float | None
    low: float | None
    high: float | None
    p: float | None
    undefined: str = ""


def draw(groups: int, samples: int, seed: int) -> Draws:
    """How often each sample drew each group: (groups x 1 + samples).

    Column 0 is the data as it is, each group once.
    """
    generator = np.random.default_rng(seed)
    drawn = np.ones((groups, 1 + samples), dtype=np.uint8)
    for start in range(1, 1 + samples if groups else 1, _SAMPLES):
        some = drawn[:, start : start + _SAMPLES]
        block = np.empty((some.shape[1], groups), dtype=np.uint8)
        for sample in block:
            times = np.bincount(generator.integers(groups, size=groups), minlength=groups)
            # No group is drawn 256 times; should it be, one draw less is no harm.
            sample[:] = np.minimum(times, np.iinfo(np.uint8).max)
        some[:] = block.T
    return drawn


@dataclass(frozen=True, slots=True)
class Resamples:
    """The data, bootstrap samples of it, and the data without each block of groups.

    ``group`` (documents) numbers each document's group; ``draws`` (groups x 1 + samples).
    Whatever is computed from ``totals`` has one value for each of them, in this order.
    """

    group: Integers
    draws: Draws
    method: Method = "bca"

    @property
    def samples(self) -> int:
        """How many bootstrap samples there are."""
        return self.draws.shape[1] - 1

    @property
    def blocks(self) -> int:
        """How many values of the jackknife there are."""
        return min(len(self.draws), _BLOCKS) if self.method == "bca" and self.samples else 0

    @property
    def columns(self) -> int:
        """How many values there are of everything."""
        return self.draws.shape[1] + self.blocks

    def totals(self, table: Floats, document: Integers) -> Floats:
        """Sums over the rows of ``table``: (columns of the table x values).

        Row r belongs to ``document[r]`` and counts as often as its group does.
        """
        present, row = np.unique(self.group[document], return_inverse=True)
        by_group = table  # as it is, where each row is a group: the table may be large
        if not np.array_equal(row, np.arange(len(present))):
            by_group = np.zeros((len(present), table.shape[1]))
            np.add.at(by_group, row, table)
        summed: Floats = np.zeros((table.shape[1], self.columns))
        for start in range(0, len(present), _BLOCK):
            some = slice(start, start + _BLOCK)
            weights = self.draws[present[some]].astype(np.float64)
            summed[:, : 1 + self.samples] += _product(by_group[some], weights)
        if self.blocks:
            without = np.zeros((self.blocks, table.shape[1]))
            np.add.at(without, present % self.blocks, by_group)
            summed[:, 1 + self.samples :] = by_group.sum(0)[:, None] - without.T
        return summed

    def times(self, document: Integers) -> Floats:
        """How often each of some documents counts: (documents x values)."""
        group = self.group[document]
        kept = np.ones((len(group), self.blocks))
        kept[np.arange(len(group)), group % max(self.blocks, 1)] = 0 if self.blocks else 1
        return np.concatenate([self.draws[group].astype(np.float64), kept], axis=1)

    def interval(self, values: Floats, groups: int) -> Interval:
        """The interval of a figure that rests on ``groups`` groups."""
        why = self._reason(values, groups)
        if why:
            return Interval(None, None, why)
        samples = values[1 : 1 + self.samples]
        defined = samples[~np.isnan(samples)]
        tail = (1 - LEVEL) / 2
        ends = np.array([tail, 1 - tail])
        if self.method == "bca":
            ends = _corrected_ends(ends, values[0], defined, values[1 + self.samples :])
        low, high = np.quantile(defined, ends)
        return Interval(float(low), float(high))

    def difference(self, first: Floats, second: Floats, groups: int) -> Difference:
        """The paired test of two figures of the same samples (their chapter 16)."""
        apart = first - second
        if np.isnan(apart[0]):
            return Difference(None, None, None, None, "one of the two is undefined")
        interval = self.interval(apart, groups)
        if interval.undefined:
            return Difference(float(apart[0]), None, None, None, interval.undefined)
        samples = apart[1 : 1 + self.samples]
        samples = samples[~np.isnan(samples)]
        beyond = min(int((samples <= 0).sum()), int((samples >= 0).sum()))
        p = min(1.0, 2 * (beyond + 1) / (len(samples) + 1))
        return Difference(float(apart[0]), interval.low, interval.high, p)

    def _reason(self, values: Floats, groups: int) -> str:
        """Why there is no interval; empty where there is one."""
        if groups < 2:  # noqa: PLR2004 - one group can't be drawn otherwise than it is
            return "no interval: it rests on one document or group of documents"
        if not self.samples:
            return "no interval: no samples were asked for"
        if 2 * int(np.isnan(values[1 : 1 + self.samples]).sum()) > self.samples:
            return "no interval: undefined in more than half of the bootstrap samples"
        return ""


def _product(table: Floats, weights: Floats) -> Floats:
    """``table.T @ weights``."""
    if table.size * weights.shape[1] > _SMALL:
        return np.asarray(table.T @ weights)
    # The product of a pair of annotators is small and there may be a thousand pairs; waking
    # the threads of the matrix library for each takes ten times as long as the product.
    return np.asarray(np.einsum("ij,ik->jk", table, weights))


def _corrected_ends(ends: Floats, value: float, samples: Floats, without: Floats) -> Floats:
    """Which quantiles of the samples bound the interval, by BCa."""
    tolerance = 1e-12
    below = (samples < value - tolerance).mean()
    equal = (np.abs(samples - value) <= tolerance).mean()
    # Half of what is equal counts as below; never all or nothing, which has no quantile.
    least = 0.5 / len(samples)
    bias = _NORMAL.inv_cdf(float(np.clip(below + equal / 2, least, 1 - least)))
    without = without[~np.isnan(without)]
    influence = without.mean() - without if len(without) else without
    spread = (influence**2).sum()
    skew = (influence**3).sum() / (6 * spread**1.5) if spread > tolerance**2 else 0.0
    corrected = []
    for end in ends.tolist():
        shifted = bias + _NORMAL.inv_cdf(end)
        corrected.append(_NORMAL.cdf(bias + shifted / max(1 - skew * shifted, tolerance)))
    return np.array(corrected)

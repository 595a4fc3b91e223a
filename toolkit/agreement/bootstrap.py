"""Percentile bootstrap over documents (Efron 1979; Efron and Tibshirani 1993, chapter 13).

Documents are drawn, not spans or units: what one document holds hangs together. Every
figure here is a function of sums over documents, so a sample is a vector that says how
often each document was drawn, and a thousand samples are one matrix product.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from toolkit.agreement.coefficients import Floats

LEVEL = 0.95
"""How often, over repetitions of the whole study, the interval is meant to hold the value."""

_BLOCK = 2048
"""Rows multiplied at a time, which bounds the memory that their weights take."""

Draws = NDArray[np.uint8]


class Interval(Struct, frozen=True):
    """The ends of an interval; where there is none, ``undefined`` says why."""

    low: float | None
    high: float | None
    undefined: str = ""


def draw(documents: int, samples: int, seed: int) -> Draws:
    """How often each sample drew each document: (documents x 1 + samples).

    Column 0 is the data as it is, each document once.
    """
    generator = np.random.default_rng(seed)
    drawn = np.ones((1 + samples, documents), dtype=np.uint8)
    for sample in range(1, 1 + samples if documents else 1):
        chosen = generator.integers(documents, size=documents)
        times = np.bincount(chosen, minlength=documents)
        # No document is drawn 256 times; should it be, one draw less is no harm.
        drawn[sample] = np.minimum(times, np.iinfo(np.uint8).max)
    return np.ascontiguousarray(drawn.T)


def totals(table: Floats, document: NDArray[np.int64], draws: Draws) -> Floats:
    """Sums over the rows of ``table`` in each sample: (columns x samples).

    Row ``r`` belongs to document ``document[r]`` and counts as often as that was drawn.
    """
    summed: Floats = np.zeros((table.shape[1], draws.shape[1]))
    for start in range(0, len(table), _BLOCK):
        rows = slice(start, start + _BLOCK)
        summed += table[rows].T @ draws[document[rows]].astype(np.float64)
    return summed


def percentile_interval(values: Floats, documents: int) -> Interval:
    """The interval that holds the middle ``LEVEL`` of the samples' values.

    ``values`` are of the samples only; ``documents`` is how many the figure rests on.
    Samples in which the figure is undefined (none of its documents was drawn, say) are
    left out, unless they are more than half.
    """
    if documents < 2:  # noqa: PLR2004 - one document can't be drawn otherwise than it is
        return Interval(None, None, "no interval: it rests on one document")
    defined = values[~np.isnan(values)]
    if not len(values):
        return Interval(None, None, "no interval: no samples were asked for")
    if 2 * len(defined) < len(values):
        return Interval(
            None, None, "no interval: undefined in more than half of the bootstrap samples"
        )
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(defined, [tail, 1 - tail])
    return Interval(float(low), float(high))

"""Small sums that numpy lacks: the digamma function, and adding rows up by a key."""

from __future__ import annotations

import numpy as np

from toolkit.gold.units import Floats, Integers

_ASYMPTOTIC = 6.0
"""From here on the asymptotic series is exact to 1e-10."""


def digamma(x: Floats) -> Floats:
    """The logarithmic derivative of the gamma function, for positive ``x``.

    By recurrence up to 6, then the asymptotic series (Abramowitz and Stegun 6.3.5,
    6.3.18).
    """
    x = np.array(x, dtype=np.float64)
    total = np.zeros_like(x)
    for _ in range(int(_ASYMPTOTIC)):
        small = x < _ASYMPTOTIC
        total -= np.divide(1.0, x, out=np.zeros_like(x), where=small)
        x += small
    square = 1.0 / (x * x)
    series = square * (1 / 12 - square * (1 / 120 - square * (1 / 252 - square / 240)))
    result: Floats = total + np.log(x) - 0.5 / x - series
    return result


def expected_log(counts: Floats) -> Floats:
    """E[log p] under a Dirichlet distribution with these parameters in the last axis."""
    return digamma(counts) - digamma(counts.sum(axis=-1, keepdims=True))


class SumByKey:
    """Adds rows up by a key that stays the same from one call to the next."""

    def __init__(self, key: Integers, size: int) -> None:
        self._order = np.argsort(key, kind="stable")
        in_order = key[self._order]
        self._sorted = bool((self._order[1:] > self._order[:-1]).all())
        new = np.ones(len(key), dtype=np.bool_)
        new[1:] = in_order[1:] != in_order[:-1]
        self._begins = np.flatnonzero(new)
        self._present = in_order[self._begins]
        self._size = size

    def take(self, rows: Floats, source: Integers, weight: Floats) -> Floats:
        """The weighted sum of ``rows[source]`` by key; as many sources as keys."""
        if not self._sorted:
            source, weight = source[self._order], weight[self._order]
        taken: Floats = np.take(rows, source, axis=0)
        taken *= weight[:, None]
        return self._add(taken)

    def __call__(self, rows: Floats) -> Floats:
        """The sum of the rows of each key; zero for a key that doesn't occur."""
        return self._add(rows if self._sorted else np.take(rows, self._order, axis=0))

    def _add(self, rows: Floats) -> Floats:
        total = np.zeros((self._size, *rows.shape[1:]))
        if len(self._begins):
            total[self._present] = np.add.reduceat(rows, self._begins, axis=0)
        return total

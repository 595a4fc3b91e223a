"""The Beta distribution: how sure a share is after so many trials.

The posterior of a share under Jeffreys' prior Beta(½, ½) gives intervals that keep their
promise for few trials and for shares near 0 and 1, where the normal approximation fails
(Brown, Cai and DasGupta 2001, *Interval Estimation for a Binomial Proportion*, section 4).
"""

from __future__ import annotations

import math

_JEFFREYS = 0.5
_ENOUGH = 1e-15
_STEPS = 10_000
_HALVINGS = 60


def interval(hits: int, trials: int, level: float = 0.95) -> tuple[float, float]:
    """The equal-tailed interval of a share of which ``hits`` of ``trials`` are known.

    The ends are 0 and 1 where all trials missed or hit, as Brown and others advise.

    Raises:
        ValueError: not 0 ≤ hits ≤ trials.
    """
    if not 0 <= hits <= trials:
        raise ValueError(f"{hits} hits of {trials} trials")
    tail = (1 - level) / 2
    a, b = hits + _JEFFREYS, trials - hits + _JEFFREYS
    low = 0.0 if hits == 0 else quantile(tail, a, b)
    high = 1.0 if hits == trials else quantile(1 - tail, a, b)
    return low, high


def quantile(share: float, a: float, b: float) -> float:
    """The x below which ``share`` of Beta(a, b) lies, by bisection."""
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if cumulative(middle, a, b) < share:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def cumulative(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function I_x(a, b) (NIST DLMF 8.17).

    By its continued fraction (DLMF 8.17.22), which converges quickly below the mean; above
    it by the symmetry I_x(a, b) = 1 - I_{1-x}(b, a).
    """
    if x <= 0:
        return 0.0
    if x >= 1:
        return 1.0
    if x > (a + 1) / (a + b + 2):
        return 1 - cumulative(1 - x, b, a)
    log_front = (
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    )
    return math.exp(log_front) / a * _continued_fraction(x, a, b)


def _continued_fraction(x: float, a: float, b: float) -> float:
    """1 / (1 + d₁ / (1 + d₂ / …)) with the coefficients of DLMF 8.17.23, by Lentz's method."""
    tiny = 1e-300
    value = numerator = 1.0
    denominator = 0.0
    for step in range(1, _STEPS):
        half, odd = divmod(step, 2)
        if odd:
            coefficient = -(a + half) * (a + b + half) * x / ((a + 2 * half) * (a + 2 * half + 1))
        else:
            coefficient = half * (b - half) * x / ((a + 2 * half - 1) * (a + 2 * half))
        denominator = 1 / (1 + coefficient * denominator or tiny)
        numerator = 1 + coefficient / numerator or tiny
        change = numerator * denominator
        value *= change
        if abs(change - 1) < _ENOUGH:
            break
    return 1 / value

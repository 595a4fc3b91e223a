"""How likely it is that something is of one kind and not of another, learnt from both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_PENALTY = 1.0
_STEPS = 50
_SMALL = 1e-6
_FAR = 500.0
"""Beyond it an exponential has no number."""


def likelihoods(
    usual: Sequence[Sequence[float]], other: Sequence[Sequence[float]], weight: float
) -> list[float]:
    """For each of the usual ones how likely it is of the other kind.

    Logistic regression with a quadratic penalty on standardised features, by Newton's method.

    Args:
        usual: features of some things, a few of which may be of the other kind.
        other: features of things that are.
        weight: how many of the other kind are expected for each of ``other``.
    """
    import numpy as np

    if not usual:
        return []
    if not other:
        return [0.0] * len(usual)
    rows = np.array([*usual, *other], dtype=float)
    is_other = np.arange(len(rows)) >= len(usual)
    weights = np.where(is_other, weight, 1.0)
    mean = np.average(rows, axis=0, weights=weights)
    spread = np.sqrt(np.average((rows - mean) ** 2, axis=0, weights=weights))
    scaled = (rows - mean) / np.where(spread > _SMALL, spread, 1.0)
    scaled = np.hstack([np.ones((len(rows), 1)), scaled])
    # All but the constant is drawn to 0.
    penalty = np.diag([_SMALL, *[_PENALTY] * (scaled.shape[1] - 1)])
    factors = np.zeros(scaled.shape[1])
    for _ in range(_STEPS):
        share = _logistic(scaled @ factors)
        slope = scaled.T @ (weights * (is_other - share)) - penalty @ factors
        bend = (scaled * (weights * share * (1 - share))[:, None]).T @ scaled + penalty
        step = np.linalg.solve(bend, slope)
        factors += step
        if np.abs(step).max() < _SMALL:
            break
    return [float(one) for one in _logistic(scaled[: len(usual)] @ factors)]


def _logistic(values: NDArray[np.float64]) -> NDArray[np.float64]:
    import numpy as np

    return 1 / (1 + np.exp(-np.clip(values, -_FAR, _FAR)))

"""The Beta distribution, against closed forms and published intervals."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.rules.beta import cumulative, interval, quantile


@given(st.floats(0.001, 0.999))
def test_closed_forms(x: float) -> None:
    """Beta(1, 1) is uniform, Beta(½, ½) the arcsine law, Beta(2, 3) a polynomial."""
    assert cumulative(x, 1, 1) == pytest.approx(x)
    assert cumulative(x, 0.5, 0.5) == pytest.approx(2 / math.pi * math.asin(math.sqrt(x)))
    assert cumulative(x, 2, 3) == pytest.approx(6 * x**2 - 8 * x**3 + 3 * x**4)


@given(st.floats(0.01, 0.99), st.integers(1, 500), st.integers(1, 500))
def test_quantile_undoes_cumulative(share: float, a: int, b: int) -> None:
    """As much lies below a quantile as was asked for."""
    assert cumulative(quantile(share, a, b), a, b) == pytest.approx(share, abs=1e-9)


def test_intervals_of_brown_cai_and_dasgupta() -> None:
    """Their table of modified Jeffreys intervals for ten trials."""
    assert interval(0, 10) == pytest.approx((0, 0.217), abs=5e-4)
    assert interval(5, 10) == pytest.approx((0.224, 0.776), abs=5e-4)
    assert interval(10, 10) == pytest.approx((0.783, 1), abs=5e-4)


@given(st.integers(0, 200), st.integers(0, 200))
def test_interval_holds_the_share(hits: int, misses: int) -> None:
    """The share that was seen lies inside, and more trials never widen it at the same share."""
    low, high = interval(hits, hits + misses)
    assert 0 <= low <= high <= 1
    if hits + misses:
        assert low <= hits / (hits + misses) <= high
        more = interval(4 * hits, 4 * (hits + misses))
        assert more[1] - more[0] <= high - low


def test_impossible_counts() -> None:
    """More hits than trials are refused."""
    with pytest.raises(ValueError, match="3 hits of 2"):
        interval(3, 2)

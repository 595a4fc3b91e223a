"""The bootstrap over documents."""

from __future__ import annotations

import numpy as np
import pytest

from toolkit.agreement.bootstrap import draw, percentile_interval, totals


def test_the_first_column_is_the_data() -> None:
    """Column 0 has each document once; every sample draws as many as there are."""
    draws = draw(documents=30, samples=50, seed=1)
    assert draws.shape == (30, 51)
    assert (draws[:, 0] == 1).all()
    assert (draws.sum(axis=0, dtype=np.int64) == 30).all()


def test_the_seed_decides() -> None:
    """The same seed draws the same, another seed another sample."""
    assert (draw(20, 9, seed=1) == draw(20, 9, seed=1)).all()
    assert (draw(20, 9, seed=1) != draw(20, 9, seed=2)).any()


def test_totals_are_sums_over_what_was_drawn() -> None:
    """A matrix product says what adding up the drawn documents says, over many blocks."""
    generator = np.random.default_rng(7)
    document = np.sort(generator.integers(40, size=5000))
    table = generator.integers(9, size=(5000, 3)).astype(np.float64)
    draws = draw(40, 6, seed=3)
    summed = totals(table, document, draws)
    for sample in range(7):
        times = draws[:, sample].astype(np.int64)[document]
        drawn = np.repeat(np.arange(5000), times)
        assert summed[:, sample].tolist() == table[drawn].sum(axis=0).tolist()


def test_percentiles_bound_the_middle() -> None:
    """The interval leaves a fortieth of the samples on each side."""
    interval = percentile_interval(np.arange(1001) / 1000, documents=9)
    assert (interval.low, interval.high) == pytest.approx((0.025, 0.975))


def test_the_interval_of_a_mean_is_the_textbook_one() -> None:
    """For a mean of many values the interval is about 1.96 standard errors to each side."""
    values = np.random.default_rng(5).normal(size=(400, 1))
    sums = totals(values, np.arange(400), draw(400, 2000, seed=11))[0] / 400
    interval = percentile_interval(sums[1:], documents=400)
    error = values.std() / np.sqrt(400)
    assert interval.low == pytest.approx(sums[0] - 1.96 * error, abs=0.2 * error)
    assert interval.high == pytest.approx(sums[0] + 1.96 * error, abs=0.2 * error)


@pytest.mark.parametrize(
    ("values", "documents", "why"),
    [
        ([0.5, 0.5], 1, "one document"),
        ([], 5, "no samples"),
        ([0.5, np.nan, np.nan], 5, "more than half"),
    ],
)
def test_no_interval_says_why(values: list[float], documents: int, why: str) -> None:
    """Where there is no interval there are no numbers, but a reason."""
    interval = percentile_interval(np.array(values), documents)
    assert (interval.low, interval.high) == (None, None)
    assert why in interval.undefined


def test_few_undefined_samples_are_left_out() -> None:
    """Samples in which the figure doesn't exist don't move the interval."""
    with_gap = percentile_interval(np.array([0.2, 0.4, np.nan, 0.6]), documents=4)
    assert with_gap == percentile_interval(np.array([0.2, 0.4, 0.6]), documents=4)

"""The bootstrap over documents."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pytest

from toolkit.agreement.bootstrap import Interval, Method, Resamples, draw
from toolkit.agreement.coefficients import Floats


def resamples(groups: int, samples: int, seed: int, method: Method = "percentile") -> Resamples:
    """Samples of documents that are groups of their own."""
    return Resamples(np.arange(groups), draw(groups, samples, seed), method)


def interval_of(values: Floats, groups: int, method: Method = "percentile") -> Interval:
    """The interval of a figure whose value is the mean of its samples."""
    value = float(np.nanmean(values)) if len(values) else 0.5
    drawn = np.ones((groups, 1 + len(values)), dtype=np.uint8)
    return Resamples(np.arange(groups), drawn, method).interval(
        np.concatenate([[value], values]), groups
    )


def test_the_first_column_is_the_data() -> None:
    """Column 0 has each document once; every sample draws as many as there are."""
    draws = draw(groups=30, samples=50, seed=1)
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
    drawn = resamples(40, 6, seed=3)
    summed, draws = drawn.totals(table, document), drawn.draws
    for sample in range(7):
        times = draws[:, sample].astype(np.int64)[document]
        chosen = np.repeat(np.arange(5000), times)
        assert summed[:, sample].tolist() == table[chosen].sum(axis=0).tolist()


def test_percentiles_bound_the_middle() -> None:
    """The interval leaves a fortieth of the samples on each side."""
    interval = interval_of(np.arange(1001) / 1000, 9)
    assert (interval.low, interval.high) == pytest.approx((0.025, 0.975))


@pytest.mark.parametrize("method", ["percentile", "bca"])
def test_the_interval_of_a_mean_is_the_textbook_one(method: Method) -> None:
    """For a mean of many values the interval is about 1.96 standard errors to each side."""
    values = np.random.default_rng(5).normal(size=(400, 1))
    drawn = resamples(400, 2000, seed=11, method=method)
    sums = drawn.totals(values, np.arange(400))[0] / 400
    interval = drawn.interval(sums, 400)
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
    interval = interval_of(np.array(values), documents)
    assert (interval.low, interval.high) == (None, None)
    assert why in interval.undefined


def test_few_undefined_samples_are_left_out() -> None:
    """Samples in which the figure doesn't exist don't move the interval."""
    with_gap = interval_of(np.array([0.2, 0.4, np.nan, 0.6]), 4)
    assert with_gap == interval_of(np.array([0.2, 0.4, 0.6]), 4)


LAW_SCHOOLS = (
    (576, 339), (635, 330), (558, 281), (578, 303), (666, 344), (580, 307), (555, 300), (661, 343),
    (651, 336), (605, 313), (653, 312), (575, 274), (545, 276), (572, 288), (594, 296),
)  # fmt: skip
"""LSAT and GPA (in hundredths) of fifteen law schools (Efron and Tibshirani, table 3.1)."""


def correlation(sums: Floats) -> Floats:
    """Pearson's r from sums of 1, x, y, x², y² and xy."""
    n, x, y, xx, yy, xy = sums
    found: Floats = (xy - x * y / n) / np.sqrt((xx - x * x / n) * (yy - y * y / n))
    return found


def test_law_schools() -> None:
    """The correlation of .776 has the published standard error and BCa interval."""
    x, y = np.array(LAW_SCHOOLS, dtype=np.float64).T
    table = np.stack([np.ones(15), x, y, x * x, y * y, x * y], axis=1)
    drawn = resamples(15, 8000, seed=7, method="bca")
    values = correlation(drawn.totals(table, np.arange(15)))
    assert values[0] == pytest.approx(0.776, abs=5e-4)
    # Efron and Tibshirani, table 6.1: .132 with 3,200 samples.
    assert values[1:8001].std() == pytest.approx(0.132, abs=0.005)
    interval = drawn.interval(values, 15)
    # Efron 1987 and DiCiccio and Efron 1996 give (.33, .93) or nearly so.
    assert (interval.low, interval.high) == pytest.approx((0.33, 0.93), abs=0.03)


def test_the_jackknife_leaves_out_one_group_each() -> None:
    """The last values are the totals without each group in turn."""
    group = np.array([0, 0, 1, 2])
    drawn = Resamples(group, draw(3, 2, seed=1), "bca")
    table = np.array([[1.0], [2.0], [4.0], [8.0]])
    assert drawn.totals(table, np.arange(4))[0, 3:].tolist() == [12, 11, 7]
    assert drawn.times(np.arange(4))[:, 3:].T.tolist() == [[0, 0, 1, 1], [1, 1, 0, 1], [1, 1, 1, 0]]


def test_a_group_is_drawn_as_a_whole() -> None:
    """Documents of one group count equally often in every sample."""
    group = np.array([0, 1, 0, 2, 1])
    times = Resamples(group, draw(3, 20, seed=1), "bca").times(np.arange(5))
    assert (times[0] == times[2]).all()
    assert (times[1] == times[4]).all()


def test_a_difference_of_nothing() -> None:
    """A figure is not different from itself, and surely different from itself and a bit."""
    values = np.random.default_rng(2).normal(size=(60, 1))
    drawn = resamples(60, 500, seed=3)
    mean = drawn.totals(values, np.arange(60))[0] / 60
    same = drawn.difference(mean, mean, 60)
    assert (same.value, same.low, same.high, same.p) == (0, 0, 0, 1)
    other = drawn.difference(mean + 0.1, mean, 60)
    assert other.value == pytest.approx(0.1)
    assert other.p == pytest.approx(2 / 501)


def test_the_p_of_a_difference_is_the_textbook_one() -> None:
    """For a mean of paired differences p is about that of the normal test."""
    generator = np.random.default_rng(8)
    pairs = np.stack([generator.normal(0.16, 1, 200), np.zeros(200)], axis=1)
    drawn = resamples(200, 4000, seed=4)
    sums = drawn.totals(pairs, np.arange(200)) / 200
    found = drawn.difference(sums[0], sums[1], 200)
    error = pairs[:, 0].std() / np.sqrt(200)
    expected = 2 * (1 - NormalDist().cdf(abs(float(sums[0, 0])) / error))
    assert found.p == pytest.approx(expected, abs=0.02)


def test_a_difference_with_something_undefined() -> None:
    """Where one of the two is undefined, the reason stands instead of numbers."""
    drawn = resamples(3, 2, seed=1)
    found = drawn.difference(np.full(3, np.nan), np.zeros(3), 3)
    assert (found.value, found.p) == (None, None)
    assert "undefined" in found.undefined

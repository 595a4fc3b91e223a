"""Coefficients against published worked examples, and what holds for all of them."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from toolkit.agreement.coefficients import (
    Floats,
    cohen_kappa,
    coincidences,
    fleiss_kappa,
    gwet_ac1,
    gwet_ac1_of_many,
    krippendorff_alpha_nominal,
    scott_pi,
)
from toolkit.agreement.span_f1 import f1

TWO_RATERS = (cohen_kappa, scott_pi, gwet_ac1)


def counted(*raters: str, missing: str = "*") -> Floats:
    """Units x categories from one string of ratings a rater."""
    categories = sorted({mark for rater in raters for mark in rater} - {missing})
    units = zip(*raters, strict=True)
    return np.array([[unit.count(c) for c in categories] for unit in units], dtype=np.float64)


@pytest.mark.parametrize(
    ("table", "kappa", "pi"),
    [
        # Artstein and Poesio 2008, p. 558 and p. 568.
        ([[20, 10], [20, 50]], 0.348, 0.341),
        ([[46, 0, 0], [6, 32, 6], [0, 0, 10]], 0.8013, 0.7995),
    ],
)
def test_cohen_and_scott(table: list[list[int]], kappa: float, pi: float) -> None:
    """κ and π are those of Artstein and Poesio's survey."""
    assert cohen_kappa(table) == pytest.approx(kappa, abs=5e-4)
    assert scott_pi(table) == pytest.approx(pi, abs=5e-4)


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        # Gwet 2008: agreement of .9 by chance to .255.
        ([[8, 1], [0, 1]], 0.8658),
        # Tables of Cohen 1960 (p. 37, p. 45) and others, computed with irrCAC 1.4.
        ([[80, 7], [8, 5]], 0.808),
        ([[25, 12, 3], [13, 2, 15], [12, 16, 2]], -0.04797),
        ([[88, 14, 18], [10, 40, 10], [2, 6, 12]], 0.57597),
        ([[20, 5, 1, 0], [4, 15, 6, 1], [0, 5, 18, 4], [0, 1, 3, 12]], 0.58046),
        (
            [
                [15, 4, 1, 0, 0],
                [3, 12, 4, 1, 0],
                [1, 3, 14, 3, 1],
                [0, 1, 3, 10, 2],
                [0, 0, 1, 2, 8],
            ],
            0.57997,
        ),
    ],
)
def test_gwet(table: list[list[int]], expected: float) -> None:
    """AC1 is that of Gwet's own example and of his package."""
    assert gwet_ac1(table) == pytest.approx(expected, abs=5e-5)


FOUR_OBSERVERS = ("123321412***", "1233224125*3", "*3332342251*", "12332441251*")
"""Krippendorff's four observers of twelve units, with missing ratings."""


def test_gwet_of_many() -> None:
    """AC1 of four observers with missing ratings is that of irrCAC (its raw4raters: .77544)."""
    ratings = counted(*FOUR_OBSERVERS)
    assert gwet_ac1_of_many(ratings) == pytest.approx(0.77544, abs=5e-6)


@pytest.mark.parametrize("table", [[[8, 1], [0, 1]], [[25, 12, 3], [13, 2, 15], [12, 16, 2]]])
def test_gwet_of_two_is_gwet(table: list[list[int]]) -> None:
    """With two raters and nothing missing both forms of AC1 are one."""
    number = len(table)
    units = [
        np.eye(number)[a] + np.eye(number)[b]
        for a in range(number)
        for b in range(number)
        for _ in range(table[a][b])
    ]
    assert gwet_ac1_of_many(units) == pytest.approx(float(gwet_ac1(table)))


def test_gwet_beside_scott() -> None:
    """Where nearly all units are of one category π is low and AC1 is not (Gwet 2008)."""
    assert scott_pi([[8, 1], [0, 1]]) == pytest.approx(0.6078, abs=5e-5)


FLEISS_1971 = (
    "444444 222555 233335 555555 222444 113333 333355 113334 114444 555555 "
    "144444 124444 222333 144444 224445 333335 111455 111112 224444 133555 "
    "555555 244444 224555 114444 144445 222224 111155 224444 133333 555555"
)
"""Thirty patients, each with the diagnoses of six psychiatrists."""

PATIENTS = np.array([[unit.count(c) for c in "12345"] for unit in FLEISS_1971.split(" ")])


def test_fleiss() -> None:
    """Thirty patients by six psychiatrists give Fleiss' .430."""
    assert fleiss_kappa(PATIENTS) == pytest.approx(0.430, abs=5e-4)
    assert krippendorff_alpha_nominal(coincidences(PATIENTS)) == pytest.approx(0.4334, abs=5e-5)


def test_fleiss_by_category() -> None:
    """Each category against all else gives Fleiss' κ by category.

    His values were worked by hand from rounded shares, hence the tolerance.
    """
    against_all_else = np.stack([PATIENTS.T, 6 - PATIENTS.T], axis=-1)
    expected = [0.248, 0.248, 0.517, 0.470, 0.565]
    assert fleiss_kappa(against_all_else) == pytest.approx(expected, abs=4e-3)


def test_fleiss_of_ten_subjects() -> None:
    """Ten subjects by fourteen raters, the common textbook table, give .210."""
    ratings = [
        [0, 0, 0, 0, 14],
        [0, 2, 6, 4, 2],
        [0, 0, 3, 5, 6],
        [0, 3, 9, 2, 0],
        [2, 2, 8, 1, 1],
        [7, 7, 0, 0, 0],
        [3, 2, 6, 3, 0],
        [2, 5, 3, 2, 2],
        [6, 5, 2, 1, 0],
        [0, 2, 2, 3, 7],
    ]
    assert fleiss_kappa(ratings) == pytest.approx(0.210, abs=5e-4)


def test_fleiss_needs_equal_numbers() -> None:
    """Units with unequal or single ratings are refused, not averaged over."""
    with pytest.raises(ValueError, match="same number"):
        fleiss_kappa([[2, 0], [2, 1]])
    with pytest.raises(ValueError, match="at least 2"):
        fleiss_kappa([[1, 0], [0, 1]])


@pytest.mark.parametrize(
    ("raters", "expected"),
    [
        # Krippendorff 2011: four observers with missing data, then two without.
        (("123321412***", "12332241 25*3".replace(" ", ""), "*33323422 51*".replace(" ", ""),
          "1233244125 1*".replace(" ", "")), 0.743),
        (("0100000010", "1110010000"), 0.095),
        (("aabbdcccedda", "babbbccceddd"), 0.692),
        # Three coders, fifteen units, most ratings missing: the encyclopedia's example.
        (("*****34121133*3", "1*21334 3*******".replace(" ", ""), "**21344*21133*4"), 0.691),
    ],
)  # fmt: skip
def test_krippendorff(raters: tuple[str, ...], expected: float) -> None:
    """α is that of Krippendorff's worked examples, missing data included."""
    alpha = krippendorff_alpha_nominal(coincidences(counted(*raters)))
    assert alpha == pytest.approx(expected, abs=5e-4)


def test_krippendorff_of_a_table() -> None:
    """α of Artstein and Poesio's three dialogue acts is .800."""
    table = np.array([[46, 0, 0], [6, 32, 6], [0, 0, 10]], dtype=np.float64)
    assert krippendorff_alpha_nominal(table + table.T) == pytest.approx(0.800, abs=1e-3)


def test_coincidences_of_two_observers() -> None:
    """Krippendorff 2011's coincidence matrix of two observers: 10 4 / 4 2 of 20."""
    expected = [[10, 4], [4, 2]]
    assert coincidences(counted("0100000010", "1110010000")).tolist() == expected


@pytest.mark.parametrize(
    ("negatives", "expected"),
    [(0, -0.137931), (45, 0.700000), (100, 0.772616), (1000, 0.834683), (10**8, 0.842105)],
)
def test_kappa_tends_to_f1(negatives: int, expected: float) -> None:
    """As agreed negatives grow, κ tends to F1 (Hripcsak and Rothschild 2005)."""
    assert cohen_kappa([[40, 10], [5, negatives]]) == pytest.approx(expected, abs=1e-6)
    assert f1(np.array(40.0), np.array(95.0)) == pytest.approx(0.842105, abs=1e-6)


@pytest.mark.parametrize("coefficient", TWO_RATERS)
def test_nothing_counted_is_undefined(coefficient) -> None:  # type: ignore[no-untyped-def]
    """An empty table has no agreement, neither 0 nor 1."""
    assert np.isnan(coefficient(np.zeros((3, 3))))


def test_a_single_category_is_undefined() -> None:
    """Where everybody always says the same, chance explains all."""
    for coefficient in (cohen_kappa, scott_pi, krippendorff_alpha_nominal):
        assert np.isnan(coefficient([[7, 0], [0, 0]]))
    assert np.isnan(fleiss_kappa([[3, 0], [3, 0]]))
    assert np.isnan(gwet_ac1([[7]]))


def test_a_single_rating_counts_for_nothing() -> None:
    """A unit that one rater saw leaves α as it is."""
    units = counted("0100000010", "1110010000")
    alone = np.concatenate([units, [[1, 0], [0, 1]]])
    assert coincidences(alone).tolist() == coincidences(units).tolist()


TABLES = st.integers(2, 5).flatmap(
    lambda k: st.lists(
        st.lists(st.integers(0, 40), min_size=k, max_size=k), min_size=k, max_size=k
    ).map(lambda rows: np.array(rows, dtype=np.float64))
)


@given(TABLES)
def test_symmetry(table: Floats) -> None:
    """Which rater is first makes no difference."""
    for coefficient in TWO_RATERS:
        np.testing.assert_allclose(coefficient(table), coefficient(table.T), atol=1e-9)


@given(TABLES, st.randoms(use_true_random=False))
def test_names_of_categories_do_not_matter(table: Floats, shuffler: random.Random) -> None:
    """Categories in another order give the same values."""
    order = shuffler.sample(range(len(table)), len(table))
    renamed = table[np.ix_(order, order)]
    for coefficient in (*TWO_RATERS, krippendorff_alpha_nominal):
        data = table + table.T if coefficient is krippendorff_alpha_nominal else table
        same = renamed + renamed.T if coefficient is krippendorff_alpha_nominal else renamed
        np.testing.assert_allclose(coefficient(data), coefficient(same), atol=1e-9)


@given(st.lists(st.integers(1, 50), min_size=2, max_size=6))
def test_perfect_agreement_is_one(diagonal: list[int]) -> None:
    """No disagreement over two or more categories is 1 by every coefficient."""
    table: NDArray[np.int64] = np.diag(diagonal)
    for coefficient in TWO_RATERS:
        assert coefficient(table) == pytest.approx(1)
    units = 3 * np.repeat(np.eye(len(diagonal)), diagonal, axis=0)
    assert fleiss_kappa(units) == pytest.approx(1)
    assert krippendorff_alpha_nominal(coincidences(units)) == pytest.approx(1)


@given(st.lists(st.integers(1, 9), min_size=2, max_size=4))
def test_independent_raters_are_at_chance(shares: list[int]) -> None:
    """Raters whose answers have nothing to do with each other get 0 from κ and π."""
    table = np.outer(shares, shares)
    assert cohen_kappa(table) == pytest.approx(0, abs=1e-9)
    assert scott_pi(table) == pytest.approx(0, abs=1e-9)


@given(TABLES)
def test_alpha_tends_to_pi(table: Floats) -> None:
    """With many units α of two raters is π: 1 - α = (1 - π)(n - 1) / n."""
    n = 2 * table.sum()
    if n:
        alpha, pi = krippendorff_alpha_nominal(table + table.T), scott_pi(table)
        np.testing.assert_allclose(1 - alpha, (1 - pi) * (n - 1) / n, atol=1e-9)

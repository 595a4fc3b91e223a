"""γ: its alignments against all alignments there are, its values against published ones."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.agreement.gamma import Disorders, GammaSettings, disorders
from toolkit.agreement.gamma_alignment import Alignment, align
from toolkit.agreement.gamma_chance import chance, sample_shift, sample_statistical
from toolkit.agreement.gamma_continua import Dissimilarity, Units, in_order

SHARED = Path(__file__).parents[3] / "shared" / "data" / "agreement"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the worked examples aren't here")

Row = tuple[str, str, float, float]
"""Annotator, category, start, end."""


def continuum(rows: Sequence[Row], annotators: Sequence[str] = ()) -> Units:
    """One continuum."""
    names = sorted({row[0] for row in rows} | set(annotators))
    categories = sorted({row[1] for row in rows})
    return in_order(
        1,
        len(names),
        continuum=np.zeros(len(rows), dtype=np.int64),
        annotator=np.array([names.index(row[0]) for row in rows], dtype=np.int64),
        start=np.array([row[2] for row in rows], dtype=np.float64),
        end=np.array([row[3] for row in rows], dtype=np.float64),
        category=np.array([categories.index(row[1]) for row in rows], dtype=np.int64),
    )


def disorder(units: Units, alignment: Alignment) -> float:
    """Cost a unit of an annotator, of the first continuum."""
    return float(alignment.cost[0] / (units.per_continuum()[0] / units.annotators))


def unit_cost(units: Units, dissimilarity: Dissimilarity, members: Sequence[int]) -> float:
    """The cost of one unitary alignment, as the paper words it."""
    pairs = units.annotators * (units.annotators - 1) // 2
    total = 0.0
    for a, b in combinations(members, 2):
        one, other = np.array([a]), np.array([b])
        total += float(dissimilarity.relative(units, one, other)[0])
    real = len(members) * (len(members) - 1) // 2
    return dissimilarity.empty * (total + pairs - real) / pairs


def partitions(units: Units, left: tuple[int, ...]) -> Iterator[list[tuple[int, ...]]]:
    """All ways to align some units."""
    if not left:
        yield []
        return
    head, rest = left[0], left[1:]
    for size in range(units.annotators):
        for others in combinations(rest, size):
            people = {int(units.annotator[u]) for u in (head, *others)}
            if len(people) == size + 1:
                remaining = tuple(u for u in rest if u not in others)
                for more in partitions(units, remaining):
                    yield [(head, *others), *more]


def least_cost(units: Units, dissimilarity: Dissimilarity) -> float:
    """The cost of the best alignment, by trying all."""
    return min(
        sum(unit_cost(units, dissimilarity, members) for members in alignment)
        for alignment in partitions(units, tuple(range(len(units))))
    )


@st.composite
def continua(draw: st.DrawFn, annotators: int = 0) -> Units:
    """A continuum of two to four annotators and up to seven units, crowded."""
    people = "abcd"[: annotators or draw(st.integers(2, 4))]
    rows = [
        (draw(st.sampled_from(people)), draw(st.sampled_from("xy")), start, start + length)
        for start, length in draw(
            st.lists(st.tuples(st.integers(0, 14), st.integers(1, 7)), min_size=1, max_size=7)
        )
    ]
    return continuum(rows, people)


@settings(max_examples=60, deadline=None)
@given(
    continua(),
    st.sampled_from([(1.0, 1.0, 1.0), (3.0, 1.0, 1.0), (0.5, 2.0, 0.7), (0.0, 1.0, 1.0)]),
)
def test_the_alignment_is_the_best(units: Units, weights: tuple[float, float, float]) -> None:
    """No alignment of all there are costs less than the one found, and it is proven."""
    dissimilarity = Dissimilarity(*weights)
    found = align(units, dissimilarity)
    assert found.cost[0] == pytest.approx(least_cost(units, dissimilarity), abs=1e-6)
    assert found.least[0] == pytest.approx(found.cost[0])
    assert_disjoint(units, found)


def assert_disjoint(units: Units, found: Alignment) -> None:
    """Each unit is in one unitary alignment at most, under its own annotator."""
    used = found.members[found.members < len(units)]
    assert len(set(used.tolist())) == len(used)
    for column in range(units.annotators):
        members = found.members[:, column]
        assert (units.annotator[members[members < len(units)]] == column).all()


@settings(max_examples=12, deadline=None)
@given(st.lists(continua(3), min_size=2, max_size=4))
def test_continua_side_by_side(several: list[Units]) -> None:
    """Many continua at once cost what each costs alone, also where they have to be split up."""
    joined = in_order(
        len(several),
        3,
        continuum=np.repeat(np.arange(len(several)), [len(units) for units in several]),
        annotator=np.concatenate([units.annotator for units in several]),
        start=np.concatenate([units.start for units in several]),
        end=np.concatenate([units.end for units in several]),
        category=np.concatenate([units.category for units in several]),
    )
    alone = [align(units, Dissimilarity()).cost[0] for units in several]
    np.testing.assert_allclose(align(joined, Dissimilarity()).cost, alone, atol=1e-6)
    split = align(joined, Dissimilarity(), most_candidates=8)
    assert_disjoint(joined, split)
    assert (split.least <= np.array(alone) + 1e-6).all()
    assert (split.cost >= np.array(alone) - 1e-6).all()


@settings(max_examples=25, deadline=None)
@given(continua())
def test_a_bound_is_a_bound(units: Units) -> None:
    """Where the search is cut short, the optimum lies between the bound and what was found."""
    optimum = least_cost(units, Dissimilarity())
    for limits in ({"most_candidates": 2}, {"most_steps": 0}):
        found = align(units, Dissimilarity(), **limits)
        assert found.least[0] - 1e-6 <= optimum <= found.cost[0] + 1e-6


def test_positional_dissimilarity() -> None:
    """The values of figure 10 of Mathet, Widlöcher and Métivier 2015."""
    spans = [(4, 14), (40, 44), (20, 25), (14, 24), (20, 30), (4, 14)]
    units = continuum([(str(i), "x", *span) for i, span in enumerate(spans)])
    # Units are in order of their middles: the spans' numbers here are those of the list.
    order = np.argsort(units.annotator)
    left, right = np.array([0, 0, 0, 0, 4, 2]), np.array([1, 5, 2, 3, 2, 3])
    values = Dissimilarity().positional(units, order[left], order[right])
    assert values == pytest.approx([22.2, 0, 3.2, 1, 0.11, 0.22], abs=0.06)


def test_positional_dissimilarity_has_no_scale() -> None:
    """Three times as long and as far apart is as unlike (the paper's figure 11)."""
    rows = [("a", "x", 0, 7), ("b", "x", 0, 10)]
    small = continuum(rows)
    large = continuum([(who, what, 3 * s, 3 * e) for who, what, s, e in rows])
    for units in (small, large):
        found = Dissimilarity().positional(units, np.array([0]), np.array([1]))
        assert found == pytest.approx((3 / 17) ** 2)


def measured(units: Units, **options: object) -> Disorders:
    """γ of one continuum."""
    return disorders(
        [units],
        [np.array([units.end.max()])],
        int(units.category.max()) + 1,
        GammaSettings(**{"by_continuum": True, **options}),  # type: ignore[arg-type]
    )


SOME = [("a", "xyz"[i % 3], 10 * i + i % 4, 10 * i + 5 + i % 3) for i in range(12)]


def test_the_same_from_all_is_one() -> None:
    """Three who give the same have γ, γ-cat and γ-k of 1."""
    units = continuum([(who, *row[1:]) for who in "abc" for row in SOME])
    found = measured(units)
    assert found.observed[0] == 0
    for value in (found.gamma(), found.gamma_cat(), found.gamma_cat(category=1)):
        assert value == pytest.approx(1)


@pytest.mark.parametrize("sampler", ["statistical", "shift"])
def test_chance_is_zero(sampler: str) -> None:
    """Annotators who mark at random have γ about 0, on the mean of many."""
    rows = [(who, *row[1:]) for who in "abc" for row in SOME]
    like = continuum(rows)
    generator = np.random.default_rng(3)
    drawn = sample_statistical(like, chance(like, by_continuum=True), 25, generator)
    lengths = np.full(25, drawn.end.max())
    found = disorders(
        [drawn],
        [lengths],
        3,
        GammaSettings(sampler=sampler, precision=None),  # type: ignore[arg-type]
    )
    assert float(found.gamma()[0]) == pytest.approx(0, abs=0.12)
    assert float(found.gamma_cat()[0]) == pytest.approx(0, abs=0.12)


def test_the_seed_decides() -> None:
    """The same seed gives the same value, another seed one near by."""
    units = continuum([*SOME, *(("b", "x", s + 1, e) for _, _, s, e in SOME)])
    first, again, other = (measured(units, seed=seed).gamma() for seed in (1, 1, 2))
    assert first == again
    assert first != other
    assert first == pytest.approx(other, abs=0.1)


def test_precision_decides_how_many_samples() -> None:
    """Half the error takes four times as many samples (section 5.3)."""
    units = continuum([*SOME, *(("b", "x", s + 1, e) for _, _, s, e in SOME)])
    pilot = measured(units, precision=None)
    assert pilot.samples == 30
    variation = pilot.expected[0].std() / pilot.expected[0].mean()
    for precision in (0.02, 0.01):
        wanted = int(np.ceil((variation * 1.96 / precision) ** 2))
        assert measured(units, precision=precision).samples == max(30, wanted)


def test_names_and_order_of_annotators_do_not_matter() -> None:
    """The best alignment costs the same whoever is called what."""
    rows = [*SOME, *(("b", "x", s + 2, e) for _, _, s, e in SOME), ("c", "y", 3, 30)]
    swapped = [({"a": "c", "b": "a", "c": "b"}[who], *rest) for who, *rest in rows]
    costs = [
        align(continuum(given_rows), Dissimilarity()).cost[0]  # type: ignore[arg-type]
        for given_rows in (rows, swapped, rows[::-1])
    ]
    assert costs == pytest.approx([costs[0]] * 3)


def test_moving_everything_changes_nothing() -> None:
    """A continuum shifted as a whole is the same continuum."""
    rows = [*SOME, *(("b", "x", s + 2, e) for _, _, s, e in SOME)]
    moved = [(who, what, s + 1000, e + 1000) for who, what, s, e in rows]
    cost = [align(continuum(some), Dissimilarity()).cost[0] for some in (rows, moved)]
    assert cost[0] == pytest.approx(cost[1])


def test_shifted_continua_keep_their_units() -> None:
    """Shifting keeps lengths, and distances of annotators are half a mean unit at least."""
    units = continuum([("a", "x", 2, 6), ("b", "y", 10, 18)])
    drawn = sample_shift(units, np.array([40.0]), 50, np.random.default_rng(1))
    assert set((drawn.end - drawn.start).round(9).tolist()) <= {4.0, 8.0}
    assert (drawn.start >= 0).all()
    assert (drawn.start <= 40).all()
    assert (drawn.per_continuum() > 0).all()


@needs_shared
@pytest.mark.parametrize("number", range(1, 7))
def test_disorders_of_another_implementation(number: int) -> None:
    """Best alignments, of the data and of random continua, cost what an integer program found."""
    [path] = SHARED.glob(f"dkpro_gamma_fixture_{number:02}_*.json")
    case = json.loads(path.read_text())
    parameters = case["params"]
    weights = Dissimilarity(parameters["alpha"], parameters["beta"], parameters["deltaEmpty"])
    people = sorted({unit["annotator"] for unit in case["continuum"]})
    expected = {1: 0.0625, 2: 0.7083333, 3: 0.0, 4: 0.4087564, 5: 1.0743802, 6: 1.0277778}
    units = continuum([_row(unit) for unit in case["continuum"]])
    assert disorder(units, align(units, weights)) == pytest.approx(expected[number], abs=1e-6)
    for sample in case["tier2"]["sampledContinua"]:
        drawn = continuum([_row(unit) for unit in sample["units"]], people)
        found = disorder(drawn, align(drawn, weights))
        assert found == pytest.approx(sample["bestAlignmentDisorder"], rel=1e-6, abs=1e-6)
    gamma = float(measured(units, alpha=weights.alpha, beta=weights.beta).gamma()[0])
    # Thirty random continua of a few units each leave γ uncertain by this much.
    assert gamma == pytest.approx(case["tier3"]["gamma"], abs=0.12)


def _row(unit: dict[str, object]) -> Row:
    start, end = float(str(unit["start"])), float(str(unit["end"]))
    return str(unit["annotator"]), str(unit["category"]), start, end


def _table(name: str) -> list[Row]:
    with (SHARED / name).open(newline="") as file:
        return [(who, what, float(s), float(e)) for who, what, s, e in csv.reader(file)]


@needs_shared
@pytest.mark.parametrize(
    ("name", "alignments", "gamma", "gamma_cat", "gamma_k"),
    [
        ("3by100", 127, 0.80, 0.90, {"Adj": 0.82, "Noun": 0.89, "Prep": 0.98, "Verb": 0.70}),
        ("2by1000", 1085, 0.405, 0.40, {"Adj": 0.23, "Noun": 0.375, "Prep": 0.33, "Verb": 0.13}),
    ],
)
def test_long_continua(
    name: str, alignments: int, gamma: float, gamma_cat: float, gamma_k: dict[str, float]
) -> None:
    """The continua that pygamma-agreement is tested with, at α = 3, give its values."""
    rows = _table(f"pygamma_{name}.csv")
    units = continuum(rows)
    found = align(units, Dissimilarity(alpha=3))
    used = int((found.members < len(units)).sum())
    assert len(units) - used + len(found.members) == alignments
    values = measured(units, alpha=3)
    assert float(values.gamma()[0]) == pytest.approx(gamma, abs=0.015)
    assert float(values.gamma_cat()[0]) == pytest.approx(gamma_cat, abs=0.02)
    categories = sorted({row[1] for row in rows})
    for category, expected in gamma_k.items():
        of_category = float(values.gamma_cat(category=categories.index(category))[0])
        assert of_category == pytest.approx(expected, abs=0.03)


@needs_shared
def test_three_annotators_by_shifting() -> None:
    """Alex, Paul and Suzan, α = 3, chance by shifting: the authors' software's values."""
    rows = _table("pygamma_AlexPaulSuzan.csv")
    units = continuum(rows)
    found = align(units, Dissimilarity(alpha=3))
    assert disorder(units, found) == pytest.approx(0.960625)
    assert len(found.members) + len(units) - int((found.members < len(units)).sum()) == 6
    values = measured(units, alpha=3, sampler="shift", precision=0.02)
    assert float(values.gamma()[0]) == pytest.approx(0.455, abs=0.03)
    assert float(values.gamma_cat()[0]) == pytest.approx(0.40, abs=0.04)
    gamma_k = {c: float(values.gamma_cat(category=i)[0]) for i, c in enumerate("1234567")}
    assert gamma_k["1"] == gamma_k["5"] == pytest.approx(1)
    assert gamma_k["6"] == pytest.approx(0.37, abs=0.05)
    assert max(gamma_k[c] for c in "2347") < 0.05

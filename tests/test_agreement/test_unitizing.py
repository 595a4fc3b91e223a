"""Unitizing α of 2016 and of 1995 against worked examples and a slow reference."""

from __future__ import annotations

from collections import defaultdict
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.agreement.continua import Continua, find_continua
from toolkit.agreement.layout import Layout, lay_out
from toolkit.agreement.unitizing import UnitizingSums, unitizing_sums
from toolkit.agreement.unitizing_1995 import SquaredSums, squared_sums
from toolkit.model import AnnotatedSpan, Annotation, Document

Units = list[tuple[str, int, int]]


def laid_out(length: int, **people: Units) -> tuple[Layout, Continua]:
    """One document of a given length with everybody's units (label, start, end)."""
    document = Document("d", "字" * length)
    annotations = [
        Annotation("d", name, tuple(AnnotatedSpan(s, e, label) for label, s, e in units))
        for name, units in people.items()
    ]
    layout = lay_out(annotations, {"d": document}, ())
    return layout, find_continua(layout)


def family(length: int, **people: Units) -> UnitizingSums:
    """What the coefficients of 2016 are made of."""
    layout, continua = laid_out(length, **people)
    return unitizing_sums(continua, len(layout.labels), 1)


def squared(length: int, **people: Units) -> SquaredSums:
    """What those of 1995 are made of."""
    layout, continua = laid_out(length, **people)
    return squared_sums(continua, len(layout.labels), 1)


def test_three_annotators() -> None:
    """A worked example that two other implementations agree on to all digits."""
    found = family(
        20,
        alex=[("1", 2, 5), ("1", 9, 11), ("2", 12, 20)],
        paul=[("1", 2, 5), ("2", 7, 15)],
        susan=[("1", 2, 5), ("2", 10, 15)],
    )
    assert found.alpha()[0] == pytest.approx(0.4739130434782609)
    assert found.binary()[0] == pytest.approx(0.4328125)
    assert found.coding()[0] == pytest.approx(0.7788819875776397)
    assert found.of_label()[0, 1:] == pytest.approx([0.7692517006802722, 0.7869714285714285])
    # What cuα and (k)uα rest on: of all coincidences, and of each label's length.
    assert found.met.sum() / found.used.sum() == pytest.approx(0.38333333)
    assert (found.met / found.used)[0, 1:] == pytest.approx([0.95454545, 0.5952381])


def test_three_annotators_with_few_units() -> None:
    """Another, in which most of the continuum is gaps."""
    found = family(
        60,
        alex=[("1", 2, 5)],
        paul=[("1", 2, 5), ("2", 10, 20)],
        susan=[("2", 2, 5), ("2", 15, 20)],
    )
    assert found.alpha()[0] == pytest.approx(0.3982981423791392)
    assert found.binary()[0] == pytest.approx(0.5238010446343782)
    assert found.coding()[0] == pytest.approx(0.3571428571428571)
    assert found.of_label()[0, 1:] == pytest.approx([0.3125, 0.390625])


def test_one_label() -> None:
    """With one label uα is its binary form, and cuα is undefined."""
    found = family(
        56, a=[("x", 3, 15), ("x", 22, 53)], b=[("x", 3, 10), ("x", 22, 53)], c=[("x", 22, 46)]
    )
    assert found.alpha()[0] == found.binary()[0] == pytest.approx(0.5645448655652737)
    assert np.isnan(found.coding()[0])


def test_krippendorff_2004() -> None:
    """Content Analysis, p. 254: .7286 for one label, 1 for the other, .8591 for both."""
    found = squared(
        300,
        i=[("c", 75, 145), ("c", 220, 250), ("k", 30, 90), ("k", 150, 200)],
        j=[("c", 70, 150), ("c", 205, 225), ("c", 250, 270), ("k", 30, 90), ("k", 150, 200)],
    )
    assert (found.observed / 300)[0, 1:] == pytest.approx([0.0144, 0], abs=5e-5)
    assert (found.expected / 300)[0, 1:] == pytest.approx([0.0532, 0.0490], abs=5e-5)
    assert found.of_label()[0, 1:] == pytest.approx([0.7286, 1.0], abs=5e-4)
    assert found.alpha()[0] == pytest.approx(0.8586654051841702)


@pytest.mark.parametrize(
    ("first", "second", "observed", "alpha"),
    [
        ([(2, 10), (14, 20)], [(4, 8), (15, 17)], 0.03125, 0.55295),
        (
            [(0, 18)],
            [(0, 2), (2, 3), (3, 4), (4, 5), (5, 6), (6, 9), (9, 10)],
            2.26736,
            -0.92838,
        ),
        (
            [(2, 8), (10, 12), (14, 18), (20, 22)],
            [(0, 2), (4, 8), (10, 14), (16, 18), (20, 22)],
            0.02777,
            0.69308,
        ),
        (
            [(0, 2), (2, 10), (10, 14), (14, 20), (20, 24)],
            [(0, 4), (4, 8), (8, 15), (15, 17), (17, 24)],
            0.38715,
            0.06587,
        ),
    ],
)
def test_krippendorff_1995(
    first: list[tuple[int, int]],
    second: list[tuple[int, int]],
    observed: float,
    alpha: float,
) -> None:
    """The four continua of p. 57, stretched so that their units may be taken as continuous."""
    scale = 5000

    def stretched(units: list[tuple[int, int]]) -> Units:
        return [("x", start * scale, end * scale) for start, end in units]

    found = squared(24 * scale, i=stretched(first), j=stretched(second))
    assert found.observed.sum() / (24 * scale) == pytest.approx(observed, abs=1e-5)
    assert found.alpha()[0] == pytest.approx(alpha, abs=1e-4)


def test_one_unit_against_three() -> None:
    """A short continuum on which another implementation has -.7003460207612457."""
    found = squared(10, i=[("x", 1, 9)], j=[("x", 2, 3), ("x", 4, 5), ("x", 6, 7)])
    assert found.alpha()[0] == pytest.approx(-0.7003460207612457)


def test_nothing_is_undefined() -> None:
    """Where nobody marked anything no coefficient has a value."""
    found, older = family(10, a=[], b=[]), squared(10, a=[], b=[])
    values = (found.alpha(), found.binary(), found.coding(), older.alpha())
    assert all(np.isnan(value[0]) for value in values)


LENGTH = 30
CROWD = st.dictionaries(
    st.sampled_from("abcd"),
    st.lists(
        st.tuples(st.sampled_from("xy"), st.integers(0, LENGTH - 1), st.integers(1, 9)), max_size=4
    ),
    min_size=2,
)


def flat(units: Units) -> Units:
    """Units without overlap: those that start before another one ends are left out."""
    kept: Units = []
    for label, start, length in sorted(units, key=lambda unit: unit[1]):
        if not kept or start >= kept[-1][2]:
            kept.append((label, start, min(start + length, LENGTH)))
    return kept


def character_by_character(people: dict[str, Units]) -> dict[str, float]:
    """The coefficients of 2016 from lists of characters; slow, and as the paper words it."""
    number = len(people)
    marks: dict[str, list[int]] = {}
    units = [(name, *unit) for name, mine in people.items() for unit in mine]
    for name in people:
        marks[name] = [-1] * LENGTH
        for i, (who, _, start, end) in enumerate(units):
            if who == name:
                marks[name][start:end] = [i] * (end - start)
    labels = [unit[1] for unit in units] + [""]
    pairs: dict[tuple[str, str], float] = defaultdict(float)
    for one, other in permutations(people, 2):
        for a, b in zip(marks[one], marks[other], strict=True):
            pairs[labels[a], labels[b]] += 1 / (number - 1)
    used: dict[str, float] = defaultdict(float)
    met: dict[str, float] = defaultdict(float)
    for (label, other_label), length in pairs.items():
        used[label] += length
        met[label] += length if label and other_label else 0
    total, total_met = sum(used.values()), sum(met.values())
    squares = sum((end - start) ** 2 for _, _, start, end in units) + used[""]
    shared = sum(
        sum(mark >= 0 for mark in marks[other][start:end]) ** 2 / (number - 1)
        for name, _, start, end in units
        for other in people
        if other != name
    )
    alike = {label: pairs[label, label] for label in list(used)}
    found = {}
    apart = total**2 - sum(length**2 for length in used.values())
    if apart > 0:
        found["u"] = 1 - (1 - sum(alike.values()) / total) / (apart / (total**2 - squares))
    met_apart = total_met**2 - sum(length**2 for length in met.values())
    if met_apart > 1e-9 and total_met**2 - shared > 1e-9:
        agreed = sum(length for label, length in alike.items() if label)
        chance = met_apart / (total_met**2 - shared)
        found["cu"] = 1 - (1 - agreed / total_met) / chance
    return found


@settings(max_examples=80, deadline=None)
@given(CROWD)
def test_characters_one_by_one(crowd: dict[str, Units]) -> None:
    """Whole segments give what characters written out one by one give."""
    people = {name: flat(units) for name, units in crowd.items()}
    expected = character_by_character(people)
    found = family(LENGTH, **people)
    for name, value in (("u", found.alpha()[0]), ("cu", found.coding()[0])):
        if name in expected:
            assert value == pytest.approx(expected[name])
        else:
            assert np.isnan(value)


@settings(max_examples=40, deadline=None)
@given(CROWD, st.permutations("abcd"))
def test_names_do_not_matter(crowd: dict[str, Units], names: list[str]) -> None:
    """Other names for annotators and labels give the same values."""
    people = {name: flat(units) for name, units in crowd.items()}
    other = dict(zip("abcd", names, strict=True))
    swap = {"x": "y", "y": "x"}
    renamed = {
        other[name]: [(swap[label], start, end) for label, start, end in units]
        for name, units in people.items()
    }
    for measure in (UnitizingSums.alpha, UnitizingSums.binary, UnitizingSums.coding):
        before, after = measure(family(LENGTH, **people)), measure(family(LENGTH, **renamed))
        np.testing.assert_allclose(before, after)
    np.testing.assert_allclose(
        squared(LENGTH, **people).alpha(), squared(LENGTH, **renamed).alpha()
    )


def test_perfect_agreement_is_one() -> None:
    """Everybody the same units with two labels: 1 by every coefficient."""
    units = [("x", 2, 6), ("y", 9, 12), ("x", 12, 15)]
    found, older = family(30, a=units, b=units, c=units), squared(30, a=units, b=units, c=units)
    for value in (found.alpha(), found.binary(), found.coding(), older.alpha()):
        assert value[0] == pytest.approx(1)


def test_chance_is_zero() -> None:
    """Units put anywhere by people who don't know of each other give about 0."""
    generator = np.random.default_rng(4)
    people = {
        name: [("xy"[int(generator.integers(2))], int(s), int(s) + 5) for s in starts]
        for name, starts in (
            (name, np.sort(generator.choice(4000, 400, replace=False)) * 10) for name in "abc"
        )
    }
    found, older = family(40010, **people), squared(40010, **people)
    for value in (found.alpha(), found.binary(), found.coding(), older.alpha()):
        assert value[0] == pytest.approx(0, abs=0.06)


def whole_and_parts(cut: bool) -> tuple[Layout, Continua]:
    """Two who saw all of a document, as one passage or as two."""
    documents = {"d": Document("d", "字" * 20)}
    spans = [AnnotatedSpan(2, 5, "x"), AnnotatedSpan(12, 16, "y")]
    annotations = [Annotation("d", "bo", tuple(spans))]
    if cut:
        annotations += [Annotation("d", "anna", (spans[0],), 0, 10)]
        annotations += [Annotation("d", "anna", (spans[1],), 10, 20)]
    else:
        annotations += [Annotation("d", "anna", tuple(spans))]
    layout = lay_out(annotations, documents, ())
    return layout, find_continua(layout)


def test_passages_of_the_same_people_are_one_continuum() -> None:
    """How a document was cut into passages makes no difference."""
    tables = []
    for cut in (False, True):
        layout, continua = whole_and_parts(cut)
        assert (continua.start.tolist(), continua.end.tolist()) == ([0], [20])
        tables.append(unitizing_sums(continua, len(layout.labels), 1).table())
    assert (tables[0] == tables[1]).all()


def test_who_did_not_see_it_is_missing() -> None:
    """What one annotator didn't see is a continuum of the others."""
    documents = {"d": Document("d", "字" * 30)}
    annotations = [
        Annotation("d", "anna", (AnnotatedSpan(2, 5, "x"),)),
        Annotation("d", "bo", (AnnotatedSpan(2, 5, "x"),)),
        Annotation("d", "chen", (AnnotatedSpan(2, 5, "x"),), 0, 10),
        Annotation("d", "dora", (), 25, 28),
    ]
    continua = find_continua(lay_out(annotations, documents, ()))
    assert continua.start.tolist() == [0, 10, 25, 28]
    assert continua.end.tolist() == [10, 25, 28, 30]
    assert continua.raters.tolist() == [3, 2, 3, 2]
    assert continua.unit_seat.tolist() == [0, 1, 2]


def test_a_unit_is_cut_where_others_stop() -> None:
    """A unit that reaches out of what another saw counts as far as both saw."""
    documents = {"d": Document("d", "字" * 30)}
    annotations = [
        Annotation("d", "anna", (AnnotatedSpan(5, 15, "x"),)),
        Annotation("d", "bo", (AnnotatedSpan(5, 10, "x"),), 0, 10),
    ]
    layout = lay_out(annotations, documents, ())
    continua = find_continua(layout)
    assert list(zip(continua.unit_start.tolist(), continua.unit_end.tolist(), strict=True)) == [
        (5, 10),
        (5, 10),
    ]
    assert unitizing_sums(continua, len(layout.labels), 1).alpha()[0] == pytest.approx(1)

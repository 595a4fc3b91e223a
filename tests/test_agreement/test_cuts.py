"""Agreement cut into groups, passes of one annotator, and tests of differences."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from msgspec import structs

from toolkit.agreement.breakdown import AgreementReport, Wanted, agreement
from toolkit.agreement.coefficients import Floats
from toolkit.agreement.comparison import Compared, permuted_p
from toolkit.agreement.cuts import Cut
from toolkit.agreement.figures import Figure
from toolkit.agreement.group_figures import Additive
from toolkit.agreement.span_f1 import f1
from toolkit.errors import OffsetError, UsageError
from toolkit.model import AnnotatedSpan, Annotation, Document

PLACE, OFFICE = AnnotatedSpan(0, 3, "LOC"), AnnotatedSpan(10, 16, "ORG")
LONGER = AnnotatedSpan(0, 4, "LOC")
DOCUMENTS = {
    f"d{i}": Document(f"d{i}", "字" * 40, {"genre": "report" if i < 6 else "notice"})
    for i in range(12)
}


def by(annotator: str, doc_id: str, *spans: AnnotatedSpan) -> Annotation:
    """An annotation of a whole document."""
    return Annotation(doc_id, annotator, spans)


def crowd() -> list[Annotation]:
    """Anna and Bo agree on reports and half on notices; Chen does reports and shifts an end."""
    found = []
    for number, name in enumerate(DOCUMENTS):
        found += [by("anna", name, PLACE, OFFICE), by("bo", name, PLACE, OFFICE)]
        if number < 6:
            found.append(by("chen", name, LONGER, OFFICE))
        else:
            found[-1] = by("bo", name, PLACE)
    return found


def measure(
    annotations: Sequence[Annotation], *cuts: str, compared: tuple[str, str] | None = None
) -> AgreementReport:
    """A report with these cuts."""
    return agreement(annotations, DOCUMENTS, samples=99, wanted=Wanted(by=cuts, compared=compared))


def named(figures: Sequence[Figure]) -> dict[str, Figure]:
    """Figures by name."""
    return {figure.name: figure for figure in figures}


def strict(cut: Cut) -> dict[str, float | None]:
    """The headline of each group."""
    return {name: named(figures)["strict_f1"].value for name, figures in cut.groups.items()}


def test_each_annotator_against_the_rest() -> None:
    """Pairs that an annotator is in, counted by hand."""
    found = strict(measure(crowd(), "annotator").by["annotator"])
    # anna – bo: 18 of 24 + 18; anna – chen and bo – chen: 6 of 12 + 12 each.
    assert found == {
        "anna": pytest.approx(2 * (18 + 6) / (42 + 24)),
        "bo": pytest.approx(2 * (18 + 6) / (42 + 24)),
        "chen": pytest.approx(2 * 12 / 48),
    }


def test_a_group_of_documents_is_their_report() -> None:
    """What is cut by meta equals measuring those documents alone, by every figure."""
    cut = measure(crowd(), "meta:genre").by["meta:genre"]
    assert list(cut.groups) == ["notice", "report"]
    for genre, figures in cut.groups.items():
        alone = named(
            measure([a for a in crowd() if DOCUMENTS[a.doc_id].meta["genre"] == genre]).overall
        )
        for found in figures:
            expected = alone[found.name]
            assert found.value == pytest.approx(expected.value)
            assert found.n == expected.n or found.name == "cohen_kappa"
    assert {figure.name for figure in cut.groups["notice"]} >= {"u_alpha", "krippendorff_alpha"}


def test_a_key_that_no_document_has() -> None:
    """A mistyped key is refused with the keys that there are; so is an unknown cut."""
    with pytest.raises(UsageError, match="'gener'") as caught:
        measure(crowd(), "meta:gener")
    assert "genre" in caught.value.hint
    with pytest.raises(UsageError, match="'moon'"):
        measure(crowd(), "moon")


def test_weeks() -> None:
    """A comparison belongs to the week of the later submission, in UTC."""
    annotations = [
        structs.replace(by("anna", "d0", PLACE), updated_at="2020-01-19T23:00:00Z"),
        structs.replace(by("bo", "d0", PLACE), updated_at="2020-01-20T01:00:00+02:00"),
        structs.replace(by("anna", "d1", PLACE), updated_at="2020-01-19T23:00:00Z"),
        structs.replace(by("bo", "d1", OFFICE), updated_at="2020-01-20T01:00:00Z"),
        structs.replace(by("anna", "d2", PLACE), updated_at="2020-01-19T23:00:00Z"),
        by("bo", "d2", PLACE),
    ]
    found = strict(measure(annotations, "week").by["week"])
    assert found == {"2020-W03": 1, "2020-W04": 0, "no time": 1}
    assert list(found)[-1] == "no time"
    without = measure(crowd(), "week").by["week"]
    assert (without.groups, "updated_at" in without.undefined) == ({}, True)


def test_suggestions_shown_by_passage() -> None:
    """Two passages of one document fall into the groups of what was shown in each."""
    annotations = [
        Annotation("d0", "anna", (PLACE,), 0, 8, suggested="v1"),
        Annotation("d0", "bo", (PLACE,), 0, 8, suggested="v1"),
        Annotation("d0", "anna", (OFFICE,), 8, 40, suggested="v1"),
        Annotation("d0", "bo", (), 8, 40),
        Annotation("d1", "anna", (PLACE,)),
        Annotation("d1", "bo", (LONGER,)),
    ]
    found = strict(measure(annotations, "shown").by["shown"])
    assert found == {"both saw suggestions": 1, "one of them did": 0, "neither did": 0}


def test_first_and_second_pass() -> None:
    """Two annotation ids of one passage are two passes; one id corrected is one."""
    first = [
        structs.replace(by("anna", name, PLACE), annotation_id=i, created_at="2020-01-01T00:00:00Z")
        for i, name in enumerate(DOCUMENTS)
    ]
    second = [
        structs.replace(
            by("anna", name, PLACE if i % 2 else OFFICE),
            annotation_id=100 + i,
            created_at="2020-02-01T00:00:00Z",
        )
        for i, name in enumerate(DOCUMENTS)
    ]
    corrected = structs.replace(first[0], spans=(OFFICE,), updated_at="2020-01-03T00:00:00Z")
    found = measure([*second, *first, corrected], "pass").by["pass"]
    # Of d0 the corrected first pass is what the second is; of the others every second one.
    assert strict(found) == {"everybody": pytest.approx(7 / 12), "anna": pytest.approx(7 / 12)}
    figure = named(found.groups["anna"])["strict_f1"]
    assert figure.low is not None
    assert figure.high is not None
    assert figure.low < 7 / 12 < figure.high
    once = measure([*first, corrected], "pass").by["pass"]
    assert (once.groups, once.undefined) == ({}, "nobody submitted the same passage twice")


def test_a_passage_given_twice_without_ids() -> None:
    """In records without ids, the same passage a second time is a second pass."""
    twice = [by("anna", "d0", PLACE), by("anna", "d1", PLACE)] * 2
    assert strict(measure(twice, "pass").by["pass"])["anna"] == 1


def test_an_earlier_pass_is_checked() -> None:
    """A span that doesn't fit is refused, though only the second pass counts elsewhere."""
    wrong = structs.replace(by("anna", "d0", AnnotatedSpan(0, 99, "LOC")), annotation_id=1)
    later = structs.replace(by("anna", "d0", PLACE), annotation_id=2)
    with pytest.raises(OffsetError, match="d0"):
        measure([wrong, later], "pass")


def compared(report: AgreementReport, cut: str) -> dict[str, Compared]:
    """The figures of a comparison by name."""
    comparison = report.by[cut].comparison
    assert comparison is not None
    return {one.name: one for one in comparison.figures}


def test_two_groups_are_compared() -> None:
    """The only two groups are compared unasked; the difference is that of their figures."""
    found = compared(measure(crowd(), "meta:genre"), "meta:genre")["overlap_f1"]
    assert found.first.value is not None
    assert found.second.value is not None
    assert found.difference.value == pytest.approx(found.first.value - found.second.value)
    assert found.difference.p is not None
    assert found.difference.p < 0.05
    assert found.permutation is not None
    assert found.permutation < 0.05


def test_groups_to_compare_are_chosen() -> None:
    """Of several groups two are named; a name that is none is refused with those there are."""
    report = measure(crowd(), "annotator", compared=("anna", "chen"))
    found = compared(report, "annotator")["strict_f1"]
    assert found.difference.value == pytest.approx(2 * 24 / 66 - 1 / 2)
    assert measure(crowd(), "annotator").by["annotator"].comparison is None
    with pytest.raises(UsageError, match="'dora'"):
        measure(crowd(), "annotator", compared=("anna", "dora"))


def test_the_same_against_itself() -> None:
    """Annotations against the same annotations: no difference, and nothing that proves one."""
    found = agreement(crowd(), DOCUMENTS, samples=50, wanted=Wanted(against=crowd()))
    assert found.against is not None
    for one in found.against.figures:
        assert one.difference.value == 0
        assert one.difference.p == 1
        assert one.permutation in {1, None}


def test_against_others() -> None:
    """Better annotations of the same documents are better, whatever labels others have."""
    better = [by(who, name, PLACE, OFFICE) for who in ("x", "y") for name in DOCUMENTS]
    worse = [
        by(who, name, PLACE if who == "x" else AnnotatedSpan(0, 3, "NEW"), OFFICE)
        for who in ("x", "y")
        for name in DOCUMENTS
    ]
    found = agreement(better, DOCUMENTS, samples=99, wanted=Wanted(against=worse)).against
    assert found is not None
    strict_f1 = next(one for one in found.figures if one.name == "strict_f1")
    assert strict_f1.difference.value == pytest.approx(1 / 2)
    assert strict_f1.permutation == pytest.approx(1 / 100)


def test_the_permutation_test_keeps_its_level() -> None:
    """Where there is no difference, p is below 0.1 about a tenth of the time."""
    generator = np.random.default_rng(1)

    def formula(sums: Floats) -> Floats:
        return f1(sums[0], sums[1])

    def table(groups: np.typing.NDArray[np.bool_]) -> Floats:
        compared_spans = generator.integers(1, 9, 40) * 2.0
        matched = np.floor(compared_spans / 2 * generator.random(40))
        return np.stack([matched, compared_spans], axis=1) * groups[:, None]

    everywhere, one_third = np.ones(40, dtype=np.bool_), np.arange(40) < 13
    for first, second in ((everywhere, everywhere), (one_third, ~one_third)):
        found = []
        for seed in range(200):
            a, b = table(first), table(second)
            additive = Additive(a, np.arange(40), formula)
            p = permuted_p(a, b, additive, 99, seed)
            assert p is not None
            found.append(p)
        # A binomial of 200 and 0.1 leaves 0.04–0.16 once in hundreds.
        assert 0.04 <= (np.array(found) <= 0.1).mean() <= 0.16

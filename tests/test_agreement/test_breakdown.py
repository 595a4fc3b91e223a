"""The agreement report as a whole."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.agreement.bootstrap import Resamples
from toolkit.agreement.breakdown import AgreementReport, Wanted, agreement
from toolkit.agreement.continua import find_continua
from toolkit.agreement.figures import MEASURES, Figure
from toolkit.agreement.gamma import GammaSettings
from toolkit.agreement.layout import lay_out, shared_rows
from toolkit.agreement.span_f1 import count_spans, find_contacts
from toolkit.agreement.sums import tabulate
from toolkit.agreement.tables import sampled_figures
from toolkit.agreement.units import count_units
from toolkit.errors import InputError, OffsetError
from toolkit.model import AnnotatedSpan, Annotation, Document

LENGTH = 40
DOCUMENTS = {name: Document(name, "字" * LENGTH) for name in ("d0", "d1", "d2", "d3")}
PLACE, OFFICE = AnnotatedSpan(0, 3, "LOC"), AnnotatedSpan(10, 16, "ORG")


def named(figures: Sequence[Figure]) -> dict[str, Figure]:
    """Figures by name."""
    return {figure.name: figure for figure in figures}


def by(annotator: str, doc_id: str, *spans: AnnotatedSpan) -> Annotation:
    """An annotation of a whole document."""
    return Annotation(doc_id, annotator, spans)


def report(
    annotations: Sequence[Annotation],
    documents: Mapping[str, Document] = DOCUMENTS,
    samples: int = 50,
) -> AgreementReport:
    """A report with few samples."""
    return agreement(annotations, documents, labels=("LOC", "ORG"), samples=samples)


TWO = [
    by("anna", "d0", PLACE, OFFICE),
    by("bo", "d0", PLACE),
    by("anna", "d1", PLACE),
    by("bo", "d1", AnnotatedSpan(0, 3, "ORG")),
    by("anna", "d2", OFFICE),
    by("bo", "d2", AnnotatedSpan(10, 14, "ORG")),
]


def test_the_headline() -> None:
    """Pooled F1 by hand: seven spans, one alike, two alike in offsets, two in label."""
    found = named(report(TWO).overall)
    expected = {"strict": 2 / 7, "boundary": 4 / 7, "overlap": 4 / 7, "any_overlap": 6 / 7}
    assert {name: found[f"{name}_f1"].value for name in expected} == pytest.approx(expected)
    assert found["strict_f1"].n == 7
    assert found["cohen_kappa"].n == 120
    with_gamma = agreement(TWO, DOCUMENTS, samples=5, wanted=Wanted(gamma=GammaSettings()))
    by_label = {figure.name for figure in with_gamma.by_label["LOC"]}
    assert {figure.name for figure in with_gamma.overall} | by_label == set(MEASURES)
    assert set(found) < set(MEASURES)


def test_units_by_hand() -> None:
    """κ from the table written out: anna O 102, LOC 6, ORG 12; bo O 110, LOC 3, ORG 7."""
    observed = (102 + 3 + 4) / 120
    expected = (102 * 110 + 6 * 3 + 12 * 7) / 120**2
    found = named(report(TWO).overall)["cohen_kappa"]
    assert found.value == pytest.approx((observed - expected) / (1 - expected))


def test_by_label_pair_and_document() -> None:
    """The same counts, cut another way."""
    found = report(TWO)
    assert named(found.by_label["LOC"])["strict_f1"].value == pytest.approx(2 / 3)
    assert named(found.by_label["LOC"])["strict_f1"].n == 3
    assert named(found.by_label["ORG"])["strict_f1"].value == 0
    assert named(found.by_label["ORG"])["overlap_f1"].value == pytest.approx(2 / 4)
    assert list(found.by_pair) == ["anna – bo"]
    assert named(found.by_pair["anna – bo"])["strict_f1"].value == pytest.approx(2 / 7)
    strict = {name: named(cut)["strict_f1"].value for name, cut in found.by_document.items()}
    assert strict == {"d0": pytest.approx(2 / 3), "d1": 0, "d2": 0}


def test_what_is_counted() -> None:
    """Only what two saw is counted; a lone annotator's document and spans are not."""
    found = report([*TWO, by("chen", "d3", PLACE)])
    assert (found.documents, found.passages) == (3, 3)
    assert found.annotators == ("anna", "bo", "chen")
    assert found.spans == {"anna": 4, "bo": 3, "chen": 0}
    assert found.units == "characters"
    assert found.kinds == {"missed": 1, "boundary": 1, "label": 1, "split/merge": 0}
    assert len(found.differences) == 3


def test_perfect_agreement() -> None:
    """Two who give the same over several documents get 1 by every figure, for sure."""
    same = [
        by(who, doc_id, PLACE, OFFICE) for who in ("anna", "bo", "chen") for doc_id in DOCUMENTS
    ]
    for figure in report(same).overall:
        assert (figure.value, figure.low, figure.high) == pytest.approx((1, 1, 1))
        assert figure.undefined == ""


def test_nobody_shares_anything() -> None:
    """Annotators of different documents have no agreement, and the report says so."""
    found = report([by("anna", "d0", PLACE), by("bo", "d1", PLACE)])
    assert (found.documents, found.by_pair, found.by_document) == (0, {}, {})
    for figure in found.overall:
        assert (figure.value, figure.low, figure.high, figure.n) == (None, None, None, 0)
        assert "no two annotators saw the same text" in figure.undefined


def test_nothing_at_all() -> None:
    """No annotations make a report without numbers, not an error."""
    found = agreement([], {})
    assert {figure.value for figure in found.overall} == {None}


def test_passages_that_do_not_meet() -> None:
    """Two passages of one document share nothing."""
    found = report([Annotation("d0", "anna", (PLACE,), 0, 5), Annotation("d0", "bo", (), 5, 20)])
    assert found.documents == 0


def test_nobody_marked_anything() -> None:
    """Two who looked and found nothing: no F1 and no κ, each with its reason."""
    found = named(report([by("anna", "d0"), by("bo", "d0")]).overall)
    assert found["strict_f1"].undefined == "nobody marked a span"
    assert "only one category" in found["cohen_kappa"].undefined
    # By Gwet's formula nothing is left to chance where one category is all there is.
    assert found.pop("gwet_ac1").value == 1
    assert {figure.value for figure in found.values()} == {None}


def test_one_document_has_no_interval() -> None:
    """A single document gives values, and says why no intervals."""
    for figure in report(TWO[:2]).overall:
        if figure.name == "cu_alpha":
            assert "only one label" in figure.undefined
            continue
        assert figure.value is not None
        assert (figure.low, figure.high) == (None, None)
        assert "one document" in figure.undefined


def test_an_unused_label_is_listed() -> None:
    """A label that nobody used is in the report without a number."""
    found = report([by("anna", "d0", PLACE), by("bo", "d0", PLACE)])
    assert list(found.by_label) == ["LOC", "ORG"]
    for figure in found.by_label["ORG"]:
        assert (figure.value, figure.undefined) == (None, "nobody used this label")


def test_unequal_numbers_of_annotators() -> None:
    """Fleiss' κ is not given where units have two or three annotators; α is."""
    found = named(report([*TWO, by("chen", "d0", PLACE)]).overall)
    assert found["fleiss_kappa"].value is None
    assert "2 to 3 annotators" in found["fleiss_kappa"].undefined
    assert found["krippendorff_alpha"].value is not None


def test_little_is_enough() -> None:
    """Records with doc_id, annotator and bare spans are annotations."""
    line = '{"doc_id":"d0","annotator":"%s","spans":[{"start":0,"end":3,"label":"LOC"}]}'
    annotations = [msgspec.json.decode(line % who, type=Annotation) for who in ("anna", "bo")]
    assert named(report(annotations).overall)["strict_f1"].value == 1


def test_the_last_submission_counts() -> None:
    """An annotator who changed their mind is not compared with themselves."""
    early = Annotation("d0", "anna", (OFFICE,), updated_at="2020-02-01T00:00:00Z")
    late = Annotation("d0", "anna", (PLACE,), updated_at="2020-02-02T00:00:00Z")
    found = report([late, by("bo", "d0", PLACE), early])
    assert named(found.overall)["strict_f1"].value == 1
    assert found.spans == {"anna": 1, "bo": 1}


def test_unknown_documents_and_wrong_offsets_are_refused() -> None:
    """What can't be compared with its text is an error that names the document."""
    with pytest.raises(InputError, match="'lost'"):
        report([by("anna", "lost", PLACE)])
    with pytest.raises(OffsetError, match="'d0'"):
        report([by("anna", "d0", AnnotatedSpan(0, LENGTH + 1, "LOC"))])
    with pytest.raises(OffsetError, match="'d0'"):
        report([by("anna", "d0", AnnotatedSpan(0, 1, "LOC", "市"))])


def test_the_report_travels_as_json() -> None:
    """A report written as JSON reads back as it was."""
    found = report(TWO)
    assert msgspec.json.decode(msgspec.json.encode(found), type=AgreementReport) == found


def test_an_interval_holds_its_value_and_knows_its_seed() -> None:
    """The same seed gives the same interval, which lies around the value."""
    many = {f"n{i}": Document(f"n{i}", "字" * LENGTH) for i in range(30)}
    annotations = [by("anna", name, PLACE, OFFICE) for name in many]
    annotations += [by("bo", name, *([PLACE, OFFICE][: i % 3])) for i, name in enumerate(many)]
    found = report(annotations, many, samples=200)
    assert found == report(annotations, many, samples=200)
    for figure in found.overall:
        assert figure.value is not None
        assert figure.low is not None
        assert figure.high is not None
        if figure.name == "cu_alpha":  # where they meet their labels are the same
            assert figure.low == figure.value == figure.high == 1
        else:
            assert figure.low < figure.value < figure.high


def test_a_sample_is_the_report_of_what_was_drawn() -> None:
    """Weighted sums give what annotating the drawn documents again would give."""
    twice = {**DOCUMENTS, "d0 again": DOCUMENTS["d0"], "d1 again": DOCUMENTS["d1"]}
    twice = {name: Document(name, document.text) for name, document in twice.items()}
    again = [
        Annotation(f"{a.doc_id} again", a.annotator, a.spans)
        for a in TWO
        if a.doc_id in {"d0", "d1"}
    ]
    layout = lay_out(TWO, DOCUMENTS, ("LOC", "ORG"))
    rows = shared_rows(layout)
    spans = count_spans(layout, rows, find_contacts(layout, rows))
    tables = tabulate(layout, rows, spans, count_units(layout, rows), find_continua(layout))
    twice_twice_once = np.array([[2], [2], [1]], dtype=np.uint8)
    weighted = sampled_figures(tables, Resamples(np.arange(3), twice_twice_once)).overall
    written_out = report([*TWO, *again], twice).overall
    for one, other in zip(weighted, written_out, strict=True):
        assert one.value == pytest.approx(other.value)


SPANS = st.lists(
    st.builds(
        lambda start, length, label: AnnotatedSpan(start, start + length, label),
        st.integers(0, 30),
        st.integers(1, 9),
        st.sampled_from(["LOC", "ORG", "TIME"]),
    ),
    max_size=4,
    unique_by=lambda span: (span.start, span.end),
).map(tuple)
CROWD = st.lists(
    st.builds(Annotation, st.sampled_from(sorted(DOCUMENTS)), st.sampled_from("abc"), SPANS),
    max_size=8,
    unique_by=lambda a: (a.doc_id, a.annotator),
)


def values(figures: Sequence[Figure]) -> list[float | None]:
    """The values, rounded as far as sums in another order may differ."""
    return [None if f.value is None else round(f.value, 9) for f in figures]


@settings(max_examples=40)
@given(CROWD, st.randoms(use_true_random=False))
def test_the_order_of_records_does_not_matter(
    crowd: list[Annotation], shuffler: random.Random
) -> None:
    """Shuffled records give the same report to the last digit."""
    assert report(shuffler.sample(crowd, len(crowd)), samples=5) == report(crowd, samples=5)


@settings(max_examples=40)
@given(CROWD, st.permutations("abc"), st.permutations(["LOC", "ORG", "TIME"]))
def test_names_do_not_matter(
    crowd: list[Annotation], people: Sequence[str], labels: Sequence[str]
) -> None:
    """Other names for annotators and labels give the same values."""
    person = dict(zip("abc", people, strict=True))
    label = dict(zip(["LOC", "ORG", "TIME"], labels, strict=True))
    renamed = [
        Annotation(
            a.doc_id,
            person[a.annotator],
            tuple(AnnotatedSpan(s.start, s.end, label[s.label]) for s in a.spans),
        )
        for a in crowd
    ]
    # AC1 asks how many labels there are to choose from, so all three are.
    before, after = (
        agreement(some, DOCUMENTS, labels=("LOC", "ORG", "TIME"), samples=1)
        for some in (crowd, renamed)
    )
    assert values(after.overall) == values(before.overall)
    assert sum(c.count for c in after.confusion) == sum(c.count for c in before.confusion)
    assert after.kinds == before.kinds
